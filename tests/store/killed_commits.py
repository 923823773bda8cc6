"""Commits that are killed before each of their steps. Runs in a process of its own, which forks for each kill."""

import os
import signal
import sys
from pathlib import Path

from leaderboard.store import FolderStore

BEFORE = {"a.txt": b"old a", "deep/b.txt": b"old b", "gone.txt": b"old c"}
AFTER = {"a.txt": b"new a", "deep/b.txt": b"new b", "deep/er/d.txt": b"new d"}
CHANGES = {**AFTER, "gone.txt": None}

# Whatever touches the disk, as Python itself announces it: no list of the functions the store happens to call.
_STEPS = {"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.utime", "shutil.rmtree"}


def kill_before_every_step(folder: Path) -> None:
    """Prepare one store for each step in `folder`/N and kill its commit before step N, until none is left to kill."""
    step = 1
    while True:
        store = FolderStore(folder / str(step))
        store.commit(BEFORE, message="before", parent=None)
        child = os.fork()
        if child == 0:
            _commit_and_die(store, step)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            return
        step += 1


def _commit_and_die(store: FolderStore, step: int) -> None:
    left = step

    def count(event: str, _arguments: object = ()) -> None:
        nonlocal left
        if event in _STEPS:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    # fsync announces nothing; between an open and its fsync lies a file that is not written yet.
    fsync = os.fsync

    def counted_fsync(descriptor: int) -> None:
        count("open")
        fsync(descriptor)

    os.fsync = counted_fsync
    sys.addaudithook(count)
    try:
        store.commit(CHANGES, message="after", parent=store.head())
    finally:
        os._exit(0)
