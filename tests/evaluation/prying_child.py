"""A child process that confines itself as the real one does, and then looks for everything it should not see.

`python prying_child.py TARGETS JOB`: TARGETS is a file of paths, one a line. What it could read of them, of its own
environment and of every process goes, as JSON, where a child may write: into the Hub's cache.
"""

import json
import os
import sys
from pathlib import Path

from leaderboard.evaluation.child import begin

_MOST_BYTES = 2**16


def read(path: Path) -> str | None:
    """Return the beginning of a file; None where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("latin-1")
    except OSError:
        return None


def memory_of(pid: str) -> str | None:
    """Return the beginning of a process's writable memory; None where it cannot be read."""
    try:
        lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
        with Path(f"/proc/{pid}/mem").open("rb") as memory:
            shown = ""
            for start in (int(line.partition("-")[0], 16) for line in lines if " rw-p " in line):
                memory.seek(start)
                shown += memory.read(4096).decode("latin-1")
            return shown
    except OSError:
        return None


def open_files_of(pid: str) -> list[str]:
    """Return what can be read through the open files of a process, pipes and terminals aside."""
    try:
        found = list(Path(f"/proc/{pid}/fd").iterdir())
        return [shown for file in found if file.is_file() and (shown := read(file)) is not None]
    except OSError:
        return []


def others() -> list[str]:
    """Return every process but this one."""
    return [
        entry.name for entry in Path("/proc").iterdir() if entry.name.isdecimal() and int(entry.name) != os.getpid()
    ]


def may_signal(pid: int) -> bool:
    """Tell whether this process could end another."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def main(targets: list[Path], folder: Path) -> None:
    """Look into everything, and tell."""
    files = [*targets, Path(os.environ["HOME"]) / ".cache" / "huggingface" / "token"]
    told = {
        "job": json.loads(begin(folder).to_json())["request"],
        "environment": dict(os.environ),
        "files": {str(path): shown for path in files if (shown := read(path)) is not None},
        "environments": {pid: shown for pid in others() if (shown := read(Path(f"/proc/{pid}/environ"))) is not None},
        "memories": {pid: shown for pid in others() if (shown := memory_of(pid)) is not None},
        "open": {pid: shown for pid in others() if (shown := open_files_of(pid))},
        "signals": may_signal(os.getppid()),
        "own": read(folder / "job.json") is not None,
    }
    (Path(os.environ["HF_HOME"]) / "told.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main([Path(line) for line in Path(sys.argv[1]).read_text().splitlines()], Path(sys.argv[2]))
