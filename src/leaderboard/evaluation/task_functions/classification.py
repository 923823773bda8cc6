"""F1 for multiple choice: lm-eval keeps gold and choice of each item, and the score is that of all of them together."""

from collections.abc import Mapping, Sequence
from typing import Any

from leaderboard.suite.metrics import Pair, macro_f1_of, micro_f1_of

_FIRST_AND_LAST_OF_THREE = (0, 2)


def micro_f1(doc: Mapping[str, Any], results: Sequence[tuple[float, bool]]) -> dict[str, Pair]:
    """Return gold and choice of one item for micro F1.

    `results` has the log-likelihood of each option, in nats, and whether it was the greedy answer, as lm-eval's
    `process_results` gets them. The gold is `doc["label"]`, the place of an option from 0, as a number or in digits.

    Raises:
        ValueError: the label is no whole number, or there are no options.
    """
    return {"micro_f1": _gold_and_choice(doc, results)}


def macro_f1(doc: Mapping[str, Any], results: Sequence[tuple[float, bool]]) -> dict[str, Pair]:
    """Return gold and choice of one item for macro F1; like `micro_f1` in everything else."""
    return {"macro_f1": _gold_and_choice(doc, results)}


def micro_f1_over(items: Sequence[Pair]) -> float:
    """Return micro F1, a fraction of 1, over what `micro_f1` gave for each item."""
    return micro_f1_of(items)


def macro_f1_over(items: Sequence[Pair]) -> float:
    """Return macro F1, a fraction of 1, over what `macro_f1` gave for each item: the mean of all classes that occur."""
    return macro_f1_of(items)


def macro_f1_over_first_and_last_of_three(items: Sequence[Pair]) -> float:
    """Return macro F1 of the first and the last of three classes, for tasks that do not count the one between."""
    return macro_f1_of(items, _FIRST_AND_LAST_OF_THREE)


def _gold_and_choice(doc: Mapping[str, Any], results: Sequence[tuple[float, bool]]) -> Pair:
    likelihoods = [likelihood for likelihood, _ in results]
    return int(doc["label"]), likelihoods.index(max(likelihoods))
