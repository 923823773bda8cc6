"""Intervals of 95 %: over the items that might have been drawn instead, with these tasks and these prompts."""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

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


def around(score: float, stderr: float, degrees: float, method: IntervalMethod) -> Interval:
    """Return the interval of a score with its standard error, by Student's distribution."""
    half = _quantile(degrees) * stderr
    return Interval(score - half, score + half, method)


@lru_cache(maxsize=4096)  # tasks are few and models many
def _quantile(degrees: float) -> float:
    """Return how many standard errors on either side hold LEVEL."""
    tail = (1 + LEVEL) / 2
    return float(stats.norm.ppf(tail) if math.isinf(degrees) else stats.t.ppf(tail, degrees))
