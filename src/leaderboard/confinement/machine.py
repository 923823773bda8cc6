"""How much memory there is for what this machine runs."""

from pathlib import Path

import psutil

_SHARE = 0.9
"""Of the machine's memory: the rest is for the system, the worker and the page."""


def default_memory_limit(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the bytes one evaluation may use where nobody says: nine tenths of the machine's, or of the container's.

    The container's are those of the control group that this process is in, and of those above it.
    """
    limits = (_read_limit(file) for file in _limit_files(cgroups, own))
    return int(_SHARE * min(limit for limit in (psutil.virtual_memory().total, *limits) if limit))


def _limit_files(cgroups: Path, own: Path) -> list[Path]:
    if not own.is_file():
        return []
    files = []
    for line in own.read_text(encoding="utf-8").splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, name = (cgroups / "memory", "memory.limit_in_bytes") if controllers else (cgroups, "memory.max")
        inner = Path(group.lstrip("/"))
        files += [root / above / name for above in (inner, *inner.parents)]
    return files


def _read_limit(file: Path) -> int | None:
    """Return a limit in bytes; None where there is none, or none that can be seen."""
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return None
    return int(text) if text.isdecimal() else None  # "max" otherwise
