"""How far an evaluation is and how long it will take, from the items answered so far."""

import time
from collections.abc import Callable, Mapping

from leaderboard.records import Progress

_MIN_SECONDS_FOR_A_SPEED = 2.0
_MIN_SHARE_FOR_A_SPEED = 0.05
"""The first batch carries the start of everything: a speed told from it would be several times too low."""

_ITEMS_OF_AN_UNKNOWN_TASK = 1000


class ProgressMeter:
    """Counts items over all tasks of a run."""

    def __init__(self, items: Mapping[str, int | None], clock: Callable[[], float] = time.monotonic) -> None:
        """`items` has the number of items of each task, None where only the data will tell."""
        self._items = {task: count or _ITEMS_OF_AN_UNKNOWN_TASK for task, count in items.items()}
        self._done = dict.fromkeys(items, 0)
        self._done_before = 0
        self._clock = clock
        self._task: str | None = None
        self._started: float | None = None

    def progress(self, task: str, items_done: int, items: int | None = None) -> None:
        """Note that `items_done` items of `task` are answered, of `items` where that is known by now."""
        if task not in self._items:
            return
        self._items[task] = items or self._items[task]
        if self._started is None:
            self._started = self._clock()
        self._task = task
        self._done[task] = max(self._done[task], min(items_done, self._items[task]))

    def finished(self, task: str) -> None:
        """Note that nothing more is to come of `task`."""
        self.progress(task, self._items.get(task, 0))

    def finished_before(self, task: str) -> None:
        """Note that an earlier run has done all of `task`, which tells nothing of this one's speed."""
        self._done[task] = self._items[task]
        self._done_before += self._items[task]

    def reading(self) -> Progress:
        """Return the present state as a record."""
        done, total = sum(self._done.values()), sum(self._items.values())
        return Progress(task=self._task, items_done=done, items_total=total, eta_seconds=self._eta(done, total))

    def in_words(self) -> str:
        """Return one line for the terminal."""
        reading = self.reading()
        if reading.task is None:
            return "loading the model"
        counts = f"{self._done[reading.task]}/{self._items[reading.task]}"
        overall = f"{reading.items_done}/{reading.items_total} items in all"
        eta = "" if reading.eta_seconds is None else f", about {reading.eta_seconds:.0f} s left"
        return f"{reading.task} {counts}, {overall}{eta}"

    def _eta(self, done: int, total: int) -> float | None:
        done_here, to_do_here = done - self._done_before, total - self._done_before
        if self._started is None or not done_here or done_here < _MIN_SHARE_FOR_A_SPEED * to_do_here:
            return None
        elapsed = self._clock() - self._started
        if elapsed < _MIN_SECONDS_FOR_A_SPEED:
            return None
        return round(elapsed / done_here * (total - done), 1)
