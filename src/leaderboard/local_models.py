"""Model folders of this machine: what fixes their bytes, and where they lie.

Records name a local model by its folder's name and the hash of its files, never by a path. Which folder that hash
belongs to is known only here, in a file of this machine that is never published.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from leaderboard.model_files import WEIGHTS_SUFFIX, hash_of_weights, loaded_weights
from leaderboard.records import sha256_hex

_IDENTITY_SUFFIXES = (WEIGHTS_SUFFIX, ".json", ".model", ".jinja", ".txt")
_NOT_IDENTITY = {"provenance.json"}


class FolderHashes(NamedTuple):
    """The hashes of a model folder, hexadecimal SHA-256."""

    files: str
    """Over everything that can move a score: weights, configuration, tokenizer, chat template."""
    weights: str
    """Over the weights alone: that of the file itself where there is one."""


def hash_model_folder(folder: Path) -> FolderHashes:
    """Hash the files of a model folder; reads the weights once, from end to end."""
    digests = {file.name: _file_sha256(file) for file in _identity_files(folder)}
    weights = hash_of_weights(digests[name] for name in loaded_weights(digests.keys()))
    return FolderHashes(files=_combined(digests.items()), weights=weights)


def _identity_files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and file.suffix in _IDENTITY_SUFFIXES and file.name not in _NOT_IDENTITY
    )


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _combined(digests: Iterable[tuple[str, str]]) -> str:
    return sha256_hex("".join(f"{digest}  {name}\n" for name, digest in sorted(digests)).encode())


class LocalModels:
    """Where the folders of local models lie, by the hash of their files."""

    def __init__(self, work_dir: Path) -> None:
        self._path = work_dir / "local_models.json"

    def remember(self, revision: str, folder: Path) -> None:
        """Note that the files with hash `revision` lie in `folder`."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        place = {"folder": str(folder.resolve()), "signature": _signature(folder)}
        # A lock file of its own: a lock on the file that is about to be replaced would guard nothing.
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps({**self._read(), revision: place}, indent=1), encoding="utf-8")
            os.replace(new, self._path)

    def folder(self, revision: str) -> Path | None:
        """Return the folder with these files; None where this machine does not have them, or not any more."""
        place = self._read().get(revision)
        if place is None:
            return None
        folder = Path(place["folder"])
        return folder if folder.is_dir() and _signature(folder) == place["signature"] else None

    def _read(self) -> dict[str, dict[str, str]]:
        """Return what is remembered; a file cut short by a power loss is as good as none: submitting fills it again."""
        try:
            return dict(json.loads(self._path.read_text(encoding="utf-8")))
        except (FileNotFoundError, json.JSONDecodeError):
            return {}


def _signature(folder: Path) -> str:
    """Return what changes when a file of a model does, without reading the weights anew: names, sizes, times."""
    facts = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in _identity_files(folder)]
    return sha256_hex(json.dumps(facts).encode())
