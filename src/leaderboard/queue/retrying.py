"""Which failures can pass by themselves, how often a request is tried again for them, and after how long."""

from datetime import datetime, timedelta

from leaderboard.records import Cause

MAX_ATTEMPTS = 3
"""A request that fails so often in a row waits for a person: something about it is wrong."""

_PASSING = frozenset({Cause.LOST_WORKER, Cause.ENGINE_ERROR, Cause.UNREACHABLE})
"""The others come back at every attempt: a gated model stays gated, what does not fit into memory never will."""

_FIRST_PAUSE = timedelta(minutes=5)
_LONGER_EACH_TIME = 4


def can_pass(cause: Cause) -> bool:
    """Tell whether another attempt may end otherwise with nothing changed."""
    return cause in _PASSING


def next_try(failures_in_a_row: int, now: datetime) -> datetime | None:
    """Return when to try again after so many failures; None when a person must decide."""
    if failures_in_a_row >= MAX_ATTEMPTS:
        return None
    longer: int = _LONGER_EACH_TIME ** (failures_in_a_row - 1)
    return now + _FIRST_PAUSE * longer
