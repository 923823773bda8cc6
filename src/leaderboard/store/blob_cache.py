"""Files that were fetched once, on this machine's disk under the hash of their content: never fetched again."""

import hashlib
import logging
import os
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)

_GIT_OID_DIGITS = 40


def git_oid(content: bytes) -> str:
    """Return the name git and the Hub give a small file's content: 40 hexadecimal digits (SHA-1 over `blob`)."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def large_oid(content: bytes) -> str:
    """Return the name the Hub gives a content that it keeps outside git: 64 hexadecimal digits (SHA-256)."""
    return hashlib.sha256(content).hexdigest()


def matches(oid: str, content: bytes) -> bool:
    """Tell whether `content` is what `oid` names: git's SHA-1, or the SHA-256 of a large file."""
    return oid == (git_oid(content) if len(oid) == _GIT_OID_DIGITS else large_oid(content))


class BlobCache:
    """Contents by hash. Any number of processes may share the folder; what is damaged counts as not there.

    It saves calls and decides nothing: a disk that is full or fails costs those calls, and stops nobody.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, oid: str) -> bytes | None:
        """Return the content, or None where this machine has not got it whole."""
        try:
            content = self._place(oid).read_bytes()
        except OSError:
            return None
        return content if matches(oid, content) else None

    def has(self, oid: str) -> bool:
        """Tell whether something lies under that name; only `get` looks whether it is whole."""
        return self._place(oid).exists()

    def put(self, oid: str, content: bytes) -> None:
        """Keep a content. A process that is killed meanwhile leaves nothing under the name."""
        try:
            self._write(self._place(oid), content)
        except OSError as error:
            logger.warning("what was fetched cannot be kept and will be fetched again: %s", error)

    def _write(self, place: Path, content: bytes) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".new-")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)

    def _place(self, oid: str) -> Path:
        return self._folder / oid[:2] / oid
