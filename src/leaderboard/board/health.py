"""The health of tasks: what shows that a task's scores say little, as evidence for a maintainer.

Nothing here leaves a task out. What is left out is the rule's matter, a versioned file that a maintainer's command
changes: so adding a model never changes another's average.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import permutations
from typing import Any

import numpy as np
from scipy import stats

from leaderboard.board.behaviour import constant_answers, p_above, shared_score
from leaderboard.board.cells import Cell, measured_cell
from leaderboard.board.intervals import LEVEL, Interval
from leaderboard.board.rank_sets import bonferroni, rank_sets
from leaderboard.board.resampling import Resampling
from leaderboard.board.rows import Board, Row
from leaderboard.board.views import View, weighted
from leaderboard.records import Exclusion, ExclusionReason, ModelReference, ModelSource, owner_of
from leaderboard.suite import UNPARSED, Suite, Task

FEWEST_MODELS = 8
FEWEST_OWNERS = 4
"""Below these, whatever shows may be the models' doing: a task is not yet assessed, and counts."""

SATURATED = 0.95
"""The raw score that at least three quarters of the models reach on a saturated task."""

_FEWEST_SHARING = 3
_SHARING = 1 / 3
_FEWEST_OTHER_TASKS = 2
_TAIL = (1 - LEVEL) / 2
_MOST_FOR_ALL_ORDERS = 9
"""Ten models have 3.6 million orders: too many to look at, and enough for the approximation."""


class HealthState(StrEnum):
    """What is known of a task's health."""

    NOT_YET_ASSESSED = "not_yet_assessed"
    """Too few models, or of too few owners: it counts."""
    SOUND = "sound"
    """Nothing speaks against it."""
    QUESTIONABLE = "questionable"
    """Something does: see the findings."""


@dataclass(frozen=True)
class Finding:
    """One thing that speaks against a task, with its figures."""

    reason: ExclusionReason
    figures: Mapping[str, float]
    models: tuple[str, ...] = ()
    """Those whose answers it is about, where it is about some only."""


@dataclass(frozen=True)
class Health:
    """What the models' results say of one task."""

    task: str
    state: HealthState
    models: int
    """How many it was assessed by: no baselines, one identity each, the same weights once."""
    owners: int
    is_counted: bool
    """Whether it is in a mean under the rule in force."""
    left_out: Exclusion | None
    """Why the rule in force leaves it out; None where it does not."""
    findings: tuple[Finding, ...] = field(default=())
    """The first is the plainest."""

    @property
    def is_advised_against(self) -> bool:
        """Whether a maintainer is advised to leave it out: something speaks against it, and it counts."""
        return self.is_counted and bool(self.findings)


def assess(board: Board, suite: Suite, resampling: Resampling | None = None) -> dict[str, Health]:
    """Return the health of every task of the suite but the probes, which measure nothing by themselves.

    A task with a target has no better or worse: only constant answers speak against it.
    """
    entrants, resampling = _entrants(board.rows), resampling or Resampling()
    return {
        task.id: _assessed(task, entrants, board, resampling) for task in suite.tasks if task.declaration.probe is None
    }


def health_as_data(health: Health) -> dict[str, Any]:
    """Return the health of a task as plain data, for machine-readable output."""
    left_out = health.left_out
    return {
        "task": health.task,
        "state": str(health.state),
        "models": health.models,
        "owners": health.owners,
        "counted": health.is_counted,
        "left_out": {"reason": str(left_out.reason), "detail": left_out.detail} if left_out else None,
        "advised_against": health.is_advised_against,
        "findings": [
            {"reason": str(one.reason), "figures": dict(one.figures), "models": list(one.models)}
            for one in health.findings
        ],
    }


def _entrants(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows a task is judged by; the same weights under several names are one model."""
    entrants: dict[object, Row] = {}
    for row in sorted(rows, key=lambda row: _name(row.request.model)):
        if not row.is_baseline:
            entrants.setdefault(row.request.facts.weights_sha256 or row.request.model, row)
    return tuple(entrants.values())


def _name(model: ModelReference) -> tuple[str, str, str]:
    return model.name, str(model.source), model.revision


def _owner(model: ModelReference) -> tuple[ModelSource, str]:
    return model.source, owner_of(model.name) if model.source is ModelSource.HUB else model.name


def _suffice(rows: Sequence[Row]) -> bool:
    return len(rows) >= FEWEST_MODELS and len({_owner(row.request.model) for row in rows}) >= FEWEST_OWNERS


def _assessed(task: Task, entrants: Sequence[Row], board: Board, resampling: Resampling) -> Health:
    rows = [row for row in entrants if task.id in row.cells]
    suffices = _suffice(rows)
    findings = _findings(task, rows, board, resampling) if suffices else ()
    found = HealthState.QUESTIONABLE if findings else HealthState.SOUND
    return Health(
        task=task.id,
        state=found if suffices else HealthState.NOT_YET_ASSESSED,
        models=len(rows),
        owners=len({_owner(row.request.model) for row in rows}),
        is_counted=task.id in board.means.tasks,
        left_out=board.rule.excluded.get(task.id),
        findings=findings,
    )


def _findings(task: Task, rows: Sequence[Row], board: Board, resampling: Resampling) -> tuple[Finding, ...]:
    cells = [row.cells[task.id] for row in rows]
    dead = _dead(cells)
    found = [dead, None if dead else _degenerate(task.id, rows)]
    if task.declaration.target is None:
        found += [
            _unparseable(cells),
            _at_chance(cells, task),
            _saturated(cells, task),
            None if dead else _too_small(cells, task, resampling),
            _contradicting(task, rows, board),
        ]
    return tuple(one for one in found if one is not None)


def _dead(cells: Sequence[Cell]) -> Finding | None:
    scores = {cell.raw for cell in cells}
    return Finding(ExclusionReason.DEAD, {"score": scores.pop()}) if len(scores) == 1 else None


def _degenerate(task: str, rows: Sequence[Row]) -> Finding | None:
    """Look for one constant answer of at least half of the models, or one score of at least a third and three."""
    results = {" ".join(_name(row.request.model)): row.cells[task].result for row in rows}
    names = {" ".join(_name(row.request.model)): row.request.model.name for row in rows}
    figures: dict[str, float] = {}
    about: set[str] = set()
    constant = constant_answers(results)
    if 2 * len(constant) >= len(rows):
        about |= constant.keys()
        figures |= {
            "constant_models": len(constant),
            "constant_options": len({one.option for one in constant.values()}),
            "constant_share": min(one.share for one in constant.values()),
            "gold_share": max(one.gold_share for one in constant.values()),
        }
    shared = shared_score(results, max(_FEWEST_SHARING, math.ceil(_SHARING * len(rows))))
    if shared is not None:
        about |= set(shared.models)
        figures |= {
            "sharing_models": len(shared.models),
            "shared_score": shared.score,
            "item_by_item": float(shared.is_item_by_item),
        }
    return Finding(ExclusionReason.DEGENERATE, figures, tuple(sorted(names[one] for one in about))) if figures else None


def _unparseable(cells: Sequence[Cell]) -> Finding | None:
    """Look for at least half of the models having given no readable answer to more than half of the items."""
    shares = [share for cell in cells if (share := cell.result.secondary.get(UNPARSED)) is not None]
    failing = sum(share > 0.5 for share in shares)  # noqa: PLR2004 - most
    if 2 * failing < len(cells):
        return None
    return Finding(ExclusionReason.UNPARSEABLE, {"failing_models": failing, "median_share": float(np.median(shares))})


def _at_chance(cells: Sequence[Cell], task: Task) -> Finding | None:
    """Look for no model being above guessing, nor above what random weights reach.

    Of forty guessers one has an interval above chance: so each interval is widened for how many models there are. A
    model of which nothing says how sure its score is speaks for the task.
    """
    floor = task.floor.high if task.floor else None
    bar = task.declaration.chance if floor is None else max(task.declaration.chance, floor)
    if any(_is_above(cell, bar, _TAIL / len(cells)) for cell in cells):
        return None
    figures = {"best": max(cell.raw for cell in cells), "chance": task.declaration.chance}
    return Finding(ExclusionReason.AT_CHANCE, figures if floor is None else {**figures, "floor": floor})


def _is_above(cell: Cell, bar: float, level: float) -> bool:
    if cell.interval is None:
        return cell.raw > bar
    return p_above(cell.raw - bar, cell.raw - cell.interval.low, len(cell.result.items.table.unit_names)) < level


def _saturated(cells: Sequence[Cell], task: Task) -> Finding | None:
    """Look for all but a quarter having nearly everything right, or half of the models reaching what people do."""
    scores = [cell.raw for cell in cells]
    quarter, median = float(np.quantile(scores, 0.25)), float(np.median(scores))
    human = task.declaration.human.score if task.declaration.human else None
    if quarter < SATURATED and (human is None or median < human):
        return None
    figures = {"lower_quarter": quarter, "median": median}
    return Finding(ExclusionReason.SATURATED, figures if human is None else {**figures, "human": human})


def _too_small(cells: Sequence[Cell], task: Task, resampling: Resampling) -> Finding | None:
    """Look for no two models being told apart, all pairs held at the level at once."""
    known = sorted(cells, key=lambda cell: cell.raw)
    worst, best = known[0], known[-1]
    degrees = min(len(cell.result.items.table.unit_names) for cell in known) - 1
    apart = bonferroni(len(known), degrees) if degrees > 0 else math.inf
    lead = best.raw - worst.raw
    if worst.interval and best.interval and lead > apart * _largest_error(worst.interval, best.interval):
        return None
    drawn = [(cell.raw, one) for cell in known if (one := measured_cell(cell.result, task, resampling)[1]) is not None]
    if len(drawn) < len(known):  # nothing shows that one which cannot be drawn is not apart
        return None
    sets = rank_sets(np.array([raw for raw, _ in drawn]), np.stack([one for _, one in drawn]), degrees=degrees)
    if max(sets.best) > 1:
        return None
    figures = {"items": worst.items, "best": best.raw, "worst": worst.raw}
    return Finding(ExclusionReason.TOO_SMALL, figures)


def _largest_error(one: Interval, other: Interval) -> float:
    """Return the largest standard error that a difference can have, however the two scores hang together.

    Where even that tells the two farthest apart from each other, no other pair need be drawn.
    """
    return (one.high - one.low + other.high - other.low) / 2 / float(stats.norm.isf(_TAIL))


def _contradicting(task: Task, rows: Sequence[Row], board: Board) -> Finding | None:
    """Look for models that are better on this task being worse on the other tasks of its language.

    Spearman's correlation with the mean of those others, by their shares, over the models that have them all; its level
    is divided by the number of the language's tasks, each of which is looked at. Models of one family are alike: what
    is found is a reason to look at the task.
    """
    shares = board.means.views.get(View(str(task.declaration.language)), {})
    others = {name: share for name, share in shares.items() if name != task.id}
    scores = {
        row.request.id: (row.cells[task.id].raw, mean)
        for row in rows
        if (mean := weighted(others, {one: cell.normalised or 0.0 for one, cell in row.cells.items()})) is not None
    }
    having = [row for row in rows if row.request.id in scores]
    own, rest = [one for one, _ in scores.values()], [mean for _, mean in scores.values()]
    if len(others) < _FEWEST_OTHER_TASKS or not _suffice(having) or len(set(own)) == 1 or len(set(rest)) == 1:
        return None
    found = stats.spearmanr(own, rest, alternative="less")
    level = _TAIL / (len(others) + 1)
    if found.pvalue >= level or (p := max(float(found.pvalue), _p_of_orders(own, rest))) >= level:
        return None
    figures = {"correlation": float(found.statistic), "p": p, "other_tasks": len(others)}
    return Finding(ExclusionReason.CONTRADICTING, {**figures, "models": len(having)})


def _p_of_orders(own: Sequence[float], rest: Sequence[float]) -> float:
    """Return how many of all orders contradict as much as this one, as a share; of many models the least it can be.

    The approximation that Spearman's correlation is usually tested by gives 0 where one order is the other's
    reverse, however few models there are.
    """
    if len(own) > _MOST_FOR_ALL_ORDERS:
        return 1 / math.factorial(len(own))
    first, second = stats.rankdata(own), stats.rankdata(rest)
    return float(np.mean(np.array(list(permutations(first))) @ second <= first @ second))
