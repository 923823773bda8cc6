"""What may be done to the queue: read a snapshot, decide, commit once; on a conflict, decide anew."""

import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from leaderboard.queue import transitions
from leaderboard.queue.layout import STATES, archive_path, request_path, shard_path
from leaderboard.queue.view import QueueEntry, QueueView, read_queue
from leaderboard.records import (
    Claim,
    EvalRequest,
    Failure,
    InvalidRecordError,
    LeaderboardError,
    Progress,
    RequestState,
    RunReference,
    StateShard,
    Status,
)
from leaderboard.store import ConflictError, Snapshot, Store

logger = logging.getLogger(__name__)

_MAX_CONFLICTS = 50


class QueueError(LeaderboardError):
    """The queue cannot do what was asked."""


class DuplicateRequestError(QueueError):
    """The same wish is in the queue already; `entry` says where it stands."""

    def __init__(self, entry: QueueEntry) -> None:
        super().__init__(f"{entry.request.model.name} was submitted already: request {entry.id}, {entry.state.status}.")
        self.entry = entry


class Queue:
    """The requests of one store. Any number of processes may work on it at once."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def view(self) -> QueueView:
        """Return the queue as it is now."""
        return read_queue(self._store.snapshot())

    def submit(self, request: EvalRequest) -> None:
        """Add a request.

        Raises:
            DuplicateRequestError: the same wish is there already. Read at commit time, not from an old list.
        """

        def plan(snapshot: Snapshot) -> Mapping[str, bytes]:
            known = read_queue(snapshot).entries.get(request.id)
            if known is not None:
                raise DuplicateRequestError(known)
            path = request_path(request.id)
            if path in snapshot.files:
                reason = f"{path} is there already, but it or its state cannot be read. A maintainer must mend it."
                raise QueueError(reason)
            return {path: request.to_json()}

        self._commit(plan, f"submit {request.id}")

    def claim(
        self, wanted: Callable[[QueueEntry], bool], held_by: Callable[[], Claim], now: datetime
    ) -> QueueEntry | None:
        """Take the first pending request for which `wanted` holds; None where there is none.

        Requests whose lease has run out go back to the queue on the way.
        """
        taken: list[QueueEntry] = []

        def decide(view: QueueView) -> Mapping[str, RequestState]:
            taken.clear()
            changes: dict[str, RequestState] = {}
            for entry in view.entries.values():
                state = entry.state
                if state.status is Status.RUNNING and state.claim and state.claim.lease_until <= now:
                    state = changes[entry.id] = transitions.expire(state, now)
                if not taken and state.status is Status.PENDING and wanted(entry):
                    changes[entry.id] = transitions.claim(state, held_by(), now)
                    taken.append(QueueEntry(entry.request, changes[entry.id]))
            return changes

        self._change(decide, "claim")
        return taken[0] if taken else None

    def renew(self, request_id: str, nonce: str, lease: timedelta, progress: Progress, now: datetime) -> None:
        """Prolong a lease and publish progress.

        Raises:
            LostClaimError: the request is not this claim's any more: stop the evaluation.
        """
        self._change_one(request_id, lambda state: transitions.renew(state, nonce, now + lease, progress), "progress")

    def finish(self, request_id: str, nonce: str, run: RunReference, failure: Failure | None, now: datetime) -> None:
        """Name the run whose results count. Call it only after the results are committed."""
        self._change_one(request_id, lambda state: transitions.finish(state, nonce, run, failure, now), "finish")

    def fail(self, request_id: str, nonce: str, failure: Failure, now: datetime) -> None:
        """Record that a run ended with nothing to publish."""
        self._change_one(request_id, lambda state: transitions.fail(state, nonce, failure, now), "fail")

    def release(self, request_id: str, nonce: str, now: datetime) -> None:
        """Give a running request back to the queue."""
        self._change_one(request_id, lambda state: transitions.release(state, nonce, now), "release")

    def retry(self, request_id: str, now: datetime) -> None:
        """Put a failed or incomplete request back into the queue."""
        self._change_one(request_id, lambda state: transitions.retry(state, now), "retry")

    def archive(self, name: str) -> int:
        """Move the states of finished requests from the live shards into `archive/{name}.json`; return how many.

        Raises:
            QueueError: there is an archive of that name already; archives are never rewritten.
        """
        moved: dict[str, RequestState] = {}

        def plan(snapshot: Snapshot) -> Mapping[str, bytes | None]:
            path = archive_path(name)
            if path in snapshot.files:
                reason = f"{path} is there already. Choose another name."
                raise QueueError(reason)
            moved.clear()
            changes: dict[str, bytes | None] = {}
            for shard in (path for path in snapshot.files if path.startswith(STATES)):
                states = _shard_states(snapshot, shard)
                done = {one: state for one, state in states.items() if state.status is Status.FINISHED}
                if done:
                    moved.update(done)
                    kept = {one: state for one, state in states.items() if one not in done}
                    changes[shard] = StateShard(states=kept).to_json() if kept else None
            if moved:
                changes[path] = StateShard(states=dict(sorted(moved.items()))).to_json()
            return changes

        self._commit(plan, f"archive {name}")
        return len(moved)

    def _change_one(self, request_id: str, change: Callable[[RequestState], RequestState], message: str) -> None:
        def decide(view: QueueView) -> Mapping[str, RequestState]:
            entry = view.entries.get(request_id)
            if entry is None:
                reason = f"There is no request {request_id}. `queue` lists the ones there are."
                raise QueueError(reason)
            return {request_id: change(entry.state)}

        self._change(decide, f"{message} {request_id}")

    def _change(self, decide: Callable[[QueueView], Mapping[str, RequestState]], message: str) -> None:
        """Commit new states into the shards they belong to."""

        def plan(snapshot: Snapshot) -> Mapping[str, bytes]:
            changes = decide(read_queue(snapshot))
            return _rewritten_shards(snapshot, changes)

        self._commit(plan, message)

    def _commit(self, plan: Callable[[Snapshot], Mapping[str, bytes | None]], message: str) -> None:
        for _ in range(_MAX_CONFLICTS):
            snapshot = self._store.snapshot()
            changes = plan(snapshot)
            if not changes:
                return
            try:
                self._store.commit(changes, message=message, parent=snapshot.version)
            except ConflictError:
                logger.debug("somebody else committed first; planning %s anew", message)
                time.sleep(random.uniform(0, 0.05))  # noqa: S311 - jitter, not cryptography
            else:
                return
        reason = f"The queue kept changing for {_MAX_CONFLICTS} tries at: {message}. Try again."
        raise QueueError(reason)


def _rewritten_shards(snapshot: Snapshot, changes: Mapping[str, RequestState]) -> dict[str, bytes]:
    shards: dict[str, dict[str, RequestState]] = {}
    for request_id, state in changes.items():
        path = shard_path(request_id)
        if path not in shards:
            shards[path] = _shard_states(snapshot, path)
        shards[path][request_id] = state
    return {path: StateShard(states=dict(sorted(states.items()))).to_json() for path, states in shards.items()}


def _shard_states(snapshot: Snapshot, path: str) -> dict[str, RequestState]:
    """Return a shard's states; a broken shard is never overwritten, for it may hold what can be mended."""
    content = snapshot.files.get(path)
    if content is None:
        return {}
    try:
        return dict(StateShard.from_json(content, path).states)
    except InvalidRecordError as error:
        reason = f"The states in {STATES} cannot be changed: {error}"
        raise QueueError(reason) from error
