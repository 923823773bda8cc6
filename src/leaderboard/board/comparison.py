"""Two models on the same items: the paired difference on each task, how sure it is, and on what they disagree."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from leaderboard.board.cells import Cell, Deviations, measured_cell
from leaderboard.board.intervals import LEVEL, Interval, IntervalMethod, around, wilson
from leaderboard.board.mean_intervals import interval_of_mean
from leaderboard.board.resampling import Floats, Resampling, expansion, is_mean, metric_of, sums_by_unit
from leaderboard.board.rows import Row
from leaderboard.board.rule import rule_in_force
from leaderboard.board.views import Means, Shares, View, means_of
from leaderboard.records import Items, RuleHistory
from leaderboard.suite import Area, Language, Metric, Suite, Task
from leaderboard.suite.metrics import UncountableItemsError, bounds


class Verdict(StrEnum):
    """What a comparison shows of the first model, seen from the second."""

    BETTER = "better"
    WORSE = "worse"
    DIFFERENT = "different"
    """They differ on a scale where neither more nor less is better."""
    NOT_SHOWN = "no_difference_shown"
    NOT_COMPARABLE = "not_comparable"


class Obstacle(StrEnum):
    """Why two results of a task cannot be compared."""

    MISSING = "missing"
    """One of them has no result."""
    CONFIGURATION = "other_configuration"
    """The two results are of different configurations of the task."""
    NO_SHARED_ITEMS = "no_shared_items"
    ONE_UNIT = "one_unit"
    """All shared items belong to one passage, or there is one item: nothing shows how much chance moves."""
    UNCOUNTABLE = "uncountable"
    """Items lack what the metric is computed from."""


@dataclass(frozen=True)
class Disagreement:
    """One item on which the two did not do the same. Choices are None where nothing is chosen among options."""

    item: str
    one_score: float
    other_score: float
    one_choice: int | None
    other_choice: int | None


@dataclass(frozen=True)
class TaskComparison:
    """Two results of a task on the items they share; everything from `one` on is None where there is an obstacle."""

    task: str
    verdict: Verdict
    items: int = 0
    """How many items both answered."""
    one: float | None = None
    """Raw score of the first model on the shared items."""
    other: float | None = None
    difference: float | None = None
    """`one` less `other`."""
    interval: Interval | None = None
    """Of the difference, by itself: not widened for how many tasks are shown."""
    p: float | None = None
    """Two-sided, of no difference."""
    p_holm: float | None = None
    """The same after Holm's correction over all tasks shown: what the verdict goes by."""
    disagreements: tuple[Disagreement, ...] = ()
    obstacle: Obstacle | None = None


@dataclass(frozen=True)
class MeanDifference:
    """How far two rows' means lie apart."""

    difference: float
    interval: Interval
    """Made of the tasks' paired intervals and of what the joint draws show of tasks that move together."""


@dataclass(frozen=True)
class Comparison:
    """Everything that can be said of two rows beside each other."""

    one: Row
    other: Row
    tasks: tuple[TaskComparison, ...]
    """In the order of the suite."""
    areas: Mapping[tuple[Language, Area], MeanDifference] = field(default_factory=dict)
    """Those whose every task both rows have, with the same items throughout."""
    views: Mapping[View, MeanDifference] = field(default_factory=dict)

    def count(self, verdict: Verdict) -> int:
        """Return on how many tasks the verdict is this."""
        return sum(task.verdict is verdict for task in self.tasks)

    @property
    def comparable(self) -> int:
        """On how many tasks the two could be compared."""
        return len(self.tasks) - self.count(Verdict.NOT_COMPARABLE)


def compare(
    one: Row, other: Row, suite: Suite, tasks: Collection[str] | None = None, means: Means | None = None
) -> Comparison:
    """Compare two rows on the items they share.

    Args:
        one: the row whose side the differences and verdicts take.
        other: the row it is compared with.
        suite: the suite of both.
        tasks: those to show, and to correct over; None: all that one of the rows has.
        means: the means of the board the rows are of; None: those of the suite as it stands.
    """
    means = means or means_of(suite, rule_in_force(suite, RuleHistory()))
    shown = [
        task
        for task in suite.tasks
        if (tasks is None and (task.id in one.cells or task.id in other.cells)) or (tasks and task.id in tasks)
    ]
    resampling = Resampling()
    compared = {
        task.id: _compared(one.cells.get(task.id), other.cells.get(task.id), task, resampling) for task in suite.tasks
    }
    apart = _deviations_apart(one, other, suite, resampling)
    areas = {key: _apart_in(one, other, shares, compared, apart) for key, shares in means.areas.items()}
    views = {view: _apart_in(one, other, shares, compared, apart) for view, shares in means.views.items()}
    return Comparison(
        one=one,
        other=other,
        tasks=_corrected([compared[task.id] for task in shown], [task.in_means for task in shown]),
        areas={key: found for key, found in areas.items() if found is not None},
        views={view: found for view, found in views.items() if found is not None},
    )


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected so that the chance of one false difference among them all stays at the level.

    Source: Holm 1979, "A Simple Sequentially Rejective Multiple Test Procedure".
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda one: p_values[one])):
        largest = max(largest, (len(p_values) - place) * p_values[index])
        corrected[index] = min(1.0, largest)
    return corrected


def _compared(one: Cell | None, other: Cell | None, task: Task, resampling: Resampling) -> TaskComparison:
    """Return the comparison on one task, with its verdict still open."""
    if one is None or other is None:
        return _obstructed(task, Obstacle.MISSING)
    if one.result.config_hash != other.result.config_hash:
        return _obstructed(task, Obstacle.CONFIGURATION)
    first, second = _shared(one.result.items, other.result.items)
    if not len(first):
        return _obstructed(task, Obstacle.NO_SHARED_ITEMS)
    if len(first.table.unit_names) == 1:
        return _obstructed(task, Obstacle.ONE_UNIT, len(first))
    metric, classes = task.declaration.metric, task.declaration.classes
    try:
        sums = [sums_by_unit(items, metric, classes) for items in (first, second)]
    except UncountableItemsError:
        return _obstructed(task, Obstacle.UNCOUNTABLE, len(first))
    scores = [float(metric_of(of_one.sum(axis=1), metric)) for of_one in sums]
    difference = scores[0] - scores[1]
    draws = None if is_mean(metric) else resampling.counts(first.table)
    stderr = _paired_error(sums[0], sums[1], metric, draws)
    units, differing = sums[0].shape[1], _differing(first, second, sums, metric)
    lowest, highest = bounds(metric)
    method = IntervalMethod.STUDENT if is_mean(metric) else IntervalMethod.BOOTSTRAP
    interval = (
        around(difference, stderr, units - 1, method)
        if stderr
        else _unvaried(difference, (highest - lowest) * (1 - wilson(1.0, units).low))
    )
    return TaskComparison(
        task=task.id,
        verdict=Verdict.NOT_SHOWN,
        items=len(first),
        one=scores[0],
        other=scores[1],
        difference=difference,
        interval=interval.within(lowest - highest, highest - lowest),
        p=_p_value(difference, stderr, units, differing),
        disagreements=tuple(_disagreements(first, second)),
    )


def _obstructed(task: Task, obstacle: Obstacle, items: int = 0) -> TaskComparison:
    return TaskComparison(task.id, Verdict.NOT_COMPARABLE, items, obstacle=obstacle)


def _shared(one: Items, other: Items) -> tuple[Items, Items]:
    """Return the items both answered, in one order; an item with another gold answer is another item."""
    if one.table == other.table:
        return one, other
    places = {(item.id, item.gold): item for item in other}
    pairs = [(item, places[item.id, item.gold]) for item in one if (item.id, item.gold) in places]
    first = Items(item for item, _ in pairs)
    # The clusters of the first are those of both: an item is drawn once for the two of them.
    return first, Items(item.model_copy(update={"cluster": of_one.cluster}) for of_one, item in pairs)


def _differing(one: Items, other: Items, sums: Sequence[Floats], metric: Metric) -> int:
    """Return in how many units the two did not do the same, as far as the metric sees it."""
    if is_mean(metric):
        return int((sums[0][0] != sums[1][0]).sum())
    apart = _apart(one, other)
    if isinstance(one.statistics, np.ndarray) and isinstance(other.statistics, np.ndarray):
        apart |= (one.statistics != other.statistics).any(axis=1)
    return len(set(one.table.unit_index[apart].tolist()))


def _apart(one: Items, other: Items) -> NDArray[np.bool_]:
    return np.asarray((one.scores != other.scores) | (one.choices != other.choices))


def _paired_error(one: Floats, other: Floats, metric: Metric, draws: NDArray[np.float32] | None) -> float:
    """Return the standard error of the difference over units that both answered; sums are of `sums_by_unit`."""
    units = one.shape[1]
    if draws is None:
        numbers = one[1]
        apart = one[0] - other[0]
        residuals = apart - numbers * apart.sum() / numbers.sum()
        # Where every difference is the same what is left is rounding, no spread.
        residuals[np.abs(residuals) < 1e-12 * max(1.0, float(np.abs(apart).max()))] = 0
        return float(np.sqrt(units / (units - 1) * residuals @ residuals) / numbers.sum())
    drawn = [metric_of((sums.astype(np.float32) @ draws).astype(np.float64), metric) for sums in (one, other)]
    return float((drawn[0] - drawn[1]).std()) * expansion(units)


def _p_value(difference: float, stderr: float, units: int, differing: int) -> float:
    """Return the two-sided p value of no difference, by Student's distribution over units.

    Never below what a test can reach that only takes the signs of so many differing units at random: of four items that
    all speak for one model, chance alone gives every eighth such a set, while their t is above 2.
    """
    if not differing:
        return 1.0
    by_signs = 0.5 ** (differing - 1)
    if not stderr:
        return by_signs
    return max(float(2 * stats.t.sf(abs(difference) / stderr, units - 1)), by_signs)


def _unvaried(difference: float, unseen: float) -> Interval:
    return Interval(difference - unseen, difference + unseen, IntervalMethod.BOOTSTRAP)


def _disagreements(one: Items, other: Items) -> list[Disagreement]:
    return [
        Disagreement(
            one.table.ids[place],
            float(one.scores[place]),
            float(other.scores[place]),
            _choice(one, place),
            _choice(other, place),
        )
        for place in np.flatnonzero(_apart(one, other)).tolist()
    ]


def _choice(items: Items, place: int) -> int | None:
    choice = int(items.choices[place])
    return None if choice < 0 else choice


def _corrected(raw: Sequence[TaskComparison], more_is_better: Sequence[bool]) -> tuple[TaskComparison, ...]:
    """Correct p values over all tasks shown, and give the verdicts."""
    corrected = iter(holm([task.p for task in raw if task.p is not None]))
    return tuple(
        task if task.p is None else _judged(replace(task, p_holm=next(corrected)), is_ordered=ordered)
        for task, ordered in zip(raw, more_is_better, strict=True)
    )


def _judged(task: TaskComparison, *, is_ordered: bool) -> TaskComparison:
    if task.p_holm is None or task.difference is None or task.p_holm > 1 - LEVEL:
        return task
    if not is_ordered:
        return replace(task, verdict=Verdict.DIFFERENT)
    return replace(task, verdict=Verdict.BETTER if task.difference > 0 else Verdict.WORSE)


def _deviations_apart(one: Row, other: Row, suite: Suite, resampling: Resampling) -> dict[str, Deviations]:
    """Return for each task that both have how far apart they lay in each joint draw, less how far they lie apart."""
    apart: dict[str, Deviations] = {}
    for task in suite.tasks:
        cells = one.cells.get(task.id), other.cells.get(task.id)
        drawn = [measured_cell(cell.result, task, resampling)[1] for cell in cells if cell is not None]
        if len(drawn) == len(cells) and drawn[0] is not None and drawn[1] is not None:
            apart[task.id] = (drawn[0] - drawn[1]) / np.float32(1 - one.cells[task.id].chance)
    return apart


def _apart_in(
    one: Row, other: Row, shares: Shares, compared: Mapping[str, TaskComparison], apart: Mapping[str, Deviations]
) -> MeanDifference | None:
    """Return how far two means lie apart; None where a task of theirs cannot be compared on all its items."""
    differences: dict[str, float] = {}
    intervals: dict[str, Interval] = {}
    for task in shares:
        found = compared.get(task)
        if found is None or found.difference is None or found.interval is None or task not in apart:
            return None
        if not found.items == one.cells[task].items == other.cells[task].items:
            return None
        differences[task] = found.difference / (1 - one.cells[task].chance)
        intervals[task] = _scaled(found.interval, 1 - one.cells[task].chance)
    return MeanDifference(
        sum(share * differences[task] for task, share in shares.items()),
        interval_of_mean(shares, differences, intervals, apart),
    )


def _scaled(interval: Interval, unit: float) -> Interval:
    return Interval(interval.low / unit, interval.high / unit, interval.method)
