"""The ranking as CSV that is safe to open: a spreadsheet takes a text that begins with certain signs for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from leaderboard.board import Row
from leaderboard.records import visible
from leaderboard.suite import Suite

_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")  # noqa: RUF001 - meant
_AFTER_A_SEPARATOR = re.compile(rf"(?<=[;,\t\r\n])(?=[\s\"]*[{re.escape(''.join(_BEGINS_A_FORMULA).strip())}])")
"""Where a spreadsheet that separates by semicolons, as those in Spanish do, or by tabs would see a cell begin; so would
one that separates by commas and knows no quotes."""


def board_as_csv(rows: Iterable[Row], suite: Suite) -> str:
    """Return the ranking, every figure a fraction of 1; an empty cell was not measured.

    A score is the share won above chance; beside it stand the raw figure, the chance that it was made of, and the
    engine that computed it.
    """
    header = (
        "rank", "model", "revision", "precision", "chat_template", "parameters", "licence", "average",
        *(f"score_{language}" for language in suite.languages),
        *(f"{task.id}_{figure}" for task in suite.tasks for figure in ("score", "raw", "chance", "engine")),
    )  # fmt: skip
    return as_csv([header, *(_line(row, suite) for row in rows)])


def as_csv(lines: Iterable[Sequence[str | int | float | None]]) -> str:
    """Return lines as CSV; texts are made safe, numbers stay numbers."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    for line in lines:
        writer.writerow([safe_text(cell) if isinstance(cell, str) else cell for cell in line])
    return out.getvalue()


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: an apostrophe goes before whatever could begin one.

    Source: OWASP, “CSV Injection”.
    """
    shown = visible(text, keep="\t\r\n")
    shown = _AFTER_A_SEPARATOR.sub("'", shown)
    return f"'{shown}" if shown.lstrip(" ").startswith(_BEGINS_A_FORMULA) else shown


def _line(row: Row, suite: Suite) -> list[str | int | float | None]:
    request = row.request
    cells = (row.cells.get(task.id) for task in suite.tasks)
    figures = (
        (cell.normalised, cell.raw, cell.chance, cell.engine) if cell else (None, None, None, None) for cell in cells
    )
    return [
        row.rank,
        request.model.name,
        request.model.revision,
        request.precision_label,
        str(request.chat_template),
        request.facts.parameters,
        request.facts.licence,
        row.average,
        *(row.languages.get(language) for language in suite.languages),
        *(figure for of_task in figures for figure in of_task),
    ]
