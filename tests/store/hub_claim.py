"""One claim that is committed to the Hub, what happens while a store waits, and how often the claim landed."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.hub_server import HubDatasetRepository

FILES = {"claim.json": b"nobody", "gone.json": b"1", "other.json": b"1", "folder/one.json": b"1"}
CHANGES: dict[str, bytes | None] = {"claim.json": b"mine", "gone.json": None}

SHORT_S = 0.25
"""How long a store waits for an answer where one is late."""

LATE_S = 0.6


@dataclass
class Sleep:
    """Waits for nothing and remembers for how long; `then` is what happens meanwhile, nap by nap."""

    naps: list[float] = field(default_factory=list)
    then: list[Callable[[], object]] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        """Sleep."""
        self.naps.append(seconds)
        if self.then:
            self.then.pop(0)()


@dataclass
class Clock:
    """Shows what it is told."""

    now: float = 0.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


def ours(dataset: HubDatasetRepository) -> list[str]:
    """Return the commits that came over HTTP."""
    return [commit.sha for commit in dataset.commits if commit.author == "somos"]


def check_landed_once(dataset: HubDatasetRepository, version: str) -> None:
    """Check that CHANGES are one commit, and that it is `version`."""
    assert ours(dataset) == [version]
    landed = dataset.at(version)
    assert landed is not None
    visible = {path for path in landed.files if not path.startswith(".")}
    assert visible - {"theirs.json"} == {"claim.json", "other.json", "folder/one.json"}
    assert landed.files["claim.json"] == b"mine"


def check_nothing_landed(dataset: HubDatasetRepository) -> None:
    """Check that no commit came over HTTP."""
    assert ours(dataset) == []
