"""A folder that an export replaces whole, and nothing else: what lies there and is not an earlier export's stays."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from leaderboard.records import InvalidRecordError, LeaderboardError, Record, sha256_hex
from leaderboard.records.base import Sha256, Timestamp
from leaderboard.store.port import check_path

MANIFEST = "export.json"
_NAMED = 5


class ExportManifest(Record):
    """What an export wrote; by it the next one knows its own."""

    format: Literal["leaderboard export"] = "leaderboard export"
    schema_version: Literal[1] = 1
    rule: str
    generated_at: Timestamp
    files: dict[str, Sha256]


def write_export(folder: Path, files: Mapping[str, bytes], *, rule: str, generated_at: datetime) -> None:
    """Write files by path into `folder`, in the place of an earlier export; one that fails leaves the earlier one.

    Raises:
        LeaderboardError: the folder holds files that no export wrote or that were edited since, or cannot be written.
    """
    hashes = {check_path(path): sha256_hex(content) for path, content in files.items()}
    manifest = ExportManifest(rule=rule, generated_at=generated_at, files=hashes)
    try:
        place = folder.resolve()
        _check_replaceable(place, folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as beside:
            new = Path(beside) / "new"
            for path, content in {**files, MANIFEST: manifest.to_json()}.items():
                (new / path).parent.mkdir(parents=True, exist_ok=True)
                (new / path).write_bytes(content)
            _swap(place, new, Path(beside) / "earlier")
    except OSError as error:
        reason = f"The export cannot be written to {folder}: {error.strerror or error}. What was there is still there."
        raise LeaderboardError(reason) from error


def _check_replaceable(place: Path, folder: Path) -> None:
    if not os.path.lexists(place):
        return
    if not place.is_dir():
        reason = f"{folder} is not a folder. Name another one for the export."
        raise LeaderboardError(reason)
    known = _known(place)
    foreign = sorted(ascii(path)[1:-1] for path, file in _files(place) if not _is_own(path, file, known))
    if foreign:
        more = f" and {len(foreign) - _NAMED} more" if len(foreign) > _NAMED else ""
        reason = (
            f"{folder} holds what no export wrote, or what was edited since: {', '.join(foreign[:_NAMED])}{more}. An "
            "export replaces its folder whole: move these away, or name another folder."
        )
        raise LeaderboardError(reason)


def _known(place: Path) -> dict[str, str]:
    """Return what an earlier export wrote there, its own manifest apart; nothing where there was none."""
    manifest = place / MANIFEST
    if manifest.is_symlink() or not manifest.is_file():
        return {}
    content = manifest.read_bytes()
    try:
        known = ExportManifest.from_json(content, MANIFEST).files
    except InvalidRecordError:
        return {}
    return {**known, MANIFEST: sha256_hex(content)}


def _files(place: Path) -> Iterator[tuple[str, Path]]:
    """Yield everything below a folder that is no folder itself, by its path there; links are not followed."""
    pending = [place]
    while pending:
        for entry in os.scandir(pending.pop()):
            if entry.is_dir(follow_symlinks=False):
                pending.append(Path(entry.path))
            else:
                yield Path(entry.path).relative_to(place).as_posix(), Path(entry.path)


def _is_own(path: str, file: Path, known: Mapping[str, str]) -> bool:
    if file.is_symlink() or not file.is_file() or path not in known:
        return False
    return sha256_hex(file.read_bytes()) == known[path]


def _swap(place: Path, new: Path, earlier: Path) -> None:
    """Put the new folder into its place; where that fails, the earlier one again."""
    if not place.exists():
        new.rename(place)
        return
    place.rename(earlier)
    try:
        new.rename(place)
    except BaseException:  # an interrupt, too: what lies beside is removed
        earlier.rename(place)
        raise
