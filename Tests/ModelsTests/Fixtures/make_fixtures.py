"""Writes what PyTorch says about the built-in networks.

counts.json: the number of parameters and of floating-point buffers of each architecture at its full width.
<architecture>.safetensors: a state dict with narrow, uneven widths as pruning leaves them, random weights and statistics,
and "expected", the logits for the batch of two images that `images` defines.

Needs PyTorch 2 and torchvision; the files in the repository were made with 2.13 and 0.28.
"""

import json
import math
import pathlib
import struct

import torch
import torch.nn as nn
import torch.nn.functional as F
import torchvision

FOLDER = pathlib.Path(__file__).parent
DEPTHS = {
    "vgg11": [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
    "vgg13": [64, 64, 0, 128, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
    "vgg16": [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0],
    "vgg19": [64, 64, 0, 128, 128, 0, 256, 256, 256, 256, 0, 512, 512, 512, 512, 0, 512, 512, 512, 512, 0],
    "vgg11_half": [64, 0, 64, 0, 128, 128, 0, 256, 256, 0, 256, 512, 0],
    "vgg11_doub": [64, 0, 256, 0, 512, 512, 0, 1024, 1024, 0, 1024, 512, 0],
    "vgg11_quad": [64, 0, 512, 0, 1024, 1024, 0, 2048, 2048, 0, 2048, 512, 0],
}
RESNETS = {
    18: (False, [2, 2, 2, 2]), 34: (False, [3, 4, 6, 3]), 50: (True, [3, 4, 6, 3]), 101: (True, [3, 4, 23, 3]),
    152: (True, [3, 8, 36, 3]),
}
NARROW_RESNETS = {6 * count + 2: [count] * 3 for count in [3, 5, 7, 9, 18]}


class VGG(nn.Module):
    """The CIFAR form; 0 in the list of widths is a pooling."""

    def __init__(self, widths, norm, bias, classes=10):
        super().__init__()
        layers, channels = [], 3
        for width in widths:
            if width == 0:
                layers.append(nn.MaxPool2d(2, 2))
                continue
            layers.append(nn.Conv2d(channels, width, 3, padding=1, bias=bias))
            if norm:
                layers.append(nn.BatchNorm2d(width))
            layers.append(nn.ReLU())
            channels = width
        self.features = nn.Sequential(*layers, nn.AvgPool2d(1, 1))
        self.classifier = nn.Linear(channels, classes, bias=bias)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


class Block(nn.Module):
    """A residual block; `inner` are the widths between its convolutions."""

    def __init__(self, inputs, inner, outputs, stride, projects, norm):
        super().__init__()
        widths = [inputs, *inner, outputs]
        self.count = len(widths) - 1
        for index in range(self.count):
            kernel = 3 if self.count == 2 or index == 1 else 1
            step = stride if kernel == 3 and index == (0 if self.count == 2 else 1) else 1
            convolution = nn.Conv2d(widths[index], widths[index + 1], kernel, step, kernel // 2)
            setattr(self, f"conv{index + 1}", convolution)
            setattr(self, f"bn{index + 1}", nn.BatchNorm2d(widths[index + 1]) if norm else nn.Identity())
        shortcut = [nn.Conv2d(inputs, outputs, 1, stride)] if projects else []
        if projects and norm:
            shortcut.append(nn.BatchNorm2d(outputs))
        self.shortcut = nn.Sequential(*shortcut)

    def forward(self, x):
        y = x
        for index in range(1, self.count + 1):
            y = getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(y))
            if index < self.count:
                y = F.relu(y)
        return F.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    """The CIFAR form; `width(name, nominal)` may change every width."""

    def __init__(self, bottleneck, counts, norm=True, bias=True, classes=10, width=lambda name, nominal: nominal, first=64):
        super().__init__()
        self.stages = len(counts)
        stem = width("layer1" if not bottleneck else "stem", first)
        self.conv1 = nn.Conv2d(3, stem, 3, 1, 1)
        self.bn1 = nn.BatchNorm2d(stem) if norm else nn.Identity()
        channels, nominal = stem, first
        for stage, count in enumerate(counts):
            blocks, planes = [], first << stage
            outputs = planes * (4 if bottleneck else 1)
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                inner = [
                    width(f"layer{stage + 1}.{index}.{number}", planes) for number in range(2 if bottleneck else 1)]
                actual = width(f"layer{stage + 1}", outputs)
                blocks.append(Block(channels, inner, actual, stride, stride != 1 or nominal != outputs, norm))
                channels, nominal = actual, outputs
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(channels, classes, bias=bias)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.linear(torch.flatten(F.avg_pool2d(x, 32 >> (self.stages - 1)), 1))


class Perceptron(nn.Module):
    """Pixels in a row, fully connected hidden layers."""

    def __init__(self, widths, norm, inputs=3 * 32 * 32, classes=10):
        super().__init__()
        layers = []
        for width in widths:
            layers.append(nn.Linear(inputs, width))
            if norm:
                layers.append(nn.BatchNorm1d(width))
            layers.append(nn.ReLU())
            inputs = width
        self.features = nn.Sequential(*layers)
        self.classifier = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.classifier(self.features(torch.flatten(x, 1)))


def count(module):
    buffers = sum(b.numel() for b in module.buffers() if b.is_floating_point())
    return {"parameters": sum(p.numel() for p in module.parameters()), "buffers": buffers}


def counts():
    result = {}
    for name, widths in DEPTHS.items():
        for norm in (False, True):
            for bias in (True, False):
                key = name + ("_bn" if norm else "") + ("" if bias else "_nobias")
                result[key] = count(VGG(widths, norm, bias))
    for depth, (bottleneck, blocks) in RESNETS.items():
        result[f"resnet{depth}"] = count(ResNet(bottleneck, blocks))
        result[f"resnet{depth}_nobias"] = count(ResNet(bottleneck, blocks, bias=False))
        result[f"resnet{depth}_nobias_nobn"] = count(ResNet(bottleneck, blocks, norm=False, bias=False))
    for depth, blocks in NARROW_RESNETS.items():
        result[f"resnet{depth}"] = count(ResNet(False, blocks, first=16))
        result[f"resnet{depth}_nobias"] = count(ResNet(False, blocks, bias=False, first=16))
        result[f"resnet{depth}_nobias_nobn"] = count(ResNet(False, blocks, norm=False, bias=False, first=16))
    for name, norm in {"mlp": False, "mlp_bn": True}.items():
        result[name] = count(Perceptron([256, 256, 256], norm))
    for name in [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2",
        "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn",
        "vgg13_bn", "vgg16_bn", "vgg19_bn",
    ]:
        result[f"torchvision_{name}"] = count(getattr(torchvision.models, name)())
    return result


def images(size):
    values = [math.sin(0.37 * index) for index in range(2 * 3 * size * size)]
    return torch.tensor(values, dtype=torch.float64).to(torch.float32).reshape(2, 3, size, size)


def randomise(module):
    for name, parameter in [*module.named_parameters(), *module.named_buffers()]:
        if not parameter.is_floating_point():
            continue
        with torch.no_grad():
            if parameter.dim() > 1:
                parameter.normal_(0, (2.0 / parameter[0].numel()) ** 0.5)
            elif name.endswith(("running_var", "bn1.weight", "bn2.weight", "bn3.weight")):
                parameter.uniform_(0.5, 1.5)
            else:
                parameter.normal_(0, 0.3)


def write(name, module, size):
    torch.manual_seed(1)
    randomise(module)
    module.eval()
    tensors = dict(module.state_dict())
    with torch.no_grad():
        tensors["expected"] = module(images(size))
    header, data = {"__metadata__": {"image_size": str(size)}}, b""
    for key, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        kind = {torch.float32: "F32", torch.int64: "I64"}[tensor.dtype]
        header[key] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path = FOLDER / f"{name}.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    print(name, path.stat().st_size, "bytes,", tensors["expected"].flatten().tolist()[:3])


def uneven(low, high):
    """Widths that depend on the name alone, all different from their neighbours'."""
    return lambda name, nominal: low + sum(map(ord, name)) * 7 % (high - low + 1)


def narrow_torchvision_resnet18():
    model = torchvision.models.resnet18(num_classes=6)
    stem, streams = 6, [6, 7, 5, 8]
    model.conv1 = nn.Conv2d(3, stem, 7, 2, 3, bias=False)
    model.bn1 = nn.BatchNorm2d(stem)
    channels = stem
    for stage, outputs in enumerate(streams):
        for index, block in enumerate(getattr(model, f"layer{stage + 1}")):
            inner = 4 + (stage + 2 * index) % 3
            block.conv1 = nn.Conv2d(channels, inner, 3, block.stride, 1, bias=False)
            block.bn1 = nn.BatchNorm2d(inner)
            block.conv2 = nn.Conv2d(inner, outputs, 3, 1, 1, bias=False)
            block.bn2 = nn.BatchNorm2d(outputs)
            if block.downsample is not None:
                block.downsample[0] = nn.Conv2d(channels, outputs, 1, block.stride, bias=False)
                block.downsample[1] = nn.BatchNorm2d(outputs)
            channels = outputs
    model.fc = nn.Linear(channels, 6)
    return model


if __name__ == "__main__":
    (FOLDER / "counts.json").write_text(json.dumps(counts(), indent=1) + "\n")
    write("vgg11_bn", VGG([5, 0, 7, 0, 9, 6, 0, 8, 11, 0, 10, 7, 0], True, True), 32)
    write("resnet18", ResNet(*RESNETS[18], width=uneven(4, 8)), 32)
    write("resnet50", ResNet(*RESNETS[50], width=uneven(3, 6)), 32)
    write("torchvision_resnet18", narrow_torchvision_resnet18(), 64)
    write("resnet20", ResNet(False, NARROW_RESNETS[20], width=uneven(4, 8), first=16), 32)
    write("mlp_bn", Perceptron([6, 9, 7], True), 32)
