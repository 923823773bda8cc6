"""The architectures that models on the board have, each as a model of a few layers that is made in a moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, PreTrainedModel

from leaderboard.evaluation.shared_prefix import Sharing

POSITIONS = 256
WINDOW = 16
_GAIN = 2.0
"""How much wider weights are drawn than would keep what a layer says as wide as what it hears."""
_WIDTHS = {"sliding_window": 1, "window_size": 1, "attention_chunk_size": 1, "local_attention": 2}
"""The settings that hold a window, and how often."""

_TOKENS = {"vocab_size": 258, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1, "tie_word_embeddings": False}
_BASE = _TOKENS | {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": POSITIONS,
}
_HEADS = _BASE | {"head_dim": 16}
_WINDOWED = _HEADS | {"sliding_window": WINDOW}
_ALTERNATING = {"num_hidden_layers": 4, "layer_types": ["sliding_attention", "full_attention"] * 2}
_MIXED = _WINDOWED | _ALTERNATING
_GEMMA = _MIXED | {"query_pre_attn_scalar": 16}
_PER_LAYER = {"vocab_size_per_layer_input": 258, "hidden_size_per_layer_input": 16, "num_kv_shared_layers": 2}
_EXPERTS = {"num_experts": 4, "num_local_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}
_ROUTED = _EXPERTS | {"n_routed_experts": 4, "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1}
_LATENT = _BASE | {
    "q_lora_rank": 24,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 16,
    "v_head_dim": 16,
    "num_key_value_heads": 4,
}
_INDEXED = {"index_topk": 8, "index_n_heads": 2, "index_head_dim": 16}
_LLAMA4 = (
    _HEADS
    | _EXPERTS
    | {
        "num_hidden_layers": 4,
        "no_rope_layers": [1, 1, 1, 0],
        "attention_chunk_size": WINDOW,
        "intermediate_size_mlp": 96,
        "interleave_moe_layer_step": 2,
    }
)
_GPT = _TOKENS | {"n_embd": 64, "n_layer": 2, "n_head": 4, "n_positions": POSITIONS}
_FALCON = _BASE | {"alibi": False, "multi_query": True}
_VISION = {
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 28,
    "patch_size": 14,
}
_STATES = {
    "mamba_n_heads": 8,
    "mamba_d_head": 16,
    "mamba_d_state": 8,
    "mamba_n_groups": 1,
    "mamba_chunk_size": WINDOW,
}
_HYBRID = {"num_hidden_layers": 4, "layer_types": ["linear_attention", "full_attention"] * 2}
_DELTA = _HYBRID | {
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
}
_T5 = _TOKENS | {"d_model": 64, "d_kv": 16, "d_ff": 96, "num_layers": 2, "num_heads": 4, "decoder_start_token_id": 1}
_BART = _TOKENS | {
    "d_model": 64,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 96,
    "decoder_ffn_dim": 96,
    "max_position_embeddings": POSITIONS,
    "decoder_start_token_id": 1,
}


@dataclass(frozen=True)
class Architecture:
    """What a model is built from, and how its requests are to be shared."""

    model_type: str
    settings: Mapping[str, Any]
    sharing: Sharing
    early: int = 0
    """A context's token that still counts: the first, or one within a window or a memory that fades."""


def without_windows(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the same model with windows that hide nothing."""
    return {
        key: without_windows(value)
        if isinstance(value, dict)
        else _WIDTHS[key] * POSITIONS
        if key in _WIDTHS
        else value
        for key, value in settings.items()
    }


def build(model_type: str, settings: Mapping[str, Any]) -> PreTrainedModel:
    """Return a model with weights so wide that what it says depends strongly on every token it sees."""
    torch.manual_seed(0)
    config = AutoConfig.for_model(model_type, **settings)
    kind = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    model = kind.from_config(config, dtype=torch.float32)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Not what says how long states last.
            if parameter.ndim >= 2 and not name.endswith(("A_log", "conv1d.weight")):
                parameter.normal_(std=_GAIN * parameter.shape[-1] ** -0.5)
    return model.eval()


def _trees() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "llama", "llama", _HEADS
    yield "mistral", "mistral", _HEADS | {"sliding_window": None}
    yield "qwen2", "qwen2", _BASE
    some_layers = {"num_hidden_layers": 4, "use_sliding_window": True, "sliding_window": WINDOW, "max_window_layers": 2}
    yield "qwen2, windows", "qwen2", _BASE | some_layers
    yield "qwen3", "qwen3", _HEADS
    yield "gemma", "gemma", _HEADS
    yield "gemma2, windows", "gemma2", _GEMMA
    yield "gemma3, windows", "gemma3_text", _GEMMA
    images = {"mm_tokens_per_image": 4, "image_token_index": 257, "boi_token_index": 255, "eoi_token_index": 256}
    yield "gemma3 with images, windows", "gemma3", {"text_config": _GEMMA, "vision_config": _VISION, **images}
    yield "gemma3n, windows", "gemma3n_text", _MIXED | _PER_LAYER | {"laurel_rank": 8}
    yield "gemma4, windows", "gemma4_text", _MIXED | _PER_LAYER | {"global_head_dim": 16}
    yield "phi", "phi", _BASE
    yield "phi3", "phi3", _BASE
    yield "gpt2", "gpt2", _GPT
    yield "gpt_bigcode", "gpt_bigcode", _GPT
    yield "gpt_neox", "gpt_neox", _BASE
    yield "gptj", "gptj", _GPT | {"rotary_dim": 8}
    yield "codegen", "codegen", _GPT | {"rotary_dim": 8}
    yield "falcon", "falcon", _FALCON
    yield "falcon, new decoder", "falcon", _FALCON | {"new_decoder_architecture": True, "num_kv_heads": 2}
    yield "opt", "opt", _BASE | {"ffn_dim": 96, "word_embed_proj_dim": 32, "do_layer_norm_before": False}
    widths = {"d_model": 64, "ffn_dim": 96, "num_layers": 2, "attention_heads": 4, "max_position_embeddings": POSITIONS}
    yield "xglm", "xglm", _TOKENS | widths
    yield "biogpt", "biogpt", _BASE
    yield "olmo2", "olmo2", _BASE
    yield "olmo3, windows", "olmo3", _BASE | _ALTERNATING | {"sliding_window": WINDOW}
    yield "cohere", "cohere", _BASE | {"logit_scale": 1.0}
    yield "cohere2, windows", "cohere2", _MIXED | {"logit_scale": 1.0}
    scales = {"logits_scaling": 2.0, "embedding_multiplier": 1.5, "residual_multiplier": 0.5}
    yield "granite", "granite", _BASE | scales | {"attention_multiplier": 0.3}
    yield "stablelm", "stablelm", _BASE
    yield "smollm3", "smollm3", _BASE | {"num_hidden_layers": 4, "no_rope_layers": [1, 1, 1, 0]}
    yield "minicpm3", "minicpm3", _LATENT
    yield "persimmon", "persimmon", _BASE
    yield "nemotron", "nemotron", _HEADS
    yield "glm", "glm", _HEADS
    yield "glm4", "glm4", _HEADS
    yield "exaone4, windows", "exaone4", _MIXED | {"sliding_window_pattern": "LG"}
    yield "ernie4_5", "ernie4_5", _HEADS
    yield "hunyuan", "hunyuan_v1_dense", _HEADS
    yield "apertus", "apertus", _BASE
    yield "ministral, windows", "ministral", _MIXED
    modern = {"num_hidden_layers": 4, "local_attention": 2 * WINDOW, "global_attn_every_n_layers": 2}
    yield "modernbert, windows", "modernbert-decoder", _BASE | modern


def _trees_of_experts() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "olmoe", "olmoe", _BASE | _EXPERTS
    yield "granitemoe", "granitemoe", _BASE | _EXPERTS
    yield "gpt_oss, windows", "gpt_oss", _MIXED | _EXPERTS
    yield "llama4 without tuning, windows", "llama4_text", _LLAMA4 | {"attn_temperature_tuning": False}
    yield "mixtral", "mixtral", _HEADS | _EXPERTS
    yield "qwen2_moe", "qwen2_moe", _BASE | _EXPERTS | {"shared_expert_intermediate_size": 32}
    yield "qwen3_moe", "qwen3_moe", _HEADS | _EXPERTS
    yield "phimoe", "phimoe", _BASE | _EXPERTS
    yield "deepseek_v2", "deepseek_v2", _LATENT | _ROUTED
    yield "deepseek_v3", "deepseek_v3", _LATENT | _ROUTED


def _trees_within_windows() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "mistral, windows", "mistral", _WINDOWED
    yield "phi3, windows", "phi3", _BASE | {"sliding_window": WINDOW}
    yield "starcoder2, windows", "starcoder2", _WINDOWED
    yield "mixtral, windows", "mixtral", _WINDOWED | _EXPERTS


def _branches() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "falcon, ALiBi", "falcon", _FALCON | {"alibi": True, "multi_query": False}
    yield "bloom", "bloom", _TOKENS | {"hidden_size": 64, "n_layer": 2, "n_head": 4}
    yield "mpt", "mpt", _TOKENS | {"d_model": 64, "n_layers": 2, "n_heads": 4, "max_seq_len": POSITIONS}
    local = {"attention_types": [[["global", "local"], 2]], "window_size": WINDOW, "num_layers": 4, "num_heads": 4}
    neo = {"hidden_size": 64, "max_position_embeddings": POSITIONS}
    yield "gpt_neo, windows", "gpt_neo", _TOKENS | neo | local
    yield "llama4, windows", "llama4_text", _LLAMA4 | {"attn_temperature_tuning": True, "floor_scale": 8}
    yield "bart's decoder", "bart", _BART | {"is_decoder": True, "is_encoder_decoder": False}
    yield "roberta as a decoder", "roberta", _BASE | {"is_decoder": True}


def _nothings() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "jamba", "jamba", _BASE | _EXPERTS | {"num_hidden_layers": 4, "attn_layer_period": 2, "attn_layer_offset": 1}
    yield "falcon_h1", "falcon_h1", _HEADS | _STATES | {"mamba_d_ssm": 64, "mamba_n_heads": 4}
    yield "bamba", "bamba", _BASE | _STATES | {"num_hidden_layers": 4, "attn_layer_indices": [1, 3]}
    granite = {"num_hidden_layers": 4, "layer_types": ["mamba", "attention"] * 2, "shared_intermediate_size": 32}
    yield "granitemoehybrid", "granitemoehybrid", _BASE | _EXPERTS | _STATES | granite
    yield "qwen3_next", "qwen3_next", _HEADS | _EXPERTS | _DELTA | {"shared_expert_intermediate_size": 32}
    yield "qwen3_5", "qwen3_5_text", _HEADS | _DELTA
    yield "deepseek_v32", "deepseek_v32", _LATENT | _ROUTED | _INDEXED
    yield "openai-gpt", "openai-gpt", _GPT
    yield "bert", "bert", _BASE
    yield "gemma3 in both directions", "gemma3_text", _GEMMA | {"use_bidirectional_attention": True}
    yield "t5", "t5", _T5
    yield "mt5", "mt5", _T5
    yield "bart", "bart", _BART


def _nothings_that_forget() -> Iterator[tuple[str, str, dict[str, Any]]]:
    layers = _TOKENS | {"hidden_size": 64, "num_hidden_layers": 2}
    yield "mamba", "mamba", layers | {"state_size": 8}
    heads = {"state_size": 8, "num_heads": 8, "head_dim": 16, "n_groups": 2, "chunk_size": WINDOW}
    yield "mamba2", "mamba2", layers | heads
    lengths = {"num_hidden_layers": 3, "lru_width": 64, "attention_window_size": WINDOW}
    yield "recurrent_gemma", "recurrent_gemma", _BASE | lengths
    yield "rwkv", "rwkv", layers | {"attention_hidden_size": 64, "intermediate_size": 96, "context_length": POSITIONS}
    yield "lfm2", "lfm2", _BASE | {"num_hidden_layers": 4, "layer_types": ["conv", "full_attention"] * 2}


def _nothings_that_choose() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "doge", "doge", _BASE | {"keep_window_size": 8}


def _table() -> Iterator[tuple[str, Architecture]]:
    for sharing, rows, early in (
        (Sharing.TREE, _trees(), 0),
        (Sharing.TREE, _trees_of_experts(), 0),
        (Sharing.TREE, _trees_within_windows(), -12),
        (Sharing.BRANCHES, _branches(), 0),
        (Sharing.NOTHING, _nothings(), 0),
        (Sharing.NOTHING, _nothings_that_forget(), -5),
        (Sharing.NOTHING, _nothings_that_choose(), -20),
    ):
        for name, model_type, settings in rows:
            yield name, Architecture(model_type, settings, sharing, early)


ARCHITECTURES: dict[str, Architecture] = dict(_table())
"""By name; where layers have windows, the name says so."""
