"""Run the trie of a task's requests through a causal model: each shared token once, logits only where one is wanted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from leaderboard.evaluation.shared_prefix.head import only_at
from leaderboard.evaluation.shared_prefix.layouts import Layout
from leaderboard.evaluation.shared_prefix.limits import Limits
from leaderboard.evaluation.shared_prefix.path_cache import PathCache
from leaderboard.evaluation.shared_prefix.rows import Row, chain_row, make_batch
from leaderboard.evaluation.shared_prefix.trie import Node, Request, build_trie, cut

_logger = logging.getLogger(__name__)


class NotSharedError(Exception):
    """The model does not do what sharing needs of it."""


@dataclass(frozen=True, slots=True)
class Score:
    """One request's answer."""

    request: int
    log_likelihood: float
    is_greedy: bool
    """Whether the model, asked for the likeliest token each time, would have written the option."""


@dataclass(slots=True)
class Work:
    """What has been done so far."""

    calls: int = 0
    tokens: int = 0
    filling: int = 0
    """Tokens run only because the rows of a call are of one length."""


@dataclass(slots=True)
class _Tally:
    """Adds up predictions, which arrive in any order, to answers."""

    missing: list[int]
    sums: list[float] = field(init=False)
    greedy: list[bool] = field(init=False)

    def __post_init__(self) -> None:
        self.sums, self.greedy = [0.0] * len(self.missing), [True] * len(self.missing)

    def add(self, predictions: _Predictions) -> Iterator[Score]:
        """Add what one call found; yield the requests that are complete with it."""
        logs, hits = predictions.found.tolist()
        for request, log, hit in zip(predictions.requests, logs, hits, strict=True):
            self.sums[request] += log
            self.greedy[request] &= bool(hit)
            self.missing[request] -= 1
            if not self.missing[request]:
                yield Score(request, self.sums[request], self.greedy[request])


@dataclass(frozen=True, slots=True)
class _Predictions:
    """What one call found, still on its device."""

    requests: list[int]
    found: torch.Tensor
    """Shape [2, predictions]: log-probabilities, and 1 where the token is the likeliest."""


@dataclass(slots=True)
class _Siblings:
    """Subtrees that begin where the cache holds `depth` tokens, and are not run yet."""

    depth: int
    limits: Limits | None
    """Those that `small` and `large` were sorted out by; None: they are not yet."""
    small: list[Node]
    """As they are, they fit into a call."""
    large: list[Node]

    def sort_out(self, layout: Layout, limits: Limits) -> None:
        """Tell small ones from large ones, where that was not done, or by other limits."""
        if self.limits is not limits:
            both = [*self.small, *self.large]
            self.limits = limits
            self.small = [node for node in both if layout.fits(node, limits)]
            self.large = [node for node in both if not layout.fits(node, limits)]


class TrieScorer:
    """Scores requests with one model. Its limits shrink when memory runs out, and stay so."""

    def __init__(
        self, model: Any, device: torch.device, limits: Limits, autocast: Callable[[], AbstractContextManager[Any]]
    ) -> None:
        self._model, self._device, self._autocast = model, device, autocast
        self.limits = limits
        self.work = Work()

    def score(self, requests: Sequence[Request], layout: Layout) -> Iterator[Score]:
        """Yield every request's answer as soon as it is known.

        Raises:
            NotSharedError: the model keeps no cache, or its output head is not called as a module.
            OutOfMemoryError: not even a few tokens fit into memory.
        """
        tally = _Tally([len(request.targets) for request in requests])
        before: _Predictions | None = None
        for predictions in self._run(build_trie(requests), PathCache(), layout):
            # One call behind: the device goes on computing while the answers of the call before are read.
            if before is not None:
                yield from tally.add(before)
            before = predictions
        if before is not None:
            yield from tally.add(before)

    def _run(self, roots: Sequence[Node], cache: PathCache, layout: Layout) -> Iterator[_Predictions]:
        """Run subtrees: small ones that begin at the same place together, large ones one by one from above."""
        waiting = [_Siblings(0, None, [], list(roots))]
        while waiting:
            here = waiting[-1]
            cache.shorten(here.depth)
            here.sort_out(layout, self.limits)
            if here.small:
                rows, left = layout.packed(here.small, self.limits)
                predictions = self._call(rows, cache, layout)
                if predictions is not None:
                    here.small = left
                    yield predictions
            elif here.large:
                below = yield from self._go_down(here.large.pop(), cache, layout)
                waiting.append(_Siblings(cache.length, None, [], list(below)))
            else:
                waiting.pop()

    def _go_down(self, node: Node, cache: PathCache, layout: Layout) -> Generator[_Predictions, None, Sequence[Node]]:
        """Put the beginning of a node, or all of it, into the cache, piece by piece; return what follows."""
        length = layout.length_to_keep(node, self.limits)
        upper, below = (node, node.children) if length == len(node.tokens) else _halves(node, length)
        done = 0
        while done < length:
            # So few that they fit even where all of them are wanted.
            many = self.limits.tokens if len(upper.wanted) <= self.limits.wanted else self.limits.wanted
            row = chain_row(upper, done, min(length, done + many))
            predictions = self._call([row], cache)
            if predictions is None:
                continue
            done += len(row.tokens)
            if cache.length != upper.depth + done:
                message = "it keeps no keys and values where it is given a cache"
                raise NotSharedError(message)
            yield predictions
        return below

    def _call(self, rows: Sequence[Row], cache: PathCache, layout: Layout | None = None) -> _Predictions | None:
        """Run the model once; None where memory ran out, and limits are lower now. Without a layout the cache grows."""
        before = cache.length
        try:
            return self._predictions(rows, cache, layout)
        except RuntimeError as error:
            if not (isinstance(error, torch.OutOfMemoryError) or should_reduce_batch_size(error)):
                raise
            cache.shorten(before)
            lower = self.limits.halved()
            if lower is None:
                raise
            self.limits = lower
        clear_device_cache(garbage_collection=True)
        _logger.warning("Memory ran out: from now on no more than %d tokens a call.", self.limits.tokens)
        return None

    def _predictions(self, rows: Sequence[Row], cache: PathCache, layout: Layout | None) -> _Predictions:
        batch = make_batch(rows, self._device)
        with torch.inference_mode(), self._autocast():
            inputs = layout.model_inputs(batch, cache.length) if layout else {}
            with cache.growing(layout is None), only_at(self._model, batch.places):
                answer = self._model(input_ids=batch.tokens, past_key_values=cache, use_cache=True, **inputs)
            logits = answer.logits
            if tuple(logits.shape[:2]) != (1, len(batch.places)):
                message = "its output head does not take the places that are wanted"
                raise NotSharedError(message)
            found = _found(logits[0].float(), batch.rows_of_wanted, batch.targets)
        self.work.calls += 1
        self.work.tokens += batch.real_tokens
        self.work.filling += batch.tokens.numel() - batch.real_tokens
        return _Predictions(batch.requests, found)


def _halves(node: Node, length: int) -> tuple[Node, list[Node]]:
    upper, lower = cut(node, length)
    return upper, [lower]


def _found(logits: torch.Tensor, rows: list[int], targets: list[int]) -> torch.Tensor:
    """Return [2, predictions]: the log-probability of each target in its row, and whether it is the likeliest."""
    at = torch.tensor([rows, targets], dtype=torch.long).to(logits.device, non_blocking=True)
    logs = torch.log_softmax(logits, dim=-1)[at[0], at[1]]
    hits = logits.argmax(dim=-1)[at[0]] == at[1]
    return torch.stack([logs, hits.to(logs.dtype)])
