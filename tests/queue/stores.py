"""What tests do to a store: watch its commits, or lose the answer to one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest import mock

from leaderboard.store import FolderStore, StoreError, Version


@contextmanager
def commits_of(store: FolderStore) -> Iterator[list[set[str]]]:
    """Note the paths of every commit that is made meanwhile."""
    commits: list[set[str]] = []
    commit = store.commit

    def noted(changes: Mapping[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        version = commit(changes, message=message, parent=parent)
        commits.append(set(changes))
        return version

    with mock.patch.object(store, "commit", noted):
        yield commits


@contextmanager
def answer_lost(store: FolderStore, error: StoreError) -> Iterator[None]:
    """Let the next commit land, and its author hear `error`; those after it are answered."""
    commit, lost = store.commit, []

    def landed(changes: Mapping[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        version = commit(changes, message=message, parent=parent)
        if not lost:
            lost.append(version)
            raise error
        return version

    with mock.patch.object(store, "commit", landed):
        yield
    assert lost, "nothing was committed"
