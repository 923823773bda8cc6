"""When prompts may share what they begin with, and whether that was tried and found right."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import torch
from transformers import GenerationConfig

from leaderboard.evaluation.shared_prefix.architecture import longest_shared, places_count
from leaderboard.evaluation.shared_prefix.generation import PrefixKeeper, Prompts, longest_generation
from leaderboard.evaluation.shared_prefix.self_check import SelfCheck, compare_next, said

_logger = logging.getLogger(__name__)

_HARMLESS = frozenset(
    {"do_sample", "temperature", "top_p", "top_k", "min_p", "typical_p", "repetition_penalty", "use_cache"}
    | {"max_length", "max_new_tokens", "min_length", "min_new_tokens", "renormalize_logits", "attention_mask"}
    | {"disable_compile", "is_assistant"}
    | {"bos_token_id", "eos_token_id", "pad_token_id", "transformers_version", "_from_model_config"}
)
"""Settings of `generate` under which it does not matter where a batch is filled up. All others go the way of `hf`."""
_ONE = frozenset({"num_beams", "num_return_sequences"})
"""Settings that are harmless as long as there is one."""


class PromptSharing:
    """Decides for each batch of prompts; tries the first that share, the first that are filled up, and longer ones."""

    def __init__(
        self, model: Any, pad_token: int | None, autocast: Callable[[], AbstractContextManager[Any]], dtype: torch.dtype
    ) -> None:
        self._model, self._pad_token, self._autocast, self._dtype = model, pad_token, autocast, dtype
        self._keeper = PrefixKeeper(model, longest_generation(model.config, longest_shared(model.config)))
        self._never = "it counts by places, which filling up moves" if places_count(model) else None
        self._has_tried_filling = False
        self.check: SelfCheck | None = None
        self.why_not: str | None = self._never
        """Why the last batch shared nothing; None where it did."""

    def announce(self, prompts: Sequence[list[int]]) -> None:
        """Say which prompts will come."""
        self.why_not = self._never or "the prompts have no common beginning"
        if self._never is None:
            self._keeper.announce(prompts)

    def forget(self) -> None:
        """Give back what was kept, at the end of a task."""
        self._keeper.forget()

    def of(self, context: torch.Tensor, max_length: int, settings: Mapping[str, Any]) -> Prompts | None:
        """Return a batch with its common beginning in the cache; None where it goes the way of `hf`.

        Shapes: `context` [rows, length], as is `settings["attention_mask"]`; `max_length` counts the answer as well.
        """
        mask = settings.get("attention_mask")
        if self._never is not None or mask is None:
            return None
        # Of the model's own settings only those that transformers knows: others change nothing, and may say anything.
        known = GenerationConfig().to_dict().keys()  # type: ignore[no-untyped-call]
        own = {name: value for name, value in self._model.generation_config.to_dict().items() if name in known}
        asked = {**own, **settings}
        if strange := sorted(name for name, value in asked.items() if not _is_harmless(name, value)):
            self.why_not = f"generation is asked for with {', '.join(strange)}"
            return None
        try:
            with self._autocast():
                prompts = self._keeper.share(context, mask, max_length)
            if prompts is not None:
                self._try(context, mask, max_length)
        except Exception as error:  # noqa: BLE001 - a foreign model may fail in any way, and hf still answer
            _logger.warning("A kept beginning fails: %s", error)
            self._never = f"it fails with {type(error).__name__}"
        if self._never is not None:
            self.why_not = self._never
            _logger.warning("Prompts share nothing, hf answers them: %s.", self._never)
            return None
        if prompts is not None:
            self.why_not = None
        return prompts

    def _try(self, context: torch.Tensor, mask: torch.Tensor, max_length: int) -> None:
        """Ask two prompts for one token, with and without a kept beginning; where they differ, sharing ends."""
        is_filled = not bool(mask.all())
        is_known = self.check is not None and context.shape[1] <= 2 * self.check.longest
        if is_known and (self._has_tried_filling or not is_filled):
            return
        lengths = mask.sum(dim=1)
        ends = sorted({int(lengths.argmin()), int(lengths.argmax())})
        with self._autocast():
            few = self._keeper.share(context[ends], mask[ends], max_length)
        if few is None:
            return
        ours = self._next_logits(few.tokens, attention_mask=few.attention_mask, past_key_values=few.past_key_values)
        theirs = self._next_logits(context[ends], attention_mask=mask[ends])
        self.check = compare_next(ours, theirs, context.shape[1], self._dtype)
        self._has_tried_filling |= is_filled
        if not self.check.agrees:
            self._never = said(self.check)

    def _next_logits(self, context: torch.Tensor, **settings: Any) -> torch.Tensor:
        with self._autocast(), torch.no_grad():
            answer = self._model.generate(
                input_ids=context,
                max_new_tokens=1,
                do_sample=False,
                output_logits=True,
                return_dict_in_generate=True,
                pad_token_id=self._pad_token,
                **settings,
            )
        logits: torch.Tensor = answer.logits[0]
        return logits


def _is_harmless(name: str, value: Any) -> bool:
    return name in _HARMLESS or not value or (name in _ONE and value == 1)
