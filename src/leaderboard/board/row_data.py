"""A row as plain data, for machine-readable output. Scores are fractions of 1."""

from typing import Any

from leaderboard.board.cells import Cell
from leaderboard.board.intervals import interval_as_data
from leaderboard.board.rows import Board, Mean, Row, Standing
from leaderboard.board.varieties import CountryScore
from leaderboard.board.views import View


def row_as_data(row: Row, board: Board, view: View | None) -> dict[str, Any]:
    """Return a row of a board; `view` is the one whose rank and score stand foremost."""
    request, rule = row.request, board.rule
    standing = row.standings.get(view) if view else None
    return {
        "rule": rule.label,
        "view": str(view) if view else None,
        "rank": standing.rank if standing else None,
        "ranks": list(standing.ranks) if standing and standing.ranks else None,
        "model": request.model.name,
        "source": str(request.model.source),
        "revision": request.model.revision,
        "precision": request.precision_label,
        "chat_template": str(request.chat_template),
        "thinking": request.thinking,
        "type": str(request.facts.type),
        "baseline": row.is_baseline,
        "parameters": request.facts.parameters,
        "licence": request.facts.licence,
        "weights_sha256": request.facts.weights_sha256,
        "provenance": request.facts.provenance.model_dump(mode="json") if request.facts.provenance else None,
        "stands_for_model": row.stands_for_model,
        "complete": row.is_complete,
        "provisional": row.is_provisional,
        "average": row.score(view) if view else None,
        "languages": {str(one): row.score(one) for one in row.standings if one is not View.ALL},
        "views": {str(one): _standing_as_data(standing) for one, standing in row.standings.items()},
        "areas": {f"{language}/{area}": _mean_as_data(mean) for (language, area), mean in row.areas.items()},
        "tasks": {task: _cell_as_data(cell) | _part_in_means(task, board) for task, cell in row.cells.items()},
        "countries": [_country_as_data(score) for score in row.countries],
        "failures": {failed.task: str(failed.failure.cause) for failed in row.failures},
        "request": request.id,
        "evaluated_at": row.evaluated_at.isoformat(),
    }


def _standing_as_data(standing: Standing) -> dict[str, Any]:
    return {
        **(_mean_as_data(standing.mean) if standing.mean else {"score": None, "stderr": None, "interval": None}),
        "rank": standing.rank,
        "ranks": list(standing.ranks) if standing.ranks else None,
        "may_be_best": standing.may_be_best,
        "done": standing.done,
        "of": standing.of,
    }


def _mean_as_data(mean: Mean) -> dict[str, Any]:
    return {"score": mean.score, "stderr": mean.stderr, "interval": interval_as_data(mean.interval)}


def _part_in_means(task: str, board: Board) -> dict[str, Any]:
    """Return how much a task weighs in each view, and why it is left out, where it is."""
    excluded = board.rule.excluded.get(task)
    return {
        "shares": {str(view): shares[task] for view, shares in board.means.views.items() if task in shares},
        "excluded": excluded is not None,
        "excluded_reason": str(excluded.reason) if excluded else None,
        "excluded_detail": excluded.detail if excluded else None,
    }


def _cell_as_data(cell: Cell) -> dict[str, Any]:
    return {
        "raw": cell.raw,
        "normalised": cell.normalised,
        "distance": cell.distance,
        "chance": cell.chance,
        "stderr": cell.stderr,
        "interval": interval_as_data(cell.interval),
        "normalised_interval": interval_as_data(cell.normalised_interval),
        "items": cell.items,
        "engine": cell.engine,
        "draft": cell.is_draft,
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
        "interval": interval_as_data(score.interval),
        "draft": score.is_draft,
    }
