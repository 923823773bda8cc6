"""Logits where they are wanted, and nowhere else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def only_at(model: Any, places: torch.Tensor) -> Iterator[None]:
    """Let the model's output head see only some places, counted through all rows; logits then are [1, places, words].

    What scales or caps logits behind the head does no more than it must either. Not the argument `logits_to_keep`: it
    keeps the same places in every row, and not every architecture knows it.
    """

    def keep(_module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        hidden, *others = inputs
        kept = hidden.reshape(-1, hidden.shape[-1]).index_select(0, places.to(hidden.device))
        return (kept[None], *others)

    hook = model.get_output_embeddings().register_forward_pre_hook(keep)
    try:
        yield
    finally:
        hook.remove()
