"""The faults that the real Hub has, as switches: each is played on calls of some kinds, a number of times."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from tests.hub_server.calls import READS, Kind, RefusedError


class Fault(Enum):
    """What can go wrong."""

    REPOSITORY_LOCKED = "409, for another commit is being made; nothing is written"
    PARENT_REFUSED = "412 without a cause; nothing is written"
    RATE_LIMITED = "429 with headers that say when to come back; nothing is written"
    RATE_LIMITED_SILENTLY = "429 without those headers; nothing is written"
    FAILED_BEFORE = "500 before anything was written"
    FAILED_AFTER = "500 after the commit landed"
    CUT_BEFORE = "the connection ends before anything was written"
    CUT_AFTER = "the connection ends after the commit landed"
    NO_ANSWER = "the connection is held for some seconds, and then ends; nothing is written"
    SLOW_WORK = "the work begins after some seconds, even if the client is gone by then"
    SLOW_ANSWER = "the work is done at once, the answer comes some seconds later"
    STALE_HEAD = "a branch is read as it was one commit ago"
    RANGE_IGNORED = "the whole file is sent where a part of it was asked for"
    ENDLESS = "an answer of no known length begins, and drips, a byte every so many seconds, without ever ending"


DELAYS = frozenset({Fault.SLOW_WORK, Fault.SLOW_ANSWER})
AFTER_THE_WORK = frozenset({Fault.FAILED_AFTER, Fault.CUT_AFTER})
_OF_FILES = frozenset({Fault.RANGE_IGNORED, Fault.ENDLESS})
_OUTCOMES = frozenset(Fault) - DELAYS - _OF_FILES - {Fault.STALE_HEAD}
_TAKE_TIME = DELAYS | {Fault.NO_ANSWER, Fault.ENDLESS}
_OF_COMMITS = frozenset({Fault.REPOSITORY_LOCKED, Fault.PARENT_REFUSED})
_USUAL_KINDS = {
    Fault.STALE_HEAD: frozenset({Kind.INFO}),
    Fault.NO_ANSWER: READS,
    Fault.RANGE_IGNORED: frozenset({Kind.STORAGE}),
    Fault.ENDLESS: frozenset({Kind.RESOLVE, Kind.STORAGE}),
}
_ONLY_COMMITS = frozenset({Kind.COMMIT})


@dataclass
class Play:
    """One fault that is being played; `played` says how often it was."""

    fault: Fault
    on: frozenset[Kind]
    dataset: str | None
    seconds: float
    left: int | None
    """How many calls it still meets; None for every one until it is stopped."""
    skip: int
    """How many calls of its kind pass first."""
    played: int = 0

    def stop(self) -> None:
        """Play it no more."""
        self.left = 0

    def meets(self, kind: Kind, dataset: str | None) -> bool:
        """Tell whether it is for this call."""
        return self.left != 0 and kind in self.on and self.dataset in {None, dataset}


@dataclass
class Faults:
    """The faults that are being played. Of several refusals for one call the first is played, the rest wait."""

    _plays: list[Play] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(
        self,
        fault: Fault,
        *,
        times: int | None = 1,
        on: Kind | Iterable[Kind] | None = None,
        dataset: str | None = None,
        seconds: float = 0.0,
        skip: int = 0,
    ) -> Play:
        """Play a fault on the next calls of these kinds, if need be of one dataset.

        Without kinds it meets commits; STALE_HEAD meets the description of a dataset, NO_ANSWER all reads, ENDLESS what
        is downloaded, and RANGE_IGNORED what is downloaded of large files. The seconds are how long a slow one waits,
        or when a rate-limited client may come back.
        """
        usual = _USUAL_KINDS.get(fault, _ONLY_COMMITS)
        kinds = usual if on is None else frozenset({on} if isinstance(on, Kind) else on)
        if fault in _OF_COMMITS and kinds != _ONLY_COMMITS:
            message = f"{fault.name} is what only commits meet"
            raise ValueError(message)
        if fault in _TAKE_TIME and not seconds:
            message = f"how many seconds {fault.name} takes is to be said"
            raise ValueError(message)
        play = Play(fault, kinds, dataset, seconds, times, skip)
        with self._lock:
            self._plays.append(play)
        return play

    def stop(self) -> None:
        """Play none any more."""
        with self._lock:
            self._plays.clear()

    def take(self, faults: Iterable[Fault], kind: Kind, dataset: str | None) -> Play | None:
        """Return the first of these faults that is for this call, which counts as played."""
        with self._lock:
            for play in self._plays:
                if play.fault in faults and play.meets(kind, dataset):
                    if play.skip:
                        play.skip -= 1
                        continue
                    play.played += 1
                    play.left = None if play.left is None else play.left - 1
                    return play
        return None

    def take_outcome(self, kind: Kind, dataset: str | None) -> Play | None:
        """Return what this call comes to, if not to what it asked for."""
        return self.take(_OUTCOMES, kind, dataset)

    def take_stale_head(self, kind: Kind, dataset: str | None) -> bool:
        """Tell whether this read sees a branch as it was."""
        return self.take({Fault.STALE_HEAD}, kind, dataset) is not None

    def give_back(self, play: Play) -> None:
        """Play once more what a call did not come to, because it was refused for a reason of its own."""
        with self._lock:
            play.played -= 1
            play.left = None if play.left is None else play.left + 1


def refusal(play: Play) -> RefusedError | None:
    """Return the answer that a fault stands for, or None if it leaves without one."""
    match play.fault:
        case Fault.REPOSITORY_LOCKED:
            text = "Another commit operation is in progress for this repository. Please try again later."
            return RefusedError(409, text)
        case Fault.PARENT_REFUSED:
            return parent_refused()
        case Fault.RATE_LIMITED:
            return rate_limited(seconds=play.seconds, quota=1000, window=300)
        case Fault.RATE_LIMITED_SILENTLY:
            return RefusedError(429, "Too Many Requests")
        case Fault.FAILED_BEFORE | Fault.FAILED_AFTER:
            return RefusedError(500, "Internal Error - We're working hard to fix this as soon as possible!")
    return None


def parent_refused() -> RefusedError:
    """Return what a commit is told whose parent is not the head."""
    return RefusedError(412, "The branch was updated since you opened this page. Please refresh and try again.")


def rate_limited(*, seconds: float, quota: int, window: int, resource: str = "api") -> RefusedError:
    """Return what a client is told that asked too often."""
    text = f"Too many requests ({quota} per {window} seconds). You can retry this action in {seconds:.0f} seconds."
    return RefusedError(429, text, headers=rate_headers(resource, 0, seconds, quota, window))


def rate_headers(resource: str, remaining: int, seconds: float, quota: int, window: int) -> dict[str, str]:
    """Return the two headers that say how many calls are left, and when there will be more."""
    return {
        "RateLimit": f'"{resource}";r={remaining};t={int(-(-seconds // 1))}',
        "RateLimit-Policy": f'"fixed window";"{resource}";q={quota};w={window}',
    }
