"""What racing processes do. Apart from the tests, so that a new process imports little."""

from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

from leaderboard.store import ConflictError, FolderStore, Store

COUNTER = "counter.txt"


def open_folder(folder: Path) -> Store:
    """Open a folder store; a factory that another process can be given."""
    return FolderStore(folder)


def count_up(factory: Callable[[Path], Store], folder: Path, start: Barrier, times: int) -> None:
    """Add one to the counter `times` times, each by compare-and-swap, beginning with all the others."""
    store = factory(folder)
    start.wait(timeout=30)
    for _ in range(times):
        add_one(store)


def add_one(store: Store) -> None:
    """Add one to the counter, however often somebody else is first."""
    while True:
        snapshot = store.snapshot()
        number = int(snapshot.files.get(COUNTER, b"0")) + 1
        try:
            store.commit({COUNTER: str(number).encode()}, message="count", parent=snapshot.version)
        except ConflictError:
            continue
        return
