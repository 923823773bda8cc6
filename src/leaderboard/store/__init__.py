"""Where files are kept: one small port, a versioned tree with compare-and-swap, and what implements it."""

from leaderboard.store.folder import FolderStore
from leaderboard.store.location import HUB_SCHEME, HubAccess, open_store
from leaderboard.store.port import (
    ConflictError,
    Snapshot,
    Store,
    StoreError,
    StoreUnavailableError,
    Version,
    check_path,
)

__all__ = [
    "HUB_SCHEME",
    "ConflictError",
    "FolderStore",
    "HubAccess",
    "Snapshot",
    "Store",
    "StoreError",
    "StoreUnavailableError",
    "Version",
    "check_path",
    "open_store",
]
