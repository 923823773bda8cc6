"""Models that know nothing: small Llamas with random weights, over tokenizers that cut text in different ways."""

from collections.abc import Iterable
from enum import StrEnum

import torch
from lm_eval.models.huggingface import HFLM
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast


class Cut(StrEnum):
    """How a tokenizer cuts text: what random weights prefer depends on how long an option is in tokens."""

    BYTES = "bytes"
    """One token for each byte."""
    WORD_PIECES = "word_pieces"
    """Byte-pair encoding, trained on the text it is given."""


def make_tokenizer(cut: Cut, texts: Iterable[str], *, vocabulary: int = 4096) -> PreTrainedTokenizerFast:
    """Return a tokenizer; the same texts give the same one. `texts` and `vocabulary` matter to WORD_PIECES alone."""
    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    specials = ["<s>", "</s>"]
    size = len(alphabet) + len(specials) if cut is Cut.BYTES else vocabulary
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([] if cut is Cut.BYTES else texts, trainer)
    marks = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **marks)  # type: ignore[no-untyped-call]


def random_llama(tokenizer: PreTrainedTokenizerFast, seed: int, *, positions: int = 8192) -> LlamaForCausalLM:
    """Return a Llama of two layers, 64 wide, with weights drawn from `seed`; it reads at most `positions` tokens."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=positions,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config)  # type: ignore[no-untyped-call]


def random_lm(tokenizer: PreTrainedTokenizerFast, seed: int, batch_size: int) -> HFLM:
    """Return such a model as lm-eval runs it, on the processor."""
    return HFLM(
        pretrained=random_llama(tokenizer, seed),
        tokenizer=tokenizer,
        backend="causal",
        batch_size=batch_size,
        device="cpu",
    )
