"""The child process as its worker sees it: started with a clean environment, heard line by line, killed whole."""

import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

import leaderboard
from leaderboard.evaluation.causes import kind_of_error
from leaderboard.evaluation.job import Event, parse_event
from leaderboard.evaluation.log_excerpt import excerpt
from leaderboard.records import Cause, Failure

logger = logging.getLogger(__name__)

_PASSED_ON = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "HF_ENDPOINT",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "NO_PROXY",
)
"""What a child may know of its worker's environment. A list of what is safe, for no list of secrets is ever whole."""

_LOG_END_BYTES = 2**18
"""A crash in native code prints the frames of every thread; a line of a model's may be of any length."""


def child_environment(parent: Mapping[str, str], home: Path, hub_cache: Path, *, offline: bool) -> dict[str, str]:
    """Build the child's environment from nothing: no token, no home of the user's, the Hub only where needed."""
    environment = {name: parent[name] for name in _PASSED_ON if name in parent}
    source_folder = Path(leaderboard.__file__).resolve().parents[1]
    environment |= {
        "HOME": str(home),
        "HF_HOME": str(hub_cache),
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "HF_DATASETS_CACHE": str(hub_cache / "datasets"),
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": str(source_folder),
        "PYTHONUNBUFFERED": "1",
    }
    if offline:
        environment["HF_HUB_OFFLINE"] = "1"
    return environment


CHILD_COMMAND = (sys.executable, "-m", "leaderboard.evaluation.child")
"""What evaluates, followed by the folder of its job."""


class ChildProcess:
    """One running child. Its events come one at a time; its log goes to a file beside the job."""

    def __init__(self, folder: Path, environment: Mapping[str, str], command: Sequence[str]) -> None:
        self._log = folder / "child.log"
        self._events: queue.Queue[Event | None] = queue.Queue()
        self._said_all = False
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                [*command, str(folder.resolve())],
                stdin=subprocess.PIPE,  # held open: the child ends when it closes
                stdout=subprocess.PIPE,
                stderr=log,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def next_event(self, timeout_seconds: float) -> Event | None:
        """Return the next event, or None when the time is up or the child has said its last."""
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
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_seconds)

    def wait(self) -> int:
        """Return the exit status; negative for the signal that ended it."""
        return self._process.wait()

    def kill(self) -> None:
        """End the child and whatever it started, at once."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            logger.debug("child %d had ended already", self._process.pid)
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

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - PIPE above
        for line in stdout:
            try:
                self._events.put(parse_event(line))
            except ValidationError:
                logger.warning("the child said something that is no event; ignored")
        self._events.put(None)


def cause_of_end(child: ChildProcess) -> Failure:
    """Say why a child ended before its tasks did, from its exit status and what its log may tell."""
    status, error, log = child.wait(), kind_of_error(child.last_words()), child.excerpt()
    if status == -signal.SIGKILL:
        detail = "the evaluation was killed, as the system does when memory ends"
        return Failure(cause=Cause.OUT_OF_MEMORY, detail=detail, log=log)
    detail = f"the evaluation ended with status {status} before its tasks did" + (f": {error}" if error else "")
    return Failure(cause=Cause.ENGINE_ERROR, detail=detail, log=log)
