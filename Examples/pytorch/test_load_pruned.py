"""Prunes small networks with intrafusion, loads them into their PyTorch modules, and compares the outputs.

    INTRAFUSION=.build/release/intrafusion python Examples/pytorch/test_load_pruned.py

Needs torch, onnx and onnxruntime.
"""

import os
import subprocess
import sys
import tempfile
import unittest
import warnings

import torch
from torch import nn

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from load_pruned import load_pruned, read_tensors  # noqa: E402

INTRAFUSION = os.environ.get("INTRAFUSION", "intrafusion")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class Block(nn.Module):
    """A residual block with a depthwise convolution."""

    def __init__(self, width):
        super().__init__()
        self.widen = nn.Conv2d(width, 2 * width, 1, bias=False)
        self.widen_norm = nn.BatchNorm2d(2 * width)
        self.depthwise = nn.Conv2d(2 * width, 2 * width, 3, padding=1, groups=2 * width, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(2 * width)
        self.narrow = nn.Conv2d(2 * width, width, 1, bias=False)
        self.narrow_norm = nn.BatchNorm2d(width)

    def forward(self, x):
        y = torch.relu(self.widen_norm(self.widen(x)))
        y = torch.relu(self.depthwise_norm(self.depthwise(y)))
        return x + self.narrow_norm(self.narrow(y))


class Network(nn.Module):
    """What somebody might have trained: a stem, residual blocks, an upsampling branch that is not pruned away, a classifier."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.stem_norm = nn.BatchNorm2d(16)
        self.blocks = nn.Sequential(Block(16), Block(16))
        self.up = nn.ConvTranspose2d(16, 24, 2, stride=2)
        self.last = nn.Conv2d(24, 32, 3, bias=False)
        self.last_norm = nn.BatchNorm2d(32)
        self.classifier = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.stem_norm(self.stem(x)))
        x = torch.relu(self.up(self.blocks(x)))
        x = torch.relu(self.last_norm(self.last(x)))
        return self.classifier(x.mean((2, 3)))


def digits_vgg():
    """The module whose weights are models/digits-vgg11_bn.safetensors."""
    layers, inputs = [], 1
    for width in [8, "pool", 16, "pool", 32, 32, "pool", 64, 64, "pool", 64, 64, "pool"]:
        if width == "pool":
            layers.append(nn.MaxPool2d(2))
        else:
            layers += [nn.Conv2d(inputs, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            inputs = width
    module = nn.Module()
    module.features = nn.Sequential(*layers)
    module.classifier = nn.Linear(64, 10)
    return module


def prune(*arguments):
    run = subprocess.run([INTRAFUSION, "prune", *arguments, "--quiet"], capture_output=True, text=True)
    if run.returncode != 0:
        raise AssertionError(run.stderr)


class Loading(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        torch.manual_seed(0)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def exported(self):
        module = Network()
        with torch.no_grad():  # statistics of their own, as training gives them
            for _ in range(3):
                module(torch.randn(16, 3, 16, 16))
        module.eval()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                module, (torch.randn(1, 3, 16, 16),), self.path("model.onnx"), dynamo=False,
                training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"])
        prune(self.path("model.onnx"), "-o", self.path("small.onnx"), "--sparsity", "0.5", "--effort", "quick",
              "--calibrate", "synthetic")
        return module

    def test_own_module_from_onnx(self):
        module = self.exported()
        before = sum(value.numel() for value in module.parameters())
        load_pruned(module, self.path("small.onnx"), inputs=torch.randn(1, 3, 16, 16))
        self.assertLess(sum(value.numel() for value in module.parameters()), 0.6 * before)
        widths = [module.stem.out_channels, module.blocks[0].depthwise.groups, module.up.out_channels,
                  module.classifier.in_features]
        tensors = read_tensors(self.path("small.onnx"))
        self.assertEqual(widths[0], tensors["stem.weight"].shape[0])
        self.assertEqual(widths[1], tensors["blocks.0.depthwise.weight"].shape[0])
        self.assertEqual(widths[2], tensors["last.weight"].shape[1])
        self.assertEqual(widths[3], tensors["classifier.weight"].shape[1])
        # It trains: a step lowers the loss.
        inputs, labels = torch.randn(32, 3, 16, 16), torch.randint(10, (32,))
        module.train()
        optimiser = torch.optim.SGD(module.parameters(), lr=0.01)
        losses = []
        for _ in range(5):
            loss = nn.functional.cross_entropy(module(inputs), labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        self.assertLess(losses[-1], losses[0])

    def test_state_dict_of_a_built_in_architecture(self):
        small = self.path("small.safetensors")
        prune(os.path.join(ROOT, "models/digits-vgg11_bn.safetensors"), "-o", small, "--sparsity", "0.5", "--effort",
              "minimal")
        subprocess.run([INTRAFUSION, "convert", small, "-o", self.path("small.onnx"), "--quiet"], check=True)
        module = load_pruned(digits_vgg(), small).eval()
        import onnxruntime

        session = onnxruntime.InferenceSession(self.path("small.onnx"), providers=["CPUExecutionProvider"])
        shape = [4 if not isinstance(side, int) or side < 1 else side for side in session.get_inputs()[0].shape]
        inputs = torch.randn(shape)
        wanted = torch.from_numpy(session.run(None, {session.get_inputs()[0].name: inputs.numpy()})[0])
        with torch.no_grad():
            found = module.classifier(module.features(inputs).flatten(1))
        self.assertLess((found - wanted).norm() / wanted.norm(), 1e-4)

    def test_what_does_not_fit_is_named(self):
        self.exported()
        other = Network()
        other.added = nn.Linear(3, 3)
        with self.assertRaisesRegex(ValueError, "added.weight"):
            load_pruned(other, self.path("small.onnx"))
        small = self.path("small.safetensors")
        prune(os.path.join(ROOT, "models/digits-vgg11_bn.safetensors"), "-o", small, "--sparsity", "0.5", "--effort",
              "minimal")
        module = digits_vgg()
        del module.classifier
        with self.assertRaisesRegex(ValueError, "not used .*classifier.weight"):
            load_pruned(module, small)


if __name__ == "__main__":
    unittest.main()
