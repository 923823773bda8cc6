"""Generation that reads the prompts' common beginning once, and not in every row of every batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import DynamicCache

from leaderboard.evaluation.shared_prefix.head import only_at
from leaderboard.evaluation.shared_prefix.path_cache import PathCache
from leaderboard.evaluation.shared_prefix.reach import reaches
from leaderboard.evaluation.shared_prefix.trie import common_length

_FEWEST_TOKENS = 16
"""Less is not worth a call of its own."""


@dataclass(frozen=True)
class Prompts:
    """A batch of prompts as `generate` takes it: what all begin with, what fills up, and the rest of each."""

    tokens: torch.Tensor
    attention_mask: torch.Tensor
    """Both of the shape [rows, length] that the batch had with everything that fills up on the left."""
    past_key_values: DynamicCache
    """Of what all begin with, once for each row."""


class PrefixKeeper:
    """Keeps the keys and values of what the prompts of a task begin with."""

    def __init__(self, model: Any, longest: int | None) -> None:
        """`longest` is the most tokens, prompt and answer, for which a kept beginning holds; None: any number."""
        self._model, self._longest = model, longest
        self._tokens: list[int] = []
        self._cache = PathCache()

    def announce(self, prompts: Sequence[list[int]]) -> None:
        """Say which prompts will come, so that it is known what they have in common."""
        first, last = min(prompts, default=[]), max(prompts, default=[])  # whatever these share, all between them do
        common = common_length(first, last) if len(prompts) > 1 else 0
        self.forget()
        self._tokens = first[:common]

    def forget(self) -> None:
        """Give the memory back that the last task's prompts took."""
        self._tokens = []
        self._cache.shorten(0)

    def share(self, context: torch.Tensor, attention_mask: torch.Tensor, max_length: int) -> Prompts | None:
        """Rearrange a batch that is filled up on the left; None where its prompts share too little, or may not.

        Shapes: `context` and `attention_mask` [rows, length]; `max_length` counts the answer as well.
        """
        if self._longest is not None and max_length > self._longest:
            return None
        rows = [row[seen.bool()] for row, seen in zip(context, attention_mask, strict=True)]
        common = min(common_length(self._tokens, row.tolist()[:-1]) for row in rows)
        if common < _FEWEST_TOKENS:
            return None
        self._keep(common, context.device)
        tokens, mask = context.clone(), attention_mask.clone()
        for index, row in enumerate(rows):
            filling = context.shape[1] - len(row)
            tokens[index] = torch.cat([row[:common], context[index, :filling], row[common:]])
            mask[index] = torch.cat([row.new_ones(common), row.new_zeros(filling), row.new_ones(len(row) - common)])
        return Prompts(tokens, mask, DynamicCache(self._cache.repeated(common, len(rows))))

    def _keep(self, length: int, device: torch.device) -> None:
        """Read so much of the common beginning as is not known yet."""
        if self._cache.length >= length:
            return
        missing = torch.tensor([self._tokens[self._cache.length : length]], device=device)
        nowhere = torch.tensor([], dtype=torch.long, device=device)
        with self._cache.growing(), only_at(self._model, nowhere), torch.no_grad():
            self._model(input_ids=missing, past_key_values=self._cache, use_cache=True)


def longest_generation(config: Any, longest_shared: int | None) -> int | None:
    """Return the most tokens for which a kept beginning holds: what fills up behind it pushes it out of no window."""
    limits = [limit for reach in reaches(config).values() for limit in (reach.window, reach.chunk) if limit is not None]
    return min([*limits, *([] if longest_shared is None else [longest_shared])], default=None)
