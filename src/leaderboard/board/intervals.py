"""Intervals of 95 %: over the items that might have been drawn instead, with these tasks and these prompts."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

LEVEL = 0.95


class IntervalMethod(StrEnum):
    """How an interval was made; every export says it."""

    WILSON = "wilson"
    """Of a share of right answers, with as many items as they are worth where they share passages."""
    STUDENT = "student_t"
    """Of a mean over items that are not just right or wrong, clustered."""
    BOOTSTRAP = "bootstrap"
    """Over draws of items, the metric computed anew in each."""
    COMBINED = "combined"
    """Of a mean of tasks: their own intervals, and what the joint draws show of tasks that move together."""
    STANDARD_ERROR = "reported_standard_error"
    """Of an imported figure, from the standard error that its file gives: its items are not known here."""


@dataclass(frozen=True)
class Interval:
    """Where a score may lie, in the unit of the score."""

    low: float
    high: float
    method: IntervalMethod

    def above_chance(self, chance: float) -> "Interval":
        """Return the interval of the normalised score."""
        return Interval((self.low - chance) / (1 - chance), (self.high - chance) / (1 - chance), self.method)

    def within(self, lowest: float, highest: float) -> "Interval":
        """Return the interval without what its metric cannot be."""
        return Interval(max(self.low, lowest), min(self.high, highest), self.method)


def interval_as_data(interval: Interval | None) -> dict[str, Any] | None:
    """Return an interval as plain data, for machine-readable output."""
    return {"low": interval.low, "high": interval.high, "method": str(interval.method)} if interval else None


def wilson(share: float, independent: float, degrees: float = math.inf) -> Interval:
    """Return Wilson's interval of a share over so many independent items.

    `degrees` are those of freedom that the number of independent items was estimated with.

    Source: Wilson 1927; for clustered items with an effective number of them, Dean and Pagano 2015, "Evaluating
    Confidence Interval Methods for Binomial Proportions in Clustered Surveys".
    """
    z = _quantile(degrees)
    middle = (share + z * z / (2 * independent)) / (1 + z * z / independent)
    variance = share * (1 - share) / independent + z * z / (4 * independent**2)
    half = z * math.sqrt(variance) / (1 + z * z / independent)
    return Interval(min(middle - half, share), max(middle + half, share), IntervalMethod.WILSON)


def of_scores(scores: NDArray[Any], unit_index: NDArray[np.intp]) -> Interval | None:
    """Return the interval of the mean of items' scores: Wilson's where all are 0 or 1, else Student's.

    Items of one unit share a passage. Right and wrong ones are then worth fewer independent items, never more.

    Args:
        scores: of shape [items].
        unit_index: of each item the number of its unit, from 0 without a gap.

    Returns:
        None for one unit alone, and where scores that are not just right or wrong are all the same.
    """
    number, units = len(scores), int(unit_index.max()) + 1
    if units == 1:
        return None
    mean = float(scores.mean())
    residuals = np.bincount(unit_index, weights=scores - mean, minlength=units)
    clustered = units / (units - 1) * float(residuals @ residuals) / number**2
    if not np.isin(scores, (0, 1)).all():
        return around(mean, math.sqrt(clustered), units - 1, IntervalMethod.STUDENT) if clustered else None
    if units == number:
        return wilson(mean, number)
    simple = mean * (1 - mean) / number
    independent = number / max(1.0, clustered / simple) if simple else float(units)
    return wilson(mean, independent, units - 1)


def around(score: float, stderr: float, degrees: float, method: IntervalMethod) -> Interval:
    """Return the interval of a score with its standard error, by Student's distribution."""
    half = _quantile(degrees) * stderr
    return Interval(score - half, score + half, method)


@lru_cache(maxsize=4096)  # tasks are few and models many
def _quantile(degrees: float) -> float:
    """Return how many standard errors on either side hold LEVEL."""
    tail = (1 + LEVEL) / 2
    return float(stats.norm.ppf(tail) if math.isinf(degrees) else stats.t.ppf(tail, degrees))
