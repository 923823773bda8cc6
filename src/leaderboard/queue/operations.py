"""What may be done to the queue: read a snapshot, decide, commit once; on a conflict, decide anew."""

import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from leaderboard.queue import transitions
from leaderboard.queue.layout import SHARDS, STATES, archive_path, request_path, shard_path
from leaderboard.queue.turn import Turn, TurnPlan, decide
from leaderboard.queue.view import QueueEntry, QueueView, RequestReader, read_queue
from leaderboard.records import (
    EvalRequest,
    InvalidRecordError,
    LeaderboardError,
    RequestState,
    StateShard,
    Status,
    WithdrawalReason,
)
from leaderboard.store import ConflictError, Snapshot, Store

logger = logging.getLogger(__name__)

Admission = Callable[[QueueView], None]
"""Looks at the queue that a request is to join, and raises what forbids it."""

_MAX_CONFLICTS = 50
_LONGEST_MESSAGE = 200
_LONGEST_ID = 100
_SHORTEST_TRY_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 60.0
"""Full jitter under a limit that begins at what a try takes and doubles: many who collide must spread out."""


class QueueError(LeaderboardError):
    """The queue cannot do what was asked."""


class DuplicateRequestError(QueueError):
    """The same wish is in the queue already; `entry` says where it stands."""

    def __init__(self, entry: QueueEntry) -> None:
        super().__init__(f"{entry.request.model.name} was submitted already: request {entry.id}, {entry.state.status}.")
        self.entry = entry


class Queue:
    """The requests of one store. Any number of processes may work on it at once."""

    def __init__(
        self,
        store: Store,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self._sleep = sleep
        self._clock = clock
        self._last_view: QueueView | None = None
        self._requests = RequestReader()

    def _read(self, snapshot: Snapshot) -> QueueView:
        """Read a snapshot, or remember: most looks find what the last one found."""
        last = self._last_view
        if last is None or last.version != snapshot.version:
            last = self._last_view = read_queue(snapshot, self._requests)
        return last

    def view(self) -> QueueView:
        """Return the queue as it is now."""
        return self._read(self.store.snapshot())

    def submit(self, request: EvalRequest, admit: Admission | None = None) -> None:
        """Add a request.

        `admit` looks at the queue that the request is about to join and raises what forbids it. It is asked anew for
        every try to commit, so that of two who submit at once the second meets the first.

        Raises:
            DuplicateRequestError: the same wish is there already. Read at commit time, not from an old list.
        """
        for problem in self.add([request], admit).values():
            raise problem

    def add(self, requests: Sequence[EvalRequest], admit: Admission | None = None) -> Mapping[str, QueueError]:
        """Add those requests that can be added, in one commit; return what hinders the others, by id."""
        problems: dict[str, QueueError] = {}

        def plan(snapshot: Snapshot) -> Mapping[str, bytes]:
            view = self._read(snapshot)
            problems.clear()
            files, states = {}, {}
            for request in requests:
                known = view.entries.get(request.id)
                try:
                    if known is not None and not known.may_be_submitted_again:
                        raise DuplicateRequestError(known)
                    if admit is not None:
                        admit(view)
                    if known is None:
                        files[_free_path(request, snapshot)] = request.to_json()
                    else:
                        again = transitions.resubmit(known.state, request.submitted_at, request.submitted_by)
                        states[request.id] = again
                except QueueError as problem:
                    problems[request.id] = problem
            return {**files, **_rewritten_shards(snapshot, states)}

        self._commit(plan, f"submit {' '.join(request.id for request in requests)}"[:_LONGEST_MESSAGE])
        return problems

    def turn(self, plan: TurnPlan) -> Turn:
        """Say and take everything of one worker in one commit; none where nothing changes."""
        decided: list[Turn] = []

        def decide_turn(view: QueueView) -> Mapping[str, RequestState]:
            decided.append(decide(plan, view))
            return decided[-1].changes

        self._change(decide_turn, f"turn of {plan.worker.name}")
        return decided[-1]

    def retry(self, request_ids: Sequence[str], now: datetime, by: str | None = None) -> None:
        """Put failed, incomplete or cancelled requests back into the queue, in one commit.

        `by` is the account of the person who does it, here and below; None for whoever runs the copy.
        """
        self._change_each(request_ids, lambda state: transitions.retry(state, now, by), "retry")

    def cancel(self, request_id: str, now: datetime, by: str | None = None) -> None:
        """Take a request out of the queue; whoever evaluates it loses it."""
        self._change_each([request_id], lambda state: transitions.cancel(state, now, by), "cancel")

    def take_back(self, request_id: str, now: datetime, by: str | None) -> None:
        """Withdraw a request for its submitter, whose account is `by`, before anything of the model is published.

        Raises:
            QueueError: it is somebody else's, or there are results of it by now.
        """

        def decide_one(view: QueueView) -> Mapping[str, RequestState]:
            (entry,) = _known_entries(view, [request_id])
            if by is None or entry.submitted_by != by:
                reason = f"Request {request_id} was submitted by somebody else: only its submitter can take it back."
                raise QueueError(reason)
            if entry.state.status not in {Status.PENDING, Status.RUNNING}:
                reason = f"Request {request_id} is {entry.state.status}: only what waits or runs can be taken back."
                raise QueueError(reason)
            if any(one.state.run and one.request.identity == entry.request.identity for one in view.entries.values()):
                reason = f"Results of {entry.request.model.name} are published: only maintainers can take it down."
                raise QueueError(reason)
            return {request_id: transitions.withdraw(entry.state, WithdrawalReason.SUBMITTER, now, by)}

        self._change(decide_one, f"take back {request_id}")

    def take_down(self, request_id: str, now: datetime, by: str | None = None) -> Sequence[str]:
        """Withdraw the model of a request: all of its requests, for none may bring it back by another way."""
        taken: list[str] = []

        def decide_all(view: QueueView) -> Mapping[str, RequestState]:
            (asked,) = _known_entries(view, [request_id])
            model = asked.request.model
            states = {
                entry.id: transitions.withdraw(entry.state, WithdrawalReason.TAKEDOWN, now, by)
                for entry in view.of_model(model)
                if entry.state.status is not Status.WITHDRAWN
            }
            taken[:] = states
            if not states:
                reason = f"{model.name} was withdrawn before."
                raise QueueError(reason)
            return states

        self._change(decide_all, f"take down {request_id}")
        return taken

    def enqueue(
        self, wishes: Sequence[EvalRequest], now: datetime, *, keep_finished: bool = False, by: str | None = None
    ) -> None:
        """Have every wish measured anew, in one commit: new ones are added, those that ended begin again.

        With `keep_finished` only what is missing of those that failed is measured.
        """

        def plan(snapshot: Snapshot) -> Mapping[str, bytes]:
            view = self._read(snapshot)
            files, states = {}, {}
            for wish in wishes:
                known = view.entries.get(wish.id)
                if known is None:
                    files[_free_path(wish, snapshot)] = wish.to_json()
                elif (again := _begun_again(known.state, now, by, keep_finished=keep_finished)) != known.state:
                    states[wish.id] = again
            return {**files, **_rewritten_shards(snapshot, states)}

        self._commit(plan, f"enqueue {len(wishes)} requests")

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
            for shard in (path for path in map(shard_path, SHARDS) if path in snapshot.files):
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

    def _change_each(
        self, request_ids: Sequence[str], change: Callable[[RequestState], RequestState], message: str
    ) -> None:
        def decide_each(view: QueueView) -> Mapping[str, RequestState]:
            return {one.id: change(one.state) for one in _known_entries(view, request_ids)}

        self._change(decide_each, f"{message} {' '.join(request_ids)}"[:_LONGEST_MESSAGE])

    def _change(self, decide: Callable[[QueueView], Mapping[str, RequestState]], message: str) -> None:
        """Commit new states into the shards they belong to."""

        def plan(snapshot: Snapshot) -> Mapping[str, bytes]:
            changes = decide(self._read(snapshot))
            return _rewritten_shards(snapshot, changes)

        self._commit(plan, message)

    def _commit(self, plan: Callable[[Snapshot], Mapping[str, bytes | None]], message: str) -> None:
        for conflicts in range(1, _MAX_CONFLICTS + 1):
            began = self._clock()
            snapshot = self.store.snapshot()
            changes = plan(snapshot)
            if not changes:
                return
            try:
                self.store.commit(changes, message=message, parent=snapshot.version)
            except ConflictError:
                logger.debug("somebody else committed first; planning %s anew", message)
                took = max(_SHORTEST_TRY_SECONDS, self._clock() - began)
                longest = min(_LONGEST_PAUSE_SECONDS, took * 2.0**conflicts)
                self._sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not cryptography
            else:
                return
        reason = f"The queue kept changing for {_MAX_CONFLICTS} tries at: {message}. Try again."
        raise QueueError(reason)


def _known_entries(view: QueueView, request_ids: Sequence[str]) -> list[QueueEntry]:
    unknown = [one[:_LONGEST_ID] for one in request_ids if one not in view.entries]
    if unknown:
        reason = f"There is no request {', '.join(unknown)}. `queue` lists the ones there are."
        raise QueueError(reason)
    return [view.entries[one] for one in request_ids]


def _free_path(request: EvalRequest, snapshot: Snapshot) -> str:
    """Return where a request is to be written; never over a file that a broken one left."""
    path = request_path(request.id)
    if path in snapshot.files:
        reason = f"{path} is there already, but it or its state cannot be read. A maintainer must mend it."
        raise QueueError(reason)
    return path


def _begun_again(state: RequestState, now: datetime, by: str | None, *, keep_finished: bool) -> RequestState:
    """Return the state of a known wish that is to be measured again; what waits or runs already stays as it is."""
    if state.status in {Status.PENDING, Status.RUNNING}:
        return state
    if keep_finished and state.status not in {Status.FINISHED, Status.WITHDRAWN}:
        return transitions.retry(state, now, by)
    return transitions.reevaluate(state, now, by)


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
