"""A worker's desk: a folder of this machine with the worker's name and the secret of its claims.

One process at a time sits at a desk. After a crash the next one finds it free, is the same worker again, and goes on
with what that worker had claimed, without waiting for a lease to run out.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from leaderboard.queue import WorkerIdentity
from leaderboard.records import LeaderboardError

_SECRET_BYTES = 32


class Desk:
    """A desk that this process holds as long as it lives."""

    def __init__(self, identity: WorkerIdentity, lock: IO[bytes]) -> None:
        self.identity = identity
        """The worker that sits here: a name that says nothing of the machine, and its secret."""
        self._lock = lock  # the system lets go of it when the process ends, however it ends

    def leave(self) -> None:
        """Let another process sit here; whoever looks for a desk tries those first that were not left so."""
        self._lock.truncate(0)
        self._lock.close()


def sit_down(work_dir: Path) -> Desk:
    """Take the first free desk of this machine, or set up a new one.

    Raises:
        LeaderboardError: the scratch folder cannot be written.
    """
    desks = work_dir / "workers"
    try:
        desks.mkdir(parents=True, exist_ok=True)
        taken = next(filter(None, map(_take, sorted(_complete(desks), key=_was_left))), None)
        return taken or _set_up(desks)
    except OSError as error:
        message = f"The scratch folder {work_dir.name} cannot be written: {error.strerror}. See LEADERBOARD_WORK."
        raise LeaderboardError(message) from error


def _complete(desks: Path) -> Iterator[Path]:
    """Find the desks with a secret. One that a full disk cut short could be guessed: nobody sits there any more."""
    return (folder for folder in desks.glob("[!.]*") if _secret_bytes(folder / "secret") == _SECRET_BYTES)


def _was_left(desk: Path) -> tuple[bool, str]:
    """Put desks in order, those first whose worker is at work or has crashed: it may have claimed something."""
    lock = desk / "lock"
    return not (lock.is_file() and lock.stat().st_size), desk.name


def _secret_bytes(secret: Path) -> int:
    return secret.stat().st_size if secret.is_file() else 0


def _take(folder: Path) -> Desk | None:
    lock = (folder / "lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    lock.truncate(0)
    lock.write(b"taken\n")
    lock.flush()
    return Desk(WorkerIdentity(name=folder.name, secret=(folder / "secret").read_bytes()), lock)


def _set_up(desks: Path) -> Desk:
    while True:
        name = f"worker-{secrets.token_hex(4)}"
        new = desks / f".new-{name}"
        new.mkdir()
        secret = os.open(new / "secret", os.O_WRONLY | os.O_CREAT, 0o600)
        os.write(secret, secrets.token_bytes(_SECRET_BYTES))
        os.close(secret)
        new.rename(desks / name)  # a desk is there whole or not at all
        desk = _take(desks / name)
        if desk is not None:
            return desk
