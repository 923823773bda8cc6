"""Publishing a run: every result and the manifest that lists them, in one commit."""

from leaderboard.records import PublishedTask, RunManifest, RunReference, TaskResult, sha256_hex
from leaderboard.results.layout import MANIFEST, run_folder
from leaderboard.store import Store


def list_results(results: list[TaskResult]) -> tuple[PublishedTask, ...]:
    """Return the manifest's lines for these results."""
    return tuple(
        PublishedTask(task=result.task, file=f"{result.task}.json", sha256=sha256_hex(result.to_json()))
        for result in results
    )


def publish(store: Store, manifest: RunManifest, results: list[TaskResult]) -> RunReference:
    """Commit a run and return what the state must name. Until a state names it, no board shows it."""
    folder = run_folder(manifest.run)
    changes: dict[str, bytes | None] = {f"{folder}{result.task}.json": result.to_json() for result in results}
    changes[folder + MANIFEST] = manifest.to_json()
    # Only this run's worker writes here, so no parent: another run's commit must not make this one fail.
    store.commit(changes, message=f"run {manifest.run}", parent=None)
    return RunReference(id=manifest.run, manifest_sha256=sha256_hex(manifest.to_json()))
