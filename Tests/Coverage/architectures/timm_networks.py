"""Families of the `timm` library with random weights, 10 classes and small images."""

from __future__ import annotations

from torch import nn

# Makes torchvision, which timm imports, load beside a torch that it was not compiled for.
from . import torchvision_networks  # noqa: F401
from .catalogue import Network, image

# Each family's smallest network, the side of the image, and what else its constructor needs for that side.
FAMILIES: dict[str, tuple[str, int, dict]] = {
    "nf_resnet26": ("NF-ResNet", 64, {"channels": (64, 96, 128, 192)}),
    "dm_nfnet_f0": ("NFNet", 64, {"channels": (64, 96, 128, 192), "depths": (1, 2, 1, 1), "group_size": 32}),
    "ecaresnet26t": ("ECA-ResNet", 64, {}),
    "lambda_resnet26t": ("LambdaResNet", 64, {}),
    "resnet10t": ("ResNet-T", 64, {}),
    "resnetv2_18": ("ResNetV2", 64, {}),
    "legacy_seresnet18": ("SE-ResNet", 64, {}),
    "skresnet18": ("SKNet", 64, {}),
    "resnest14d": ("ResNeSt", 64, {}),
    "gcresnext26ts": ("GC-ResNeXt", 64, {}),
    "eca_botnext26ts_256": ("BoTNeXt", 64, {"img_size": 64}),
    "halonet26t": ("HaloNet", 256, {}),
    "bat_resnext26ts": ("BAT-ResNeXt", 256, {}),
    "dla46_c": ("DLA", 64, {}),
    "hrnet_w18_small": ("HRNet", 64, {}),
    "cs3darknet_s": ("CSPDarknet", 64, {}),
    "ese_vovnet19b_dw": ("VoVNet", 64, {}),
    "repvgg_a0": ("RepVGG", 64, {}),
    "mobileone_s0": ("MobileOne", 64, {}),
    "hgnetv2_b0": ("HGNetV2", 64, {}),
    "regnety_002": ("RegNetY", 64, {}),
    "dpn48b": ("DPN", 64, {}),
    "mobilenetv4_conv_small": ("MobileNetV4", 64, {}),
    "efficientnet_lite0": ("EfficientNet-Lite", 64, {}),
    "tf_efficientnetv2_b0": ("EfficientNetV2", 64, {}),
    "tinynet_e": ("TinyNet", 64, {}),
    "fbnetc_100": ("FBNet", 64, {}),
    "lcnet_050": ("LCNet", 64, {}),
    "mixnet_s": ("MixNet", 64, {}),
    "ghostnetv2_100": ("GhostNetV2", 64, {}),
    "rexnet_100": ("ReXNet", 64, {}),
    "repghostnet_050": ("RepGhostNet", 64, {}),
    "starnet_s1": ("StarNet", 64, {}),
    "convnext_atto": ("ConvNeXt", 64, {}),
    "edgenext_xx_small": ("EdgeNeXt", 64, {}),
    "inception_next_atto": ("InceptionNeXt", 64, {}),
    "efficientformer_l1": ("EfficientFormer", 224, {}),
    "efficientvit_b0": ("EfficientViT (MIT)", 64, {}),
    "efficientvit_m0": ("EfficientViT (MSRA)", 64, {"img_size": 64}),
    "fastvit_t8": ("FastViT", 64, {}),
    "poolformerv2_s12": ("PoolFormerV2", 64, {}),
    "mobilevitv2_050": ("MobileViTV2", 64, {}),
    "repvit_m0_9": ("RepViT", 64, {}),
    "levit_128s": ("LeViT", 64, {"img_size": 64}),
    "pvt_v2_b0": ("PVTv2", 64, {}),
    "pit_ti_224": ("PiT", 64, {"img_size": 64}),
    "coat_lite_tiny": ("CoaT", 64, {"img_size": 64}),
    "cait_xxs24_224": ("CaiT", 32, {"img_size": 32, "depth": 4}),
    "xcit_nano_12_p16_224": ("XCiT", 64, {"img_size": 64, "depth": 4}),
    "tnt_s_legacy_patch16_224": ("TNT", 32, {"img_size": 32, "depth": 2}),
    "eva02_tiny_patch14_224": ("EVA-02", 56, {"img_size": 56, "depth": 4}),
    "gcvit_xxtiny": ("GCViT", 224, {}),
    "visformer_tiny": ("Visformer", 64, {"img_size": 64}),
    "resmlp_12_224": ("ResMLP", 64, {"img_size": 64, "num_blocks": 4}),
    "gmlp_ti16_224": ("gMLP", 64, {"img_size": 64, "num_blocks": 4}),
    "sequencer2d_s": ("Sequencer", 56, {"img_size": 56, "layers": (1, 1, 1, 1)}),
    "tiny_vit_5m_224": ("TinyViT", 224, {}),
}

NOTES = {
    "nf_resnet26": "fewer channels, for the time that a check takes",
    "dm_nfnet_f0": "5 of 12 blocks of fewer channels, for the time that a check takes",
    "cait_xxs24_224": "4 of 24 equal layers, for the time that a check takes",
    "xcit_nano_12_p16_224": "4 of 12 equal layers, for the time that a check takes",
    "tnt_s_legacy_patch16_224": "2 of 12 equal layers, for the time that a check takes",
    "eva02_tiny_patch14_224": "4 of 12 equal layers, for the time that a check takes",
    "resmlp_12_224": "4 of 12 equal layers, for the time that a check takes",
    "gmlp_ti16_224": "4 of 30 equal layers, for the time that a check takes",
    "sequencer2d_s": "4 of 18 layers, for the time that a check takes",
}

# The older exporter cannot write their fused attention.
PLAIN_ATTENTION = {"eva02_tiny_patch14_224"}

# Their constructors take no number of blocks: what the library gives them, its parts by name.
MIXERS = {
    "resmlp_12_224": {"embed_dim": 384, "mlp_ratio": 4, "block_layer": "ResBlock", "norm_layer": "Affine"},
    "gmlp_ti16_224": {"embed_dim": 128, "mlp_ratio": 6, "block_layer": "SpatialGatingBlock", "mlp_layer": "GatedMlp"},
}


def _of_timm(name: str, settings: dict):
    def make() -> nn.Module:
        import timm
        from timm.layers import set_fused_attn
        from timm.models import mlp_mixer

        if name in MIXERS:
            parts = {key: getattr(mlp_mixer, part) for key, part in MIXERS[name].items() if isinstance(part, str)}
            return mlp_mixer.MlpMixer(num_classes=10, **MIXERS[name] | parts | settings)
        set_fused_attn(name not in PLAIN_ATTENTION)
        return timm.create_model(name, pretrained=False, num_classes=10, **settings)

    return make


def networks() -> list[Network]:
    # The older exporter knows no Unfold.
    return [Network(f"timm_{name}", family, _of_timm(name, settings), image(side), note=NOTES.get(name, ""),
                    **({"exporter": "dynamo", "opset": 18} if name == "halonet26t" else {}))
            for name, (family, side, settings) in FAMILIES.items()]


# Families whose wiring the newer exporter writes in another way.
BY_THE_NEWER_EXPORTER = (
    "nf_resnet26", "ecaresnet26t", "lambda_resnet26t", "mixnet_s", "levit_128s", "xcit_nano_12_p16_224",
    "gmlp_ti16_224", "eva02_tiny_patch14_224", "poolformerv2_s12",
)
