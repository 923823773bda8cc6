"""Is what was typed the id of a model on the Hub, or a folder of this machine?"""

import os
from pathlib import Path

from leaderboard.records import is_model_id, is_revision, visible
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError

_LONGEST_ECHO = 100


def looks_like_folder(text: str, *, folders_allowed: bool) -> bool:
    """Tell whether `text` means a folder. What exists is only looked up where folders are allowed."""
    return text.startswith(("/", "./", "../", "~")) or (folders_allowed and is_folder(text))


def is_folder(path: str | Path) -> bool:
    """Tell whether there is such a folder; False for what cannot be a path at all: too long, or with a zero in it."""
    try:
        return os.path.isdir(path)  # noqa: PTH112 - pathlib's is_dir raises OSError where a name is too long
    except ValueError:
        return False


def typed_folder(text: str) -> Path:
    """Return the folder that was typed, `~` and `~name` put in full where they can be."""
    try:
        return Path(os.path.expanduser(text))  # noqa: PTH111 - pathlib's expanduser raises for an unknown user
    except ValueError:  # a name that no user can have: with a zero in it, or half of a character
        return Path(text)


def check_hub_id(text: str) -> str:
    """Return `text` if it is a Hub id, organisation/name.

    Raises:
        SubmissionRefusedError: INVALID_MODEL_ID.
    """
    if not is_model_id(text):
        raise SubmissionRefusedError(ProblemCode.INVALID_MODEL_ID, model=echo(text))
    return text


def check_revision(text: str) -> str:
    """Return `text` if it can be a branch, a tag or a commit; an empty text means `main`.

    Raises:
        SubmissionRefusedError: INVALID_REVISION.
    """
    revision = text or "main"
    if not is_revision(revision):
        raise SubmissionRefusedError(ProblemCode.INVALID_REVISION, revision=echo(text))
    return revision


def echo(text: str) -> str:
    """Return what was typed so that it can be shown: short, and without signs that hide or turn what follows them."""
    return visible(text[:_LONGEST_ECHO]) + ("…" if len(text) > _LONGEST_ECHO else "")
