"""A child process and whatever it started, seen from outside: how much memory, how many processes, and their end."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_ROUNDS_PAUSE_SECONDS = 0.01
_COUNTED = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")
"""What a process cannot give back. Pages of files it has mapped, such as weights, the system takes when it wants."""


@dataclass(frozen=True)
class Usage:
    """What a tree of processes uses."""

    processes: int
    memory_bytes: int


class ProcessTree:
    """A child of this process with all its descendants, also those that left its process group.

    A process whose parent has ended is no descendant any more to the kernel, unless the child adopts such orphans
    (PR_SET_CHILD_SUBREAPER). For a child that does not, or that has ended itself, two things find them: they were seen
    before, or they carry the child's mark in the environment that they were started with.
    """

    def __init__(self, pid: int, mark: tuple[str, str]) -> None:
        self._root = psutil.Process(pid)
        self._mark = mark
        self._seen: set[psutil.Process] = set()

    def usage(self, enough_bytes: int) -> Usage:
        """Return what all living processes of the tree use together.

        What is shared is counted for each of them, as long as that sum does not reach `enough_bytes`; if it does, the
        exact figure is worked out, which takes longer.
        """
        members = self.members()
        memory = sum(map(_resident, members))
        if memory >= enough_bytes:
            memory = sum(map(_proportional, members))
        return Usage(len(members), memory)

    def members(self) -> list[psutil.Process]:
        """Return the living processes of the tree."""
        found = _with_descendants(self._root)
        for stray in self._seen - found:
            found |= _with_descendants(stray)
        self._seen = {process for process in found if _lives(process)}
        return list(self._seen)

    def kill(self, timeout_seconds: float = 10.0) -> bool:
        """End every process of the tree; tell whether all were seen to end in time.

        The child itself is stopped first and ended last: as long as it is there, the others cannot get lost.
        """
        end = time.monotonic() + timeout_seconds
        root_group = {self._root.pid}
        if _lives(self._root):
            _signal_groups(root_group, signal.SIGSTOP)
        while (others := self._outside(root_group)) and time.monotonic() < end:
            _signal_groups(others, signal.SIGKILL)
            time.sleep(_ROUNDS_PAUSE_SECONDS)
        while (left := {*_groups(self.members()), *_groups(self._marked())}) and time.monotonic() < end:
            _signal_groups(left, signal.SIGKILL)
            time.sleep(_ROUNDS_PAUSE_SECONDS)
        return not left

    def _outside(self, root_group: set[int]) -> set[int]:
        return _groups(self.members()) - root_group

    def _marked(self) -> Iterator[psutil.Process]:
        """Find the processes that were started with the child's mark."""
        name, value = self._mark
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(name) == value and _lives(process):
                    yield process


def _with_descendants(process: psutil.Process) -> set[psutil.Process]:
    try:
        return {process, *process.children(recursive=True)}
    except psutil.Error:  # it has ended
        return {process}


def _groups(processes: Iterable[psutil.Process]) -> set[int]:
    """Return the process groups of `processes`; signalling a group leaves none of it time to start another."""
    groups = set()
    for process in processes:
        with suppress(ProcessLookupError):
            groups.add(os.getpgid(process.pid))
    return groups - {os.getpgrp()}


def _signal_groups(groups: Iterable[int], number: signal.Signals) -> None:
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):  # it has ended; on some systems what ends refuses
            os.killpg(group, number)


def _lives(process: psutil.Process) -> bool:
    """Tell whether a process runs, and is not another one that was given its number."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    """Return a process's share of memory that is in use, each shared page divided among those who share it."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # not Linux, or it has just ended
        return _unique(process)
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith(_COUNTED))


def _unique(process: psutil.Process) -> int:
    try:
        return int(process.memory_full_info().uss)
    except psutil.Error:
        return 0
