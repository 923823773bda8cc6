"""The files of a folder that somebody handed over: found without following links, read without trusting their size."""

import fnmatch
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leaderboard.exchange.template_files import NotTakenError
from leaderboard.records import LeaderboardError

MAX_BYTES = 64 * 1024 * 1024
"""No result file is that large; samples, which are, lie in files of their own."""

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Of samples: a line holds an item with its prompt and every option."""

MAX_SAMPLES_BYTES = 4 * 1024**3

SAMPLES_NAME = "samples_*.jsonl"
"""How lm-eval names what it logs of the items of a task."""

_SUFFIX = ".json"
_LINES_SUFFIX = ".jsonl"
_OTHER_LINES = (
    "its name is not that of samples (samples_{task}_{date}.jsonl), so nothing says which result it belongs to; "
    "samples of lm-eval's old layout cannot be taken"
)
_MAX_LABEL = 100
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

    def lines(self) -> Iterator[bytes]:
        """Yield the lines that are not empty, one at a time in memory.

        Raises:
            NotTakenError: it cannot be read, or it or a line is too large.
        """
        if self.problem is not None:
            raise NotTakenError(self.problem)
        total = 0
        try:
            with self.file.open("rb") as stream:
                while line := stream.readline(MAX_LINE_BYTES + 1):
                    total += len(line)
                    if len(line) > MAX_LINE_BYTES or total > MAX_SAMPLES_BYTES:
                        reason = f"a line is larger than {MAX_LINE_BYTES // 1024**2} MiB"
                        if len(line) <= MAX_LINE_BYTES:
                            reason = f"it is larger than {MAX_SAMPLES_BYTES // 1024**3} GiB"
                        raise NotTakenError(reason)
                    if line.strip():
                        yield line
        except OSError as error:
            reason = f"it cannot be read ({error.strerror})"
            raise NotTakenError(reason) from error


@dataclass(frozen=True)
class FoundFiles:
    """What a folder holds: its JSON files and what stands in their place, by path, and how many others there are."""

    files: tuple[FoundFile, ...]
    others: int
    samples: tuple[FoundFile, ...] = ()
    """What lm-eval logged of items, beside its results, and other files of JSON lines with why they are left."""
    folder: str = ""
    """The name alone of the folder that was given, never more of the machine's path; empty where that is not plain."""

    def source_of(self, found: FoundFile) -> str:
        """Return what a record keeps of where a file lay: two folders may hold files of one name."""
        return f"{self.folder}/{found.path}" if self.folder else found.path


def find_json_files(root: Path) -> FoundFiles:
    """Return every JSON file below `root`, and every link and unreadable folder as what it is; no hidden names.

    Raises:
        LeaderboardError: `root` is no folder that can be read.
    """
    found: list[FoundFile] = []
    samples: list[FoundFile] = []
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
            elif entry.name.endswith(_LINES_SUFFIX):
                samples.append(_found(root, Path(entry.path), _problem_of_lines(entry)))
            elif entry.name.endswith(_SUFFIX) or entry.is_symlink():
                found.append(_found(root, Path(entry.path), _problem(entry)))
            else:
                others += 1
    return FoundFiles(_by_path(found), others, _by_path(samples), _label(root))


def find_result_file(file: Path) -> FoundFiles:
    """Return one file that somebody named, and the samples in its folder, which lie beside results.

    Raises:
        LeaderboardError: there is no such file.
    """
    folder = file.parent
    if not file.is_symlink() and not file.exists():
        reason = f"{file} does not exist. Check the path."
        raise LeaderboardError(reason)
    try:
        entries = [entry for entry in os.scandir(folder) if not entry.name.startswith(".") or entry.name == file.name]
    except OSError as error:
        reason = f"{folder} cannot be read as a folder ({error.strerror}). Check the path."
        raise LeaderboardError(reason) from error
    named = _by_path(
        [_found(folder, Path(entry.path), _problem(entry)) for entry in entries if entry.name == file.name]
    )
    if file.name.endswith(_LINES_SUFFIX):
        lines = [
            _found(folder, Path(entry.path), _problem_of_lines(entry)) for entry in entries if entry.name == file.name
        ]
        return FoundFiles((), 0, _by_path(lines))
    samples = [
        _found(folder, Path(entry.path), _problem(entry))
        for entry in entries
        if fnmatch.fnmatchcase(entry.name, SAMPLES_NAME) and not entry.is_dir(follow_symlinks=False)
    ]
    return FoundFiles(named, 0, _by_path(samples), _label(folder))


def _label(folder: Path) -> str:
    name = folder.resolve().name
    return name if name.isprintable() and "\\" not in name and len(name) <= _MAX_LABEL else ""


def _by_path(files: list[FoundFile]) -> tuple[FoundFile, ...]:
    return tuple(sorted(files, key=lambda one: one.path))


def _problem(entry: "os.DirEntry[str]") -> str | None:
    if entry.is_symlink():
        return _LINK
    # A named pipe would be waited for until somebody writes into it.
    return None if entry.is_file(follow_symlinks=False) else "it is not an ordinary file"


def _problem_of_lines(entry: "os.DirEntry[str]") -> str | None:
    problem = _problem(entry)
    return problem if problem or fnmatch.fnmatchcase(entry.name, SAMPLES_NAME) else _OTHER_LINES


def _found(root: Path, file: Path, problem: str | None) -> FoundFile:
    path = file.relative_to(root).as_posix()
    if path.isprintable():
        return FoundFile(file, path, problem)
    return FoundFile(file, ascii(path)[1:-1], problem or "its name holds characters that cannot be printed; rename it")
