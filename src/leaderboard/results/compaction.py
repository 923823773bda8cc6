"""Old runs in few files: their manifests and results move into packs, and checkpoints that nobody needs are deleted.

A pack holds the files under the paths they had, and whoever reads a run finds it there; the hashes that name and verify
a run stay what they were. Only the run that a state names is packed; earlier ones stay where the history of a request
looks for them.
"""

import json
import lzma
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from leaderboard.queue import QueueEntry
from leaderboard.records import Checkpoint, InvalidRecordError, RunManifest, RunReference, sha256_hex
from leaderboard.results.layout import RUNS, manifest_path, pack_path, results_path, run_folder
from leaderboard.store import ConflictError, Snapshot, Store

_LARGEST_PACK = 64 * 2**20
"""Bytes of the files in one pack before they are compressed; a larger run stays as it is."""
_LARGEST_UNPACKED = 4 * _LARGEST_PACK
"""Bytes of JSON, which writes some letters as two: what a hostile pack could fill memory with."""
_TRIES = 5
_FEWEST_RUNS = 8
"""So many runs are worth a pack."""


@dataclass(frozen=True)
class Compacted:
    """What was done."""

    runs: int
    deleted: int
    """Checkpoints."""


def compact(store: Store, finished: Sequence[QueueEntry]) -> Compacted:
    """Pack the runs of these requests, in one commit on the head that was read, and delete their stale checkpoints.

    Raises:
        ConflictError: somebody wrote at every try; nothing was changed.
        InvalidRecordError: a pack would not hold what went into it; nothing was changed.
        StoreError: the store cannot be read or written.
    """
    for _ in range(_TRIES - 1):
        try:
            return _compact_once(store, finished)
        except ConflictError:
            continue
    return _compact_once(store, finished)


def _compact_once(store: Store, finished: Sequence[QueueEntry]) -> Compacted:
    snapshot = store.snapshot(RUNS)
    whole = [files for entry in finished if (files := _files_of_run(snapshot, entry.state.run))]
    fitting = [files for files in whole if sum(map(len, files.values())) <= _LARGEST_PACK]
    packed = fitting if len(fitting) >= _FEWEST_RUNS else []
    stale = [path for entry in finished for path in _stale_checkpoints(snapshot, entry)]
    changes: dict[str, bytes | None] = dict.fromkeys(stale)
    for group in _groups(packed):
        content = pack(group)
        path = pack_path(sha256_hex(content))
        if unpack(content, path) != group:  # never delete what could not be read again
            raise InvalidRecordError(path, "it would not hold what was packed")
        changes |= {path: content, **dict.fromkeys(group)}
    if changes:
        store.commit(changes, message=f"pack {len(packed)} runs", parent=snapshot.version)
    return Compacted(len(packed), len(stale))


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return files as one: JSON, compressed, the same bytes for the same files."""
    texts = {path: content.decode() for path, content in sorted(files.items())}
    return lzma.compress(json.dumps(texts, ensure_ascii=False).encode(), preset=6)


def unpack(content: bytes, path: str) -> dict[str, bytes]:
    """Return the files of a pack by path.

    Raises:
        InvalidRecordError: it is no pack, or unpacks to more than one may hold.
    """
    try:
        unpacking = lzma.LZMADecompressor(memlimit=_LARGEST_UNPACKED)
        unpacked = unpacking.decompress(content, max_length=_LARGEST_UNPACKED)
        texts = json.loads(unpacked)
    except (lzma.LZMAError, ValueError, EOFError, RecursionError) as error:
        raise InvalidRecordError(path, "it cannot be unpacked") from error
    if not isinstance(texts, dict) or not all(isinstance(text, str) for text in texts.values()):
        raise InvalidRecordError(path, "it holds no files")
    return {name: text.encode(errors="replace") for name, text in texts.items()}


def _files_of_run(snapshot: Snapshot, run: RunReference | None) -> dict[str, bytes]:
    """Return manifest and results of a run that lies whole outside a pack and is what its names say; else nothing."""
    if run is None:
        return {}
    path = manifest_path(run)
    content = snapshot.files.get(path)
    if content is None or sha256_hex(content) != run.manifest_sha256:
        return {}
    try:
        manifest = RunManifest.from_json(content, path)
    except InvalidRecordError:
        return {}
    results = results_path(Checkpoint(run=manifest.run, sha256=manifest.results_sha256))
    found = snapshot.files.get(results)
    if found is None or sha256_hex(found) != manifest.results_sha256:
        return {}
    return {path: content, results: found}


def _stale_checkpoints(snapshot: Snapshot, entry: QueueEntry) -> Iterator[str]:
    """Yield results files that no manifest of their run names: what a request that is finished went on from."""
    for attempt in range(1, entry.state.attempt + 1):
        folder = run_folder(f"{entry.id}-{attempt}")
        inside = {path: content for path, content in snapshot.files.items() if path.startswith(folder)}
        named, is_readable = set(), True
        for path, content in inside.items():
            if "/manifest-" not in path:
                continue
            try:
                manifest = RunManifest.from_json(content, path)
            except InvalidRecordError:  # what it names nobody knows
                is_readable = False
                continue
            named.add(results_path(Checkpoint(run=manifest.run, sha256=manifest.results_sha256)))
        if is_readable:
            yield from (path for path in inside if "/results-" in path and path not in named)


def _groups(runs: Sequence[Mapping[str, bytes]]) -> Iterator[dict[str, bytes]]:
    """Yield runs together, as many as a pack has room for."""
    group: dict[str, bytes] = {}
    size = 0
    for files in runs:
        weight = sum(map(len, files.values()))
        if group and size + weight > _LARGEST_PACK:
            yield group
            group, size = {}, 0
        group |= files
        size += weight
    if group:
        yield group
