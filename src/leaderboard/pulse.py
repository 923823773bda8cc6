"""The last tick of this machine's scheduler, as a file in its work folder: the page and `doctor` read it there."""

from datetime import UTC, datetime
from pathlib import Path

_FILE = "last-tick"


def note_tick(work_dir: Path, now: datetime) -> None:
    """Write that the scheduler looked into the queue. A disk that is full costs that and nothing else."""
    try:
        work_dir.mkdir(parents=True, exist_ok=True)
        (work_dir / _FILE).write_text(f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", encoding="ascii")
    except OSError:
        return


def last_tick(work_dir: Path) -> datetime | None:
    """Return when the scheduler looked last; None where none has, or the file cannot be read."""
    try:
        told = (work_dir / _FILE).read_text(encoding="ascii")
        return datetime.strptime(told, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except (OSError, ValueError):
        return None
