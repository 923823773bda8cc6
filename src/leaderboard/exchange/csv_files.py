"""Tables as CSV that is safe to open: a spreadsheet takes a text that begins with certain signs for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from leaderboard.exchange.score_table import COLUMNS, ScoreRow
from leaderboard.records import visible

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant
_AFTER_A_SEPARATOR = re.compile(rf"(?<=[;,\t\r\n])(?=[\s\"]*[{re.escape(''.join(_BEGINS_A_FORMULA).strip())}])")
"""Where a spreadsheet that separates by semicolons, as those in Spanish do, or by tabs would see a cell begin; so would
one that separates by commas and knows no quotes."""


def scores_as_csv(rows: Iterable[ScoreRow]) -> str:
    """Return the table of scores; an empty cell is not known or not there, which is not 0."""
    lines = [[_cell(getattr(row, column)) for column in COLUMNS] for row in rows]
    return as_csv([COLUMNS, *lines])


def as_csv(lines: Iterable[Sequence[str | int | float | None]]) -> str:
    """Return lines as CSV; texts are made safe, numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    safe = cache(safe_text)  # the same names stand in thousands of lines
    for line in lines:
        writer.writerow([safe(cell) if isinstance(cell, str) else cell for cell in line])
    return out.getvalue()


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before whatever could begin one.

    Source: OWASP, “CSV Injection”.
    """
    shown = visible(text, keep="\t\r\n")
    shown = _AFTER_A_SEPARATOR.sub("'", shown)
    return f"'{shown}" if shown.lstrip(" ").startswith(_BEGINS_A_FORMULA) else shown


def _cell(value: object) -> str | int | float | None:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int | float) else str(value)
