"""Flags on models: measured evidence that a score may say less than it seems, never an accusation.

Each carries its figures. What shows in a model's answers is flagged only where it remains after Holm's correction over
all models that were asked the same: of forty honest models one would be flagged otherwise.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Any

from scipy import stats

from leaderboard.board.behaviour import FEWEST_ITEMS, p_above
from leaderboard.board.cells import Cell
from leaderboard.board.comparison import holm
from leaderboard.board.intervals import LEVEL, Interval, IntervalMethod, around, interval_as_data, wilson
from leaderboard.board.rows import Board, Row
from leaderboard.records import ModelReference
from leaderboard.suite import Probe, ProbeKind, Suite, Task
from leaderboard.suite.metrics import clustered_error


class FlagKind(StrEnum):
    """What a flag is about."""

    SHUFFLED_OPTIONS = "shuffled_options"
    """More is right with the options in their published order than in another."""
    CHOICES_ONLY = "choices_only"
    """More is right than by guessing, without the question being seen."""
    HELD_OUT = "held_out"
    """More is right on published items than on like ones that never were."""
    IDENTICAL_WEIGHTS = "identical_weights"
    """The weights are those of a model of another name, bit by bit."""


@dataclass(frozen=True)
class Flag:
    """One piece of evidence. Figures from `task` on are None where it is about the weights."""

    kind: FlagKind
    others: tuple[str, ...] = ()
    """The models that have the same weights."""
    task: str | None = None
    probe: str | None = None
    score: float | None = None
    """On the task, or without the question; raw, but above chance where published and other items are compared."""
    compared_with: float | None = None
    """On the probe, or by guessing."""
    difference: float | None = None
    interval: Interval | None = None
    """Of the difference, by itself: not widened for the number of models."""
    p: float | None = None
    """Of no difference, two-sided, after Holm's correction over the models that were asked the same."""
    items: int = 0
    """How many of the probe's it rests on."""
    usual: float | None = None
    """The median difference of all models that were asked the same: where all have it, it is the data's doing."""
    models: int = 0
    """How many that are."""


def flags(board: Board, suite: Suite) -> dict[ModelReference, tuple[Flag, ...]]:
    """Return the models that something is to be said of, and what; baselines are not looked at."""
    rows = sorted((row for row in board.rows if not row.is_baseline), key=lambda row: row.request.id)
    found: dict[ModelReference, list[Flag]] = defaultdict(list)
    for task in suite.probes:
        of = suite.task(task.declaration.probe.of) if task.declaration.probe else None
        if of is not None and task.declaration.probe is not None:
            for model, flag in _shown(_measured(rows, task, task.declaration.probe, of)):
                found[model].append(flag)
    for model, flag in _identical_weights(rows, (*board.rows, *board.others)):
        found[model].append(flag)
    return {model: tuple(several) for model, several in found.items()}


def flag_as_data(flag: Flag) -> dict[str, Any]:
    """Return a flag as plain data, for machine-readable output."""
    if flag.kind is FlagKind.IDENTICAL_WEIGHTS:
        return {"kind": str(flag.kind), "others": list(flag.others)}
    interval = flag.interval
    return {
        "kind": str(flag.kind),
        "task": flag.task,
        "probe": flag.probe,
        "score": flag.score,
        "compared_with": flag.compared_with,
        "difference": flag.difference,
        "interval": interval_as_data(interval),
        "p": flag.p,
        "items": flag.items,
        "usual": flag.usual,
        "models": flag.models,
    }


def _measured(rows: Iterable[Row], task: Task, probe: Probe, of: Task) -> dict[ModelReference, Flag]:
    """Return what a probe says of each model that has it, worth a flag or not; `p` is not corrected yet."""
    found: dict[ModelReference, Flag] = {}
    for row in rows:
        cells = row.cells.get(task.id), row.cells.get(of.id)
        flag = _flag(cells[0], cells[1], probe.kind) if cells[0] else None
        if flag is not None and flag.items >= FEWEST_ITEMS:
            found[row.request.model] = replace(flag, task=of.id, probe=task.id)
    return found


def _flag(probe: Cell, of: Cell | None, kind: ProbeKind) -> Flag | None:
    if kind is ProbeKind.CHOICES_ONLY:
        return _above_chance(probe)
    if of is None:
        return None
    return _shuffled(of, probe) if kind is ProbeKind.SHUFFLED_OPTIONS else _held_out(of, probe)


def _shown(measured: Mapping[ModelReference, Flag]) -> Iterable[tuple[ModelReference, Flag]]:
    """Yield what remains after the correction, with what is usual."""
    differences = [flag.difference for flag in measured.values() if flag.difference is not None]
    corrected = holm([1.0 if flag.p is None else flag.p for flag in measured.values()])
    for (model, flag), p in zip(measured.items(), corrected, strict=True):
        if flag.interval is not None and flag.interval.low > 0 and p <= 1 - LEVEL:
            yield model, replace(flag, p=p, usual=median(differences), models=len(measured))


def _above_chance(cell: Cell) -> Flag | None:
    if cell.interval is None:
        return None
    lead = cell.raw - cell.chance
    shifted = Interval(cell.interval.low - cell.chance, cell.interval.high - cell.chance, cell.interval.method)
    p = min(1.0, 2 * p_above(lead, lead - shifted.low, _units(cell)))
    return Flag(FlagKind.CHOICES_ONLY, (), None, None, cell.raw, cell.chance, lead, shifted, p, cell.items)


def _held_out(of: Cell, probe: Cell) -> Flag | None:
    """Return the difference of two normalised scores over different items.

    Source of the interval: Newcombe 1998, "Interval estimation for the difference between independent proportions",
    method 10, from the interval of each.
    """
    known, other = of.normalised_interval, probe.normalised_interval
    score, against = of.normalised, probe.normalised
    if known is None or other is None or score is None or against is None:
        return None
    difference = score - against
    interval = Interval(
        difference - math.hypot(score - known.low, other.high - against),
        difference + math.hypot(known.high - score, against - other.low),
        known.method,
    )
    p = min(1.0, 2 * p_above(difference, difference - interval.low, min(_units(of), _units(probe))))
    return Flag(FlagKind.HELD_OUT, (), None, None, score, against, difference, interval, p, probe.items)


def _shuffled(of: Cell, probe: Cell) -> Flag | None:
    """Return the paired difference over the items that both have, by their ids."""
    table, scores = of.result.items.table, of.result.items.scores
    places = {item: place for place, item in enumerate(table.ids)}
    shuffled = zip(probe.result.items.table.ids, probe.result.items.scores.tolist(), strict=True)
    pairs = [(places[item], score) for item, score in shuffled if item in places]
    apart = [(table.units[place], float(scores[place]) - score) for place, score in pairs]
    units = len({unit for unit, _ in apart})
    if units < 2:  # noqa: PLR2004 - a spread takes two
        return None
    difference = math.fsum(one for _, one in apart) / len(apart)
    stderr = clustered_error(apart)
    against = math.fsum(score for _, score in pairs) / len(pairs)
    if stderr:
        interval = around(difference, stderr, units - 1, IntervalMethod.STUDENT)
        p = float(2 * stats.t.sf(abs(difference) / stderr, units - 1))
    else:  # every item changed alike, or none did
        unseen = 2 * (1 - wilson(1.0, units).low)
        interval = Interval(difference - unseen, difference + unseen, IntervalMethod.WILSON)
        p = 0.5 ** (units - 1) if difference else 1.0
    # No smaller than what a test reaches that only takes the signs of the units that differ at random.
    differing = len({unit for unit, one in apart if one})
    p = max(p, 0.5 ** (differing - 1)) if differing else 1.0
    return Flag(
        FlagKind.SHUFFLED_OPTIONS,
        score=difference + against,
        compared_with=against,
        difference=difference,
        interval=interval.within(-1.0, 1.0),
        p=p,
        items=len(pairs),
    )


def _units(cell: Cell) -> int:
    return len(cell.result.items.table.unit_names)


def _identical_weights(rows: Iterable[Row], everybody: Iterable[Row]) -> Iterable[tuple[ModelReference, Flag]]:
    """Yield the models whose weights another name has; identities and revisions of one model are no others."""
    names: dict[str, set[str]] = defaultdict(set)
    for row in everybody:
        if row.request.facts.weights_sha256 is not None and not row.is_baseline:
            names[row.request.facts.weights_sha256].add(row.request.model.name)
    for row in rows:
        own = row.request.model.name.lower()
        same = names.get(row.request.facts.weights_sha256 or "", set())
        others = tuple(sorted(name for name in same if name.lower() != own))
        if others:
            yield row.request.model, Flag(FlagKind.IDENTICAL_WEIGHTS, others)
