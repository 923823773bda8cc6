"""The items of embedded tasks: JSON Lines files beside the suite."""

import json
from pathlib import Path
from typing import Any

from leaderboard.records import canonical_json, sha256_hex
from leaderboard.suite.item_forms import BOOKKEEPING
from leaderboard.suite.strict_yaml import SuiteError, read_text

Row = dict[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a JSON Lines file.

    Raises:
        SuiteError: the file is missing, or a line is not a JSON object.
    """
    rows = []
    # Not splitlines: JSON allows within a string what Unicode calls a line break.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise SuiteError(path, number, f"this is not JSON ({error.msg}).") from error
        if not isinstance(row, dict):
            raise SuiteError(path, number, "an item must be a JSON object.")
        if row.get("options") == []:
            raise SuiteError(path, number, "the item has no options. Write at least two.")
        rows.append(row)
    return rows


def item_id(row: Row) -> str:
    """Return the item's own id, or else a hash of its row: stable as long as the row is."""
    own = row.get("id")
    return own if isinstance(own, str) and own else sha256_hex(canonical_json(row))[:16]


def scored_part(row: Row) -> Row:
    """Return the row without what no prompt and no score depends on."""
    return {key: value for key, value in row.items() if key not in BOOKKEEPING}


def analytic_chance(rows: list[Row]) -> float | None:
    """Return the accuracy of uniform guessing, the mean of 1/options; None where items have no options."""
    counts = [len(row["options"]) for row in rows if isinstance(row.get("options"), list)]
    if len(counts) != len(rows) or not counts:
        return None
    return sum(1 / count for count in counts) / len(counts)
