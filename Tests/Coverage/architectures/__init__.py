"""The networks that the coverage table is about."""

from __future__ import annotations

from .catalogue import Network


def every_network() -> list[Network]:
    """Returns all networks: one of each kind first, then small ones, then large ones."""
    from . import deployed, language, small, timm_networks, torchvision_networks as vision

    classifiers = {name: vision.classifier(name) for name in vision.CLASSIFIERS}
    segmenters = {name: vision.segmenter(name) for name in vision.SEGMENTERS}
    texts = {one.name: one for one in language.networks()}
    first = [
        classifiers["resnet18"], classifiers["mobilenet_v3_small"], texts["bert"], texts["gpt2"], texts["llama"],
        classifiers["shufflenet_v2_x0_5"], classifiers["squeezenet1_1"], classifiers["efficientnet_b0"],
        classifiers["swin_t"], classifiers["convnext_tiny"], classifiers["googlenet"], classifiers["densenet121"],
        segmenters["deeplabv3_mobilenet_v3_large"], classifiers["vit_b_16"],
    ]
    result = list(first)
    result += [classifiers["resnet18"].by("dynamo", 18), classifiers["mobilenet_v3_small"].by("dynamo", 20)]
    result += [texts["bert"].by("dynamo", 18), texts["gpt2"].by("dynamo", 20), texts["llama"].by("dynamo", 18)]
    result += small.networks()
    result += vision.narrow()
    result += texts.values()
    result += sorted(classifiers.values(), key=lambda one: (one.name.startswith("vgg"), one.name))
    result += segmenters.values()
    result += vision.detectors()
    result += [classifiers[name].by("torchscript", opset, keeps_batch_norms=False) for name, opset in [
        ("resnet18", 11), ("mobilenet_v2", 13), ("efficientnet_b0", 20), ("shufflenet_v2_x1_0", 11), ("vgg11_bn", 13)]]
    result += [classifiers["resnet18"].by("torchscript", 17, dynamic_batch=True)]
    result += [classifiers[name].by("dynamo", opset) for name, opset in [
        ("swin_t", 18), ("vit_b_32", 20), ("convnext_tiny", 18), ("densenet121", 18), ("efficientnet_b0", 18),
        ("shufflenet_v2_x1_0", 20), ("regnet_y_400mf", 18), ("googlenet", 18), ("mnasnet0_5", 18)]]
    result += [segmenters["deeplabv3_mobilenet_v3_large"].by("dynamo", 18)]
    result += [vision.video(name) for name in ("r3d_18", "mc3_18", "r2plus1d_18")]
    result += [texts[name].by("dynamo", opset) for name, opset in [
        ("mistral", 18), ("qwen2", 18), ("gemma", 20), ("opt", 18), ("bert_masked_language_model", 20),
        ("segformer", 18), ("swin_tiny", 18), ("convnextv2", 18)]]
    published = deployed.networks()
    result += published
    result += [one.by("dynamo", 18) for one in published]
    families = {one.name.removeprefix("timm_"): one for one in timm_networks.networks()}
    result += families.values()
    result += [families[name].by("dynamo", 18) for name in timm_networks.BY_THE_NEWER_EXPORTER]
    unique = {one.name: one for one in result}
    return list(unique.values())
