"""A worker's turn: everything it has to say and everything it takes, decided on one view and written in one commit.

A commit for each change of status would soon use up what the Hub allows in an hour.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from leaderboard.queue import transitions
from leaderboard.queue.transitions import LostClaimError
from leaderboard.queue.view import QueueEntry, QueueView
from leaderboard.records import Checkpoint, Claim, Failure, Progress, RequestState, RunReference, Status, run_id


@dataclass(frozen=True)
class WorkerIdentity:
    """A worker's name and the secret its nonces come from.

    Whoever has both is the worker: after a crash it knows its own claims again, and a commit whose answer was lost.
    """

    name: str
    secret: bytes = field(repr=False)

    def nonce(self, request_id: str, attempt: int) -> str:
        """Return the nonce of this worker's claim on one attempt: 32 hexadecimal digits nobody else can know."""
        return hmac.new(self.secret, run_id(request_id, attempt).encode(), hashlib.sha256).hexdigest()[:32]

    def holds(self, entry: QueueEntry) -> bool:
        """Tell whether a running request is this worker's."""
        held = entry.state.claim
        return held is not None and hmac.compare_digest(held.nonce, self.nonce(entry.id, entry.state.attempt))


class Report(Protocol):
    """What a worker says of one request that it holds."""

    @property
    def request_id(self) -> str:
        """The request."""
        ...

    @property
    def attempt(self) -> int:
        """The attempt that speaks."""
        ...

    def applied(self, state: RequestState, nonce: str, lease_until: datetime, now: datetime) -> RequestState:
        """Return the state after the report; raises LostClaimError where the claim is lost."""
        ...


@dataclass(frozen=True)
class Renewal:
    """It is still at work, so far; `progress` is None for what has not begun."""

    request_id: str
    attempt: int
    progress: Progress | None = None
    checkpoint: Checkpoint | None = None

    def applied(self, state: RequestState, nonce: str, lease_until: datetime, _now: datetime) -> RequestState:
        """Prolong the lease."""
        return transitions.renew(state, nonce, lease_until, self.progress, self.checkpoint)


@dataclass(frozen=True)
class Finished:
    """Its results are published; `failure` says what is missing, if anything."""

    request_id: str
    attempt: int
    run: RunReference
    failure: Failure | None = None
    checkpoint: Checkpoint | None = None

    def applied(self, state: RequestState, nonce: str, _lease_until: datetime, now: datetime) -> RequestState:
        """End the run."""
        if state.claim is None and state.run == self.run:  # said before; only the answer was lost
            return state
        return transitions.finish(state, nonce, self.run, self.failure, now, self.checkpoint)


@dataclass(frozen=True)
class Failed:
    """There is nothing to publish, and why."""

    request_id: str
    attempt: int
    failure: Failure
    checkpoint: Checkpoint | None = None

    def applied(self, state: RequestState, nonce: str, _lease_until: datetime, now: datetime) -> RequestState:
        """End the run."""
        if state.claim is None and state.attempt == self.attempt and state.failure == self.failure:
            return state
        return transitions.fail(state, nonce, self.failure, now, self.checkpoint)


@dataclass(frozen=True)
class Released:
    """The worker was told to stop; another may go on."""

    request_id: str
    attempt: int
    checkpoint: Checkpoint | None = None

    def applied(self, state: RequestState, nonce: str, _lease_until: datetime, now: datetime) -> RequestState:
        """Give the request back."""
        return transitions.release(state, nonce, now, self.checkpoint)


@dataclass(frozen=True)
class Turn:
    """What a turn decided."""

    held: tuple[QueueEntry, ...] = ()
    """Every running request of this worker, in the order of submission, those it has just claimed among them."""
    lost: frozenset[str] = frozenset()
    """Requests it spoke of that are not its own any more: nothing of them may be published."""
    live_workers: int = 1
    """Workers that hold a request, this one counted."""
    changes: Mapping[str, RequestState] = field(default_factory=dict)
    """The new states."""


@dataclass(frozen=True)
class TurnPlan:
    """What a worker brings to its turn."""

    worker: WorkerIdentity
    now: datetime
    lease: timedelta
    reports: Sequence[Report] = ()
    hold: int = 0
    """How many requests it wants to hold afterwards; a fair share of what waits is the most it gets."""
    wanted: Callable[[QueueEntry], bool] = lambda _entry: True
    """Whether this worker can evaluate a request."""


def decide(plan: TurnPlan, view: QueueView) -> Turn:
    """Decide a turn on `view`: reports first, then what time has done to others, then new claims."""
    states = {entry.id: entry.state for entry in view.entries.values()}
    lost = _apply_reports(plan, states)
    _let_time_pass(plan.now, states)
    live = {state.claim.worker for state in states.values() if state.claim} | {plan.worker.name}
    _claim(plan, view, states, len(live))
    entries = [QueueEntry(entry.request, states[entry.id]) for entry in view.entries.values()]
    return Turn(
        held=tuple(entry for entry in entries if plan.worker.holds(entry)),
        lost=frozenset(lost),
        live_workers=len(live),
        changes={entry.id: entry.state for entry in entries if entry.state != view.entries[entry.id].state},
    )


def _apply_reports(plan: TurnPlan, states: dict[str, RequestState]) -> set[str]:
    lost = set()
    for report in plan.reports:
        state = states.get(report.request_id)
        if state is None:  # its file is broken or gone: nobody can say who holds it
            lost.add(report.request_id)
            continue
        nonce = plan.worker.nonce(report.request_id, report.attempt)
        try:
            states[report.request_id] = report.applied(state, nonce, plan.now + plan.lease, plan.now)
        except LostClaimError:
            lost.add(report.request_id)
    return lost


def _let_time_pass(now: datetime, states: dict[str, RequestState]) -> None:
    """Take requests from workers that are gone, and wake what failed for a cause that may have passed."""
    for request_id, state in states.items():
        if state.status is Status.RUNNING and state.claim and state.claim.lease_until <= now:
            states[request_id] = transitions.expire(state, now)
        elif transitions.is_due(state, now):
            states[request_id] = transitions.wake(state, now)


def _claim(plan: TurnPlan, view: QueueView, states: dict[str, RequestState], live_workers: int) -> None:
    held = sum(plan.worker.holds(QueueEntry(view.entries[one].request, state)) for one, state in states.items())
    waiting = [
        entry
        for entry in view.entries.values()
        if states[entry.id].status is Status.PENDING and plan.wanted(QueueEntry(entry.request, states[entry.id]))
    ]
    fair_share = -(-(held + len(waiting)) // live_workers)
    for entry in waiting[: max(0, min(plan.hold, fair_share) - held)]:
        state = states[entry.id]
        claim = Claim(
            worker=plan.worker.name,
            nonce=plan.worker.nonce(entry.id, state.attempt + 1),
            lease_until=plan.now + plan.lease,
        )
        states[entry.id] = transitions.claim(state, claim, plan.now)
