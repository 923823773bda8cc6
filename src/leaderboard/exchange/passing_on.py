"""What may leave this board for the collections of others, and under which name."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from leaderboard.board import Cell, Row, Rule
from leaderboard.records import ExclusionReason, LeaderboardError, ModelSource
from leaderboard.records.hub_names import is_commit, is_model_id
from leaderboard.suite import Suite, Task

SOURCE_NAME = "Ranking 600M"

_KEPT_BACK = frozenset({ExclusionReason.FAULTY, ExclusionReason.TAKEDOWN})
_NO_COMMIT = "0" * 40
_LONGEST_URL = 300
_TAKEN_BY_WINDOWS = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789")}
)
_TAKEN = frozenset({"data"})
"""What a folder of the collection may not be called."""


@dataclass(frozen=True)
class NotPassedOn:
    """A model that has no file in one of the formats, and why."""

    model: str
    format: str
    why: str


def model_id(row: Row) -> str | None:
    """Return a name of two parts that can be a path anywhere; None where the model has none.

    A folder of this machine belongs to nobody that others know: it goes under `local`.
    """
    model = row.request.model
    name = f"local/{model.name}" if model.source is ModelSource.LOCAL else model.name
    if model.source is ModelSource.BASELINE or not is_model_id(name):
        return None
    parts = name.lower().split("/")
    reserved = any(part in _TAKEN or part.partition(".")[0] in _TAKEN_BY_WINDOWS for part in parts)
    return None if reserved else name


def results_passed_on(row: Row, suite: Suite, rule: Rule) -> Iterator[tuple[Task, Cell]]:
    """Yield the tasks of a row that others may take over, in the order of the suite.

    Not those on whose scale neither more nor less is better, which no other format can say; nor those that a maintainer
    left out because they are wrong, or because the owner of the data asked for it.
    """
    for task in suite.tasks:
        cell, exclusion = row.cells.get(task.id), rule.excluded.get(task.id)
        if cell is not None and cell.target is None and not (exclusion and exclusion.reason in _KEPT_BACK):
            yield task, cell


def hub_dataset(task: Task, cell: Cell) -> str | None:
    """Return the id of the dataset that was measured, where it is one of the Hub at a known commit."""
    measured, declared = cell.result.dataset, task.declaration.dataset
    if declared is None or measured.id != declared.id:
        return None
    return measured.id if is_commit(measured.revision) and measured.revision != _NO_COMMIT else None


def checked_url(text: str) -> str:
    """Return an address that people may be sent to.

    Raises:
        LeaderboardError: it is none.
    """
    try:
        parts = urlsplit(text)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or not text.isprintable() or " " in text or len(text) > _LONGEST_URL:
        reason = f"The source's address {text[:80]!a} is no http(s) address. Give one, or leave it out."
        raise LeaderboardError(reason)
    return text
