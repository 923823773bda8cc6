"""What moved between two boards, and why: every model whose score or rank in a view is another one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Any

import numpy as np

from leaderboard.board.rows import Board, ModelKey, Row
from leaderboard.board.views import View


class MoveReason(StrEnum):
    """Why a model moved."""

    NEW_MODEL = "new_model"
    """It was not on the board before."""
    OTHER_IDENTITY = "other_identity"
    """Another revision, precision or template stands for the model now."""
    REEVALUATION = "reevaluation"
    """Tasks were measured again, at the same configuration."""
    MEASURED = "measured"
    """Tasks that it lacked have a result."""
    LOST = "lost"
    """Tasks that it had lack a result: the newest run brought none."""
    TASK_VERSION = "task_version"
    """Tasks have another configuration: mended, or changed."""
    RULE_VERSION = "rule_version"
    """Maintainers left tasks out of the means, or took them back."""
    SUITE = "suite"
    """Tasks came to the suite or left it, became more than drafts, or weigh otherwise."""
    WITHDRAWN = "withdrawn"
    """It is not on the board any more: it was taken down, or its results cannot be read."""
    OTHERS = "others"
    """Nothing of its own changed: others passed it or fell behind, came or went."""


@dataclass(frozen=True)
class MoveCause:
    """One reason, and which tasks it is about."""

    reason: MoveReason
    tasks: tuple[str, ...] = ()
    detail: str = ""
    """Of another identity: which one stood for the model, and which does now."""


@dataclass(frozen=True)
class Place:
    """Where a model stood in a view."""

    score: float | None
    """None while it was incomplete there."""
    rank: int | None


@dataclass(frozen=True)
class Move:
    """One model in one view, before and after."""

    view: View
    model: str
    before: Place | None
    """None: it was not on that board."""
    after: Place | None
    causes: tuple[MoveCause, ...]
    """Every reason that applies; how much each weighs is not told."""
    passed_by: tuple[str, ...] = ()
    """Models ranked better than it now that were not before; those that have just come are among them."""
    passed: tuple[str, ...] = ()
    """Models that were ranked better and are not any more; those that are gone are among them."""

    @property
    def size(self) -> int:
        """How many ranks it fell; negative where it rose, 0 where it has no two ranks."""
        return len(self.passed_by) - len(self.passed)


def moves(before: Board, after: Board) -> list[Move]:
    """Return what moved: by view, and in a view those that were or are ranked best first."""
    return [move for view in View for move in _moves_in(view, before, after)]


def _moves_in(view: View, before: Board, after: Board) -> Iterator[Move]:
    old, new = _by_model(before), _by_model(after)
    ranks_before, ranks_after = _ranks(old, view), _ranks(new, view)
    ordered = dict.fromkeys(
        [*(row.model_key for row in after.ranking(view)), *(row.model_key for row in before.ranking(view))]
    )
    passings = _passings(ranks_before, ranks_after)
    shared = tuple(_changes_of_the_means(view, before, after))
    for key in ordered:
        was, now = old.get(key), new.get(key)
        if _score(was, view) == _score(now, view) and ranks_before.get(key) == ranks_after.get(key):
            continue
        named = now or was
        assert named is not None  # noqa: S101 - the key is of one of the two; for mypy
        own = tuple(_own_causes(view, was, now, before, after))
        both = (*own, *(shared if was and now else ()))
        passed_by, passed = passings.get(key, ([], []))
        yield Move(
            view=view,
            model=named.request.model.name,
            before=_place(was, view),
            after=_place(now, view),
            causes=both or (MoveCause(MoveReason.OTHERS),),
            passed_by=tuple(new[one].request.model.name for one in passed_by),
            passed=tuple(old[one].request.model.name for one in passed),
        )


def _own_causes(view: View, was: Row | None, now: Row | None, before: Board, after: Board) -> Iterator[MoveCause]:
    """Name what changed about a model's own results, in the tasks of a view."""
    changed = _tasks_that(
        lambda task: before.rule.configs.get(task) != after.rule.configs.get(task), before, after, view
    )
    if was is None:
        yield MoveCause(MoveReason.NEW_MODEL)
        return
    if now is None:
        outdated = tuple(task for task in changed if task in was.cells)
        is_history = outdated and all(before.rule.configs.get(one) != after.rule.configs.get(one) for one in was.cells)
        yield MoveCause(MoveReason.TASK_VERSION, outdated) if is_history else MoveCause(MoveReason.WITHDRAWN)
        return
    is_another = was.request.identity != now.request.identity
    if is_another:
        yield MoveCause(MoveReason.OTHER_IDENTITY, detail=f"{_identity(was)} -> {_identity(now)}")
    moved = _tasks_that(lambda task: _task_score(was, task) != _task_score(now, task), before, after, view)
    if version := tuple(task for task in moved if task in changed):
        yield MoveCause(MoveReason.TASK_VERSION, version)
    if is_another:
        return
    rest = [task for task in moved if task not in changed]
    groups = {
        MoveReason.REEVALUATION: [task for task in rest if task in was.cells and task in now.cells],
        MoveReason.MEASURED: [task for task in rest if task not in was.cells],
        MoveReason.LOST: [task for task in rest if task not in now.cells],
    }
    yield from (MoveCause(reason, tuple(tasks)) for reason, tasks in groups.items() if tasks)


def _changes_of_the_means(view: View, before: Board, after: Board) -> Iterator[MoveCause]:
    """Name what changed about what a view is the mean of."""
    old, new = before.means.views.get(view, {}), after.means.views.get(view, {})
    if old == new:
        return
    differing = [task for task in dict.fromkeys([*old, *new]) if (task in old) != (task in new)]
    ruled = tuple(task for task in differing if (task in before.rule.excluded) != (task in after.rule.excluded))
    # A view goes when all of a language is left out; what else it was the mean of is still counted elsewhere.
    others = tuple(
        task for task in differing if task not in ruled and _is_counted(task, before) != _is_counted(task, after)
    )
    if ruled:
        yield MoveCause(MoveReason.RULE_VERSION, ruled)
    if others or not differing:
        yield MoveCause(MoveReason.SUITE, others)


def _is_counted(task: str, board: Board) -> bool:
    return any(task in shares for shares in board.means.views.values())


def _tasks_that(wanted: Callable[[str], bool], before: Board, after: Board, view: View) -> tuple[str, ...]:
    """Return the tasks that are in a view's mean on both boards and are as wanted."""
    old, new = before.means.views.get(view, {}), after.means.views.get(view, {})
    return tuple(task for task in new if task in old and wanted(task))


def _task_score(row: Row, task: str) -> float | None:
    cell = row.cells.get(task)
    return cell.normalised if cell else None


def _passings(
    before: Mapping[ModelKey, int], after: Mapping[ModelKey, int]
) -> dict[ModelKey, tuple[list[ModelKey], list[ModelKey]]]:
    """Return who came to be ahead of each model, and who is ahead no more; nothing of those that lack a rank.

    A rank is one more than the number of those ahead, so that both lists explain the whole difference.
    """
    keys = sorted({*before, *after}, key=lambda one: (after.get(one, inf), before.get(one, inf), one))
    old = np.array([before.get(one, inf) for one in keys])
    new = np.array([after.get(one, inf) for one in keys])
    found = {}
    for key in before.keys() & after.keys():
        was, now = old < before[key], new < after[key]
        came, went = np.flatnonzero(now & ~was), np.flatnonzero(was & ~now)
        found[key] = [keys[place] for place in came], [keys[place] for place in went]
    return found


def _by_model(board: Board) -> dict[ModelKey, Row]:
    return {row.model_key: row for row in board.rows}


def _ranks(rows: Mapping[ModelKey, Row], view: View) -> dict[ModelKey, int]:
    """Return the ranks of a view, best first."""
    ranks = {key: row.standings[view].rank for key, row in rows.items() if view in row.standings}
    return dict(sorted(((key, rank) for key, rank in ranks.items() if rank is not None), key=lambda pair: pair[1]))


def _score(row: Row | None, view: View) -> float | None:
    return row.score(view) if row else None


def _place(row: Row | None, view: View) -> Place | None:
    if row is None:
        return None
    standing = row.standings.get(view)
    return Place(row.score(view), standing.rank if standing else None)


def _identity(row: Row) -> str:
    request = row.request
    thinking = " thinking" if request.thinking else ""
    return f"{request.model.revision[:12]} {request.precision_label} template:{request.chat_template}{thinking}"


def move_as_data(move: Move) -> dict[str, Any]:
    """Return a move as plain data, for machine-readable output. Scores are fractions of 1."""
    return {
        "view": str(move.view),
        "model": move.model,
        "before": _place_as_data(move.before),
        "after": _place_as_data(move.after),
        "causes": [
            {"reason": str(one.reason), "tasks": list(one.tasks), "detail": one.detail or None} for one in move.causes
        ],
        "passed_by": list(move.passed_by),
        "passed": list(move.passed),
    }


def _place_as_data(place: Place | None) -> dict[str, Any] | None:
    return None if place is None else {"score": place.score, "rank": place.rank}
