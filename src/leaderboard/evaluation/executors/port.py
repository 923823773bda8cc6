"""What a worker asks of whatever computes: to begin a run, to say what happens, and to end."""

from typing import Protocol

from leaderboard.evaluation.job import Event
from leaderboard.evaluation.run import Run
from leaderboard.queue import QueueEntry
from leaderboard.records import Cause, Failure, LeaderboardError


class CannotBeginError(LeaderboardError):
    """An evaluation cannot be begun; whether it can later, its cause says."""

    def __init__(self, message: str, cause: Cause) -> None:
        super().__init__(message)
        self.cause = cause


class Evaluation(Protocol):
    """One run while it computes, wherever that is."""

    @property
    def excess(self) -> Failure | None:
        """Which limit it was seen to pass, if any: it is to be ended."""
        ...

    @property
    def silent(self) -> bool:
        """Whether it has ended and everything it said was heard."""
        ...

    def next_event(self, timeout_seconds: float) -> Event | None:
        """Return the next event, or None when the time is up. The results it names lie in the run's folder by then."""
        ...

    def end(self, *, called_off: bool) -> None:
        """Let go of it. `called_off`: nobody wants it any more; else this worker stops, and another may go on."""
        ...

    def why_it_ended(self) -> Failure:
        """Say why it ended before its tasks did."""
        ...


class Executor(Protocol):
    """Begins evaluations."""

    def may_begin(self, entry: QueueEntry) -> bool:
        """Tell whether a request could be evaluated there now."""
        ...

    def begin(self, run: Run) -> Evaluation:
        """Begin a run whose folder is not yet made; or go on with what an earlier worker began of the same request.

        Raises:
            CannotBeginError: it cannot be begun.
        """
        ...

    def seconds_allowed(self) -> float:
        """Return how long a run may take, with what it has to wait for."""
        ...
