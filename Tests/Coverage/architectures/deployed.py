"""Networks that people deploy: detectors of the YOLO line, RT-DETR, Whisper, CLIP, SAM's mask decoder, Mamba, experts."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

# Makes torchvision, which ultralytics imports, load beside a torch that it was not compiled for.
from . import torchvision_networks  # noqa: F401
from .catalogue import Input, Network, image

VOCABULARY = 97
YOLO = {"yolov5n": "YOLOv5", "yolov8n": "YOLOv8", "yolov10n": "YOLOv10", "yolo11n": "YOLO11", "yolov8n-seg": "YOLOv8 segmentation",
        "yolo11n-pose": "YOLO11 pose"}


class Calls(nn.Module):
    """A network of a library, called in the way that is to be exported."""

    def __init__(self, body: nn.Module, call: Callable):
        super().__init__()
        self.body, self.call = body, call

    def forward(self, *inputs):
        return self.call(self.body, *inputs)


def _yolo(name: str):
    def make():
        from ultralytics.nn import tasks

        kind = {"seg": tasks.SegmentationModel, "pose": tasks.PoseModel}.get(name.partition("-")[2], tasks.DetectionModel)
        network = kind(f"{name}.yaml", verbose=False)
        head = network.model[-1]
        # What its own export sets: boxes come out decoded, in one tensor.
        head.export, head.format, head.dynamic = True, "onnx", False
        return network

    return make


def _small_backbone():
    from transformers import RTDetrResNetConfig

    return RTDetrResNetConfig(
        embedding_size=16, hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"])


def _rt_detr():
    from transformers import RTDetrConfig, RTDetrForObjectDetection

    body = RTDetrForObjectDetection(RTDetrConfig(
        backbone_config=_small_backbone(), encoder_hidden_dim=32, encoder_in_channels=[24, 32, 48], encoder_ffn_dim=64,
        encoder_attention_heads=4, d_model=32, num_queries=20, decoder_in_channels=[32, 32, 32], decoder_ffn_dim=64,
        decoder_layers=2, decoder_attention_heads=4, num_labels=5, num_denoising=0, anchor_image_size=None,
        attn_implementation="eager"))

    def call(network, pixels):
        result = network(pixel_values=pixels)
        return result.logits, result.pred_boxes

    return Calls(body, call)


def _whisper():
    from transformers import WhisperConfig, WhisperModel

    return WhisperModel(WhisperConfig(
        vocab_size=VOCABULARY, num_mel_bins=16, d_model=48, encoder_layers=2, encoder_attention_heads=4, decoder_layers=2,
        decoder_attention_heads=4, encoder_ffn_dim=96, decoder_ffn_dim=96, max_source_positions=24, max_target_positions=32,
        pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, attn_implementation="eager"))


def _whisper_encoder():
    return Calls(_whisper().encoder, lambda body, features: body(features).last_hidden_state)


def _whisper_decoder():
    def call(body, tokens, mask, states):
        hidden = body(input_ids=tokens, attention_mask=mask, encoder_hidden_states=states, use_cache=False).last_hidden_state
        return hidden @ body.embed_tokens.weight.T

    return Calls(_whisper().decoder, call)


def _clip():
    from transformers import CLIPConfig, CLIPModel

    return CLIPModel(CLIPConfig(
        text_config=dict(vocab_size=VOCABULARY, hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
                         max_position_embeddings=24, bos_token_id=0, eos_token_id=2, pad_token_id=1, projection_dim=32),
        vision_config=dict(hidden_size=48, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, image_size=32,
                           patch_size=8, projection_dim=32),
        projection_dim=32, attn_implementation="eager"))


def _clip_images():
    def call(body, pixels):
        return body.visual_projection(body.vision_model(pixel_values=pixels).pooler_output)

    return Calls(_clip(), call)


def _clip_text():
    def call(body, tokens):
        return body.text_projection(body.text_model(input_ids=tokens).pooler_output)

    return Calls(_clip(), call)


def _clip_both():
    def call(body, tokens, pixels):
        text = body.text_projection(body.text_model(input_ids=tokens).pooler_output)
        picture = body.visual_projection(body.vision_model(pixel_values=pixels).pooler_output)
        text, picture = (one / one.norm(dim=-1, keepdim=True) for one in (text, picture))
        return text @ picture.T * body.logit_scale.exp()

    return Calls(_clip(), call)


def _sam_decoder():
    from transformers import SamConfig, SamModel

    body = SamModel(SamConfig(
        vision_config=dict(hidden_size=32, output_channels=32, num_hidden_layers=1, num_attention_heads=2, image_size=128,
                           patch_size=16, global_attn_indexes=[0], mlp_dim=32, num_pos_feats=16),
        prompt_encoder_config=dict(hidden_size=32, image_size=128, patch_size=16, mask_input_channels=8),
        mask_decoder_config=dict(hidden_size=32, mlp_dim=64, num_hidden_layers=2, num_attention_heads=4, iou_head_hidden_dim=32),
        attn_implementation="eager"))

    def call(network, features, points):
        labels = torch.ones(points.shape[:-1], dtype=torch.int64)
        sparse, dense = network.prompt_encoder(points, labels, None, None)
        masks, scores = network.mask_decoder(
            image_embeddings=features, image_positional_embeddings=network.get_image_wide_positional_embeddings(),
            sparse_prompt_embeddings=sparse, dense_prompt_embeddings=dense, multimask_output=True)[:2]
        return masks, scores

    return Calls(body, call)


def _of_library(model: str, configuration: str, **settings):
    def make():
        import transformers

        body = getattr(transformers, model)(getattr(transformers, configuration)(**settings))
        # Without a mask the decoders look for packed sequences, which the older exporter cannot write.
        return Calls(body, lambda network, tokens, *mask: network(
            input_ids=tokens, use_cache=False, **dict(zip(("attention_mask",), mask))).logits)

    return make


class StateSpaceBlock(nn.Module):
    """One Mamba block as it is deployed: convolution, selective scan by cumulative sums, gate.

    h_t = exp(delta_t A) h_{t-1} + delta_t B_t x_t, y_t = C_t h_t + D x_t, step by step.
    """

    def __init__(self, width: int, inner: int, states: int, rank: int):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.enter, self.leave = nn.Linear(width, 2 * inner, bias=False), nn.Linear(inner, width, bias=False)
        self.convolution = nn.Conv1d(inner, inner, 4, padding=3, groups=inner)
        self.select, self.delta = nn.Linear(inner, rank + 2 * states, bias=False), nn.Linear(rank, inner)
        self.decay = nn.Parameter(torch.log(torch.arange(1, states + 1).float()).repeat(inner, 1))
        self.skip = nn.Parameter(torch.ones(inner))
        self.states, self.rank = states, rank

    def forward(self, x):
        length = x.shape[1]
        inner, gate = self.enter(self.norm(x)).chunk(2, dim=-1)
        inner = nn.functional.silu(self.convolution(inner.transpose(1, 2))[..., :length]).transpose(1, 2)
        delta, into, out = self.select(inner).split([self.rank, self.states, self.states], dim=-1)
        delta = nn.functional.softplus(self.delta(delta))
        decay = torch.exp(delta.unsqueeze(-1) * -torch.exp(self.decay))
        driven = delta.unsqueeze(-1) * into.unsqueeze(2) * inner.unsqueeze(-1)
        state, results = torch.zeros_like(driven[:, 0]), []
        for step in range(length):
            state = decay[:, step] * state + driven[:, step]
            results.append((state * out[:, step].unsqueeze(1)).sum(-1))
        y = torch.stack(results, dim=1) + inner * self.skip
        return x + self.leave(y * nn.functional.silu(gate))


class DenseExperts(nn.Module):
    """A mixture of experts in which every expert sees every token, weighted by a router's best two."""

    def __init__(self, width: int, hidden: int, experts: int):
        super().__init__()
        self.router = nn.Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(width, hidden), nn.SiLU(), nn.Linear(hidden, width)) for _ in range(experts))

    def forward(self, x):
        scores = self.router(x).softmax(-1)
        best, index = scores.topk(2, dim=-1)
        weights = torch.zeros_like(scores).scatter(-1, index, best / best.sum(-1, keepdim=True))
        return x + sum(expert(x) * weights[..., i : i + 1] for i, expert in enumerate(self.experts))


class BatchedExperts(nn.Module):
    """A mixture of experts whose weights are stacked, multiplied all at once."""

    def __init__(self, width: int, hidden: int, experts: int):
        super().__init__()
        self.router = nn.Linear(width, experts, bias=False)
        self.up = nn.Parameter(torch.randn(experts, width, 2 * hidden) * width**-0.5)
        self.down = nn.Parameter(torch.randn(experts, hidden, width) * hidden**-0.5)

    def forward(self, x):
        scores = self.router(x).softmax(-1)
        best, index = scores.topk(2, dim=-1)
        weights = torch.zeros_like(scores).scatter(-1, index, best)
        gate, value = torch.matmul(x.unsqueeze(1), self.up).chunk(2, dim=-1)
        outputs = torch.matmul(nn.functional.silu(gate) * value, self.down)
        return x + (outputs * weights.transpose(1, 2).unsqueeze(-1)).sum(1)


def _stack(*parts: Callable[[], nn.Module]):
    return lambda: nn.Sequential(*(part() for part in parts))


def networks() -> list[Network]:
    text = {"input_ids": Input((1, 10), below=VOCABULARY)}
    masked = {**text, "attention_mask": Input((1, 10), ones=True)}
    pixels = image(32)
    small = dict(vocab_size=VOCABULARY, hidden_size=48, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
                 num_key_value_heads=2, max_position_embeddings=64, attn_implementation="eager")
    return [
        *(Network(name, family, _yolo(name), image(64)) for name, family in YOLO.items()),
        Network("rt_detr", "RT-DETR", _rt_detr, image(64), note="a small ResNet, two decoder layers"),
        Network("whisper_encoder", "Whisper", _whisper_encoder, {"features": Input((1, 16, 48))}),
        Network("whisper_decoder", "Whisper", _whisper_decoder, {**masked, "states": Input((1, 24, 48))}),
        Network("clip_images", "CLIP", _clip_images, pixels),
        Network("clip_text", "CLIP", _clip_text, text),
        Network("clip_both", "CLIP", _clip_both, {**text, **pixels}),
        Network("sam_mask_decoder", "SAM", _sam_decoder, {"features": Input((1, 32, 8, 8)), "points": Input((1, 1, 2, 2))}),
        Network("mamba_block", "Mamba", lambda: StateSpaceBlock(32, 64, 8, 4), {"x": Input((1, 12, 32))}),
        Network("mamba", "Mamba", _of_library(
            "MambaForCausalLM", "MambaConfig", vocab_size=VOCABULARY, hidden_size=32, state_size=8, num_hidden_layers=2), text),
        Network("mixtral", "Mixtral", _of_library(
            "MixtralForCausalLM", "MixtralConfig", num_local_experts=4, num_experts_per_tok=2,
            experts_implementation="batched_mm", **small), masked),
        Network("qwen3_moe", "Qwen3 MoE", _of_library(
            "Qwen3MoeForCausalLM", "Qwen3MoeConfig", num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32, head_dim=12,
            experts_implementation="batched_mm", **small), masked),
        Network("dense_experts", "mixture of experts", _stack(
            lambda: nn.Linear(12, 32), lambda: DenseExperts(32, 48, 4), lambda: nn.Linear(32, 5)), {"x": Input((1, 6, 12))}),
        Network("batched_experts", "mixture of experts", _stack(
            lambda: nn.Linear(12, 32), lambda: BatchedExperts(32, 48, 4), lambda: nn.Linear(32, 5)), {"x": Input((1, 6, 12))}),
    ]
