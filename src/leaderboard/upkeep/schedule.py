"""Upkeep in a process that lives: a round every quarter of an hour, beside whatever else the process does."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Protocol

from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard.installation import Installation
from leaderboard.records import utc_now
from leaderboard.upkeep.rounds import do_what_is_due

logger = logging.getLogger(__name__)

ROUND = timedelta(minutes=15)
_FIRST = timedelta(minutes=1)
"""A process that has just started has more urgent things to do."""


class Schedule(Protocol):
    """What a process that lives does again and again."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End."""
        ...


class UpkeepSchedule:
    """Makes a round now and then."""

    def __init__(self, house: Installation, *, first: timedelta = _FIRST, every: timedelta = ROUND) -> None:
        self._house = house
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_job(
            self._round,
            "interval",
            seconds=every.total_seconds(),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC) + first,
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def stop(self) -> None:
        """End after the round in hand."""
        self._scheduler.shutdown(wait=True)

    def _round(self) -> None:
        do_what_is_due(self._house, utc_now())
