#!/usr/bin/env python3
"""Checks that state dicts of torchvision's and timm's networks load and compute what PyTorch computes.

    python Tests/Parity/check_state_dicts.py INTRAFUSION FOLDER [--only REGEX]

Each network gets random weights and statistics and is saved as `torch.save(model.state_dict())` does; the command finds its
architecture, writes it as ONNX, and ONNX Runtime runs that on one image. Needs torch, torchvision, timm, onnxruntime, numpy.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy
import onnxruntime
import timm
import torch
import torchvision

TOLERANCE = 1e-4
TORCHVISION = [
    "resnet18", "resnet50", "resnext50_32x4d", "vgg11_bn", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large",
    "efficientnet_b0", "efficientnet_b1", "efficientnet_b3", "efficientnet_b5", "convnext_tiny", "convnext_small", "vit_b_16",
]
TIMM = [
    "resnet18", "resnet50", "vgg11_bn", "mobilenetv2_100", "mobilenetv3_small_100", "mobilenetv3_large_100", "efficientnet_b0",
    "efficientnet_b2", "convnext_tiny", "vit_tiny_patch16_224", "vit_base_patch32_224", "deit_tiny_patch16_224",
    "deit_small_patch16_224",
]


def randomise(model: torch.nn.Module) -> None:
    torch.manual_seed(1)
    with torch.no_grad():
        for name, tensor in [*model.named_parameters(), *model.named_buffers()]:
            if not tensor.is_floating_point():
                continue
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif tensor.dim() > 1 and tensor[0].numel() > 1:
                tensor.normal_(0, (1.0 / tensor[0].numel()) ** 0.5)
            elif name.endswith("weight") or "gamma" in name or "layer_scale" in name:
                tensor.uniform_(0.5, 1.5)
            else:
                tensor.normal_(0, 0.3)


def check(command: str, folder: Path, package: str, name: str) -> str:
    model = getattr(torchvision.models, name)(weights=None) if package == "torchvision" else timm.create_model(name)
    randomise(model)
    model.eval()
    weights, written = folder / f"{package}_{name}.pth", folder / f"{package}_{name}.onnx"
    torch.save(model.state_dict(), weights)
    try:
        done = subprocess.run([command, "convert", str(weights), "-o", str(written)], capture_output=True, text=True)
        if done.returncode:
            return f"REFUSED  {package} {name}: {done.stderr.strip()[:300]}"
        session = onnxruntime.InferenceSession(str(written), providers=["CPUExecutionProvider"])
        value = session.get_inputs()[0]
        image = torch.randn(2, *value.shape[1:])
        with torch.no_grad():
            expected = model(image).numpy()
        found = session.run(None, {value.name: image.numpy()})[0]
        error = float(numpy.abs(found - expected).max() / numpy.abs(expected).max())
        return f"{'ok      ' if error <= TOLERANCE else 'WRONG   '} {package} {name}: differs by {error:.2g} at {value.shape[2]}"
    finally:
        for path in (weights, written):
            if path.exists():
                os.remove(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    bad = 0
    for package, names in (("torchvision", TORCHVISION), ("timm", TIMM)):
        for name in names:
            if re.search(options.only, f"{package} {name}"):
                line = check(options.command, options.folder, package, name)
                bad += not line.startswith("ok")
                print(line, flush=True)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
