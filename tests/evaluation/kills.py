"""Workers that are killed at a chosen boundary: before or after a call to a store, or the keeping of a result.

The boundaries of a whole evaluation are numbered in the order in which they are met. A process forks for each kill, so
that nothing has to be imported again.
"""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

import httpx

from leaderboard.evaluation.kept_results import KeptResults
from leaderboard.records import EvalRequest, Status, utc_now
from leaderboard.store import FolderStore
from tests.evaluation.stage import Stage, a_request

LATER = timedelta(days=1)
"""Any lease has run out by then."""

_A_MOMENT_SECONDS = 5.0

_SURVIVED_IN_A_ROW = 4
"""One evaluation may have a turn less than another: only several without a kill show that no boundary is left."""


_KINDS_OF_CALLS = ("refs", "tree", "resolve", "preupload", "commits", "commit")


class Fuse:
    """Counts boundaries and kills this process at one of them."""

    def __init__(self, boundary: int, note: Path) -> None:
        self._left, self._note = boundary, note

    def pass_boundary(self, name: str) -> None:
        """Burn down by one."""
        self._left -= 1
        if self._left == 0:
            self._note.write_text(name)
            os.kill(os.getpid(), signal.SIGKILL)

    def guard(self, owner: type, method: str) -> None:
        """Put a boundary before and after a method."""
        function = getattr(owner, method)

        def guarded(self_: Any, *arguments: Any, **named: Any) -> Any:
            what = f"{owner.__name__}.{method}"
            if method == "send":  # an HTTP call: its kind says more
                request: httpx.Request = arguments[0]
                what = next((kind for kind in _KINDS_OF_CALLS if f"/{kind}/" in f"{request.url.path}/"), "another call")
            self.pass_boundary(f"before {what}")
            answer = function(self_, *arguments, **named)
            self.pass_boundary(f"after {what}")
            return answer

        setattr(owner, method, guarded)


def light_fuse(boundary: int, note: Path) -> None:
    """Guard everything a worker does to stores and to its own disk, in this process."""
    fuse = Fuse(boundary, note)
    for method in ("head", "snapshot", "commit"):
        fuse.guard(FolderStore, method)
    fuse.guard(httpx.Client, "send")
    fuse.guard(KeptResults, "keep")
    fuse.guard(KeptResults, "forget")


def in_a_fork(act: Callable[[], object]) -> bool:
    """Do something in a process of its own; tell whether it was killed."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0, "the worker failed"
    return os.WIFSIGNALED(status)


@dataclass(frozen=True)
class Outcome:
    """What became of a request whose first worker was killed at a boundary."""

    boundary: str
    status: str
    finished: int
    """How often it was finished: more than once would be an evaluation too many."""
    measured: tuple[str, ...]
    """The tasks whose measurement was begun, in order."""
    shown: tuple[int, ...]
    """How many tasks each run of it has on the board."""
    orphans: int


def kill_at_every_boundary(
    stage: Stage, same_machine: bool, outcomes: "SimpleQueue[Outcome | None]", series: str = "model"
) -> None:
    """Kill a worker at one boundary after the other, each with a request of its own, until there is none left."""
    boundary, survived = 1, 0
    while survived < _SURVIVED_IN_A_ROW:
        request = a_request(stage.folder, f"{series}-{boundary}")
        stage.open_queue().submit(request)
        name = kill_and_recover(stage, boundary, same_machine=same_machine)
        survived = 0 if name else survived + 1
        if name:
            outcomes.put(outcome_of(stage, request, name))
        boundary += 1
    outcomes.put(None)


def outcome_of(stage: Stage, request: EvalRequest, boundary: str) -> Outcome:
    """Look at a request after its worker was killed and another has worked."""
    state = stage.entry(request).state
    measured = [line.partition(" ") for line in stage.measured()]
    return Outcome(
        boundary=boundary,
        status=str(state.status),
        finished=sum(event.status is Status.FINISHED for event in state.history),
        measured=tuple(task for run, _, task in measured if run.startswith(request.id)),
        shown=tuple(tasks for shown, tasks in stage.shown() if shown == request.id),
        orphans=len(orphans(stage)),
    )


def kill_and_recover(stage: Stage, boundary: int, *, same_machine: bool) -> str | None:
    """Kill a worker at a boundary and let the next one finish; return the boundary's name, None where there is none."""
    note = stage.folder / "boundary.txt"

    def doomed() -> None:
        light_fuse(boundary, note)
        stage.worker("machine").work_off()

    killed = in_a_fork(doomed)
    wait_for_orphans(stage)
    recover(stage, same_machine=same_machine)
    return note.read_text() if killed else None


def recover(stage: Stage, *, same_machine: bool) -> None:
    """Let a worker finish what is left: a new process at the dead one's desk, or another machine after the lease."""
    if same_machine:
        in_a_fork(lambda: stage.worker("machine").work_off())
    else:
        in_a_fork(lambda: stage.worker("another", clock=lambda: later(LATER)).work_off())


def wait_for_orphans(stage: Stage) -> None:
    """Give the children of a killed worker a moment to end."""
    end = time.monotonic() + _A_MOMENT_SECONDS
    while orphans(stage) and time.monotonic() < end:
        time.sleep(0.01)


def later(by: timedelta) -> datetime:
    """Return a moment after now."""
    return utc_now().astimezone(UTC) + by


def orphans(stage: Stage) -> list[int]:
    """Return the children of this stage that still run."""
    mark = str(stage.folder / "script.json").encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if mark in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:  # it ended meanwhile
                continue
    return found
