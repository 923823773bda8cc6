"""What racing processes do. Apart from the tests, so that a new process imports little."""

from multiprocessing.synchronize import Barrier

from leaderboard.store import ConflictError, Store
from tests.store.places import Place

COUNTER = "counter.txt"


def count_up(place: Place, start: Barrier, times: int) -> None:
    """Add one to the counter `times` times, each by compare-and-swap, beginning with all the others."""
    store = place.open()
    start.wait(timeout=60)
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
