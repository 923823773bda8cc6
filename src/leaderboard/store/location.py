"""From what a setting says (`eval_queue`, `hf://datasets/org/name`) to an open store."""

from pathlib import Path

from leaderboard.store.folder import FolderStore
from leaderboard.store.port import Store, StoreError

HUB_SCHEME = "hf://"


def open_store(location: str) -> Store:
    """Open the store at `location`, a folder's path.

    Raises:
        StoreError: the location names a kind of store that this version does not have.
    """
    if location.startswith(HUB_SCHEME):
        message = f"{location}: stores on the Hub are not part of this version; name a folder instead."
        raise StoreError(message)
    return FolderStore(Path(location).expanduser())
