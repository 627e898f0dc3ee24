"""Random weights that behave like trained ones where it matters for a comparison."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

# Variances of batch-norms are at least this share of the squared mean.
SHARE_OF_MEAN = 0.1

# The elements of all inputs that statistics are measured on, for 3 to 32 samples.
SAMPLE_ELEMENTS = 400_000


@torch.no_grad()
def settle(network: nn.Module, inputs: tuple[torch.Tensor, ...], seed: int) -> nn.Module:
    """Gives normalisations statistics and scales that are not trivial, in evaluation mode.

    Each batch-norm's mean and variance are measured on random inputs, so that the signal neither fades nor grows, and
    then moved away from the measured ones. Scales, shifts and biases become random.
    """
    generator = torch.Generator().manual_seed(seed)

    def uniform(like: torch.Tensor, low: float, high: float) -> torch.Tensor:
        return torch.rand(like.shape, generator=generator) * (high - low) + low

    def normal(like: torch.Tensor, deviation: float) -> torch.Tensor:
        return torch.randn(like.shape, generator=generator) * deviation

    network.eval()
    norms = [part for part in network.modules() if isinstance(part, _BatchNorm) and part.track_running_stats]
    for part in network.modules():
        weight, bias = getattr(part, "weight", None), getattr(part, "bias", None)
        is_norm = "Norm" in type(part).__name__ or "norm" in type(part).__name__
        if isinstance(weight, nn.Parameter) and is_norm and weight.dim() == 1:
            weight.copy_(uniform(weight, 0.5, 1.5) * torch.sign(uniform(weight, -0.2, 0.8)))
        # Heads that start at zero would answer everything alike.
        if isinstance(weight, nn.Parameter) and weight.dim() > 1 and not weight.any():
            weight.copy_(normal(weight, weight.shape[1] ** -0.5))
        if isinstance(bias, nn.Parameter) and bias.dim() == 1:
            bias.add_(normal(bias, 0.1))
        for name, scale in part.named_parameters(recurse=False):
            if name.startswith("layer_scale"):
                scale.copy_(uniform(scale, 0.3, 0.7))
    # Deep stacks of inverted residuals are chaotic with random weights: rounding errors grow by half in every block, which
    # they do not in trained ones. Weaker branches keep them small.
    for part in network.modules():
        if type(part).__name__ in ("MBConv", "FusedMBConv"):
            last = [norm for norm in part.modules() if isinstance(norm, _BatchNorm)][-1]
            last.weight.mul_(0.2)
    def measure(norm: _BatchNorm, arguments: tuple[torch.Tensor, ...]) -> None:
        """Gives a batch-norm, before it runs, the statistics of what it is about to normalise."""
        axes = [axis for axis in range(arguments[0].dim()) if axis != 1]
        variance, mean = torch.var_mean(arguments[0], axes, correction=0)
        # Deep random networks answer all images almost alike. A batch-norm would blow the little that is left up again
        # and rounding errors with it, which no trained network does: its variance is kept above a share of the mean.
        variance = torch.maximum(variance, SHARE_OF_MEAN * mean.square() + 1e-4)
        norm.running_mean.copy_(mean + variance.sqrt() * normal(mean, 0.3))
        norm.running_var.copy_(variance * uniform(variance, 0.6, 1.6))

    # Layer by layer, so that each one is measured on what the moved statistics before it make.
    hooks = [part.register_forward_pre_hook(measure) for part in norms]
    try:
        if norms:
            torch.manual_seed(seed)
            # Statistics of few samples fit those alone, and what other inputs deviate by grows from layer to layer.
            count = min(max(SAMPLE_ELEMENTS // max(one.numel() for one in inputs), 3), 32)
            network(*[torch.cat([one] + [torch.randn_like(one) for _ in range(count - 1)]) if one.is_floating_point()
                      else torch.cat([one] * count) for one in inputs])
    finally:
        for hook in hooks:
            hook.remove()
    return network
