"""The board as one long table: a row for each score, with whatever is needed to read that score by itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from math import fsum, isfinite
from typing import Any

from leaderboard.board import Board, Cell, Interval, Mean, Row, Standing, View
from leaderboard.records import visible
from leaderboard.suite import Area, Language, Suite, Task

UNIT = "Scores are fractions of 1. `low`, `high` and `stderr` are of `normalised`; those that begin with raw_ of `raw`."
"""What every file says of its numbers."""


class Kind(StrEnum):
    """What a score is of."""

    TASK = "task"
    AREA = "area"
    VIEW = "view"
    """One language, or all: what ranks are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One score of one model identity. The fields are the columns, in their order; None is not known or not there."""

    model: str
    source: str
    """`hub`, `local`, or `baseline`: what guesses, and takes no rank."""
    revision: str
    precision: str
    chat_template: str
    thinking: bool
    stands_for_model: bool
    """Whether this identity is the one that may take its model's ranks."""
    type: str
    parameters: int | None = None
    licence: str | None = None
    kind: str
    language: str
    """`all` for the mean of the languages."""
    area: str | None = None
    task: str | None = None
    metric: str | None = None
    """None for a mean, which is of normalised scores."""
    raw: float | None = None
    chance: float | None = None
    normalised: float | None = None
    """None on a scale with a target, and while a mean lacks a task."""
    low: float | None = None
    high: float | None = None
    stderr: float | None = None
    raw_low: float | None = None
    raw_high: float | None = None
    raw_stderr: float | None = None
    interval_method: str | None = None
    target: float | None = None
    """The best value of a scale that is neither better the higher nor the lower."""
    n: int | None = None
    """Items; None for a mean."""
    shots: int | None = None
    config_hash: str | None = None
    share: float | None = None
    """Of the mean of its language; 0 for what enters no mean, None for the mean of all languages."""
    share_of_all: float | None = None
    """Of the mean of all languages; None where the board has none."""
    done: int | None = None
    """How many of the mean's tasks have a result."""
    of: int | None = None
    rank: int | None = None
    rank_best: int | None = None
    rank_worst: int | None = None
    engine: str | None = None
    run: str | None = None
    evaluated_at: datetime
    """When the newest run of the identity ended."""
    draft: bool
    """Whether items still wait for a native speaker; of a mean, whether it is of such tasks."""
    excluded: bool = False
    excluded_reason: str | None = None
    rule: str


COLUMNS = tuple(field.name for field in fields(ScoreRow))


def score_rows(board: Board, suite: Suite) -> list[ScoreRow]:
    """Return the table: the board's rows in their order, then the models' other identities."""
    context = _Context(board, {task.id: task for task in suite.tasks})
    standing = [line for row in board.rows for line in context.lines(row, stands=True)]
    return standing + [line for row in board.others for line in context.lines(row, stands=False)]


def finite(number: float | None) -> float | None:
    """Return a number as it is; None for what is none, which no file may hold."""
    return number if number is not None and isfinite(number) else None


@dataclass(frozen=True)
class _Context:
    board: Board
    tasks: Mapping[str, Task]

    def lines(self, row: Row, *, stands: bool) -> Iterator[ScoreRow]:
        request = row.request
        common: dict[str, Any] = {
            "model": visible(request.model.name),
            "source": str(request.model.source),
            "revision": request.model.revision,
            "precision": request.precision_label,
            "chat_template": str(request.chat_template),
            "thinking": request.thinking,
            "stands_for_model": stands,
            "type": str(request.facts.type),
            "parameters": request.facts.parameters,
            "licence": visible(request.facts.licence) if request.facts.licence else None,
            "evaluated_at": row.evaluated_at,
            "rule": self.board.rule.label,
        }
        for view, standing in row.standings.items():
            yield ScoreRow(**common, **self._of_view(view, standing, row))
        for (language, area), mean in row.areas.items():
            yield ScoreRow(**common, **self._of_area(language, area, mean, row))
        for name, cell in row.cells.items():
            if (task := self.tasks.get(name)) is not None:
                yield ScoreRow(**common, **self._of_task(task, cell))

    def _of_view(self, view: View, standing: Standing, row: Row) -> dict[str, Any]:
        is_all = view is View.ALL
        best, worst = standing.ranks or (None, None)
        return {
            "kind": str(Kind.VIEW),
            "language": str(view),
            "share": None if is_all else 1.0,
            "share_of_all": 1.0 if is_all else self._share_of_all(self.board.means.views[view]),
            "done": standing.done,
            "of": standing.of,
            "rank": standing.rank,
            "rank_best": best,
            "rank_worst": worst,
            "draft": row.is_provisional,
            **(_of_mean(standing.mean) if standing.mean else {}),
        }

    def _of_area(self, language: Language, area: Area, mean: Mean, row: Row) -> dict[str, Any]:
        members = self.board.means.areas[language, area]
        of_language = self.board.means.views[View(str(language))]
        return {
            "kind": str(Kind.AREA),
            "language": str(language),
            "area": str(area),
            "share": fsum(of_language[task] for task in members),
            "share_of_all": self._share_of_all(members),
            "done": len(members),
            "of": len(members),
            "draft": row.is_provisional,
            **_of_mean(mean),
        }

    def _of_task(self, task: Task, cell: Cell) -> dict[str, Any]:
        exclusion = self.board.rule.excluded.get(task.id)
        of_language = self.board.means.views.get(View(str(task.declaration.language)), {})
        return {
            "kind": str(Kind.TASK),
            "language": str(task.declaration.language),
            "area": str(task.declaration.area),
            "task": task.id,
            "metric": cell.result.metric,
            "raw": finite(cell.raw),
            "chance": finite(cell.chance),
            "normalised": finite(cell.normalised),
            "stderr": finite(above_chance(cell.stderr, cell)),
            **_interval(cell.normalised_interval),
            **_interval(cell.interval, "raw_"),
            "raw_stderr": finite(cell.stderr),
            "target": cell.target,
            "n": cell.items,
            "shots": cell.result.shots,
            "config_hash": cell.result.config_hash,
            "share": of_language.get(task.id, 0.0),
            "share_of_all": self._share_of_all((task.id,)),
            "engine": cell.engine,
            "run": cell.result.run,
            "draft": cell.is_draft,
            "excluded": exclusion is not None,
            "excluded_reason": str(exclusion.reason) if exclusion else None,
        }

    def _share_of_all(self, tasks: Iterable[str]) -> float | None:
        of_all = self.board.means.views.get(View.ALL)
        return None if of_all is None else fsum(of_all.get(task, 0.0) for task in tasks)


def above_chance(stderr: float | None, cell: Cell) -> float | None:
    """Return the standard error of a cell's normalised score from that of its raw one."""
    return None if stderr is None or cell.target is not None else stderr / (1 - cell.chance)


def _of_mean(mean: Mean) -> dict[str, Any]:
    return {"normalised": finite(mean.score), "stderr": finite(mean.stderr), **_interval(mean.interval)}


def _interval(interval: Interval | None, prefix: str = "") -> dict[str, Any]:
    """Return both ends, or nothing: half an interval says nothing."""
    if interval is None or finite(interval.low) is None or finite(interval.high) is None:
        return {}
    return {
        f"{prefix}low": interval.low,
        f"{prefix}high": interval.high,
        "interval_method": str(interval.method),
    }
