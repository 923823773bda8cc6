"""How much one call of the model takes: from the memory that is free, and less after it ran out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import psutil
import torch

_ON_PROCESSOR = 1024
_ON_ACCELERATOR = 8192
_FEWEST_TOKENS = 8
_ROW_ON_PROCESSOR = 128
_ROW_ON_ACCELERATOR = 512
_SHARE_FOR_ACTIVATIONS = 0.3
_SHARE_FOR_LOGITS = 0.2


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that one call takes."""

    tokens: int
    """In all rows together, what fills up included."""
    wanted: int
    """Predictions: each is as wide as the vocabulary."""
    row_target: int
    """Rows of small subtrees are filled up to so many tokens: attention within a row costs its length, padding none."""
    call_cost: int
    """So many tokens more or less are worth one call less: what a call costs beside its tokens."""

    def halved(self) -> Limits | None:
        """Return what to try after memory ran out; None where it makes no sense to take still less."""
        if self.tokens <= _FEWEST_TOKENS:
            return None
        return replace(self, tokens=self.tokens // 2, wanted=max(1, self.wanted // 2))

    def at_most(self, tokens: int) -> Limits:
        """Return the same with no more than so many tokens, and no more predictions than before."""
        return replace(self, tokens=min(self.tokens, tokens), wanted=min(self.wanted, tokens))

    def with_tokens(self, tokens: int) -> Limits:
        """Return the same with another number of tokens."""
        return replace(self, tokens=max(1, tokens), wanted=max(1, tokens))


def first_limits(model: Any, device: torch.device) -> Limits:
    """Return limits for a model on its device: as many tokens as keep it busy, as far as free memory allows."""
    on_processor = device.type == "cpu"
    most = _ON_PROCESSOR if on_processor else _ON_ACCELERATOR
    free = _free_memory(device)
    config = model.config.get_text_config()
    width = int(getattr(config, "hidden_size", 4096))
    inner = getattr(config, "intermediate_size", None) or 4 * width
    inner = max(inner) if isinstance(inner, list | tuple) else int(inner)  # Gemma 3n has one for each layer
    number = next(model.parameters()).element_size()
    # A layer holds its input, its output, three projections, the attention's result and two inner activations.
    activations = number * (8 * width + 3 * inner)
    # Logits as they come, as 32-bit floats, and once more while they are summed up.
    logits = int(getattr(config, "vocab_size", 2**17)) * (number + 8)
    tokens = int(min(most, max(_FEWEST_TOKENS, free * _SHARE_FOR_ACTIVATIONS / activations)))
    return Limits(
        tokens=tokens,
        wanted=int(min(tokens, max(_FEWEST_TOKENS, free * _SHARE_FOR_LOGITS / logits))),
        row_target=_ROW_ON_PROCESSOR if on_processor else _ROW_ON_ACCELERATOR,
        call_cost=32 if on_processor else 512,
    )


def _free_memory(device: torch.device) -> int:
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        # What PyTorch holds and does not use is free to it as well.
        return int(free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device))
    return int(psutil.virtual_memory().available)
