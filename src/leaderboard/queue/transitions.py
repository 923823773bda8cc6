"""The life of a request, as pure functions from state to state. Nothing else makes new states.

| from | by | to |
|---|---|---|
| PENDING | claim | RUNNING |
| RUNNING | finish | FINISHED, or INCOMPLETE where tasks failed |
| RUNNING | fail | FAILED |
| RUNNING | release: the worker was told to stop | PENDING |
| RUNNING | expire: the lease ran out | PENDING, or FAILED after too many attempts |
| FAILED, INCOMPLETE | retry | PENDING |
"""

from datetime import datetime

from leaderboard.records import (
    Cause,
    Claim,
    Failure,
    HistoryEntry,
    LeaderboardError,
    Progress,
    RequestState,
    RunReference,
    Status,
)

MAX_ATTEMPTS = 3
"""A request that has lost so many workers is failed: something about it kills them."""

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.FINISHED, Status.INCOMPLETE, Status.FAILED, Status.PENDING, Status.CANCELLED}),
    Status.FINISHED: frozenset(),
    Status.INCOMPLETE: frozenset({Status.PENDING}),
    Status.FAILED: frozenset({Status.PENDING}),
    Status.CANCELLED: frozenset(),
}


class TransitionError(LeaderboardError):
    """The request is not in a state from which this can be done."""


class LostClaimError(TransitionError):
    """The claim that speaks is not the one that holds the request: its worker must publish nothing."""


def claim(state: RequestState, held_by: Claim, now: datetime) -> RequestState:
    """Give a pending request to a worker; the attempt grows."""
    return _enter(state, Status.RUNNING, now, attempt=state.attempt + 1, claim=held_by)


def renew(state: RequestState, nonce: str, lease_until: datetime, progress: Progress) -> RequestState:
    """Prolong the lease of a running request and say how far it is."""
    held = _held(state, nonce)
    return state.replaced(claim=held.replaced(lease_until=lease_until), progress=progress)


def finish(state: RequestState, nonce: str, run: RunReference, failure: Failure | None, now: datetime) -> RequestState:
    """End a run that published results: FINISHED, or INCOMPLETE where `failure` says what is missing."""
    _held(state, nonce)
    status = Status.INCOMPLETE if failure else Status.FINISHED
    return _enter(state, status, now, run=run, failure=failure)


def fail(state: RequestState, nonce: str, failure: Failure, now: datetime) -> RequestState:
    """End a run that has nothing to publish."""
    _held(state, nonce)
    return _enter(state, Status.FAILED, now, failure=failure)


def release(state: RequestState, nonce: str, now: datetime) -> RequestState:
    """Give a running request back to the queue: its worker was told to stop."""
    _held(state, nonce)
    return _enter(state, Status.PENDING, now)


def expire(state: RequestState, now: datetime) -> RequestState:
    """Take a request from a worker whose lease ran out: back to the queue, or FAILED after too many."""
    if state.status is not Status.RUNNING or state.claim is None or state.claim.lease_until > now:
        message = f"The lease has not run out: the request is {state.status}."
        raise TransitionError(message)
    lost = Failure(cause=Cause.LOST_WORKER, detail=f"worker {state.claim.worker} was not heard of any more")
    lost_before = sum(event.failure is not None and event.failure.cause is Cause.LOST_WORKER for event in state.history)
    status = Status.PENDING if lost_before + 1 < MAX_ATTEMPTS else Status.FAILED
    return _enter(state, status, now, failure=lost)


def retry(state: RequestState, now: datetime) -> RequestState:
    """Put a request that failed back into the queue; its history stays."""
    if state.status not in {Status.FAILED, Status.INCOMPLETE}:
        message = f"Only FAILED and INCOMPLETE requests can be retried; this one is {state.status}."
        raise TransitionError(message)
    return _enter(state, Status.PENDING, now)


def _held(state: RequestState, nonce: str) -> Claim:
    if state.status is not Status.RUNNING or state.claim is None or state.claim.nonce != nonce:
        message = f"The request is {state.status} and not held by this claim any more."
        raise LostClaimError(message)
    return state.claim


def _enter(
    state: RequestState,
    status: Status,
    now: datetime,
    *,
    attempt: int | None = None,
    claim: Claim | None = None,
    run: RunReference | None = None,
    failure: Failure | None = None,
) -> RequestState:
    if status not in TRANSITIONS[state.status]:
        message = f"A request cannot go from {state.status} to {status}."
        raise TransitionError(message)
    number = state.attempt if attempt is None else attempt
    worker = claim.worker if claim else (state.claim.worker if state.claim else None)
    event = HistoryEntry(at=now, status=status, attempt=number, worker=worker, failure=failure)
    return RequestState(
        status=status,
        attempt=number,
        claim=claim,
        # What an earlier run published stays on the board until another run takes its place.
        run=run or state.run,
        failure=failure,
        history=(*state.history, event),
    )
