"""What git tracks in this copy of the project, as its newest commit has it: exactly that goes to a Space."""

import io
import re
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.records import LeaderboardError

_GIT_SECONDS = 60.0
_CARD = "README.md"
_THUMBNAIL = re.compile(rb"^thumbnail: .*$", re.MULTILINE)
_HEAD_ENDS = b"\n---\n"


class NoTrackedFilesError(LeaderboardError):
    """This copy of the project is no clone that git can tell the files of."""


@dataclass(frozen=True)
class TrackedFiles:
    """The files of one commit."""

    commit: str
    contents: dict[str, bytes] = field(repr=False)
    has_other_changes: bool
    """Whether files here differ from that commit: what differs is not uploaded."""


def tracked_files(root: Path) -> TrackedFiles:
    """Read the files of the newest commit of the clone at `root`.

    Raises:
        NoTrackedFilesError: it is no clone, git is not there, or a tracked path is neither a file nor a folder.
    """
    commit = _git(root, "rev-parse", "HEAD").decode("ascii").strip()
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    contents: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", commit))) as archive:
        for member in archive:
            if member.isdir():
                continue
            file = archive.extractfile(member) if member.isfile() else None
            if file is None:
                message = f"{member.name} is neither a file nor a folder, and a Space can hold nothing else. Remove it."
                raise NoTrackedFilesError(message)
            contents[member.name] = file.read()
    return TrackedFiles(commit, contents, has_other_changes=bool(changed.strip()))


def of_space(contents: dict[str, bytes], space: str) -> dict[str, bytes]:
    """Return the files as one Space has them: its card names its own picture, wherever else the project lives."""
    card = contents.get(_CARD)
    if card is None or not card.startswith(b"---\n"):
        message = (
            f"{_CARD} has no head between two lines of ---, so the Hub would not know what Space it is. Restore it."
        )
        raise NoTrackedFilesError(message)
    head, end, text = card.partition(_HEAD_ENDS)
    address = f"thumbnail: https://huggingface.co/spaces/{space}/resolve/main/docs/thumbnail.png".encode()
    return contents | {_CARD: _THUMBNAIL.sub(address, head) + end + text}


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command, and no shell
            ["git", "-C", str(root), *arguments],  # noqa: S607 - whichever git the maintainer has
            capture_output=True,
            check=True,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError) as error:
        message = (
            "The files to upload are those that git tracks, and git does not tell them: run `deploy` in a clone of the "
            "project, with git installed."
        )
        raise NoTrackedFilesError(message) from error
    return done.stdout
