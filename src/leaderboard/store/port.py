"""The store port: a versioned tree of files with compare-and-swap."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NewType, Protocol

from leaderboard.records import LeaderboardError

Version = NewType("Version", str)

_MAX_PATH = 512
_MAX_NAME = 200
_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


class StoreError(LeaderboardError):
    """A store cannot be read or written."""


class ConflictError(StoreError):
    """The commit's parent is no longer the head: nothing was written; plan anew on a fresh snapshot."""


@dataclass(frozen=True)
class Snapshot:
    """The files of one version, by path with forward slashes."""

    version: Version
    files: Mapping[str, bytes]


class StoreUnavailableError(StoreError):
    """The store did not answer, or asked for patience: nothing is wrong with the request; try again later.

    A commit that raises this may have landed. Whoever tries it again with the same parent cannot do it twice.
    """

    def __init__(self, message: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds
        """How long the store asked to be left alone; None where it said nothing."""


class Store(Protocol):
    """A versioned tree of files. Implemented by `folder` and `hub`; the same contract tests run over both."""

    def head(self) -> Version:
        """Return the current version; it changes with every commit and with every change made by hand."""
        ...

    def snapshot(self, *prefixes: str) -> Snapshot:
        """Return the files whose path starts with one of `prefixes` (all files where none is given), of one version.

        Unchanged files are not fetched again.

        Raises:
            StoreError: the store cannot be read.
        """
        ...

    def commit(self, changes: Mapping[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        """Write or (None) delete files, all or nothing, and return the new version.

        Raises:
            ConflictError: `parent` is given and is not the head any more.
            StoreError: a path is not acceptable, or the store cannot be written.
        """
        ...

    def shorten_history(self, longest: int) -> bool:
        """Forget all versions but the newest, where the store keeps them and there are more than `longest`.

        Returns whether it did. What the newest holds stays; a commit planned on it is planned anew.

        Raises:
            StoreError: the store cannot be read or written.
        """
        ...

    def commit_interval(self, writers: int) -> float:
        """Return how many seconds each of `writers` should let pass between commits that can wait.

        All writers together then stay within what the store allows.
        """
        ...


def check_path(path: str) -> str:
    """Return `path` if it is a plain relative path that cannot leave the store.

    Raises:
        StoreError: it is absolute, climbs, is hidden or holds an unusual character.
    """
    segments = path.split("/")
    too_long = len(path) > _MAX_PATH or max(map(len, segments)) > _MAX_NAME
    if too_long or not all(_SEGMENT.fullmatch(segment) for segment in segments):
        message = f"{path[:100]!r} is not a path a store can hold"
        raise StoreError(message)
    return path
