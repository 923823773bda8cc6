"""Boards of a tiny suite: one Spanish task and one Galician, of four items each."""

from collections.abc import Iterable

from leaderboard.board import Board, Row, View, build_board
from leaderboard.records import Evaluation, ModelReference, ModelSource, ModelType, Precision
from leaderboard.suite import Suite
from tests.builders import evaluation, facts, model, request_for, some_sha256

BASELINE = {
    "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
    "precision": Precision.NONE,
    "facts": facts(ModelType.BASELINE, parameters=None, licence=None),
}


def of(suite: Suite, name: str, refranes: int | None, sumas: int | None, **changes: object) -> Evaluation:
    """Return a run of a model with so many right items of four; None where the task failed.

    `finished_at` and `attempt` are of the run; all other changes are of the request.
    """
    right = {task: count for task, count in (("refranes", refranes), ("sumas", sumas)) if count is not None}
    of_run = {key: changes.pop(key) for key in ("finished_at", "attempt") if key in changes}
    return evaluation(request_for(suite, name, **changes), suite, right, **of_run)


def on_hub(name: str, revision: str = "main") -> ModelReference:
    """Return a model of the Hub at a commit that follows from what it is called here."""
    return model(name, source=ModelSource.HUB, revision=some_sha256(revision)[:40])


def only_row(evaluations: Iterable[Evaluation], suite: Suite) -> Row:
    """Return the row of a board that has one."""
    (row,) = build_board(evaluations, suite).rows
    return row


def by_name(board: Board) -> dict[str, Row]:
    """Return the rows that stand for their models."""
    return {row.request.model.name: row for row in board.rows}


def ranks(board: Board, view: View = View.ES) -> list[tuple[int | None, str]]:
    """Return rank and name in the order of a view."""
    return [(row.standings[view].rank, row.request.model.name) for row in board.ranking(view)]
