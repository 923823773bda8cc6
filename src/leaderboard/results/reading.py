"""Reading what was published: only runs that a request's state names, each verified against its hashes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import (
    Checkpoint,
    Evaluation,
    InvalidRecordError,
    RunManifest,
    RunReference,
    TaskResult,
    sha256_hex,
)
from leaderboard.results.layout import manifest_path, results_path
from leaderboard.results.packed import PackedFiles
from leaderboard.results.sharing import SharedParts
from leaderboard.store import Store

_RUNS_AT_ONCE = 64
"""How many runs' files are in memory together: of a run of a whole suite they take megabytes."""


@dataclass(frozen=True)
class Published:
    """Everything published, and the files that were set aside with the reason."""

    evaluations: tuple[Evaluation, ...]
    set_aside: tuple[InvalidRecordError, ...]


class ResultsReader:
    """Reads a results store. Runs never change, so each is read and verified once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._verified: dict[tuple[str, RunReference], Evaluation] = {}
        self._shared = SharedParts()
        self._packed = PackedFiles(store)

    def published(self, queue: QueueView) -> Published:
        """Return the runs that the states of `queue` name, but for withdrawn models. A broken run is named."""
        named = [(entry, entry.state.run) for entry in queue.with_results() if entry.state.run is not None]
        new = [(entry, run) for entry, run in named if (entry.id, run) not in self._verified]
        broken: list[InvalidRecordError] = []
        for first in range(0, len(new), _RUNS_AT_ONCE):
            broken += self._verify(new[first : first + _RUNS_AT_ONCE])
        shown = [(entry.id, run) for entry, run in named if (entry.id, run) in self._verified]
        evaluations = tuple(self._verified[one] for one in shown)
        return Published(evaluations, (*queue.set_aside, *broken))

    def finished_tasks(self, checkpoint: Checkpoint) -> tuple[TaskResult, ...]:
        """Return the results a checkpoint names.

        Raises:
            InvalidRecordError: the file is missing or is not what was named.
        """
        path = results_path(checkpoint)
        return _results(self._files([path]), checkpoint)

    def _files(self, paths: Sequence[str]) -> dict[str, bytes]:
        """Return those of these files that are there, by themselves or in a pack."""
        found = dict(self._store.snapshot(*paths).files)
        return found | self._packed.find(path for path in paths if path not in found)

    def _verify(self, named: Sequence[tuple[QueueEntry, RunReference]]) -> list[InvalidRecordError]:
        """Read runs, all manifests first and then all results; return what is wrong with those that are broken."""
        broken: list[InvalidRecordError] = []
        files = self._files([manifest_path(run) for _, run in named])
        manifests: dict[tuple[str, RunReference], RunManifest] = {}
        for entry, run in named:
            try:
                manifests[entry.id, run] = _manifest(files, entry, run)
            except InvalidRecordError as error:
                broken.append(error)
        if not manifests:
            return broken
        files = self._files([results_path(_results_of(one)) for one in manifests.values()])
        for entry, run in named:
            if (entry.id, run) in manifests:
                try:
                    evaluation = _evaluation(files, entry, manifests[entry.id, run])
                    self._verified[entry.id, run] = self._shared.in_evaluation(evaluation)
                except InvalidRecordError as error:
                    broken.append(error)
        return broken


def _manifest(files: Mapping[str, bytes], entry: QueueEntry, run: RunReference) -> RunManifest:
    path = manifest_path(run)
    manifest = RunManifest.from_json(_content(files, path, run.manifest_sha256), path)
    if manifest.run != run.id or manifest.request != entry.id:
        raise InvalidRecordError(path, f"it speaks of run {manifest.run}")
    return manifest


def _evaluation(files: Mapping[str, bytes], entry: QueueEntry, manifest: RunManifest) -> Evaluation:
    named = _results_of(manifest)
    results, path = _results(files, named), results_path(named)
    expected = (manifest.nonce, manifest.request)
    for result in results:
        if (result.nonce, result.request) != expected:
            raise InvalidRecordError(path, f"its result of {result.task} was made under another claim")
    if tuple(result.task for result in results) != manifest.tasks:
        raise InvalidRecordError(path, "its tasks are not those the manifest lists")
    return Evaluation(request=entry.request, manifest=manifest, results=results)


def _results_of(manifest: RunManifest) -> Checkpoint:
    return Checkpoint(run=manifest.run, sha256=manifest.results_sha256)


def _results(files: Mapping[str, bytes], named: Checkpoint) -> tuple[TaskResult, ...]:
    path = results_path(named)
    content = _content(files, path, named.sha256)
    results = tuple(TaskResult.from_json(line, path) for line in content.splitlines())
    for result in results:
        if result.run != named.run:
            raise InvalidRecordError(path, f"it holds a result of run {result.run}")
    return results


def _content(files: Mapping[str, bytes], path: str, expected_sha256: str) -> bytes:
    content = files.get(path)
    if content is None:
        raise InvalidRecordError(path, "it is named as published but is not there")
    if sha256_hex(content) != expected_sha256:
        raise InvalidRecordError(path, "its content is not what was published (another SHA-256)")
    return content
