"""Is what was typed the id of a model on the Hub, or a folder of this machine?"""

import os
import re
from pathlib import Path

from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_HUB_ID = re.compile(rf"{_PART}/{_PART}")
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")


def looks_like_folder(text: str, *, folders_allowed: bool) -> bool:
    """Tell whether `text` means a folder. What exists is only looked up where folders are allowed."""
    return text.startswith(("/", "./", "../", "~")) or (folders_allowed and is_folder(text))


def is_folder(path: str | Path) -> bool:
    """Tell whether there is such a folder; False for what cannot be a path at all, such as a name that is too long."""
    return os.path.isdir(path)  # noqa: PTH112 - pathlib's is_dir raises OSError there


def typed_folder(text: str) -> Path:
    """Return the folder that was typed, `~` and `~name` put in full where they can be."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - pathlib's expanduser raises for an unknown user


def check_hub_id(text: str) -> str:
    """Return `text` if it is a Hub id, organisation/name.

    Raises:
        SubmissionRefusedError: INVALID_MODEL_ID.
    """
    if not _HUB_ID.fullmatch(text) or "--" in text or ".." in text or text.endswith((".git", ".", "-")):
        raise SubmissionRefusedError(ProblemCode.INVALID_MODEL_ID, model=text[:200])
    return text


def check_revision(text: str) -> str:
    """Return `text` if it can be a branch, a tag or a commit; an empty text means `main`.

    Raises:
        SubmissionRefusedError: INVALID_REVISION.
    """
    revision = text or "main"
    if not _REVISION.fullmatch(revision) or ".." in revision or "//" in revision:
        raise SubmissionRefusedError(ProblemCode.INVALID_REVISION, revision=text[:200])
    return revision
