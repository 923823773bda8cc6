"""This machine: a child process in a clean environment, watched and confined."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.confinement import child_environment
from leaderboard.evaluation.job import Event
from leaderboard.evaluation.process import CHILD_COMMAND, ChildLimits, ChildProcess, cause_of_end
from leaderboard.evaluation.run import Run
from leaderboard.queue import QueueEntry
from leaderboard.records import Failure

_SETTLE_SECONDS = 10.0


@dataclass(frozen=True)
class Here:
    """Evaluates on this machine."""

    work_dir: Path
    time_limit_seconds: float
    memory_limit_bytes: int | None = None
    read_token: str | None = field(default=None, repr=False)
    child_command: Sequence[str] = CHILD_COMMAND

    def may_begin(self, _entry: QueueEntry) -> bool:
        """Return True: what a machine has no room for, its child finds out."""
        return True

    def begin(self, run: Run) -> "EvaluationHere":
        """Start the child."""
        run.write_job()
        home, hub_cache = run.folder.resolve() / "home", self.work_dir.resolve() / "hub"
        hub_cache.mkdir(parents=True, exist_ok=True)  # the child may write into it, and could not make it
        environment = child_environment(
            os.environ, home, hub_cache, offline=run.job.needs_no_hub, read_token=self.read_token
        )
        limits = ChildLimits(memory_bytes=self.memory_limit_bytes)
        return EvaluationHere(ChildProcess(run.folder, environment, self.child_command, limits))

    def seconds_allowed(self) -> float:
        """Return the time limit: it waits for nothing."""
        return self.time_limit_seconds


@dataclass(frozen=True)
class EvaluationHere:
    """A run in a child process, which never outlives its worker."""

    child: ChildProcess

    @property
    def excess(self) -> Failure | None:
        """Which limit the child was seen to pass, if any."""
        return self.child.excess

    @property
    def silent(self) -> bool:
        """Whether the child has said its last."""
        return self.child.silent

    def next_event(self, timeout_seconds: float) -> Event | None:
        """Return the next event, or None when the time is up."""
        return self.child.next_event(timeout_seconds)

    def end(self, *, called_off: bool) -> None:
        """End the child with all it started; one that has said its last may end by itself."""
        try:
            if self.child.silent and not called_off:
                self.child.settle(_SETTLE_SECONDS)
        finally:
            self.child.kill()

    def why_it_ended(self) -> Failure:
        """Say which limit it passed, or what its exit status and its log tell."""
        return self.child.excess or cause_of_end(self.child)
