"""From what a setting says (`eval_queue`, `hf://datasets/org/name`) to an open store."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.store.folder import FolderStore
from leaderboard.store.pace import Pace
from leaderboard.store.port import Store, StoreError

HUB_SCHEME = "hf://"

_ANY_SCHEME = "://"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_DATASET = re.compile(rf"hf://datasets/({_NAME}/{_NAME})/?")
_BARRED = re.compile(r"--|\.\.|\.git/?$")
"""What the Hub lets no name hold."""


@dataclass(frozen=True)
class HubAccess:
    """What it takes to use a dataset repository on the Hub as a store."""

    cache: Path
    """This machine's folder of files that were fetched once."""
    endpoint: str | None = None
    token: str | None = field(default=None, repr=False)
    """Needed to write, and to read what is private."""
    timeout_seconds: float = 30.0
    pace: Pace = field(default_factory=Pace, compare=False)
    """One for all stores of an account: the Hub counts the commits of all of them together."""


def open_store(location: str, access: HubAccess) -> Store:
    """Open the store at `location`: a folder's path, or `hf://datasets/organisation/name`.

    Raises:
        StoreError: the location looks like one on the Hub and is not.
    """
    if _ANY_SCHEME not in location:
        return FolderStore(Path(location).expanduser())
    named = _DATASET.fullmatch(location)
    if named is None or _BARRED.search(location):
        message = f"{location!r} is no store: on the Hub it is hf://datasets/ORGANISATION/NAME, else name a folder."
        raise StoreError(message)
    from leaderboard.store.hub import HubStore  # imports the Hub's client, which a folder does not need

    return HubStore(named[1], access)
