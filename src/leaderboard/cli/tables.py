"""Plain tables for the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from leaderboard.board import Row
from leaderboard.suite import Suite


def queue_table(rows: Iterable[dict[str, Any]]) -> str:
    """Return the queue as aligned columns."""
    header = ("id", "model", "precision", "status", "attempt", "cause")
    return aligned(header, [tuple(str(row[key] or "") for key in header) for row in rows])


def board_table(rows: Iterable[Row], suite: Suite) -> str:
    """Return the ranking as aligned columns, scores in points of 100 above chance."""
    header = ("rank", "model", "precision", "average", *map(str, suite.languages))
    lines = [
        (
            _rank(row),
            row.request.model.name,
            row.request.precision_label,
            _points(row.average),
            *(_points(row.languages[language]) for language in suite.languages),
        )
        for row in rows
    ]
    return aligned(header, lines)


def _rank(row: Row) -> str:
    if row.is_baseline:
        return "baseline"
    return str(row.rank) if row.rank else f"{len(row.cells)}/{row.tasks_in_suite}"


def _points(score: float | None) -> str:
    return "" if score is None else f"{100 * score:.1f}"


def aligned(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table as lines of text, columns as wide as they need."""
    table = [header, *lines]
    widths = [max(len(line[column]) for line in table) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )
