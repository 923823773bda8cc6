"""Reviewing the suite's own items: which wait for whom, and signing or correcting one in its file."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from leaderboard.records import LeaderboardError, canonical_json
from leaderboard.records.base import first_reason
from leaderboard.suite.item_forms import FORMS, ItemStatus
from leaderboard.suite.items import Row, read_rows, scored_part
from leaderboard.suite.registry import Suite, Task
from leaderboard.suite.rows import OwnRows


class ReviewError(LeaderboardError):
    """The item cannot be signed or corrected like that; nothing was written."""


@dataclass(frozen=True)
class ReviewItem:
    """One item, with the task whose file it stands in."""

    task: Task
    file: Path
    """Where it stands."""
    row: Row

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.row["id"])

    @property
    def place(self) -> str:
        """Whose item it is: a country (`MX`), a region of one (`ES-canarias`), or a language (`ca`)."""
        country, region = self.row.get("country"), self.row.get("region")
        if self.task.declaration.language != "es" or not country:
            return str(self.task.declaration.language)
        return f"{country}-{region}" if region else str(country)

    @property
    def is_draft(self) -> bool:
        """Whether nobody has signed it yet."""
        return bool(self.row.get("status") != ItemStatus.REVIEWED)


def reviewable_items(suite: Suite) -> list[ReviewItem]:
    """Return every item of the suite's own, in the order of tasks and files."""
    own = (
        (task, task.rows.test) for task in suite.tasks if task.declaration.item_form and isinstance(task.rows, OwnRows)
    )
    return [ReviewItem(task, file, row) for task, file in own for row in read_rows(file)]


def places(items: list[ReviewItem]) -> list[str]:
    """Return the countries, regions and languages that have items, countries first."""
    return sorted({item.place for item in items}, key=lambda place: (place.islower(), place))


def sign(item: ReviewItem, reviewer: str) -> None:
    """Write that `reviewer`, a native speaker, stands for the item as it is.

    Raises:
        ReviewError: there is no name, or the item changed since it was shown.
    """
    name = " ".join(reviewer.split())
    if not name:
        message = "A signature needs a name."
        raise ReviewError(message)
    _rewrite(item, {"status": str(ItemStatus.REVIEWED), "reviewer": name})


def correct(item: ReviewItem, key: str, value: str) -> None:
    """Replace one text of the item; it becomes a draft again, for somebody to sign as it now is.

    `key` is a key of the item that holds a text, or `options.N` for the option with index N.

    Raises:
        ReviewError: there is no such text, the item would lose its form, or it changed since it was shown.
    """
    name, _, index = key.partition(".")
    changed: object = value
    if index:
        options = list(item.row.get(name) or [])
        if not index.isdigit() or int(index) >= len(options):
            message = f"{item.id} has no {key}."
            raise ReviewError(message)
        options[int(index)] = value
        changed = options
    elif not isinstance(item.row.get(name), str) or name in {"id", "status", "canary"}:
        message = f"{item.id} has no text {key} that can be corrected."
        raise ReviewError(message)
    _rewrite(item, {name: changed, "status": str(ItemStatus.DRAFT), "reviewer": None})


def _rewrite(item: ReviewItem, changes: Row) -> None:
    """Change one line of the item's file, whole or not at all; others may be reviewing beside us."""
    form = item.task.declaration.item_form
    new = {**item.row, **changes}
    assert form is not None  # noqa: S101 - only the suite's own items are reviewable
    try:
        FORMS[form].model_validate_json(canonical_json(new))
    except ValidationError as error:
        message = f"{item.id} would not be an item any more: {first_reason(error)}."
        raise ReviewError(message) from error
    path = item.file
    # The folder is locked, for a lock on the file that is about to be replaced would guard nothing.
    lock = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = read_rows(path)
        if item.row not in rows:
            message = f"{item.id} was changed by somebody else meanwhile. Look at it again."
            raise ReviewError(message)
        write_rows(path, [new if row == item.row else row for row in rows])
    finally:
        os.close(lock)


def keep_signatures(rows: list[Row], before: list[Row]) -> list[Row]:
    """Return the rows with the signatures that the same items had before; a changed item is a draft again."""
    signed = {str(row["id"]): row for row in before if row.get("status") == ItemStatus.REVIEWED}
    return [
        {**row, "status": old["status"], "reviewer": old["reviewer"]}
        if (old := signed.get(str(row["id"]))) and scored_part(old) == scored_part(row)
        else row
        for row in rows
    ]


def write_rows(path: Path, rows: list[Row]) -> None:
    """Write a JSON Lines file in one rename."""
    new = path.with_name(path.name + ".new")
    new.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    os.replace(new, path)
