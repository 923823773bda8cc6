"""The lock file beside a suite: what was looked up once and must not change unseen."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from leaderboard.records import Record
from leaderboard.records.base import Sha256
from leaderboard.suite.registry import Floor, HubDataset
from leaderboard.suite.strict_yaml import read_text

CommitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class Lock(Record):
    """What `python -m leaderboard suite lock` and `suite calibrate` write; nobody edits it by hand."""

    lm_eval: str = ""
    """The version of lm-eval whose configurations were read."""
    upstream: dict[str, Sha256] = Field(default_factory=dict)
    """Path in lm-eval's tasks to the hash of the configuration, with its includes and its functions' files."""
    datasets: dict[str, CommitSha] = Field(default_factory=dict)
    """Dataset and branch, `id@branch`, to the commit that is evaluated."""
    encoders: dict[str, CommitSha] = Field(default_factory=dict)
    """Sentence encoder to its commit."""
    floors: dict[str, Floor] = Field(default_factory=dict)
    """Task to what random weights reached."""

    def revision_of(self, dataset: HubDataset) -> str | None:
        """Return the commit that is locked for a dataset, or None."""
        return self.datasets.get(lock_key(dataset))


def lock_key(dataset: HubDataset) -> str:
    """Return the name a dataset's commit stands under in the lock file."""
    return f"{dataset.id}@{dataset.revision}"


def lock_path(suite_path: Path) -> Path:
    """Return where the lock file of a suite file lies."""
    return suite_path.with_suffix(".lock.json")


def read_lock(suite_path: Path) -> Lock:
    """Return the lock of a suite; an empty one where there is no file.

    Raises:
        SuiteError: the file cannot be read.
        InvalidRecordError: it is not what the commands write.
    """
    path = lock_path(suite_path)
    return Lock.from_json(read_text(path).encode(), path.name) if path.is_file() else Lock()


def write_lock(suite_path: Path, lock: Lock) -> None:
    """Write the lock of a suite, every mapping sorted by its keys, so that a difference reads well."""
    ordered = lock.replaced(
        upstream=dict(sorted(lock.upstream.items())),
        datasets=dict(sorted(lock.datasets.items())),
        encoders=dict(sorted(lock.encoders.items())),
        floors=dict(sorted(lock.floors.items())),
    )
    lock_path(suite_path).write_bytes(ordered.to_json())
