"""Small networks of every kind of wiring, written for the table; each takes its width."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn
from torch.nn import functional

from .catalogue import Input, Network, image, tokens


def conv_norm(inputs: int, outputs: int, kernel: int = 3, stride: int = 1, groups: int = 1, act=nn.ReLU):
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
              nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, act()) if act else nn.Sequential(*layers)


class Classifier(nn.Module):
    """A body between a stem and a classifier."""

    def __init__(self, stem: nn.Module, body: nn.Module, width: int, classes: int = 10):
        super().__init__()
        self.stem, self.body, self.classifier = stem, body, nn.Linear(width, classes)

    def forward(self, images):
        return self.classifier(functional.adaptive_avg_pool2d(self.body(self.stem(images)), 1).flatten(1))


# MARK: Residual networks


class PreActivation(nn.Module):
    """A block of ResNet-V2: normalisation and activation before each convolution."""

    def __init__(self, inputs: int, width: int, stride: int):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(width)
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        changes = stride > 1 or inputs != width
        self.shortcut = nn.Conv2d(inputs, width, 1, stride, bias=False) if changes else None

    def forward(self, features):
        active = functional.relu(self.norm1(features))
        shortcut = self.shortcut(active) if self.shortcut else features
        return self.conv2(functional.relu(self.norm2(self.conv1(active)))) + shortcut


def pre_activation(w: int):
    body = nn.Sequential(
        PreActivation(w, w, 1), PreActivation(w, 2 * w, 2), PreActivation(2 * w, 2 * w, 1),
        nn.BatchNorm2d(2 * w), nn.ReLU())
    return Classifier(nn.Conv2d(3, w, 3, 1, 1, bias=False), body, 2 * w)


class PaddedShortcut(nn.Module):
    """A block of the CIFAR ResNets: the shortcut skips pixels and pads channels with zeros."""

    def __init__(self, inputs: int, width: int, stride: int):
        super().__init__()
        self.body = nn.Sequential(conv_norm(inputs, width, 3, stride), conv_norm(width, width, act=None))
        self.stride, self.missing = stride, width - inputs

    def forward(self, features):
        shortcut = features
        if self.missing:
            before = self.missing // 2
            shortcut = functional.pad(
                features[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, before, self.missing - before))
        return functional.relu(self.body(features) + shortcut)


def padded_shortcut(w: int):
    return Classifier(
        conv_norm(3, w), nn.Sequential(
            PaddedShortcut(w, w, 1), PaddedShortcut(w, 2 * w, 2), PaddedShortcut(2 * w, 4 * w, 2)), 4 * w)


class SqueezeExcite(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.down, self.up = nn.Linear(width, max(width // 2, 2)), nn.Linear(max(width // 2, 2), width)

    def forward(self, features):
        gate = torch.sigmoid(self.up(functional.relu(self.down(features.mean((2, 3))))))
        return features * gate[:, :, None, None]


class SqueezeExciteBlock(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(width, width), conv_norm(width, width, act=None), SqueezeExcite(width))

    def forward(self, features):
        return functional.relu(features + self.body(features))


def squeeze_excite(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(SqueezeExciteBlock(w), SqueezeExciteBlock(w)), w)


class ChannelNeighbours(nn.Module):
    """Efficient channel attention: a channel's gate depends on its mean and on those of its neighbours."""

    def __init__(self, width: int):
        super().__init__()
        self.mix = nn.Conv1d(1, 1, 3, padding=1, bias=False)

    def forward(self, features):
        gate = torch.sigmoid(self.mix(features.mean((2, 3)).unsqueeze(1)))
        return features * gate.reshape(features.shape[0], -1, 1, 1)


class ChannelNeighboursBlock(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.body = nn.Sequential(
            conv_norm(width, width), conv_norm(width, width, act=None), ChannelNeighbours(width))

    def forward(self, features):
        return functional.relu(features + self.body(features))


def channel_neighbours(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(ChannelNeighboursBlock(w), ChannelNeighboursBlock(w)), w)


class ConvNeXtBlock(nn.Module):
    """Depthwise convolution, LayerNorm over channels, two pointwise layers on the last axis, scaled residual."""

    def __init__(self, width: int):
        super().__init__()
        self.depthwise = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.layer_scale = nn.Parameter(torch.ones(width))

    def forward(self, features):
        mixed = self.norm(self.depthwise(features).permute(0, 2, 3, 1))
        mixed = self.layer_scale * self.down(functional.gelu(self.up(mixed)))
        return features + mixed.permute(0, 3, 1, 2)


class ChannelNorm(nn.Module):
    """LayerNorm over the channels of a map, spelled out."""

    def __init__(self, width: int):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, features):
        mean = features.mean(1, keepdim=True)
        variance = (features - mean).pow(2).mean(1, keepdim=True)
        features = (features - mean) / torch.sqrt(variance + 1e-6)
        return self.weight[:, None, None] * features + self.bias[:, None, None]


def convnext(w: int):
    body = nn.Sequential(
        ConvNeXtBlock(w), ChannelNorm(w), nn.Conv2d(w, 2 * w, 2, 2), ConvNeXtBlock(2 * w), ChannelNorm(2 * w))
    return Classifier(nn.Conv2d(3, w, 4, 4), body, 2 * w)


# MARK: Channels side by side


class DenseLayer(nn.Module):
    def __init__(self, inputs: int, growth: int):
        super().__init__()
        self.norm, self.conv = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, growth, 3, padding=1, bias=False)

    def forward(self, features):
        return torch.cat([features, self.conv(functional.relu(self.norm(features)))], 1)


def densenet(w: int):
    body = nn.Sequential(
        DenseLayer(w, w), DenseLayer(2 * w, w), DenseLayer(3 * w, w), conv_norm(4 * w, 2 * w, 1), nn.AvgPool2d(2),
        DenseLayer(2 * w, w), nn.BatchNorm2d(3 * w), nn.ReLU())
    return Classifier(conv_norm(3, w), body, 3 * w)


class ShuffleBlock(nn.Module):
    """ShuffleNet's second block: half of the channels pass, the other half is convolved, then both are shuffled."""

    def __init__(self, width: int):
        super().__init__()
        half = width // 2
        self.branch = nn.Sequential(
            conv_norm(half, half, 1), conv_norm(half, half, 3, groups=half, act=None), conv_norm(half, half, 1))

    def forward(self, features):
        left, right = features.chunk(2, 1)
        both = torch.cat([left, self.branch(right)], 1)
        n, c, h, w = both.shape
        return both.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


def channel_shuffle(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(ShuffleBlock(w), ShuffleBlock(w)), w)


class GroupedShuffle(nn.Module):
    """ShuffleNet's first block: grouped pointwise convolutions with a shuffle between them."""

    def __init__(self, width: int, groups: int = 2):
        super().__init__()
        self.groups = groups
        self.first = conv_norm(width, width, 1, groups=groups)
        self.second = conv_norm(width, width, 3, groups=width, act=None)
        self.third = conv_norm(width, width, 1, groups=groups, act=None)

    def forward(self, features):
        mixed = self.first(features)
        n, c, h, w = mixed.shape
        mixed = mixed.reshape(n, self.groups, c // self.groups, h, w).permute(0, 2, 1, 3, 4).reshape(n, c, h, w)
        return functional.relu(features + self.third(self.second(mixed)))


def grouped_shuffle(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(GroupedShuffle(w), GroupedShuffle(w)), w)


class Scales(nn.Module):
    """Res2Net's block: the channels are split, and each part is convolved with the one before it added."""

    def __init__(self, width: int, scale: int = 4):
        super().__init__()
        part = width // scale
        self.scale = scale
        self.first, self.last = conv_norm(width, width, 1), conv_norm(width, width, 1, act=None)
        self.parts = nn.ModuleList(conv_norm(part, part) for _ in range(scale - 1))

    def forward(self, features):
        pieces = list(self.first(features).chunk(self.scale, 1))
        results, carried = [pieces[0]], None
        for layer, piece in zip(self.parts, pieces[1:]):
            carried = layer(piece if carried is None else piece + carried)
            results.append(carried)
        return functional.relu(features + self.last(torch.cat(results, 1)))


def res2net(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(Scales(w), Scales(w)), w)


class Selective(nn.Module):
    """SKNet's block: a softmax over branches weighs each channel."""

    def __init__(self, width: int):
        super().__init__()
        self.three, self.five = conv_norm(width, width), conv_norm(width, width, 5)
        self.down, self.up = nn.Linear(width, max(width // 2, 4)), nn.Linear(max(width // 2, 4), 2 * width)

    def forward(self, features):
        branches = torch.stack([self.three(features), self.five(features)], 1)
        pooled = branches.sum(1).mean((2, 3))
        weights = self.up(functional.relu(self.down(pooled))).view(pooled.shape[0], 2, -1).softmax(1)
        return (branches * weights[:, :, :, None, None]).sum(1)


def selective_kernel(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(Selective(w), Selective(w)), w)


class Ghost(nn.Module):
    def __init__(self, inputs: int, width: int):
        super().__init__()
        self.primary = conv_norm(inputs, width // 2, 1)
        self.cheap = conv_norm(width // 2, width // 2, 3, groups=width // 2)

    def forward(self, features):
        primary = self.primary(features)
        return torch.cat([primary, self.cheap(primary)], 1)


def ghost(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(Ghost(w, 2 * w), Ghost(2 * w, 2 * w)), 2 * w)


# MARK: Detectors and decoders


class CrossStage(nn.Module):
    """YOLOv8's C2f: half of the channels goes through bottlenecks whose every output is kept."""

    def __init__(self, inputs: int, outputs: int, count: int = 2):
        super().__init__()
        self.half = outputs // 2
        self.first = conv_norm(inputs, outputs, 1, act=nn.SiLU)
        self.blocks = nn.ModuleList(
            nn.Sequential(conv_norm(self.half, self.half, act=nn.SiLU), conv_norm(self.half, self.half, act=nn.SiLU))
            for _ in range(count))
        self.last = conv_norm((2 + count) * self.half, outputs, 1, act=nn.SiLU)

    def forward(self, features):
        parts = list(self.first(features).split((self.half, self.half), 1))
        for block in self.blocks:
            parts.append(parts[-1] + block(parts[-1]))
        return self.last(torch.cat(parts, 1))


class FastPyramidPool(nn.Module):
    """YOLO's SPPF: three poolings in a row, all side by side."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = conv_norm(inputs, inputs // 2, 1, act=nn.SiLU)
        self.last = conv_norm(2 * inputs, outputs, 1, act=nn.SiLU)
        self.pool = nn.MaxPool2d(5, 1, 2)

    def forward(self, features):
        results = [self.first(features)]
        for _ in range(3):
            results.append(self.pool(results[-1]))
        return self.last(torch.cat(results, 1))


class Yolo(nn.Module):
    """A small YOLOv8: backbone, pyramid up and down, and a head on two levels with its distribution of distances."""

    def __init__(self, w: int):
        super().__init__()
        self.stem = conv_norm(3, w, 3, 2, act=nn.SiLU)
        self.level1 = nn.Sequential(conv_norm(w, 2 * w, 3, 2, act=nn.SiLU), CrossStage(2 * w, 2 * w))
        self.level2 = nn.Sequential(
            conv_norm(2 * w, 4 * w, 3, 2, act=nn.SiLU), CrossStage(4 * w, 4 * w), FastPyramidPool(4 * w, 4 * w))
        self.up = CrossStage(6 * w, 2 * w, 1)
        self.down = conv_norm(2 * w, 2 * w, 3, 2, act=nn.SiLU)
        self.deep = CrossStage(6 * w, 4 * w, 1)
        self.boxes = nn.ModuleList(
            nn.Sequential(conv_norm(n, w, act=nn.SiLU), nn.Conv2d(w, 16, 1)) for n in (2 * w, 4 * w))
        self.classes = nn.ModuleList(
            nn.Sequential(conv_norm(n, w, act=nn.SiLU), nn.Conv2d(w, 5, 1)) for n in (2 * w, 4 * w))
        self.distances = nn.Conv2d(4, 1, 1, bias=False)

    def forward(self, images):
        shallow = self.level1(self.stem(images))
        deep = self.level2(shallow)
        up = self.up(torch.cat([functional.interpolate(deep, scale_factor=2), shallow], 1))
        deep = self.deep(torch.cat([self.down(up), deep], 1))
        results = [torch.cat([box(x), score(x)], 1).flatten(2)
                   for x, box, score in zip((up, deep), self.boxes, self.classes)]
        boxes, scores = torch.cat(results, 2).split((16, 5), 1)
        n, _, cells = boxes.shape
        boxes = self.distances(boxes.view(n, 4, 4, cells).transpose(2, 1).softmax(1)).view(n, 4, cells)
        return torch.cat([boxes, scores.sigmoid()], 1)


class Focus(nn.Module):
    """YOLOv5's stem: four strided views of the image side by side."""

    def __init__(self, w: int):
        super().__init__()
        self.conv = conv_norm(12, w, act=nn.SiLU)
        self.body = CrossStage(w, 2 * w)
        self.head = nn.Conv2d(2 * w, 8, 1)

    def forward(self, x):
        views = [x[..., ::2, ::2], x[..., 1::2, ::2], x[..., ::2, 1::2], x[..., 1::2, 1::2]]
        return self.head(self.body(self.conv(torch.cat(views, 1))))


class UNet(nn.Module):
    """An encoder and a decoder by transposed convolutions, joined by concatenation."""

    def __init__(self, w: int):
        super().__init__()
        self.down1, self.down2 = conv_norm(3, w), conv_norm(w, 2 * w)
        self.bottom = conv_norm(2 * w, 4 * w)
        self.up2, self.up1 = nn.ConvTranspose2d(4 * w, 2 * w, 2, 2), nn.ConvTranspose2d(2 * w, w, 2, 2)
        self.merge2, self.merge1 = conv_norm(4 * w, 2 * w), conv_norm(2 * w, w)
        self.head = nn.Conv2d(w, 2, 1)

    def forward(self, images):
        first = self.down1(images)
        second = self.down2(functional.max_pool2d(first, 2))
        bottom = self.bottom(functional.max_pool2d(second, 2))
        x = self.merge2(torch.cat([self.up2(bottom), second], 1))
        return self.head(self.merge1(torch.cat([self.up1(x), first], 1)))


def pixel_shuffle(w: int):
    """ESPCN-like super-resolution: pixels from channels, twice, with convolutions in between."""
    return nn.Sequential(
        nn.Conv2d(3, w, 5, padding=2), nn.PReLU(w), nn.Conv2d(w, 4 * w, 3, padding=1), nn.PixelShuffle(2),
        nn.PReLU(), nn.Conv2d(w, w, 3, padding=1), nn.Tanh(), nn.Conv2d(w, 12, 3, padding=1), nn.PixelShuffle(2))


def generator(w: int):
    """A DCGAN generator: an image from a vector."""
    return nn.Sequential(
        nn.Linear(12, 4 * w * 16), nn.Unflatten(1, (4 * w, 4, 4)), nn.BatchNorm2d(4 * w), nn.ReLU(),
        nn.ConvTranspose2d(4 * w, 2 * w, 4, 2, 1, bias=False), nn.BatchNorm2d(2 * w), nn.LeakyReLU(0.2),
        nn.ConvTranspose2d(2 * w, w, 3, 2, 1, output_padding=1, groups=2), nn.ELU(),
        nn.Conv2d(w, 3, 3, padding=1), nn.Tanh())


class StyleTransfer(nn.Module):
    """Instance normalisation, reflection padding, nearest upsampling."""

    def __init__(self, w: int):
        super().__init__()
        self.body = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(3, w, 3), nn.InstanceNorm2d(w, affine=True), nn.ReLU(),
            nn.Conv2d(w, 2 * w, 3, 2, 1), nn.InstanceNorm2d(2 * w, affine=True), nn.ReLU(),
            nn.Upsample(scale_factor=2), nn.ReflectionPad2d(1), nn.Conv2d(2 * w, w, 3),
            nn.InstanceNorm2d(w, affine=True), nn.ReLU(), nn.Conv2d(w, 3, 1))

    def forward(self, images):
        return self.body(images)


def group_norm(w: int):
    body = nn.Sequential(
        nn.Conv2d(w, 2 * w, 3, padding=1), nn.GroupNorm(2, 2 * w), nn.Mish(), nn.Conv2d(2 * w, w, 1),
        nn.GroupNorm(1, w), nn.Hardswish())
    return Classifier(nn.Conv2d(3, w, 3, 2, 1), body, w)


class SharedLayers(nn.Module):
    """One convolution used on two images and twice in a row, and two outputs."""

    def __init__(self, w: int):
        super().__init__()
        self.stem, self.shared, self.norm = nn.Conv2d(3, w, 3, padding=1), nn.Conv2d(w, w, 3, padding=1), nn.BatchNorm2d(w)
        self.head, self.other = nn.Linear(w, 5), nn.Linear(2 * w, 3)

    def branch(self, images):
        x = functional.relu(self.norm(self.shared(functional.relu(self.stem(images)))))
        return functional.relu(self.shared(x)).amax((2, 3))

    def forward(self, left, right):
        a, b = self.branch(left), self.branch(right)
        return self.head(torch.abs(a - b)), self.other(torch.cat([a, b], 1))


class Attention2d(nn.Module):
    """CBAM: channel attention by a shared layer, then spatial attention."""

    def __init__(self, w: int):
        super().__init__()
        self.shared = nn.Sequential(nn.Conv2d(w, w // 2, 1, bias=False), nn.ReLU(), nn.Conv2d(w // 2, w, 1, bias=False))
        self.spatial = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x):
        x = x * torch.sigmoid(self.shared(x.mean((2, 3), True)) + self.shared(x.amax((2, 3), True)))
        both = torch.cat([x.mean(1, True), x.amax(1, True)], 1)
        return x * torch.sigmoid(self.spatial(both))


def cbam(w: int):
    return Classifier(conv_norm(3, w), nn.Sequential(Attention2d(w), conv_norm(w, 2 * w), Attention2d(2 * w)), 2 * w)


class PyramidPooling(nn.Module):
    """PSPNet's module: the map pooled to several sizes, enlarged again and put side by side."""

    def __init__(self, w: int):
        super().__init__()
        self.stem = conv_norm(3, w, 3, 2)
        self.branches = nn.ModuleList(conv_norm(w, w // 2, 1) for _ in (1, 2, 4))
        self.head = nn.Conv2d(w + 3 * (w // 2), 4, 3, padding=1)

    def forward(self, images):
        x = self.stem(images)
        pooled = [
            functional.interpolate(
                branch(functional.adaptive_avg_pool2d(x, size)), size=x.shape[2:], mode="bilinear", align_corners=False)
            for size, branch in zip((1, 2, 4), self.branches)]
        return self.head(torch.cat([x, *pooled], 1))


class Maxout(nn.Module):
    """The maximum over pieces of channels, and perhaps a response normalisation over neighbouring channels."""

    def __init__(self, w: int, normalises: bool = False):
        super().__init__()
        self.conv, self.last = nn.Conv2d(3, 2 * w, 3, padding=1), nn.Conv2d(w, 2 * w, 3, padding=1)
        self.norm = nn.LocalResponseNorm(3) if normalises else nn.Identity()
        self.head = nn.Linear(2 * w, 5)

    def forward(self, images):
        x = self.conv(images)
        n, c, h, w = x.shape
        x = self.norm(x.view(n, c // 2, 2, h, w).amax(2))
        return self.head(functional.leaky_relu(self.last(x)).mean((2, 3)))


def volumes(w: int):
    """Convolutions in three dimensions."""
    return nn.Sequential(
        nn.Conv3d(1, w, 3, padding=1), nn.BatchNorm3d(w), nn.ReLU(), nn.MaxPool3d(2),
        nn.Conv3d(w, 2 * w, 3, padding=1), nn.BatchNorm3d(2 * w), nn.ReLU(), nn.AdaptiveAvgPool3d(1), nn.Flatten(),
        nn.Linear(2 * w, 4))


# MARK: Sequences


class Wave(nn.Module):
    """WaveNet-like: dilated convolutions of one dimension, gates, residual and skip sums."""

    def __init__(self, w: int):
        super().__init__()
        self.stem = nn.Conv1d(1, w, 1)
        self.gates = nn.ModuleList(nn.Conv1d(w, 2 * w, 2, dilation=2**i) for i in range(3))
        self.residual = nn.ModuleList(nn.Conv1d(w, w, 1) for _ in range(3))
        self.skip = nn.ModuleList(nn.Conv1d(w, 2 * w, 1) for _ in range(3))
        self.head = nn.Sequential(nn.ReLU(), nn.Conv1d(2 * w, w, 1), nn.ReLU(), nn.Conv1d(w, 6, 1))

    def forward(self, signal):
        x, total = self.stem(signal), 0
        for index, (gate, residual, skip) in enumerate(zip(self.gates, self.residual, self.skip)):
            value, weight = gate(functional.pad(x, (2**index, 0))).chunk(2, 1)
            mixed = torch.tanh(value) * torch.sigmoid(weight)
            x, total = x + residual(mixed), total + skip(mixed)
        return self.head(total)


class Recurrent(nn.Module):
    """Tokens, a recurrent layer, and a classifier of its last state."""

    def __init__(self, w: int, kind: type, bidirectional: bool = False, layers: int = 1):
        super().__init__()
        self.embedding = nn.Embedding(31, w)
        self.recurrent = kind(w, 2 * w, layers, batch_first=True, bidirectional=bidirectional)
        self.hidden = nn.Linear(2 * w * (1 + bidirectional), w)
        self.head = nn.Linear(w, 5)

    def forward(self, text):
        states = self.recurrent(self.embedding(text))[0]
        return self.head(functional.relu(self.hidden(states[:, -1])))


class SpeechRecogniser(nn.Module):
    """Convolutions over a spectrogram, a recurrent layer over time, and a classifier of every step."""

    def __init__(self, w: int):
        super().__init__()
        self.convolutions = nn.Sequential(conv_norm(1, w, 3, 2), conv_norm(w, w, 3, 2))
        self.recurrent = nn.GRU(w * 4, 2 * w, batch_first=True, bidirectional=True)
        self.head = nn.Linear(4 * w, 7)

    def forward(self, spectrogram):
        x = self.convolutions(spectrogram)
        n, c, h, t = x.shape
        return functional.log_softmax(self.head(self.recurrent(x.view(n, c * h, t).transpose(1, 2))[0]), -1)


class TiedLanguageModel(nn.Module):
    """An embedding whose transpose is the output layer."""

    def __init__(self, w: int):
        super().__init__()
        self.embedding = nn.Embedding(31, w)
        self.up, self.down, self.norm = nn.Linear(w, 3 * w), nn.Linear(3 * w, w), nn.LayerNorm(w)

    def forward(self, text):
        x = self.embedding(text)
        x = self.norm(x + self.down(functional.gelu(self.up(x))))
        return x @ self.embedding.weight.T


class RMSNorm(nn.Module):
    def __init__(self, w: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(w))

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)


class GroupedQueryAttention(nn.Module):
    """Queries with their own heads, keys and values shared by groups of them, rotated by position."""

    def __init__(self, w: int, heads: int, key_heads: int):
        super().__init__()
        self.heads, self.key_heads, self.size = heads, key_heads, w // heads
        self.query, self.output = nn.Linear(w, w, bias=False), nn.Linear(w, w, bias=False)
        self.key = nn.Linear(w, key_heads * self.size, bias=False)
        self.value = nn.Linear(w, key_heads * self.size, bias=False)

    def rotated(self, x):
        half = self.size // 2
        angles = torch.arange(x.shape[2])[:, None] / (10.0 ** (torch.arange(half) / half))
        sine, cosine = angles.sin().repeat(1, 2), angles.cos().repeat(1, 2)
        return x * cosine + torch.cat([-x[..., half:], x[..., :half]], -1) * sine

    def forward(self, x):
        n, t, w = x.shape
        query = self.rotated(self.query(x).view(n, t, self.heads, self.size).transpose(1, 2))
        key = self.rotated(self.key(x).view(n, t, self.key_heads, self.size).transpose(1, 2))
        value = self.value(x).view(n, t, self.key_heads, self.size).transpose(1, 2)
        times = self.heads // self.key_heads
        if times > 1:
            key, value = (
                v[:, :, None].expand(n, self.key_heads, times, t, self.size).reshape(n, self.heads, t, self.size)
                for v in (key, value))
        mask = torch.full((t, t), float("-inf")).triu(1)
        weights = (query @ key.transpose(2, 3) / self.size**0.5 + mask).softmax(-1)
        return self.output((weights @ value).transpose(1, 2).reshape(n, t, w))


class Decoder(nn.Module):
    """A Llama-like decoder: rotary positions, grouped queries, RMSNorm, SwiGLU."""

    def __init__(self, w: int, heads: int = 4, key_heads: int = 2, layers: int = 2):
        super().__init__()
        self.embedding, self.head, self.norm = nn.Embedding(31, w), nn.Linear(w, 31, bias=False), RMSNorm(w)
        self.layers = nn.ModuleList(
            nn.ModuleDict({
                "attention": GroupedQueryAttention(w, heads, key_heads), "norm1": RMSNorm(w), "norm2": RMSNorm(w),
                "gate": nn.Linear(w, 3 * w, bias=False), "up": nn.Linear(w, 3 * w, bias=False),
                "down": nn.Linear(3 * w, w, bias=False)})
            for _ in range(layers))

    def forward(self, text):
        x = self.embedding(text)
        for layer in self.layers:
            x = x + layer["attention"](layer["norm1"](x))
            y = layer["norm2"](x)
            x = x + layer["down"](functional.silu(layer["gate"](y)) * layer["up"](y))
        return self.head(self.norm(x))


class PackedAttention(nn.Module):
    """A vision transformer's attention with query, key and value from one layer."""

    def __init__(self, w: int, heads: int = 2):
        super().__init__()
        self.heads, self.packed, self.output = heads, nn.Linear(w, 3 * w), nn.Linear(w, w)

    def forward(self, x):
        n, t, w = x.shape
        query, key, value = self.packed(x).reshape(n, t, 3, self.heads, w // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        weights = (query * (w // self.heads) ** -0.5 @ key.transpose(-2, -1)).softmax(-1)
        return self.output((weights @ value).transpose(1, 2).reshape(n, t, w))


class TransformerBlock(nn.Module):
    def __init__(self, w: int):
        super().__init__()
        self.norm1, self.norm2, self.attention = nn.LayerNorm(w), nn.LayerNorm(w), PackedAttention(w)
        self.up, self.down = nn.Linear(w, 4 * w), nn.Linear(4 * w, w)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(functional.gelu(self.up(self.norm2(x))))


class PatchTransformer(nn.Module):
    """A vision transformer with a class token and learned positions."""

    def __init__(self, w: int):
        super().__init__()
        self.patches = nn.Conv2d(3, w, 8, 8)
        self.token = nn.Parameter(torch.randn(1, 1, w))
        self.positions = nn.Parameter(torch.randn(1, 17, w))
        self.blocks, self.norm, self.head = nn.Sequential(TransformerBlock(w), TransformerBlock(w)), nn.LayerNorm(w), nn.Linear(w, 10)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.positions
        return self.head(self.norm(self.blocks(x))[:, 0])


class Windows(nn.Module):
    """Swin-like: attention in shifted windows of a map whose channels come last."""

    def __init__(self, w: int, window: int = 2):
        super().__init__()
        self.window = window
        self.stem, self.norm1, self.norm2 = nn.Conv2d(3, w, 4, 4), nn.LayerNorm(w), nn.LayerNorm(w)
        self.first, self.second, self.merge = PackedAttention(w), PackedAttention(w), nn.Linear(4 * w, 2 * w, bias=False)
        self.norm, self.head = nn.LayerNorm(2 * w), nn.Linear(2 * w, 10)

    def attend(self, attention, x, shift: int):
        n, h, w, c = x.shape
        m = self.window
        if shift:
            x = torch.roll(x, (-shift, -shift), (1, 2))
        x = x.view(n, h // m, m, w // m, m, c).transpose(2, 3).reshape(-1, m * m, c)
        x = attention(x).view(n, h // m, w // m, m, m, c).transpose(2, 3).reshape(n, h, w, c)
        return torch.roll(x, (shift, shift), (1, 2)) if shift else x

    def forward(self, images):
        x = self.stem(images).permute(0, 2, 3, 1)
        x = x + self.attend(self.first, self.norm1(x), 0)
        x = x + self.attend(self.second, self.norm2(x), 1)
        corners = [x[:, i::2, j::2] for j in (0, 1) for i in (0, 1)]
        return self.head(self.norm(self.merge(torch.cat(corners, -1))).mean((1, 2)))


class Mixer(nn.Module):
    """An MLP-Mixer: layers over tokens and layers over channels in turn."""

    def __init__(self, w: int):
        super().__init__()
        self.patches, self.norm1, self.norm2 = nn.Conv2d(3, w, 8, 8), nn.LayerNorm(w), nn.LayerNorm(w)
        self.tokens = nn.Sequential(nn.Linear(16, 32), nn.GELU(), nn.Linear(32, 16))
        self.channels = nn.Sequential(nn.Linear(w, 2 * w), nn.GELU(), nn.Linear(2 * w, w))
        self.head = nn.Linear(w, 10)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = x + self.tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return self.head((x + self.channels(self.norm2(x))).mean(1))


class LibraryTransformer(nn.Module):
    """PyTorch's own encoder layers on tokens."""

    def __init__(self, w: int):
        super().__init__()
        self.embedding = nn.Embedding(31, w)
        layer = nn.TransformerEncoderLayer(w, 2, 3 * w, batch_first=True, activation="gelu", norm_first=True)
        self.encoder, self.head = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(w, 5)

    def forward(self, text):
        return self.head(self.encoder(self.embedding(text)).mean(1))


class EinsumAttention(nn.Module):
    """Attention between pixels written with einsum, inside a residual network."""

    def __init__(self, w: int):
        super().__init__()
        self.stem, self.query, self.key, self.value = conv_norm(3, w, 3, 4), *(nn.Conv2d(w, w, 1) for _ in range(3))
        self.head = nn.Linear(w, 5)

    def forward(self, images):
        x = self.stem(images)
        q, k, v = (layer(x).flatten(2) for layer in (self.query, self.key, self.value))
        weights = torch.einsum("nci,ncj->nij", q, k).softmax(-1)
        return self.head((torch.einsum("nij,ncj->nci", weights, v) + x.flatten(2)).mean(2))


class GatedPerceptron(nn.Module):
    """Layers that gate each other and a highway past them, on plain vectors."""

    def __init__(self, w: int):
        super().__init__()
        self.first, self.gate, self.value, self.last = (
            nn.Linear(9, w), nn.Linear(w, 2 * w), nn.Linear(w, w), nn.Linear(w, 4))
        self.norm = nn.BatchNorm1d(w)

    def forward(self, vectors):
        x = functional.relu(self.norm(self.first(vectors)))
        gated = functional.glu(self.gate(x))
        carry = torch.sigmoid(self.value(x))
        return self.last(carry * gated + (1 - carry) * x)


def _kinds() -> list[tuple]:
    """Name, family, builder by width, inputs, width of the network and of the fixture."""
    signal, text = {"signal": Input((1, 1, 64))}, tokens(9, 31)
    pair = {"left": Input((1, 3, 16, 16)), "right": Input((1, 3, 16, 16))}
    return [
        ("pre_activation", "ResNetV2", pre_activation, image(32), 32, 6),
        ("padded_shortcut", "ResNet, padded shortcuts", padded_shortcut, image(32), 16, 4),
        ("squeeze_excite", "SE-ResNet", squeeze_excite, image(32), 32, 8),
        ("channel_neighbours", "ECA-ResNet", channel_neighbours, image(32), 32, 8),
        ("convnext", "ConvNeXt", convnext, image(32), 32, 6),
        ("densenet", "DenseNet", densenet, image(32), 24, 4),
        ("channel_shuffle", "ShuffleNetV2", channel_shuffle, image(32), 32, 8),
        ("grouped_shuffle", "ShuffleNet", grouped_shuffle, image(32), 32, 8),
        ("res2net", "Res2Net", res2net, image(32), 32, 8),
        ("selective_kernel", "SKNet", selective_kernel, image(32), 32, 6),
        ("ghost", "GhostNet", ghost, image(32), 32, 8),
        ("yolo", "YOLOv8", Yolo, image(64), 16, 4),
        ("focus", "YOLOv5", Focus, image(32), 16, 4),
        ("unet", "U-Net", UNet, image(32), 16, 4),
        ("pixel_shuffle", "super-resolution", pixel_shuffle, image(16), 16, 4),
        ("generator", "DCGAN", generator, {"noise": Input((1, 12))}, 32, 4),
        ("style_transfer", "style transfer", StyleTransfer, image(16), 16, 4),
        ("group_norm", "GroupNorm", group_norm, image(32), 32, 8),
        ("shared_layers", "siamese", SharedLayers, pair, 16, 6),
        ("cbam", "CBAM", cbam, image(32), 32, 8),
        ("pyramid_pooling", "PSPNet", PyramidPooling, image(32), 32, 8),
        ("maxout", "Maxout", Maxout, image(16), 16, 6),
        ("volumes", "3-D", volumes, {"volume": Input((1, 1, 8, 8, 8))}, 16, 4),
        ("wave", "WaveNet", Wave, signal, 16, 12),
        ("lstm", "LSTM", lambda w: Recurrent(w, nn.LSTM), text, 32, 4),
        ("lstm_bidirectional", "LSTM", lambda w: Recurrent(w, nn.LSTM, True, 2), text, 32, 4),
        ("gru", "GRU", lambda w: Recurrent(w, nn.GRU), text, 32, 12),
        ("rnn", "RNN", lambda w: Recurrent(w, nn.RNN), text, 32, 4),
        ("speech", "convolutions and GRU", SpeechRecogniser, {"spectrogram": Input((1, 1, 16, 24))}, 16, 4),
        ("tied_embedding", "tied embedding", TiedLanguageModel, text, 32, 6),
        ("decoder", "Llama", Decoder, text, 64, 8),
        ("decoder_all_heads", "Llama", lambda w: Decoder(w, 4, 4), text, 64, 8),
        ("patch_transformer", "ViT", PatchTransformer, image(32), 32, 8),
        ("windows", "Swin", Windows, image(32), 32, 8),
        ("mixer", "MLP-Mixer", Mixer, image(32), 32, 6),
        ("library_transformer", "nn.Transformer", LibraryTransformer, text, 32, 8),
        ("einsum_attention", "attention of pixels", EinsumAttention, image(32), 16, 6),
        ("gated_perceptron", "perceptron", GatedPerceptron, {"vectors": Input((2, 9))}, 32, 6),
    ]


def networks() -> list[Network]:
    """Returns the networks, each with a fixture, and some of them exported in other ways."""
    result = []
    for name, family, make, inputs, width, narrow in _kinds():
        result.append(Network(
            name, family, lambda make=make, width=width: make(width), inputs,
            fixture=lambda make=make, narrow=narrow: make(narrow)))
    result.append(Network(
        "response_norm", "LocalResponseNorm", lambda: Maxout(16, True), image(16)))
    named = {one.name: one for one in result}
    for name in ("pre_activation", "channel_shuffle", "yolo", "unet", "squeeze_excite", "convnext", "padded_shortcut",
                 "densenet", "generator", "wave", "pixel_shuffle", "grouped_shuffle"):
        oldest = 13 if name == "generator" else 11
        result.append(named[name].by("torchscript", oldest, keeps_batch_norms=False))
        result.append(named[name].by("dynamo", 18))
    for name in ("lstm", "gru", "decoder", "patch_transformer", "windows", "mixer", "library_transformer",
                 "tied_embedding", "einsum_attention", "group_norm", "style_transfer"):
        oldest = 14 if name in ("decoder", "library_transformer") else 13
        result.append(named[name].by("torchscript", oldest))
        result.append(named[name].by("dynamo", 20))
    result.append(named["yolo"].by("torchscript", 17, dynamic_batch=True))
    # Its fixture has a factor that is computed from a length.
    result.append(replace(
        named["patch_transformer"].by("torchscript", 17, dynamic_batch=True), fixture=named["patch_transformer"].fixture))
    result.append(named["unet"].by("dynamo", 18, dynamic_batch=True, external_data=False))
    result.append(named["densenet"].by("torchscript", 20, external_data=True))
    return result
