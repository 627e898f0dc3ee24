"""Transformers from the `transformers` library with small configurations and random weights."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from .catalogue import Input, Network, image, tokens

VOCABULARY = 97


class Only(nn.Module):
    """A network of the library with positional inputs, returning one of its outputs."""

    def __init__(self, body: nn.Module, names: tuple[str, ...], output: str):
        super().__init__()
        self.body, self.names, self.output = body, names, output

    def forward(self, *inputs):
        options = {} if "pixel_values" in self.names else {"use_cache": False}
        try:
            result = self.body(**dict(zip(self.names, inputs)), return_dict=True, **options)
        except TypeError:
            result = self.body(**dict(zip(self.names, inputs)), return_dict=True)
        return getattr(result, self.output)


def _only(make: Callable[[], nn.Module], names: tuple[str, ...], output: str = "logits"):
    return lambda: Only(make(), names, output)


def _bert(width: int, heads: int, layers: int = 2):
    def make():
        from transformers import BertConfig, BertForSequenceClassification

        return BertForSequenceClassification(BertConfig(
            vocab_size=VOCABULARY, hidden_size=width, num_hidden_layers=layers, num_attention_heads=heads,
            intermediate_size=4 * width, max_position_embeddings=32, attn_implementation="eager"))

    return _only(make, ("input_ids", "attention_mask"))


def _bert_masked(width: int, heads: int):
    def make():
        from transformers import BertConfig, BertForMaskedLM

        return BertForMaskedLM(BertConfig(
            vocab_size=VOCABULARY, hidden_size=width, num_hidden_layers=2, num_attention_heads=heads,
            intermediate_size=4 * width, max_position_embeddings=32))

    return _only(make, ("input_ids",))


def _gpt2(width: int, heads: int):
    def make():
        from transformers import GPT2Config, GPT2LMHeadModel

        return GPT2LMHeadModel(GPT2Config(
            vocab_size=VOCABULARY, n_positions=32, n_embd=width, n_layer=2, n_head=heads,
            attn_implementation="eager"))

    return _only(make, ("input_ids", "attention_mask"))


def _llama(width: int, heads: int, key_heads: int, layers: int = 2):
    def make():
        from transformers import LlamaConfig, LlamaForCausalLM

        return LlamaForCausalLM(LlamaConfig(
            vocab_size=VOCABULARY, hidden_size=width, intermediate_size=3 * width, num_hidden_layers=layers,
            num_attention_heads=heads, num_key_value_heads=key_heads, max_position_embeddings=64,
            attn_implementation="eager"))

    return _only(make, ("input_ids", "attention_mask"))


def _of_library(model: str, configuration: str, output: str = "logits", names=("input_ids",), **settings):
    def make():
        import transformers

        config = getattr(transformers, configuration)(**settings)
        return getattr(transformers, model)(config)

    return _only(make, names, output)


def networks() -> list[Network]:
    text = tokens(12, VOCABULARY)
    masked = {**text, "attention_mask": Input((1, 12), ones=True)}
    # Without a mask the decoders look for packed sequences, which the older exporter cannot write.
    both = ("input_ids", "attention_mask")
    shape = dict(vocab_size=VOCABULARY, hidden_size=64, num_hidden_layers=2, num_attention_heads=4)
    picture = dict(hidden_size=64, num_hidden_layers=2, num_attention_heads=4, image_size=32, num_labels=10)
    return [
        Network("bert", "BERT", _bert(64, 4), masked, opset=14, fixture=_bert(8, 2, 1)),
        Network("bert_masked_language_model", "BERT", _bert_masked(64, 4), text, fixture=_bert_masked(8, 2)),
        Network("gpt2", "GPT-2", _gpt2(64, 4), masked, fixture=_gpt2(8, 2)),
        Network("llama", "Llama", _llama(64, 8, 2), masked, fixture=_llama(16, 4, 2, 1)),
        Network("llama_one_key_head", "Llama", _llama(64, 8, 1), masked),
        Network("distilbert", "DistilBERT", _of_library(
            "DistilBertForSequenceClassification", "DistilBertConfig", vocab_size=VOCABULARY, dim=64, n_layers=2,
            n_heads=4, hidden_dim=256, max_position_embeddings=32), text),
        Network("roberta", "RoBERTa", _of_library(
            "RobertaForMaskedLM", "RobertaConfig", intermediate_size=256, max_position_embeddings=40, **shape), text),
        Network("albert", "ALBERT", _of_library(
            "AlbertForMaskedLM", "AlbertConfig", intermediate_size=256, embedding_size=32,
            max_position_embeddings=32, **shape), text, note="its layers share one set of weights"),
        Network("electra", "ELECTRA", _of_library(
            "ElectraForPreTraining", "ElectraConfig", intermediate_size=256, embedding_size=32,
            max_position_embeddings=32, **shape), text),
        Network("mistral", "Mistral", _of_library(
            "MistralForCausalLM", "MistralConfig", names=both, intermediate_size=160, num_key_value_heads=2, **shape), masked),
        Network("qwen2", "Qwen2", _of_library(
            "Qwen2ForCausalLM", "Qwen2Config", names=both, intermediate_size=160, num_key_value_heads=2,
            tie_word_embeddings=True, **shape), masked),
        Network("qwen3", "Qwen3", _of_library(
            "Qwen3ForCausalLM", "Qwen3Config", names=both, intermediate_size=160, num_key_value_heads=2, head_dim=16, **shape),
            masked),
        Network("gemma", "Gemma", _of_library(
            "GemmaForCausalLM", "GemmaConfig", names=both, intermediate_size=160, num_key_value_heads=1, head_dim=16, **shape),
            masked),
        Network("phi", "Phi", _of_library(
            "PhiForCausalLM", "PhiConfig", names=both, intermediate_size=160, **shape), masked),
        Network("gpt_neox", "GPT-NeoX", _of_library(
            "GPTNeoXForCausalLM", "GPTNeoXConfig", names=both, intermediate_size=256, max_position_embeddings=64, **shape), masked),
        Network("opt", "OPT", _of_library(
            "OPTForCausalLM", "OPTConfig", names=both, ffn_dim=256, max_position_embeddings=64, word_embed_proj_dim=64, **shape),
            masked),
        Network("bloom", "BLOOM", _of_library(
            "BloomForCausalLM", "BloomConfig", names=both, vocab_size=VOCABULARY, hidden_size=64, n_layer=2, n_head=4), masked),
        Network("vit_tiny", "ViT", _of_library(
            "ViTForImageClassification", "ViTConfig", names=("pixel_values",), patch_size=8, intermediate_size=256,
            **picture), image(32)),
        Network("deit_tiny", "DeiT", _of_library(
            "DeiTForImageClassification", "DeiTConfig", names=("pixel_values",), patch_size=8,
            intermediate_size=256, **picture), image(32)),
        Network("swin_tiny", "Swin", _of_library(
            "SwinForImageClassification", "SwinConfig", names=("pixel_values",), image_size=32, patch_size=4,
            embed_dim=16, depths=[2, 2], num_heads=[2, 4], window_size=4, num_labels=10), image(32)),
        Network("convnextv2", "ConvNeXtV2", _of_library(
            "ConvNextV2ForImageClassification", "ConvNextV2Config", names=("pixel_values",),
            hidden_sizes=[16, 32, 64, 128], depths=[1, 1, 2, 1], image_size=32, num_labels=10), image(32)),
        Network("segformer", "SegFormer", _of_library(
            "SegformerForSemanticSegmentation", "SegformerConfig", names=("pixel_values",),
            depths=[1, 1, 1, 1], hidden_sizes=[16, 32, 64, 96], decoder_hidden_size=64, num_labels=7), image(64)),
        Network("mobilevit", "MobileViT", _of_library(
            "MobileViTForImageClassification", "MobileViTConfig", names=("pixel_values",), image_size=64,
            hidden_sizes=[32, 48, 64], neck_hidden_sizes=[16, 16, 24, 32, 40, 48, 160], num_labels=10), image(64)),
        Network("poolformer", "PoolFormer", _of_library(
            "PoolFormerForImageClassification", "PoolFormerConfig", names=("pixel_values",),
            hidden_sizes=[16, 32, 48, 64], depths=[1, 1, 1, 1], num_labels=10), image(64)),
        Network("beit", "BEiT", _of_library(
            "BeitForImageClassification", "BeitConfig", names=("pixel_values",), patch_size=8,
            intermediate_size=256, use_relative_position_bias=True, **picture), image(32)),
    ]
