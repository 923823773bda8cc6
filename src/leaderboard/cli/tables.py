"""Plain tables for the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from leaderboard.board import Row
from leaderboard.suite import Suite

_NORMAL_95 = 1.96
"""Standard errors on either side of a mean that hold 95 % where items are many; under a hundred it is too few."""


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


def country_table(rows: Iterable[Row]) -> str:
    """Return what each model scores by country and construct, in points of 100 above chance, with 95 % either side."""
    header = ("model", "country", "construct", "items", "score", "±", "draft")
    lines = [
        (
            row.request.model.name,
            score.country,
            str(score.construct),
            str(score.items),
            _points(score.normalised),
            _points(None if score.stderr is None else _NORMAL_95 * score.stderr / (1 - score.chance)),
            "draft" if score.is_draft else "",
        )
        for row in rows
        for score in row.countries
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
