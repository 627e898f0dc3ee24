"""Writes what PyTorch says about the built-in networks.

counts.json: the number of parameters and of floating-point buffers of each architecture at its full width.
<architecture>.safetensors: a state dict with narrow, uneven widths as pruning leaves them, random weights and statistics,
and "expected", the logits for the batch of two images that `images` defines.

Needs PyTorch 2, torchvision and timm; the files in the repository were made with 2.13, 0.28 and 1.0.
"""

import json
import math
import pathlib
import struct

import torch
import torch.nn as nn
import torch.nn.functional as F
import timm
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
DENSENETS = {
    "densenet121": ([6, 12, 24, 16], 32), "densenet169": ([6, 12, 32, 32], 32), "densenet201": ([6, 12, 48, 32], 32),
    "densenet161": ([6, 12, 36, 24], 48), "densenet_cifar": ([6, 12, 24, 16], 12),
}
TORCHVISION = [
    "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small", *[f"efficientnet_b{number}" for number in range(8)],
    "convnext_tiny", "convnext_small", "convnext_base", "convnext_large", "vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32",
]
TIMM = [
    "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "mobilenetv2_100",
    "mobilenetv3_large_100", "mobilenetv3_small_100", *[f"efficientnet_b{number}" for number in range(5)], "convnext_tiny",
    "convnext_small", "convnext_base", "convnext_large", "vit_tiny_patch16_224", "vit_small_patch16_224",
    "vit_small_patch32_224", "vit_base_patch16_224", "vit_base_patch32_224", "vit_large_patch16_224",
    "deit_tiny_patch16_224", "deit_small_patch16_224", "deit_base_patch16_224",
]
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


class ZeroPaddedBlock(nn.Module):
    """A residual block without projection: its shortcut takes every second pixel and adds channels of zeros."""

    def __init__(self, inputs, inner, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.stride, self.missing = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        front = self.missing // 2
        return F.relu(y + F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, front, self.missing - front)))


class ZeroPaddedResNet(nn.Module):
    """The CIFAR form with shortcuts of option A; `inner` may change the widths inside of blocks."""

    def __init__(self, counts, first=16, inner=lambda planes, index: planes, classes=10):
        super().__init__()
        self.stages = len(counts)
        self.conv1, self.bn1 = nn.Conv2d(3, first, 3, 1, 1, bias=False), nn.BatchNorm2d(first)
        channels = first
        for stage, count in enumerate(counts):
            blocks, planes = [], first << stage
            for index in range(count):
                stride = 2 if stage > 0 and index == 0 else 1
                blocks.append(ZeroPaddedBlock(channels, inner(planes, index), planes, stride))
                channels = planes
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.linear = nn.Linear(channels, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        for stage in range(self.stages):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.linear(x.mean((2, 3)))


class MobileBlock(nn.Module):
    """An inverted residual block of the CIFAR form."""

    def __init__(self, inputs, inner, outputs, stride, projects):
        super().__init__()
        self.stride = stride
        self.conv1, self.bn1 = nn.Conv2d(inputs, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, groups=inner, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
        projection = [nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)] if projects else []
        self.shortcut = nn.Sequential(*projection)

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        y = self.bn3(self.conv3(y))
        return y + self.shortcut(x) if self.stride == 1 else y


class MobileNetV2(nn.Module):
    """The CIFAR form; `width` may change every width."""

    STAGES = [(1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]

    def __init__(self, width=lambda nominal: nominal, classes=10):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, width(32), 3, 1, 1, bias=False), nn.BatchNorm2d(width(32))
        blocks, channels = [], 32
        for expansion, planes, count, stride in self.STAGES:
            for index in range(count):
                step = stride if index == 0 else 1
                blocks.append(MobileBlock(
                    width(channels), width(channels * expansion), width(planes), step, step == 1 and channels != planes))
                channels = planes
        self.layers = nn.Sequential(*blocks)
        self.conv2, self.bn2 = nn.Conv2d(width(320), width(1280), 1, bias=False), nn.BatchNorm2d(width(1280))
        self.linear = nn.Linear(width(1280), classes)

    def forward(self, x):
        x = self.layers(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.relu(self.bn2(self.conv2(x))).mean((2, 3)))


class DenseLayer(nn.Module):
    def __init__(self, inputs, growth):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(4 * growth), nn.Conv2d(4 * growth, growth, 3, 1, 1, bias=False)

    def forward(self, x):
        y = self.conv2(F.relu(self.bn2(self.conv1(F.relu(self.bn1(x))))))
        return torch.cat([y, x], 1)


class Transition(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.bn, self.conv = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x):
        return F.avg_pool2d(self.conv(F.relu(self.bn(x))), 2)


class DenseNet(nn.Module):
    """The CIFAR form."""

    def __init__(self, counts, growth, classes=10):
        super().__init__()
        channels = 2 * growth
        self.conv1 = nn.Conv2d(3, channels, 3, 1, 1, bias=False)
        for part, count in enumerate(counts, 1):
            setattr(self, f"dense{part}", nn.Sequential(*[DenseLayer(channels + i * growth, growth) for i in range(count)]))
            channels += count * growth
            if part < len(counts):
                setattr(self, f"trans{part}", Transition(channels, channels // 2))
                channels //= 2
        self.bn, self.linear = nn.BatchNorm2d(channels), nn.Linear(channels, classes)

    def forward(self, x):
        x = self.conv1(x)
        for part in range(1, 5):
            x = getattr(self, f"dense{part}")(x)
            x = getattr(self, f"trans{part}")(x) if part < 4 else x
        return self.linear(F.relu(self.bn(x)).mean((2, 3)))


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
        result[f"resnet{depth}_option_a"] = count(ZeroPaddedResNet(blocks))
    result["mobilenet_v2"] = count(MobileNetV2())
    for name, (blocks, growth) in DENSENETS.items():
        result[name] = count(DenseNet(blocks, growth))
    for name, norm in {"mlp": False, "mlp_bn": True}.items():
        result[name] = count(Perceptron([256, 256, 256], norm))
    for name in [
        "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "wide_resnet50_2", "wide_resnet101_2",
        "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn",
        "vgg13_bn", "vgg16_bn", "vgg19_bn", *TORCHVISION,
    ]:
        result[f"torchvision_{name}"] = count(getattr(torchvision.models, name)())
    for name in TIMM:
        result[f"timm_{name}"] = count(timm.create_model(name))
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
    write("resnet20_option_a", ZeroPaddedResNet([3, 3, 3], first=4, inner=lambda planes, index: 3 + planes // 4 + index), 32)
    write("mobilenet_v2", MobileNetV2(width=lambda nominal: max(3, nominal // 16)), 32)
    write("densenet_cifar", DenseNet([6, 12, 24, 16], 2), 32)
    write("mlp_bn", Perceptron([6, 9, 7], True), 32)
