"""Score a handful of requests both ways: what a model's attention needs is known for certain only when it was tried."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from leaderboard.evaluation.shared_prefix.trie import Request


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """What came of answering some requests both with shared beginnings and with `hf`."""

    requests: int
    longest: int
    """Tokens of the longest request that was tried."""
    largest_difference: float | None
    """Of two log-probabilities, in nats: of an option, or of any next token; None: one of two is not a number."""
    changes: int
    """How often the likeliest token, or whether an option is the likeliest, was another."""
    agrees: bool


def sample(requests: Sequence[Request], pairs: int) -> list[int]:
    """Return the indices of the longest request and of others of all lengths, each beside the one most like it."""
    in_order = sorted(range(len(requests)), key=lambda one: requests[one].inputs)
    rank = {index: place for place, index in enumerate(in_order)}
    by_length = sorted(range(len(requests)), key=lambda one: -len(requests[one].inputs))
    chosen: dict[int, None] = {}
    for number in range(pairs):
        index = by_length[number * (len(by_length) - 1) // max(1, pairs - 1)]
        neighbour = rank[index] - 1 if rank[index] else min(1, len(in_order) - 1)
        chosen |= {index: None, in_order[neighbour]: None}
    return list(chosen)


def compare_options(
    requests: Sequence[Request],
    ours: Sequence[tuple[float, bool]],
    theirs: Sequence[tuple[float, bool]],
    dtype: torch.dtype,
) -> SelfCheck:
    """Compare two ways' log-likelihoods and greedy flags of the same requests, as exactly as `dtype` allows."""
    differences = [_difference(a, b) for (a, _), (b, _) in zip(ours, theirs, strict=True)]
    return SelfCheck(
        requests=len(requests),
        longest=max(len(request.inputs) for request in requests),
        largest_difference=_finite(max(differences)),
        changes=sum(a != b for (_, a), (_, b) in zip(ours, theirs, strict=True)),
        agrees=all(difference <= tolerance(dtype, b) for difference, (b, _) in zip(differences, theirs, strict=True)),
    )


def compare_next(ours: torch.Tensor, theirs: torch.Tensor, longest: int, dtype: torch.dtype) -> SelfCheck:
    """Compare two ways' logits of the next token; both have the shape [prompts, words]."""
    mine, other = torch.log_softmax(ours.float(), -1), torch.log_softmax(theirs.float(), -1)
    # Tokens that never come differ more and matter less.
    likeliest = other.topk(min(16, other.shape[-1]), -1)
    pairs = zip(mine.gather(-1, likeliest.indices).flatten().tolist(), likeliest.values.flatten().tolist(), strict=True)
    differences = [(_difference(a, b), tolerance(dtype, b)) for a, b in pairs]
    largest = max(difference for difference, _ in differences)
    return SelfCheck(
        requests=len(ours),
        longest=longest,
        largest_difference=_finite(largest),
        changes=int((mine.argmax(-1) != other.argmax(-1)).sum()),
        agrees=all(difference <= allowed for difference, allowed in differences),
    )


def _difference(one: float, other: float) -> float:
    """Return how far two numbers lie apart; two that are alike in being none, or without end, do not differ."""
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    difference = abs(one - other)
    return math.inf if math.isnan(difference) else difference


def _finite(difference: float) -> float | None:
    return difference if math.isfinite(difference) else None


def said(check: SelfCheck) -> str:
    """Say by how much two ways differ."""
    if check.largest_difference is None:
        return "one of two figures is not a number"
    return f"figures differ by up to {check.largest_difference:.3g}"


def tolerance(dtype: torch.dtype, log_likelihood: float) -> float:
    """Return how much two ways may differ in nats: rounding grows with what is rounded, and with fewer bits.

    In half precision `hf` differs from itself by as much when the same request stands in another batch.
    """
    if not math.isfinite(log_likelihood):
        return 0.0
    if dtype in (torch.float32, torch.float64):
        return 1e-3 + 1e-5 * abs(log_likelihood)
    return 0.25 + 0.02 * abs(log_likelihood)
