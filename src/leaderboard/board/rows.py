"""The board: one row for each model identity, ranked where nothing is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from leaderboard.board.scores import language_scores, normalised, overall_average
from leaderboard.board.varieties import CountryScore, scores_by_country
from leaderboard.records import EvalRequest, Evaluation, ModelIdentity, ModelSource, TaskFailure, TaskResult
from leaderboard.suite import Language, Suite, Task


@dataclass(frozen=True)
class Cell:
    """One model on one task."""

    raw: float
    chance: float
    stderr: float | None
    items: int
    engine: str
    """What computed it, with its version."""
    is_draft: bool = False
    """Whether items of the task still wait for a native speaker's signature."""
    target: float | None = None
    """The best value of a scale that is neither better the higher nor the lower; such a cell enters no mean."""

    @property
    def normalised(self) -> float | None:
        """The score above chance, signed; None on a scale with a target."""
        return normalised(self.raw, self.chance) if self.target is None else None

    @property
    def distance(self) -> float | None:
        """How far a scale with a target is from it, with its sign; None on any other scale."""
        return None if self.target is None else self.raw - self.target


@dataclass(frozen=True)
class Row:
    """One model identity: model, revision, precision, template policy, thinking."""

    request: EvalRequest
    cells: Mapping[str, Cell]
    countries: tuple[CountryScore, ...]
    """What it scores on the Spanish of each country, apart by what is measured."""
    languages: Mapping[Language, float | None]
    average: float | None
    tasks_in_suite: int
    failures: tuple[TaskFailure, ...]
    evaluated_at: datetime
    rank: int | None = None
    is_provisional: bool = False
    """Whether its means are of drafts, for want of anything else."""

    @property
    def is_baseline(self) -> bool:
        """Baselines are shown beside the models and take no rank."""
        return self.request.model.source is ModelSource.BASELINE

    @property
    def is_complete(self) -> bool:
        """Whether every task of the suite has a result."""
        return len(self.cells) == self.tasks_in_suite


def build_board(evaluations: Iterable[Evaluation], suite: Suite) -> list[Row]:
    """Return the rows, ranked ones first.

    Each task shows the newest result whose configuration is the suite's present one; the rest is history. Incomplete
    rows stand below with what they have: a mean over fewer tasks would be another quantity.
    """
    by_identity: dict[ModelIdentity, list[Evaluation]] = {}
    for evaluation in evaluations:
        by_identity.setdefault(evaluation.request.identity, []).append(evaluation)
    rows = [row for group in by_identity.values() if (row := _row(group, suite)) is not None]
    return _ranked(rows)


def _row(evaluations: list[Evaluation], suite: Suite) -> Row | None:
    """Return the row of one identity; None where all its results are history."""
    tasks = {task.id: task for task in suite.tasks}
    newest_first = sorted(evaluations, key=lambda one: one.manifest.finished_at, reverse=True)
    cells: dict[str, Cell] = {}
    shown: list[TaskResult] = []
    failures: dict[str, TaskFailure] = {}
    for evaluation in newest_first:
        for result in evaluation.results:
            task = tasks.get(result.task)
            if task and result.task not in cells and task.config_hash == result.config_hash:
                cells[result.task] = _cell(result, task)
                shown.append(result)
        for failed in evaluation.manifest.failures:
            failures.setdefault(failed.task, failed)
    if not cells:
        return None
    scores = {task: score for task, cell in cells.items() if (score := cell.normalised) is not None}
    languages = language_scores(scores, suite)
    return Row(
        request=newest_first[0].request,
        cells=cells,
        countries=tuple(scores_by_country(shown, suite)),
        languages=languages,
        average=overall_average(languages, suite.weights),
        tasks_in_suite=len(suite.tasks),
        failures=tuple(failed for task, failed in failures.items() if task in tasks and task not in cells),
        evaluated_at=newest_first[0].manifest.finished_at,
        is_provisional=suite.is_provisional,
    )


def _cell(result: TaskResult, task: Task) -> Cell:
    return Cell(
        raw=result.raw,
        chance=result.chance,
        stderr=result.stderr,
        items=len(result.items),
        engine=f"{result.engine.name} {result.engine.version}",
        is_draft=task.is_draft,
        target=task.declaration.target,
    )


def _ranked(rows: list[Row]) -> list[Row]:
    """Rank complete models by their average, equals alike; baselines stand where they would, without a rank."""
    complete = [row for row in rows if row.average is not None]
    incomplete = [row for row in rows if row.average is None]
    complete.sort(key=lambda row: (-(row.average or 0.0), row.request.model.name))
    incomplete.sort(key=lambda row: (-len(row.cells), row.request.model.name))
    averages = [row.average for row in complete if not row.is_baseline]
    ranked = [row if row.is_baseline else replace(row, rank=averages.index(row.average) + 1) for row in complete]
    return ranked + incomplete


def row_as_data(row: Row) -> dict[str, Any]:
    """Return a row as plain data for machine-readable output. Scores are fractions of 1."""
    request = row.request
    return {
        "rank": row.rank,
        "model": request.model.name,
        "source": str(request.model.source),
        "revision": request.model.revision,
        "precision": request.precision_label,
        "chat_template": str(request.chat_template),
        "type": str(request.facts.type),
        "baseline": row.is_baseline,
        "parameters": request.facts.parameters,
        "licence": request.facts.licence,
        "weights_sha256": request.facts.weights_sha256,
        "provenance": request.facts.provenance.model_dump(mode="json") if request.facts.provenance else None,
        "complete": row.is_complete,
        "provisional": row.is_provisional,
        "average": row.average,
        "languages": {str(language): score for language, score in row.languages.items()},
        "tasks": {
            task: {
                "raw": cell.raw,
                "normalised": cell.normalised,
                "distance": cell.distance,
                "chance": cell.chance,
                "stderr": cell.stderr,
                "items": cell.items,
                "engine": cell.engine,
                "draft": cell.is_draft,
            }
            for task, cell in row.cells.items()
        },
        "countries": [_country_as_data(score) for score in row.countries],
        "failures": {failed.task: str(failed.failure.cause) for failed in row.failures},
        "request": request.id,
        "evaluated_at": row.evaluated_at.isoformat(),
    }


def _country_as_data(score: CountryScore) -> dict[str, Any]:
    return {
        "country": score.country,
        "construct": str(score.construct),
        "items": score.items,
        "raw": score.raw,
        "chance": score.chance,
        "normalised": score.normalised,
        "stderr": score.stderr,
        "draft": score.is_draft,
    }
