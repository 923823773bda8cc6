"""The files of a folder that somebody handed over: found without following links, read without trusting their size."""

import os
from dataclasses import dataclass
from pathlib import Path

from leaderboard.exchange.template_files import NotTakenError
from leaderboard.records import LeaderboardError

MAX_BYTES = 64 * 1024 * 1024
"""No result file is that large; samples, which are, lie in files of their own."""

_SUFFIX = ".json"
_LINK = "it is a symbolic link, and links are not followed; copy the files themselves (`hf download --local-dir`)"


@dataclass(frozen=True)
class FoundFile:
    """A file below the imported folder, with why it cannot be read, where that shows from outside."""

    file: Path
    path: str
    """Relative to the folder, with forward slashes, fit to be printed."""
    problem: str | None = None

    def read(self) -> bytes:
        """Return the content.

        Raises:
            NotTakenError: it cannot be read, or is too large.
        """
        if self.problem is not None:
            raise NotTakenError(self.problem)
        try:
            with self.file.open("rb") as stream:
                content = stream.read(MAX_BYTES + 1)
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
            raise NotTakenError(reason) from error
        if len(content) > MAX_BYTES:
            reason = f"it is larger than {MAX_BYTES // 1024**2} MiB"
            raise NotTakenError(reason)
        return content


@dataclass(frozen=True)
class FoundFiles:
    """What a folder holds: its JSON files and what stands in their place, by path, and how many others there are."""

    files: tuple[FoundFile, ...]
    others: int


def find_json_files(root: Path) -> FoundFiles:
    """Return every JSON file below `root`, and every link and unreadable folder as what it is; no hidden names.

    Raises:
        LeaderboardError: `root` is no folder that can be read.
    """
    found: list[FoundFile] = []
    others = 0
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".")]
        except OSError as error:
            if folder == root:
                reason = f"{root} cannot be read as a folder ({error.strerror}). Check the path."
                raise LeaderboardError(reason) from error
            found.append(_found(root, folder, f"it is a folder that cannot be read ({error.strerror})"))
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                pending.append(Path(entry.path))
            elif entry.name.endswith(_SUFFIX) or entry.is_symlink():
                found.append(_found(root, Path(entry.path), _problem(entry)))
            else:
                others += 1
    return FoundFiles(tuple(sorted(found, key=lambda one: one.path)), others)


def _problem(entry: "os.DirEntry[str]") -> str | None:
    if entry.is_symlink():
        return _LINK
    # A named pipe would be waited for until somebody writes into it.
    return None if entry.is_file(follow_symlinks=False) else "it is not an ordinary file"


def _found(root: Path, file: Path, problem: str | None) -> FoundFile:
    path = file.relative_to(root).as_posix()
    if path.isprintable():
        return FoundFile(file, path, problem)
    return FoundFile(file, ascii(path)[1:-1], problem or "its name holds characters that cannot be printed; rename it")
