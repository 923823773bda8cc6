"""One model on one task: its score, what guessing gets, and how sure the score is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaderboard.board.intervals import Interval, IntervalMethod, around, of_scores, wilson
from leaderboard.board.resampling import (
    Resampling,
    expansion,
    is_mean,
    metric_of,
    sums_by_unit,
)
from leaderboard.board.scores import Score
from leaderboard.records import TaskResult
from leaderboard.suite import Metric, Task
from leaderboard.suite.metrics import UncountableItemsError, bounds

Deviations = NDArray[np.float32]
"""Of shape [draws]: how far a score lay from its own in each draw of items, widened for few units."""


@dataclass(frozen=True, kw_only=True)
class Cell(Score):
    """One model on one task."""

    items: int
    engine: str
    """What computed it, with its version."""
    result: TaskResult
    is_draft: bool = False
    """Whether items of the task still wait for a native speaker's signature."""

    @property
    def distance(self) -> float | None:
        """How far a scale with a target is from it, with its sign; None on any other scale."""
        return None if self.target is None else self.raw - self.target


def measured_cell(result: TaskResult, task: Task, resampling: Resampling) -> tuple[Cell, Deviations | None]:
    """Return the cell of a result, and the deviations of its raw score; None where its items cannot be counted.

    The metric is the result's own, which on a past board need not be the task's present one.
    """
    deviations: Deviations | None = None
    interval, stderr = None, result.stderr
    try:
        metric = _metric_of(result)
        classes = task.declaration.classes if metric is task.declaration.metric else None
        sums = sums_by_unit(result.items, metric, classes)
    except UncountableItemsError:
        pass
    else:
        counts, units = resampling.counts(result.items.table), sums.shape[1]
        if units > 1:
            draws = metric_of((sums.astype(np.float32) @ counts).astype(np.float64), metric)
            deviations = ((draws - result.raw) * expansion(units)).astype(np.float32)
            stderr = float(deviations.std()) if stderr is None else stderr
            interval = _interval(result, metric, deviations, units).within(*bounds(metric))
    cell = Cell(
        raw=result.raw,
        chance=result.chance,
        stderr=stderr,
        interval=interval,
        items=len(result.items),
        engine=f"{result.engine.name} {result.engine.version}",
        result=result,
        is_draft=task.is_draft,
        target=task.declaration.target,
    )
    return cell, deviations


def _metric_of(result: TaskResult) -> Metric:
    if result.metric not in set(Metric):
        message = f"Nobody knows the metric {result.metric[:40]} any more."
        raise UncountableItemsError(message)
    return Metric(result.metric)


def _interval(result: TaskResult, metric: Metric, deviations: Deviations, units: int) -> Interval:
    if is_mean(metric):
        return of_scores(result.items.scores, result.items.table.unit_index) or _unvaried(result, units, 1)
    low, high = np.quantile(deviations, (0.025, 0.975))
    if not high - low:
        lowest, highest = bounds(metric)
        return _unvaried(result, units, highest - lowest)
    return around(result.raw, float(deviations.std()), units - 1, IntervalMethod.BOOTSTRAP)


def _unvaried(result: TaskResult, units: int, span: float) -> Interval:
    """Return an interval where no draw changes the score: as far as answers that were not seen could move it."""
    unseen = span * (1 - wilson(1.0, units).low)
    return Interval(result.raw - unseen, result.raw + unseen, IntervalMethod.WILSON)


def spread(deviations: Deviations) -> float:
    """Return the standard error that deviations show."""
    found = float(deviations.std())
    return found if math.isfinite(found) else 0.0
