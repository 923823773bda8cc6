"""Reading what was published: only runs that a request's state names, each verified against its hashes."""

from collections.abc import Mapping
from dataclasses import dataclass

from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import (
    Evaluation,
    InvalidRecordError,
    RunManifest,
    RunReference,
    TaskResult,
    sha256_hex,
)
from leaderboard.results.layout import MANIFEST, RUNS, run_folder
from leaderboard.store import Store


@dataclass(frozen=True)
class Published:
    """Everything published, and the files that were set aside with the reason."""

    evaluations: tuple[Evaluation, ...]
    set_aside: tuple[InvalidRecordError, ...]


class ResultsReader:
    """Reads a results store. Runs never change, so each is read and verified once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._verified: dict[RunReference, Evaluation] = {}

    def published(self, queue: QueueView) -> Published:
        """Return the runs that the states of `queue` name. A broken run is named; the rest shows."""
        named = [entry for entry in queue.entries.values() if entry.state.run is not None]
        files: Mapping[str, bytes] | None = None
        evaluations, set_aside = [], list(queue.set_aside)
        for entry in named:
            reference = entry.state.run
            assert reference is not None  # noqa: S101 - selected above; tells the type checker
            if reference not in self._verified:
                files = files if files is not None else self._store.snapshot(RUNS).files
                try:
                    self._verified[reference] = _verified_run(entry, reference, files)
                except InvalidRecordError as error:
                    set_aside.append(error)
                    continue
            evaluations.append(self._verified[reference])
        return Published(tuple(evaluations), tuple(set_aside))


def _verified_run(entry: QueueEntry, reference: RunReference, files: Mapping[str, bytes]) -> Evaluation:
    folder = run_folder(reference.id)
    manifest_path = folder + MANIFEST
    content = _content(files, manifest_path, reference.manifest_sha256)
    manifest = RunManifest.from_json(content, manifest_path)
    if manifest.run != reference.id or manifest.request != entry.id:
        raise InvalidRecordError(manifest_path, f"it speaks of run {manifest.run}")
    results = []
    for published in manifest.results:
        path = folder + published.file
        result = TaskResult.from_json(_content(files, path, published.sha256), path)
        told, expected = (result.run, result.nonce, result.request), (manifest.run, manifest.nonce, manifest.request)
        if told != expected or result.task != published.task:
            raise InvalidRecordError(path, f"it belongs to run {result.run}, not to its manifest's")
        results.append(result)
    return Evaluation(request=entry.request, manifest=manifest, results=tuple(results))


def _content(files: Mapping[str, bytes], path: str, expected_sha256: str) -> bytes:
    content = files.get(path)
    if content is None:
        raise InvalidRecordError(path, "it is named as published but is not there")
    if sha256_hex(content) != expected_sha256:
        raise InvalidRecordError(path, "its content is not what was published (another SHA-256)")
    return content
