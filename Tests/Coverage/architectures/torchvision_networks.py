"""Every network of torchvision that classifies, segments or detects, with random weights."""

from __future__ import annotations

import torch

# A torchvision wheel whose compiled part does not fit the torch that is installed lacks these two; no network here
# calls them.
try:
    import torchvision
except RuntimeError:
    _definitions = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _definitions.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

from dataclasses import replace
from functools import partial

from torch import nn
from torchvision import models
from torchvision.models import detection, segmentation
from torchvision.models.maxvit import _maxvit
from torchvision.models.regnet import BlockParams, RegNet
from torchvision.models.swin_transformer import PatchMergingV2, SwinTransformer, SwinTransformerBlockV2
from torchvision.models.vision_transformer import _vision_transformer

from .catalogue import Input, Network, image

# Convolutional networks that take any size get 64 pixels; these need more.
SIZES = {"alexnet": 224, "inception_v3": 96, "maxvit_t": 64}


class FirstOutput(nn.Module):
    """The map of a segmentation network without its dictionary."""

    def __init__(self, body: nn.Module, keys: tuple[str, ...] = ("out",)):
        super().__init__()
        self.body, self.keys = body, keys

    def forward(self, images):
        result = self.body(images)
        return tuple(result[key] for key in self.keys)


class FeaturesAndHead(nn.Module):
    """The part of a detector between its images and its boxes: the backbone and the heads on every level."""

    def __init__(self, detector: nn.Module):
        super().__init__()
        self.backbone = detector.backbone
        self.head = detector.head if hasattr(detector, "head") else detector.rpn.head

    def forward(self, images):
        features = self.backbone(images)
        features = [features] if isinstance(features, torch.Tensor) else list(features.values())
        result = self.head(features)
        results = result.values() if isinstance(result, dict) else [item for part in result for item in part]
        return tuple(results)


class RegionHead(nn.Module):
    """The backbone of a detector of regions, with the heads that work on a region's features."""

    def __init__(self, detector: nn.Module, kind: str):
        super().__init__()
        self.backbone = detector.backbone
        heads = detector.roi_heads
        self.kind = kind
        if kind == "box":
            self.head, self.predictor = heads.box_head, heads.box_predictor
        elif kind == "mask":
            self.head, self.predictor = heads.mask_head, heads.mask_predictor
        else:
            self.head, self.predictor = heads.keypoint_head, heads.keypoint_predictor

    def forward(self, images):
        # The finest level of a small image stands for the features of one region.
        finest = self.backbone(images)["0"]
        size = 7 if self.kind == "box" else 14
        return self.predictor(self.head(finest[:, :, :size, :size]))


def classifier(name: str) -> Network:
    build = getattr(models, name)
    if name.startswith("vit_"):
        return _vision_transformer_network(name)
    if name == "maxvit_t":
        make = partial(
            _maxvit, stem_channels=64, block_channels=[64, 128, 256, 512], block_layers=[2, 2, 5, 2], head_dim=32,
            stochastic_depth_prob=0.2, partition_size=2, input_size=(64, 64))
        return Network(name, "MaxViT", make, image(64), note="partitions of 2 instead of 7, for 64 pixels")
    if name == "regnet_y_128gf":
        # The published one has 2,5 GB of weights, more than one ONNX file can hold.
        parameters = BlockParams(
            depths=[1, 2, 2, 1], widths=[528, 1056, 2904, 7392], group_widths=[264, 264, 264, 264],
            bottleneck_multipliers=[1.0] * 4, strides=[2] * 4, se_ratio=0.25)
        parameters.widths[3] = 3960
        return Network(
            name, "RegNet", partial(RegNet, parameters), image(64),
            note="6 blocks instead of 27 and 3,960 last channels: the published one exceeds an ONNX file's 2 GB")
    changes = {}
    if name in ("googlenet", "inception_v3"):
        changes = {"aux_logits": False, "init_weights": False}
    size = SIZES.get(name, 224 if name.startswith("vgg") else 64)
    return Network(name, _family(name), partial(build, weights=None, **changes), image(size))


def _family(name: str) -> str:
    for prefix, family in {
        "alexnet": "AlexNet", "convnext": "ConvNeXt", "densenet": "DenseNet", "efficientnet_v2": "EfficientNetV2",
        "efficientnet": "EfficientNet", "googlenet": "GoogLeNet", "inception": "Inception", "mnasnet": "MnasNet",
        "mobilenet_v2": "MobileNetV2", "mobilenet_v3": "MobileNetV3", "regnet": "RegNet", "resnet": "ResNet",
        "resnext": "ResNeXt", "shufflenet": "ShuffleNetV2", "squeezenet": "SqueezeNet", "swin_v2": "SwinV2",
        "swin": "Swin", "vgg": "VGG", "wide": "WideResNet",
    }.items():
        if name.startswith(prefix):
            return family
    return name


def _vision_transformer_network(name: str) -> Network:
    patch = int(name.rsplit("_", 1)[1])
    layers, heads, hidden, inner = {
        "b": (12, 12, 768, 3072), "l": (24, 16, 1024, 4096), "h": (32, 16, 1280, 5120),
    }[name[4]]
    kept = layers if name[4] == "b" else 4
    note = "" if kept == layers else f"{kept} of {layers} equal layers, for the size of the file"
    size = 56 if patch == 14 else 64
    make = partial(
        _vision_transformer, patch_size=patch, num_layers=kept, num_heads=heads, hidden_dim=hidden, mlp_dim=inner,
        weights=None, progress=False, image_size=size)
    return Network(name, "ViT", make, image(size), note=note)


def segmenter(name: str, size: int = 64) -> Network:
    build = getattr(segmentation, name)
    return Network(
        name, "segmentation", lambda: FirstOutput(build(weights=None, weights_backbone=None)), image(size))


def detector(name: str, size: int) -> Network:
    build = getattr(detection, name)
    return Network(
        name, "detection",
        lambda: FeaturesAndHead(build(weights=None, weights_backbone=None)), image(size),
        note="backbone, pyramid and heads; without the search for boxes")


def region_detector(name: str, kind: str, size: int = 64) -> Network:
    build = getattr(detection, name)
    return Network(
        f"{name}_{kind}", "detection",
        lambda: RegionHead(build(weights=None, weights_backbone=None), kind), image(size),
        note=f"backbone, pyramid and {kind} head on one region; without the search for boxes")


def video(name: str) -> Network:
    build = getattr(models.video, name)
    frames = 16 if name.startswith("s3d") else 8
    size = 224 if name == "s3d" else 32
    return Network(
        name, "video", lambda: build(weights=None), {"frames": Input((1, 3, frames, size, size))})


def narrow_swin_v2(width: int, depths: list[int]) -> SwinTransformer:
    """SwinV2: cosine attention, positions by a small network, a part of the bias set to zero."""
    return SwinTransformer(
        patch_size=[4, 4], embed_dim=width, depths=depths, num_heads=[2, 4][:len(depths)], window_size=[4, 4],
        stochastic_depth_prob=0.0, num_classes=10, block=SwinTransformerBlockV2, downsample_layer=PatchMergingV2)


def narrow() -> list[Network]:
    """Returns networks of the library's blocks in widths of their own."""
    swin = Network(
        "windows_v2", "SwinV2", partial(narrow_swin_v2, 32, [2, 1]), image(32), fixture=partial(narrow_swin_v2, 8, [2]))
    # The newer exporter stores masks and indices at full length: no fixture of a few kilobytes.
    return [swin, replace(swin.by("dynamo", 20), fixture=None)]


CLASSIFIERS = [
    name for name in models.list_models(module=models)
]

SEGMENTERS = models.list_models(module=segmentation)


def detectors() -> list[Network]:
    return [
        detector("ssdlite320_mobilenet_v3_large", 320),
        detector("ssd300_vgg16", 300),
        detector("retinanet_resnet50_fpn", 64),
        detector("retinanet_resnet50_fpn_v2", 64),
        detector("fcos_resnet50_fpn", 64),
        detector("fasterrcnn_mobilenet_v3_large_fpn", 64),
        detector("fasterrcnn_resnet50_fpn", 64),
        region_detector("fasterrcnn_resnet50_fpn_v2", "box"),
        region_detector("maskrcnn_resnet50_fpn", "mask"),
        region_detector("maskrcnn_resnet50_fpn_v2", "mask"),
        region_detector("keypointrcnn_resnet50_fpn", "keypoint"),
    ]
