"""One joint bootstrap over items: in each draw every model answers the same items, some twice and some not at all.

What is drawn is a unit: the items that share a passage, or an item that shares nothing. The draws of a task follow from
the names of its units alone. So models are compared on the same draws, tasks over the same passages are drawn together,
and a board that is built again has the same intervals.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leaderboard.records import Items, ItemTable
from leaderboard.suite import Metric
from leaderboard.suite.metrics import BLEU_STATISTICS, UncountableItemsError

Floats = NDArray[np.float64]

DRAWS = 1000
"""Enough that the ends of an interval move by less than its own rounding from one seed to another."""

_BLEU_ORDER = 4
_MEANS = frozenset(
    {
        Metric.ACC,
        Metric.ACC_NORM,
        Metric.EXACT_MATCH,
        Metric.F1,
        Metric.MICRO_F1,
        Metric.ROUGE1,
        Metric.SEMANTIC_SIMILARITY,
        Metric.STEREOTYPE_PREFERENCE,
    }
)
"""The metrics that are means over items of what they give each."""


def is_mean(metric: Metric) -> bool:
    """Tell whether a metric is the mean of its items' scores."""
    return metric in _MEANS


class Resampling:
    """How often each unit of a task comes in each draw; kept, because every new model needs it again."""

    def __init__(self, draws: int = DRAWS) -> None:
        self.draws = draws
        self._counts: dict[str, NDArray[np.uint8]] = {}

    def counts(self, table: ItemTable) -> NDArray[np.float32]:
        """Return the counts, of shape [units, draws]; each column adds up to the number of units."""
        known = self._counts.get(table.units_sha256)
        if known is None:
            known = self._counts[table.units_sha256] = _counted(
                len(table.unit_names), self.draws, seed=int(table.units_sha256[:16], 16)
            )
        return known.astype(np.float32)


def _counted(units: int, draws: int, seed: int) -> NDArray[np.uint8]:
    generator = np.random.default_rng(seed)
    taken = generator.integers(units, size=(draws, units))
    places = taken + units * np.arange(draws)[:, None]
    counts = np.bincount(places.ravel(), minlength=draws * units).reshape(draws, units)
    return np.ascontiguousarray(counts.T.astype(np.uint8))


def expansion(units: int) -> float:
    """Return by how much the spread over draws falls short of the standard error with so few units."""
    return math.sqrt(units / (units - 1)) if units > 1 else 1.0


def sums_by_unit(items: Items, metric: Metric, classes: Sequence[int] | None = None) -> Floats:
    """Return what a metric is computed from, summed over the items of each unit: shape [numbers, units].

    Raises:
        UncountableItemsError: an item lacks what the metric needs.
    """
    per_item = _numbers(items, metric, classes)
    index, units = items.table.unit_index, len(items.table.unit_names)
    return np.stack([np.bincount(index, weights=numbers, minlength=units) for numbers in per_item])


def metric_of(sums: Floats, metric: Metric) -> Floats:
    """Return the metric of sums over items, shape [numbers, …] to […]; see `sums_by_unit`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric is Metric.MACRO_F1:
            return _macro_f1(sums)
        if metric is Metric.MCC:
            return _mcc(sums)
        if metric is Metric.BLEU:
            return _bleu(sums)
        return np.asarray(sums[0] / sums[1])


def _numbers(items: Items, metric: Metric, classes: Sequence[int] | None) -> list[Floats]:
    if is_mean(metric) and metric is not Metric.MICRO_F1:
        return [items.scores.astype(np.float64), np.ones(len(items))]
    if metric is Metric.BLEU:
        if not isinstance(items.statistics, np.ndarray) or items.statistics.shape[1] != BLEU_STATISTICS:
            message = f"BLEU needs {BLEU_STATISTICS} counts for each item. Evaluate the task again."
            raise UncountableItemsError(message)
        return list(items.statistics.T)
    golds, choices = _golds_and_choices(items)
    right = (golds == choices).astype(np.float64)
    if metric is Metric.MICRO_F1:
        return [right, np.ones(len(items))]
    labels = sorted(set(golds.tolist()) | set(choices.tolist())) if classes is None else classes
    gold_of = [(golds == label).astype(np.float64) for label in labels]
    chosen = [(choices == label).astype(np.float64) for label in labels]
    if metric is Metric.MCC:
        return [right, *gold_of, *chosen]
    hits = [gold * one for gold, one in zip(gold_of, chosen, strict=True)]
    # A class that is to be in the mean in any case is told by a number that never is 0.
    wanted = [np.full(len(items), 0.0 if classes is None else 1.0)]
    return [*wanted, *hits, *(gold + one for gold, one in zip(gold_of, chosen, strict=True))]


def _golds_and_choices(items: Items) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if None in items.table.golds or (items.choices < 0).any():
        message = "An item lacks its gold or its choice, which the metric counts. Evaluate the task again."
        raise UncountableItemsError(message)
    return np.array(items.table.golds, dtype=np.int64), items.choices.astype(np.int64)


def _macro_f1(sums: Floats) -> Floats:
    labels = (len(sums) - 1) // 2
    hits, golds_and_choices = sums[1 : 1 + labels], sums[1 + labels :]
    f1 = np.where(golds_and_choices > 0, 2 * hits / golds_and_choices, 0.0)
    counted = (golds_and_choices > 0) | (sums[:1] > 0)
    return np.asarray(np.where(counted, f1, 0.0).sum(axis=0) / counted.sum(axis=0))


def _mcc(sums: Floats) -> Floats:
    labels = (len(sums) - 1) // 2
    right, golds, choices = sums[0], sums[1 : 1 + labels], sums[1 + labels :]
    total = golds.sum(axis=0)
    covariance = right * total - (golds * choices).sum(axis=0)
    gold_variance = total**2 - (golds**2).sum(axis=0)
    choice_variance = total**2 - (choices**2).sum(axis=0)
    defined = (gold_variance > 0) & (choice_variance > 0)
    return np.where(defined, covariance / np.sqrt(gold_variance * choice_variance), 0.0)


def _bleu(sums: Floats) -> Floats:
    """Corpus BLEU as `suite.metrics.bleu_of` has it, over arrays."""
    answers, references = sums[0], sums[1]
    matches, totals = sums[2 : 2 + _BLEU_ORDER], sums[2 + _BLEU_ORDER :]
    without = np.cumsum(matches == 0, axis=0)
    smoothed = np.where(matches > 0, matches, 0.5**without) / totals
    brevity = np.minimum(0.0, 1 - references / answers)
    score = np.exp(np.log(smoothed).mean(axis=0) + brevity)
    return np.where((matches > 0).any(axis=0) & (totals > 0).all(axis=0) & (answers > 0), score, 0.0)
