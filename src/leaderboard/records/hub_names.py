"""What names on the Hub look like. Whatever does not look so is refused before it is put anywhere.

ASCII only: a letter of another script that looks like ours, a sign that turns the direction of writing, a space of no
width cannot be in a name. The patterns are those of `huggingface_hub.utils.validate_repo_id`, and a little stricter.
"""

import re
from typing import Annotated

from pydantic import Field

_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_MODEL_ID = re.compile(rf"{_PART}/{_PART}", re.ASCII)
_REVISION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)

HubUser = Annotated[str, Field(pattern=rf"^{_USER.pattern}$")]
"""The name of an account of a person or an organisation."""


def is_model_id(text: str) -> bool:
    """Tell whether `text` can be the id of a model on the Hub, `organisation/name`."""
    if not _MODEL_ID.fullmatch(text) or "--" in text or ".." in text:
        return False
    return not any(part.endswith((".git", ".ipynb", ".", "-")) for part in text.split("/"))


def is_revision(text: str) -> bool:
    """Tell whether `text` can be a branch, a tag or a commit of a repository on the Hub.

    A ref written out cannot: what lies under `refs/pr/` anybody may have put there, in anybody's repository.
    """
    if not _REVISION.fullmatch(text) or text.lower().startswith("refs/"):
        return False
    return ".." not in text and "//" not in text and not text.endswith("/")


def is_commit(text: str) -> bool:
    """Tell whether `text` is the full name of a commit."""
    return bool(_COMMIT.fullmatch(text))


def is_user(text: str) -> bool:
    """Tell whether `text` can be the name of an account on the Hub."""
    return bool(_USER.fullmatch(text))


def owner_of(model_id: str) -> str:
    """Return the account that a model on the Hub belongs to, in small letters: accounts do not differ in them."""
    return model_id.partition("/")[0].lower()
