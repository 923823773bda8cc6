"""What became of the files that were handed over: one line for each, and nothing lost between them."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    HISTORY = "history"
    """Kept, but never ranked."""
    KNOWN = "known"
    """Here already."""
    NOTHING_TO_DO = "nothing to do"
    NOT_TAKEN = "not taken"


class Kind(StrEnum):
    """What a file is for."""

    REQUEST = "request"
    RESULT = "result"
    SAMPLES = "samples"
    """The items of one task of a result."""


@dataclass(frozen=True)
class FileReport:
    """What became of one file, and why."""

    kind: Kind
    path: str
    outcome: Outcome
    reason: str
    id: str | None = None
    """Of the request or of the imported evaluation."""


@dataclass(frozen=True)
class ImportReport:
    """What became of every file, requests first, by path; and how many files are no JSON and were not looked at."""

    files: tuple[FileReport, ...]
    others: int

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many files came to each outcome."""
        counted = Counter(one.outcome for one in self.files)
        return {outcome: counted[outcome] for outcome in Outcome}
