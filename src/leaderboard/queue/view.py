"""The queue as one snapshot shows it: every request with its state, and every file that could not be read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leaderboard.queue.layout import ARCHIVES, REQUESTS, STATES, request_path, shard_path
from leaderboard.queue.past import state_as_of
from leaderboard.records import (
    EvalRequest,
    InvalidRecordError,
    ModelReference,
    ModelSource,
    RequestState,
    StateShard,
    Status,
    WithdrawalReason,
    owner_of,
)
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

    @property
    def may_be_submitted_again(self) -> bool:
        """Whether its submitter took it back, so that the same wish is no repetition."""
        withdrawal = self.state.withdrawal
        return withdrawal is not None and withdrawal.reason is WithdrawalReason.SUBMITTER

    @property
    def submitted_by(self) -> str | None:
        """The account whose submission it is: the first one's, until they took it back and somebody submitted it."""
        again = self.state.resubmission
        return again.by if again else self.request.submitted_by

    @property
    def submitted_at(self) -> datetime:
        """When it was submitted, by whoever that is."""
        again = self.state.resubmission
        return again.at if again else self.request.submitted_at

    @property
    def is_withdrawn(self) -> bool:
        """Whether it was taken back or taken down."""
        return self.state.status is Status.WITHDRAWN


@dataclass(frozen=True)
class QueueView:
    """All entries in the order of submission, and the files that were set aside with the reason."""

    version: Version
    entries: Mapping[str, QueueEntry]
    set_aside: tuple[InvalidRecordError, ...]

    def pending(self) -> list[QueueEntry]:
        """Return what waits, in the order it is to be evaluated."""
        return [entry for entry in self.entries.values() if entry.state.status is Status.PENDING]

    def with_results(self) -> list[QueueEntry]:
        """Return what has published results that may be shown: everything but what was withdrawn."""
        return [entry for entry in self.entries.values() if entry.state.run and not entry.is_withdrawn]

    def withdrawn(self) -> list[QueueEntry]:
        """Return what was taken back or taken down, the latest first."""
        gone = [(entry.state.withdrawal.at, entry) for entry in self.entries.values() if entry.state.withdrawal]
        return [entry for _, entry in sorted(gone, key=lambda pair: pair[0], reverse=True)]

    def of_model(self, model: ModelReference) -> list[QueueEntry]:
        """Return all requests for a model, whatever their revision; of a local folder, those for its very files."""
        local = model.source is ModelSource.LOCAL
        return [
            entry
            for entry in self.entries.values()
            if entry.request.model.source is model.source
            and entry.request.model.name.lower() == model.name.lower()
            and (not local or entry.request.model.revision == model.revision)
        ]

    def of_owner(self, account: str) -> list[QueueEntry]:
        """Return everything that an account submitted, and everything submitted of its models, however it ended."""
        name = account.strip().lower()
        return [entry for entry in self.entries.values() if name in _accounts(entry)]

    def place(self, request_id: str) -> int | None:
        """Return the place in the queue, from 1; None for what does not wait."""
        waiting = [entry.id for entry in self.pending()]
        return waiting.index(request_id) + 1 if request_id in waiting else None

    def as_of(self, moment: datetime) -> "QueueView":
        """Return what is known of the queue at a past moment: what had been submitted, and the runs that counted then.

        What is withdrawn by now stays so whatever the moment, for nothing brings back what was taken down.
        """
        entries = {
            one: QueueEntry(entry.request, state_as_of(entry.state, moment))
            for one, entry in self.entries.items()
            if entry.request.submitted_at <= moment
        }
        return QueueView(self.version, entries, self.set_aside)


def _accounts(entry: QueueEntry) -> set[str]:
    """Name whose a request is, in small letters: the model's owner, and whoever submitted it, also before."""
    accounts = {one.lower() for one in (entry.request.submitted_by, entry.submitted_by) if one}
    if entry.request.model.source is ModelSource.HUB:
        accounts.add(owner_of(entry.request.model.name))
    return accounts


class RequestReader:
    """Reads requests, and each only once: they never change, and parsing a thousand takes longer than all the rest."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, EvalRequest]] = {}

    def read(self, path: str, content: bytes) -> EvalRequest:
        """Return the request in a file; raises InvalidRecordError where it is none, or is not of that name."""
        known = self._known.get(path)
        if known is not None and known[0] == content:
            return known[1]
        request = _read_request(path, content)
        self._known[path] = (content, request)
        return request


def read_queue(snapshot: Snapshot, reader: RequestReader | None = None) -> QueueView:
    """Build the view of a snapshot. A broken file is named and set aside; the rest goes on."""
    reader = reader or RequestReader()
    broken: list[InvalidRecordError] = []
    requests: list[EvalRequest] = []
    archives: dict[str, Mapping[str, RequestState]] = {}
    live: dict[str, RequestState] = {}
    for path, content in snapshot.files.items():
        try:
            if path.startswith(REQUESTS):
                requests.append(reader.read(path, content))
            elif path.startswith(ARCHIVES):
                archives[path] = StateShard.from_json(content, path).states
            elif path.startswith(STATES):
                live.update(_read_shard(path, content))
        except InvalidRecordError as error:
            broken.append(error)
    archived, disputed = _archived(archives, outranked=live)
    states = archived | live
    unreadable = {error.path for error in broken}
    archive_lost = any(path.startswith(ARCHIVES) for path in unreadable)

    def is_known(request: EvalRequest) -> bool:
        """Without the file that holds its state, a request would look pending and be evaluated a second time."""
        if request.id in states:
            return True
        return shard_path(request.id) not in unreadable and not archive_lost and request.id not in disputed

    entries = {
        request.id: QueueEntry(request, states.get(request.id, RequestState()))
        for request in sorted(requests, key=lambda one: (one.submitted_at, one.id))
        if is_known(request)
    }
    set_aside = (*broken, *disputed.values(), *_states_alone(states, entries, unreadable))
    return QueueView(snapshot.version, entries, set_aside)


def _archived(
    archives: Mapping[str, Mapping[str, RequestState]], outranked: Mapping[str, RequestState]
) -> tuple[dict[str, RequestState], dict[str, InvalidRecordError]]:
    """Return the latest archived state of each request, and what is wrong with those that archives disagree about.

    A request that was evaluated anew and archived again is in two archives: the state that went on from the other
    counts, whatever the archives are called. Where neither did, nobody can tell which is true, and none counts.
    """
    states: dict[str, RequestState] = {}
    found_in: dict[str, str] = {}
    disputed: dict[str, InvalidRecordError] = {}
    for path, archive in archives.items():
        for request_id, state in archive.items():
            known = states.get(request_id, state)
            if _went_on_from(known, state):
                states[request_id] = state
                found_in[request_id] = path
            elif not _went_on_from(state, known) and request_id not in outranked:
                reason = f"it and {found_in[request_id]} disagree about the request {request_id}"
                disputed[request_id] = InvalidRecordError(path, reason)
    return {one: state for one, state in states.items() if one not in disputed}, disputed


def _went_on_from(earlier: RequestState, later: RequestState) -> bool:
    """Tell whether `later` is what became of `earlier`, or the same: nothing in a history is ever changed."""
    length = len(earlier.history)
    return later == earlier or (len(later.history) > length and later.history[:length] == earlier.history)


def _states_alone(
    states: Mapping[str, RequestState], entries: Mapping[str, QueueEntry], unreadable: Collection[str]
) -> list[InvalidRecordError]:
    """Name requests that have a state and no file; a file that cannot be read is named already."""
    reason = "it is not there, though the queue has a state of it"
    paths = (request_path(request_id) for request_id in states if request_id not in entries)
    return [InvalidRecordError(path, reason) for path in paths if path not in unreadable]


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
        "log": list(state.failure.log) if state.failure else [],
        "retry_at": state.retry_at.isoformat() if state.retry_at else None,
        "lease_until": state.claim.lease_until.isoformat() if state.claim else None,
        "progress": state.progress.model_dump(mode="json") if state.progress else None,
        "submitted_at": entry.submitted_at.isoformat(),
        "submitted_by": entry.submitted_by,
        "withdrawal": state.withdrawal.model_dump(mode="json") if state.withdrawal else None,
    }
