"""Publishing runs: the results of several and the manifests that list them, in one commit.

Nothing of it counts before a request's state names it: the run with its manifest's hash, or a checkpoint with its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from leaderboard.records import Checkpoint, RunManifest, RunReference, TaskResult, sha256_hex
from leaderboard.results.layout import manifest_path, results_path
from leaderboard.store import Store


@dataclass(frozen=True)
class Publication:
    """Files for the results store, and what names them."""

    files: Mapping[str, bytes] = field(default_factory=dict)

    def __or__(self, other: "Publication") -> "Publication":
        """Return both in one."""
        return Publication({**self.files, **other.files})

    def commit(self, store: Store, message: str) -> None:
        """Write everything in one commit, if there is anything.

        It has no parent: each run's worker alone writes there, and another's commit must not make this one fail.
        """
        if self.files:
            store.commit(dict(self.files), message=message, parent=None)


def checkpoint_of(run: str, results: Sequence[TaskResult]) -> Checkpoint:
    """Name these results of a run, finished or not."""
    return Checkpoint(run=run, sha256=sha256_hex(results_file(results)))


def reference_to(manifest: RunManifest) -> RunReference:
    """Return what the state that ends a request names."""
    return RunReference(id=manifest.run, manifest_sha256=sha256_hex(manifest.to_json()))


def finished_tasks(run: str, results: Sequence[TaskResult]) -> Publication:
    """Return the file that keeps the finished tasks of a run that goes on."""
    return Publication({results_path(checkpoint_of(run, results)): results_file(results)})


def finished_run(manifest: RunManifest, results: Sequence[TaskResult]) -> Publication:
    """Return the files of a run that has ended."""
    return finished_tasks(manifest.run, results) | Publication(
        {manifest_path(reference_to(manifest)): manifest.to_json()}
    )


def results_file(results: Sequence[TaskResult]) -> bytes:
    """Return results as JSON Lines, one task a line."""
    return b"".join(result.to_line() for result in results)
