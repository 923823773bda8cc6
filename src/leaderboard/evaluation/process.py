"""The child process as its worker sees it: started in a clean environment, heard by the line, watched, killed whole."""

import logging
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from leaderboard.confinement.machine import default_memory_limit
from leaderboard.confinement.process_tree import ProcessTree
from leaderboard.evaluation.causes import kind_of_error
from leaderboard.evaluation.job import Event, parse_event
from leaderboard.evaluation.log_excerpt import excerpt
from leaderboard.records import Cause, Failure

logger = logging.getLogger(__name__)

_LOG_END_BYTES = 2**18
"""A crash in native code prints the frames of every thread; a line of a model's may be of any length."""

_LONGEST_LINE = 2**16
"""An event with the longest words it may hold is a third of that."""

_WAITING_EVENTS = 256
_LOOK_EVERY_SECONDS = 0.5
_MARK = "LEADERBOARD_JOB"
"""What a child and all it starts have in their environment: the folder of the job."""

CHILD_COMMAND = (sys.executable, "-m", "leaderboard.evaluation.child")
"""What evaluates, followed by the folder of its job."""


@dataclass(frozen=True)
class ChildLimits:
    """What a child, with all it started, may take of this machine."""

    memory_bytes: int | None = None
    """None: nine tenths of the machine's memory."""
    processes: int = 64
    """An evaluation is one process; its libraries start a few."""
    log_bytes: int = 100 * 10**6
    said_bytes: int = 4 * 2**20
    """What it may say to begin with, and then so many a second: two lines of progress are 200."""
    said_bytes_a_second: int = 4096


class ChildProcess:
    """One running child. Its events come one at a time; its log goes to a file beside the job."""

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        command: Sequence[str],
        limits: ChildLimits | None = None,
    ) -> None:
        self.excess: Failure | None = None
        """Which limit the child was seen to pass, if any: it is to be killed."""
        self.had_to_be_ended = False
        """Whether it was still running when it was killed from here."""
        self._limits = limits or ChildLimits()
        self._memory_limit = self._limits.memory_bytes or default_memory_limit()
        self._log = folder / "child.log"
        # Bounded: a child that says more than is listened to has to wait, and fills no memory of ours.
        self._events: queue.Queue[Event | None] = queue.Queue(_WAITING_EVENTS)
        self._heard_bytes = 0
        self._said_all = self._has_complained = False
        self._killed = threading.Event()
        self._started = self._looked = time.monotonic()
        mark = str(folder.resolve())
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [*command, mark],
                stdin=subprocess.PIPE,  # held open: the child ends when it closes
                stdout=subprocess.PIPE,
                stderr=log,
                env={**environment, _MARK: mark},
                cwd=folder,
                start_new_session=True,
            )
        self._tree = ProcessTree(self._process.pid, (_MARK, mark))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def next_event(self, timeout_seconds: float) -> Event | None:
        """Return the next event, or None when the time is up or the child has said its last.

        Looks after the child meanwhile: see `excess`.
        """
        self._look_after()
        try:
            event = self._events.get(timeout=timeout_seconds)
        except queue.Empty:
            return None
        self._said_all |= event is None
        return event

    @property
    def silent(self) -> bool:
        """Whether the child has ended and everything it said was heard."""
        return self._said_all

    def settle(self, timeout_seconds: float) -> None:
        """Let a child that has said its last end by itself, so that its exit status is its own."""
        end = time.monotonic() + timeout_seconds
        while self.excess is None and (left := end - time.monotonic()) > 0:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(min(left, _LOOK_EVERY_SECONDS))
                return
            self._look_after()

    def wait(self) -> int:
        """Return the exit status; negative for the signal that ended it."""
        return self._process.wait()

    def kill(self) -> None:
        """End the child and whatever it started, at once."""
        self.had_to_be_ended |= self._process.poll() is None
        self._killed.set()
        if not self._tree.kill():
            logger.error("processes that the evaluation in %s started could not be ended", self._log.parent.name)
        self._process.wait()

    def last_words(self) -> str:
        """Return the last line of the log that says something, for the cause of a crash."""
        lines = self._last_lines()
        return lines[-1].strip() if lines else ""

    def excerpt(self) -> tuple[str, ...]:
        """Return what of the end of the log may be shown to everybody."""
        return excerpt(self._last_lines())

    def _last_lines(self) -> list[str]:
        try:
            with self._log.open("rb") as log:
                log.seek(max(0, self._log.stat().st_size - _LOG_END_BYTES))
                end = log.read(_LOG_END_BYTES).decode(errors="replace")
        except FileNotFoundError:
            return []
        return [line.rstrip() for line in end.splitlines() if line.strip()]

    def _look_after(self) -> None:
        now = time.monotonic()
        if now - self._looked < _LOOK_EVERY_SECONDS or self.excess is not None:
            return
        self._looked = now
        self.excess = self._excess(now - self._started)

    def _excess(self, seconds: float) -> Failure | None:
        """Return what a child takes too much of."""
        usage, allowed = self._tree.usage(self._memory_limit), self._limits
        if usage.memory_bytes > self._memory_limit:
            detail = f"it used {_gigabytes(usage.memory_bytes)} of memory; {_gigabytes(self._memory_limit)} are allowed"
            return Failure(cause=Cause.OUT_OF_MEMORY, detail=detail)
        if usage.processes > allowed.processes:
            detail = f"it started {usage.processes} processes; {allowed.processes} are allowed"
            return Failure(cause=Cause.ENGINE_ERROR, detail=detail)
        if _size(self._log) > allowed.log_bytes:
            detail = f"its log grew beyond {allowed.log_bytes // 10**6} MB"
            return Failure(cause=Cause.ENGINE_ERROR, detail=detail)
        if self._heard_bytes > allowed.said_bytes + seconds * allowed.said_bytes_a_second:
            detail = f"it said {self._heard_bytes // 10**6} MB in {seconds:.0f} s, where an evaluation says a few lines"
            return Failure(cause=Cause.ENGINE_ERROR, detail=detail)
        return None

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - PIPE above
        for line in self._lines(stdout):
            try:
                self._tell(parse_event(line))
            except ValidationError:
                self._complain_once("something that is no event")
        self._tell(None)

    def _lines(self, stdout: IO[bytes]) -> Iterator[bytes]:
        """Yield the lines the child says; one that does not end in time is left out, and takes no memory."""
        begun_well = True
        while piece := stdout.readline(_LONGEST_LINE):
            self._heard_bytes += len(piece)
            ends = piece.endswith(b"\n")
            if ends and begun_well:
                yield piece
            elif begun_well:
                self._complain_once(f"a line of more than {_LONGEST_LINE} bytes")
            begun_well = ends

    def _complain_once(self, what: str) -> None:
        """Note what is ignored; a child that says nothing else must not fill our log."""
        if not self._has_complained:
            logger.warning("the child said %s; that and the like of it is ignored", what)
        self._has_complained = True

    def _tell(self, event: Event | None) -> None:
        """Pass an event on, as soon as there is room; when the child was killed, nobody waits for it any more."""
        while not self._killed.is_set():
            with suppress(queue.Full):
                self._events.put(event, timeout=_LOOK_EVERY_SECONDS)
                return


def cause_of_end(child: ChildProcess) -> Failure:
    """Say why a child ended before its tasks did, from its exit status and what its log may tell."""
    status, error, log = child.wait(), kind_of_error(child.last_words()), child.excerpt()
    if child.had_to_be_ended:
        detail = "the evaluation fell silent before its tasks were done, and did not end by itself"
        return Failure(cause=Cause.ENGINE_ERROR, detail=detail, log=log)
    if status == -signal.SIGKILL:
        detail = "the evaluation was killed, as the system does when memory ends"
        return Failure(cause=Cause.OUT_OF_MEMORY, detail=detail, log=log)
    detail = f"the evaluation ended with status {status} before its tasks did" + (f": {error}" if error else "")
    return Failure(cause=Cause.ENGINE_ERROR, detail=detail, log=log)


def _gigabytes(size: int) -> str:
    return f"{size / 10**9:.1f} GB"


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except FileNotFoundError:
        return 0
