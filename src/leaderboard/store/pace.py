"""How quickly a store on the Hub may be written, and how that slows down after the Hub asked for patience."""

import time
from collections.abc import Callable

SECONDS_BETWEEN_COMMITS = 72.0
"""Fifty commits an hour for all workers together: half of what the Hub lets an account do; the rest is for people who
submit, for claims that cannot wait and for commits that collide."""

_COMMITS_PER_TURN = 2
"""One of results, one of states."""

_MOST = 16.0
_LONGEST_SECONDS = 3600.0
"""Patience has an end: a lease is as long as some turns, and nobody should wait a day for a dead worker."""

_HALVED_EVERY_SECONDS = 600.0


class Pace:
    """The interval between commits that can wait: longer with every writer, and for a while after a refusal."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._slowdown = 1.0
        self._slowed_at = clock()

    def slow_down(self) -> None:
        """Note that the Hub asked for patience: twice as slow from now on, for a while."""
        self._slowdown = min(_MOST, 2 * self._present())
        self._slowed_at = self._clock()

    def commit_interval(self, writers: int) -> float:
        """Return the seconds that each of `writers` should let pass between two turns."""
        usual = writers * _COMMITS_PER_TURN * SECONDS_BETWEEN_COMMITS
        return max(usual, min(_LONGEST_SECONDS, usual * self._present()))

    def _present(self) -> float:
        halvings = (self._clock() - self._slowed_at) / _HALVED_EVERY_SECONDS
        return float(max(1.0, self._slowdown * 0.5**halvings))
