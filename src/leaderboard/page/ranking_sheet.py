"""One view of the ranking as compact data: what the browser draws, and what the API gives to programs.

Columns instead of rows, and whole numbers in place of fractions: two thousand models are a hundred kilobytes on the
wire. Nothing in it depends on the reader's language.
"""

from collections.abc import Callable, Sequence
from typing import Any

from leaderboard.board import Board, Mean, Row, View
from leaderboard.records import ModelSource
from leaderboard.suite import Suite, Task

_UNIT = 10_000
"""Scores are told in parts of this: 5234 is 52.34 points of 100."""
_SHORT = 12


def ranking_sheet(board: Board, suite: Suite, view: View | None, edition: str) -> dict[str, Any]:
    """Return a view: `tasks` and `groups` say what the columns of scores are, `rows` has one list for each column.

    `rows.raw` has a list for each task, `rows.groups` one for each mean (the areas of a language; in the view of all
    languages, the languages). Scores are whole numbers in parts of 10,000, null where there is none; `score`, `low`,
    `high` and the groups are above chance (0: as by guessing), `raw` is not. Identities that do not stand for their
    model come last and have no rank.
    """
    rows = [*board.ranking(view), *board.others] if view else list(board.rows)
    tasks = [task for task in suite.tasks if task.in_means and _belongs(task, view)]
    shares = board.means.views[view] if view else {}
    return {
        "edition": edition,
        "rule": board.rule.label,
        "view": str(view) if view else None,
        "views": [str(one) for one in board.means.views],
        "tasks": [_task_as_data(task, shares.get(task.id)) for task in tasks],
        "groups": [name for name, _ in _groups(board, view)],
        "rows": {
            **_facts(rows),
            **_standings(rows, view),
            "groups": [[_parts(_score(mean(row))) for row in rows] for _, mean in _groups(board, view)],
            "raw": [[_parts(cell.raw if (cell := row.cells.get(task.id)) else None) for row in rows] for task in tasks],
        },
    }


def _belongs(task: Task, view: View | None) -> bool:
    return view is None or view is View.ALL or str(task.declaration.language) == view


def _task_as_data(task: Task, share: float | None) -> dict[str, Any]:
    """Return what recomputes a mean: `share` is the task's part of the view's, null where the rule leaves it out."""
    declared = task.declaration
    return {"id": task.id, "area": str(declared.area), "language": str(declared.language)} | {
        "chance": declared.chance,
        "share": share,
    }


def _groups(board: Board, view: View | None) -> list[tuple[str, Callable[[Row], Mean | None]]]:
    """Return the means that a view is made of, by name, and how each is read from a row."""
    if view is View.ALL:
        return [(str(one), _of_view(one)) for one in board.means.views if one is not View.ALL]
    return [(str(area), _of_area((language, area))) for language, area in board.means.areas if str(language) == view]


def _of_view(view: View) -> Callable[[Row], Mean | None]:
    return lambda row: standing.mean if (standing := row.standings.get(view)) else None


def _of_area(key: Any) -> Callable[[Row], Mean | None]:
    return lambda row: row.areas.get(key)


def _facts(rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {
        "model": [row.request.model.name for row in rows],
        "request": [row.request.id[:_SHORT] for row in rows],
        "revision": [row.request.model.revision[:_SHORT] for row in rows],
        "on_hub": [int(row.request.model.source is ModelSource.HUB) for row in rows],
        "type": [str(row.request.facts.type) for row in rows],
        "parameters": [row.request.facts.parameters for row in rows],
        "precision": [row.request.precision_label for row in rows],
        "licence": [row.request.facts.licence for row in rows],
        "stands": [int(row.stands_for_model) for row in rows],
    }


def _standings(rows: Sequence[Row], view: View | None) -> dict[str, list[Any]]:
    standings = [row.standings.get(view) if view else None for row in rows]
    means = [one.mean if one else None for one in standings]
    intervals = [mean.interval if mean else None for mean in means]
    ranks = [one.ranks if one else None for one in standings]
    return {
        "rank": [one.rank if one else None for one in standings],
        "best": [pair[0] if pair else None for pair in ranks],
        "worst": [pair[1] if pair else None for pair in ranks],
        "score": [_parts(_score(mean)) for mean in means],
        "low": [_parts(one.low if one else None) for one in intervals],
        "high": [_parts(one.high if one else None) for one in intervals],
        "done": [one.done if one else 0 for one in standings],
        "of": [one.of if one else 0 for one in standings],
    }


def _score(mean: Mean | None) -> float | None:
    return mean.score if mean else None


def _parts(score: float | None) -> int | None:
    return None if score is None else round(_UNIT * score)
