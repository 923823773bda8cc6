"""A clock for threads that sleep and are woken in the order of their alarms: hours pass in seconds.

One thread runs at a time; all others sleep on the clock. So what they do is interleaved as the clock says and repeats.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


class OverError(Exception):
    """The simulated time is up."""


class VirtualClock:
    """Virtual seconds since the beginning, and threads that sleep on them."""

    def __init__(self, until_seconds: float) -> None:
        self.seconds = 0.0
        self._until = until_seconds
        self._alarms: list[tuple[float, int, threading.Event]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._idle = threading.Event()
        self._stumbled: list[BaseException] = []

    def now(self) -> datetime:
        """Return the virtual moment."""
        return _BEGINNING + timedelta(seconds=self.seconds)

    def timestamp(self) -> float:
        """Return the virtual moment as seconds since 1970."""
        return self.now().timestamp()

    def sleep(self, seconds: float) -> None:
        """Let others run until so much virtual time has passed; raises OverError when the time is up."""
        alarm = threading.Event()
        with self._lock:
            heapq.heappush(self._alarms, (self.seconds + max(seconds, 0.001), next(self._numbers), alarm))
        self._idle.set()
        alarm.wait()
        if self.seconds >= self._until:
            raise OverError

    def run(self, acts: list[Callable[[], None]]) -> None:
        """Run threads until each has ended or the time is up; raise what one of them stumbled over."""
        left = [len(acts)]

        def in_turn(act: Callable[[], None]) -> None:
            try:
                self.sleep(0)
                act()
            except OverError:
                pass
            except BaseException as error:  # noqa: BLE001 - told at the end: what stumbles must not flatter the figures
                self._stumbled.append(error)
            finally:
                left[0] -= 1
                self._idle.set()

        threads = [threading.Thread(target=in_turn, args=(act,), daemon=True) for act in acts]
        for thread in threads:
            thread.start()
        while len(self._alarms) < len(acts):
            threading.Event().wait(0.01)
        self._idle.set()
        while left[0]:
            self._idle.wait()
            if not left[0]:
                break
            with self._lock:
                when, _, alarm = heapq.heappop(self._alarms)
            self.seconds = max(self.seconds, when)
            self._idle.clear()
            alarm.set()
        for thread in threads:
            thread.join()
        for error in self._stumbled:
            raise error
