"""The queue as one snapshot shows it: every request with its state, and every file that could not be read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaderboard.queue.layout import ARCHIVES, REQUESTS, STATES, shard_path
from leaderboard.records import EvalRequest, InvalidRecordError, RequestState, StateShard, Status
from leaderboard.store import Snapshot, Version


@dataclass(frozen=True)
class QueueEntry:
    """A request and where it stands."""

    request: EvalRequest
    state: RequestState

    @property
    def id(self) -> str:
        """The request's id."""
        return self.request.id


@dataclass(frozen=True)
class QueueView:
    """All entries in the order of submission, and the files that were set aside with the reason."""

    version: Version
    entries: Mapping[str, QueueEntry]
    set_aside: tuple[InvalidRecordError, ...]

    def pending(self) -> list[QueueEntry]:
        """Return what waits, in the order it is to be evaluated."""
        return [entry for entry in self.entries.values() if entry.state.status is Status.PENDING]

    def place(self, request_id: str) -> int | None:
        """Return the place in the queue, from 1; None for what does not wait."""
        waiting = [entry.id for entry in self.pending()]
        return waiting.index(request_id) + 1 if request_id in waiting else None


def read_queue(snapshot: Snapshot) -> QueueView:
    """Build the view of a snapshot. A broken file is named and set aside; the rest goes on."""
    broken: list[InvalidRecordError] = []
    requests: list[EvalRequest] = []
    archived: dict[str, RequestState] = {}
    live: dict[str, RequestState] = {}
    for path, content in snapshot.files.items():
        try:
            if path.startswith(REQUESTS):
                requests.append(_read_request(path, content))
            elif path.startswith(ARCHIVES):
                archived.update(StateShard.from_json(content, path).states)
            elif path.startswith(STATES):
                live.update(_read_shard(path, content))
        except InvalidRecordError as error:
            broken.append(error)
    states = archived | live
    unreadable = {error.path for error in broken}
    archive_lost = any(path.startswith(ARCHIVES) for path in unreadable)

    def is_known(request: EvalRequest) -> bool:
        """Without the file that holds its state, a request would look pending and be evaluated a second time."""
        if request.id in states:
            return True
        return shard_path(request.id) not in unreadable and not archive_lost

    entries = {
        request.id: QueueEntry(request, states.get(request.id, RequestState()))
        for request in sorted(requests, key=lambda one: (one.submitted_at, one.id))
        if is_known(request)
    }
    return QueueView(snapshot.version, entries, tuple(broken))


def _read_request(path: str, content: bytes) -> EvalRequest:
    request = EvalRequest.from_json(content, path)
    if not path.endswith(f"/{request.id}.json"):
        raise InvalidRecordError(path, f"it holds the request {request.id}")
    return request


def _read_shard(path: str, content: bytes) -> dict[str, RequestState]:
    shard = StateShard.from_json(content, path)
    if any(shard_path(request_id) != path for request_id in shard.states):
        raise InvalidRecordError(path, "it is not one of the sixteen shards, or holds states of another")
    return shard.states


def entry_as_row(entry: QueueEntry) -> dict[str, Any]:
    """Return an entry as plain data for machine-readable output."""
    request, state = entry.request, entry.state
    return {
        "id": request.id,
        "model": request.model.name,
        "source": str(request.model.source),
        "revision": request.model.revision,
        "precision": request.precision_label,
        "chat_template": str(request.chat_template),
        "status": str(state.status),
        "attempt": state.attempt,
        "worker": state.claim.worker if state.claim else None,
        "cause": str(state.failure.cause) if state.failure else None,
        "detail": state.failure.detail if state.failure else None,
        "progress": state.progress.model_dump(mode="json") if state.progress else None,
        "submitted_at": request.submitted_at.isoformat(),
    }
