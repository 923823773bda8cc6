"""Where the stores of a test are. A place can be handed to another process, which opens the same store there."""

from dataclasses import dataclass, replace
from pathlib import Path

from leaderboard.store import HubAccess, Store, open_store
from leaderboard.store.hub import HubStore
from tests.hub_server import HubServer

DATASET = "somos/store"
TOKEN = "hf_" + "s" * 34
KINDS = ("folder", "hub")


@dataclass(frozen=True)
class Place:
    """What it takes to open a store."""

    location: str
    access: HubAccess
    waits: bool = True
    """Whether the store really sleeps before it tries again."""

    def open(self) -> Store:
        """Open the store as this machine."""
        if self.waits:
            return open_store(self.location, self.access)
        return HubStore(self.location.removeprefix("hf://datasets/"), self.access, sleep=lambda _seconds: None)

    def on_another_machine(self, folder: Path) -> "Place":
        """Return the same store for a machine that has fetched nothing yet."""
        return replace(self, access=replace(self.access, cache=folder / "cache"))


def folder_place(folder: Path) -> Place:
    """Return a store in a folder."""
    return Place(str(folder / "store"), HubAccess(cache=folder / "cache"))


def hub_place(folder: Path, hub: HubServer, dataset: str = DATASET) -> Place:
    """Return a store in a new and empty dataset repository."""
    hub.add_dataset(dataset, {})
    hub.add_token(TOKEN, user="somos", may_write=hub.datasets.keys())
    access = HubAccess(cache=folder / "cache", endpoint=hub.url, token=TOKEN, timeout_seconds=5.0)
    return Place(f"hf://datasets/{dataset}", access)
