"""A store in a local folder: the embedded default, laid out like the dataset repository on the Hub.

One lock file orders the commits of all processes. A commit first writes its files under temporary names, then a
journal (the point of no return), then moves the files to their places. Whoever finds a journal finishes it, so a
commit that was killed half-way is either whole or absent.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from leaderboard.store.port import ConflictError, Snapshot, StoreError, Version, check_path

_PRIVATE = ".store"
_COMMIT_EVERY_SECONDS = 2.0


class _Signature(NamedTuple):
    """What tells one content of a file from the next: commits give every file a newer time stamp."""

    size: int
    modified_ns: int


class FolderStore:
    """Files under one folder, with compare-and-swap between any number of processes of one machine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._private = root / _PRIVATE
        self._cache: dict[str, tuple[_Signature, bytes]] = {}

    def head(self) -> Version:
        """Return the current version; a file that was changed by hand changes it too."""
        with self._locked():
            return self._version(self._listing())

    def snapshot(self, *prefixes: str) -> Snapshot:
        """Return the files under `prefixes`; files unchanged since the last call are not read again."""
        with self._locked():
            listing = self._listing()
            wanted = {path: signature for path, signature in listing.items() if path.startswith(prefixes or "")}
            files = {path: self._read(path, signature) for path, signature in wanted.items()}
        return Snapshot(self._version(listing), files)

    def commit(self, changes: Mapping[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        """Write or delete files, all or nothing. `message` is kept by stores that have a history; this has none."""
        del message
        paths = sorted(check_path(path) for path in changes)
        with self._locked():
            listing = self._listing()
            if parent is not None and parent != self._version(listing):
                reason = f"{self.root.name} changed since the snapshot this commit was planned on"
                raise ConflictError(reason)
            _check_fits(paths, listing)
            self._write_journal([(path, changes[path]) for path in paths])
            self._finish_journal()
            return self._version(self._listing())

    def shorten_history(self, longest: int) -> bool:
        """Return False: a folder keeps no history."""
        del longest
        return False

    def commit_interval(self, writers: int) -> float:
        """Return a pause that only keeps the disk quiet: a folder has no budget."""
        del writers
        return _COMMIT_EVERY_SECONDS

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the store's lock; a commit that somebody left half-way is finished first."""
        try:
            self._private.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._private / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            reason = f"The store {self.root.name} cannot be opened: {error.strerror}. Check that it may be written."
            raise StoreError(reason) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._finish_journal()
            yield
        except OSError as error:
            reason = f"The store {self.root.name} cannot be used: {error.strerror}. Is the disk full, or read-only?"
            raise StoreError(reason) from error
        finally:
            os.close(lock)

    def _listing(self) -> dict[str, _Signature]:
        """Return every file of the store with what tells its content; hidden names are not part of it."""
        found: dict[str, _Signature] = {}
        pending = [("", self.root)]
        while pending:
            prefix, folder = pending.pop()
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((f"{prefix}{entry.name}/", Path(entry.path)))
                    elif entry.is_file(follow_symlinks=False):
                        stat = entry.stat(follow_symlinks=False)
                        found[prefix + entry.name] = _Signature(stat.st_size, stat.st_mtime_ns)
        return dict(sorted(found.items()))

    def _version(self, listing: Mapping[str, _Signature]) -> Version:
        digest = hashlib.sha256(str(self._last_stamp()).encode())
        for path, signature in listing.items():
            digest.update(f"\n{path} {signature.size} {signature.modified_ns}".encode())
        return Version(digest.hexdigest()[:40])

    def _read(self, path: str, signature: _Signature) -> bytes:
        cached = self._cache.get(path)
        if cached is not None and cached[0] == signature:
            return cached[1]
        content = (self.root / path).read_bytes()
        self._cache[path] = (signature, content)
        return content

    def _last_stamp(self) -> int:
        """Return the time stamp, in nanoseconds, of the last commit's files; 0 before the first."""
        try:
            return int((self._private / "head").read_text())
        except FileNotFoundError:
            return 0

    def _write_journal(self, changes: list[tuple[str, bytes | None]]) -> None:
        """Put the new contents aside and then, in one rename, the list of what is to happen."""
        incoming = self._private / "incoming"
        shutil.rmtree(incoming, ignore_errors=True)  # left by a commit that was killed before its journal
        incoming.mkdir()
        # Strictly newer than any file of the store, so that equal size never hides a change of content.
        stamp = max(time.time_ns(), self._last_stamp() + 1)
        moves, deletions = [], []
        for number, (path, content) in enumerate(changes):
            if content is None:
                deletions.append(path)
                continue
            _write_durably(incoming / str(number), content)
            moves.append((str(number), path))
        journal = {"stamp": stamp, "moves": moves, "deletions": deletions}
        _write_durably(incoming / "journal", json.dumps(journal).encode())
        _sync_folder(incoming)  # the contents must be found after a power loss if the journal is
        os.replace(incoming / "journal", self._private / "journal.json")
        _sync_folder(self._private)

    def _finish_journal(self) -> None:
        """Carry out the journal if there is one. Each step may be repeated, so a second kill does no harm."""
        journal_file = self._private / "journal.json"
        try:
            journal = json.loads(journal_file.read_bytes())
        except FileNotFoundError:
            return
        stamp = journal["stamp"]
        for name, path in journal["moves"]:
            source, target = self._private / "incoming" / name, self.root / path
            if source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                os.utime(source, ns=(stamp, stamp))
                os.replace(source, target)
                _sync_folder(target.parent)
        for path in journal["deletions"]:
            (self.root / path).unlink(missing_ok=True)
        _write_durably(self._private / "head.new", str(stamp).encode())
        os.replace(self._private / "head.new", self._private / "head")
        journal_file.unlink()
        _sync_folder(self._private)


def _check_fits(paths: Sequence[str], listing: Mapping[str, _Signature]) -> None:
    """Refuse a commit that a file system could carry out in part only: one name cannot be a file and a folder.

    Raises:
        StoreError: a path lies below a file, or is that of a folder.
    """
    files = {*listing, *paths}
    folders = {str(parent) for path in files for parent in PurePosixPath(path).parents}
    for path in paths:
        parents = {str(parent) for parent in PurePosixPath(path).parents}
        if path in folders or parents & files:
            reason = f"{path!r} cannot be written: a file and a folder would have the same name."
            raise StoreError(reason)


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    """Make renames in `path` last: a file's own fsync does not cover the name it is found under."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
