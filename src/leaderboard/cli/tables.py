"""Plain tables for the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from leaderboard.board import Board, Interval, Row, Standing, View


def queue_table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the queue as aligned columns."""
    header = ("id", "model", "precision", "status", "attempt", "cause")
    return aligned(header, [tuple(str(row[key] or "") for key in header) for row in rows])


def board_table(board: Board, view: View | None = None) -> str:
    """Return the ranking as aligned columns: scores in points of 100 above chance, and the 95 % interval."""
    views = list(board.means.views)
    view = view or board.means.default_view
    others = [one for one in views if one is not view]
    header = ("rank", "ranks", "model", "precision", *([str(view), "95 %"] if view else []), *map(str, others))
    rows = board.ranking(view) if view else list(board.rows)
    return aligned(header, [_board_line(row, view, others) for row in rows])


def _board_line(row: Row, view: View | None, others: Sequence[View]) -> tuple[str, ...]:
    standing = row.standings.get(view) if view else None
    interval = standing.mean.interval if standing and standing.mean else None
    first = [_points(row.score(view)), _span(interval)] if view else []
    return (
        _rank(row, standing),
        "" if standing is None or standing.ranks is None else "-".join(map(str, sorted(set(standing.ranks)))),
        row.request.model.name,
        row.request.precision_label,
        *first,
        *(_points(row.score(one)) for one in others),
    )


def country_table(rows: Iterable[Row]) -> str:
    """Return what each model scores by country and construct, in points of 100 above chance, with its 95 % interval."""
    header = ("model", "country", "construct", "items", "score", "95 %", "draft")
    lines = [
        (
            row.request.model.name,
            score.country,
            str(score.construct),
            str(score.items),
            _points(score.normalised),
            _span(score.normalised_interval),
            "draft" if score.is_draft else "",
        )
        for row in rows
        for score in row.countries
    ]
    return aligned(header, lines)


def _rank(row: Row, standing: Standing | None) -> str:
    if row.is_baseline:
        return "baseline"
    if standing is None:
        return f"{len(row.cells)}/{row.tasks_in_suite}"
    return str(standing.rank) if standing.rank else f"{standing.done}/{standing.of}"


def _span(interval: Interval | None) -> str:
    return "" if interval is None else f"{_points(interval.low)} to {_points(interval.high)}"


def _points(score: float | None) -> str:
    return "" if score is None else f"{100 * score:.1f}"


def aligned(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table as lines of text, columns as wide as they need."""
    table = [header, *lines]
    widths = [max(len(line[column]) for line in table) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )
