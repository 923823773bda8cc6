"""The life of a request, as pure functions from state to state. Nothing else makes new states.

| from | by | to |
|---|---|---|
| PENDING | claim | RUNNING |
| RUNNING | finish | FINISHED, or INCOMPLETE where tasks failed |
| RUNNING | fail | FAILED |
| RUNNING | release: the worker was told to stop | PENDING |
| RUNNING | expire: the lease ran out | PENDING, or FAILED after too many attempts |
| FAILED, INCOMPLETE | wake: its time to be tried again has come | PENDING |
| FAILED, INCOMPLETE, CANCELLED | retry, by a maintainer | PENDING |
| FINISHED, INCOMPLETE, FAILED, CANCELLED, WITHDRAWN | reevaluate, by a maintainer | PENDING |
| PENDING, RUNNING, FAILED, INCOMPLETE | cancel, by a maintainer | CANCELLED |
| WITHDRAWN | resubmit, where its submitter took it back | PENDING |
| PENDING, RUNNING, FINISHED, INCOMPLETE, FAILED, CANCELLED | withdraw, by a maintainer, or its submitter | WITHDRAWN |
"""

from datetime import datetime
from typing import Any

from leaderboard.queue.retrying import MAX_ATTEMPTS, can_pass, next_try
from leaderboard.records import (
    Cause,
    Checkpoint,
    Claim,
    Failure,
    HistoryEntry,
    LeaderboardError,
    Progress,
    RequestState,
    Resubmission,
    RunReference,
    Status,
    Withdrawal,
    WithdrawalReason,
)

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.CANCELLED, Status.WITHDRAWN}),
    Status.RUNNING: frozenset(set(Status) - {Status.RUNNING}),
    Status.FINISHED: frozenset({Status.PENDING, Status.WITHDRAWN}),
    Status.INCOMPLETE: frozenset({Status.PENDING, Status.CANCELLED, Status.WITHDRAWN}),
    Status.FAILED: frozenset({Status.PENDING, Status.CANCELLED, Status.WITHDRAWN}),
    Status.CANCELLED: frozenset({Status.PENDING, Status.WITHDRAWN}),
    Status.WITHDRAWN: frozenset({Status.PENDING}),
}


class TransitionError(LeaderboardError):
    """The request is not in a state from which this can be done."""


class LostClaimError(TransitionError):
    """The claim that speaks is not the one that holds the request: its worker must publish nothing."""


def claim(state: RequestState, held_by: Claim, now: datetime) -> RequestState:
    """Give a pending request to a worker; the attempt grows."""
    return _enter(state, Status.RUNNING, now, attempt=state.attempt + 1, claim=held_by)


def renew(
    state: RequestState,
    nonce: str,
    lease_until: datetime,
    progress: Progress | None,
    checkpoint: Checkpoint | None = None,
) -> RequestState:
    """Prolong the lease of a running request, say how far it is and which finished tasks are safe."""
    held = _held(state, nonce)
    return state.replaced(
        claim=held.replaced(lease_until=lease_until), progress=progress, checkpoint=checkpoint or state.checkpoint
    )


def finish(
    state: RequestState,
    nonce: str,
    run: RunReference,
    failure: Failure | None,
    now: datetime,
    checkpoint: Checkpoint | None = None,
) -> RequestState:
    """End a run that published results: FINISHED, or INCOMPLETE where `failure` says what is missing.

    `checkpoint` names what an INCOMPLETE request need not measure again.
    """
    _held(state, nonce)
    if failure is None:
        return _enter(state, Status.FINISHED, now, run=run, checkpoint=None, failures_in_a_row=0)
    again = _another_try(state, failure, now)
    return _enter(state, Status.INCOMPLETE, now, run=run, checkpoint=checkpoint, failure=failure, **again)


def fail(
    state: RequestState, nonce: str, failure: Failure, now: datetime, checkpoint: Checkpoint | None = None
) -> RequestState:
    """End a run that has nothing to publish."""
    _held(state, nonce)
    again = _another_try(state, failure, now)
    return _enter(state, Status.FAILED, now, failure=failure, checkpoint=checkpoint or state.checkpoint, **again)


def release(state: RequestState, nonce: str, now: datetime, checkpoint: Checkpoint | None = None) -> RequestState:
    """Give a running request back to the queue: its worker was told to stop."""
    _held(state, nonce)
    return _enter(state, Status.PENDING, now, checkpoint=checkpoint or state.checkpoint)


def expire(state: RequestState, now: datetime) -> RequestState:
    """Take a request from a worker whose lease ran out: back to the queue, or FAILED after too many."""
    if state.status is not Status.RUNNING or state.claim is None or state.claim.lease_until > now:
        message = f"The lease has not run out: the request is {state.status}."
        raise TransitionError(message)
    lost = Failure(cause=Cause.LOST_WORKER, detail=f"worker {state.claim.worker} was not heard of any more")
    failures = state.failures_in_a_row + 1
    status = Status.PENDING if failures < MAX_ATTEMPTS else Status.FAILED
    return _enter(state, status, now, failure=lost, failures_in_a_row=failures)


def is_due(state: RequestState, now: datetime) -> bool:
    """Tell whether a request that failed is to be tried again now."""
    return state.status in {Status.FAILED, Status.INCOMPLETE} and state.retry_at is not None and state.retry_at <= now


def wake(state: RequestState, now: datetime) -> RequestState:
    """Put a request that failed for a cause that can pass back into the queue, when its time has come."""
    if not is_due(state, now):
        message = f"The request is {state.status} and not due to be tried again."
        raise TransitionError(message)
    return _enter(state, Status.PENDING, now, failure=state.failure)


def retry(state: RequestState, now: datetime, by: str | None = None) -> RequestState:
    """Put a request that failed or was cancelled back into the queue; what it has finished stays finished."""
    if state.status not in {Status.FAILED, Status.INCOMPLETE, Status.CANCELLED}:
        message = f"Only FAILED, INCOMPLETE and CANCELLED requests can be retried; this one is {state.status}."
        raise TransitionError(message)
    return _enter(state, Status.PENDING, now, by, failures_in_a_row=0)


def reevaluate(state: RequestState, now: datetime, by: str | None = None) -> RequestState:
    """Have everything measured anew. What was published stays on the board until the new run takes its place."""
    if state.status in {Status.PENDING, Status.RUNNING}:
        message = f"Only what has ended can be evaluated anew; this request is {state.status}."
        raise TransitionError(message)
    return _enter(state, Status.PENDING, now, by, checkpoint=None, fresh_from=state.attempt + 1, failures_in_a_row=0)


def cancel(state: RequestState, now: datetime, by: str | None = None) -> RequestState:
    """Take a request out of the queue; a worker that holds it loses its claim."""
    if Status.CANCELLED not in TRANSITIONS[state.status]:
        message = f"A request that is {state.status} cannot be cancelled."
        raise TransitionError(message)
    return _enter(state, Status.CANCELLED, now, by)


def withdraw(state: RequestState, reason: WithdrawalReason, now: datetime, by: str | None = None) -> RequestState:
    """Take a submission back, or down. It leaves the ranking; that it was there stays to be seen."""
    if Status.WITHDRAWN not in TRANSITIONS[state.status]:
        message = "The request was withdrawn before."
        raise TransitionError(message)
    if reason is WithdrawalReason.SUBMITTER and state.run is not None:
        message = "Its results are published: only maintainers can take it down. Ask them to."
        raise TransitionError(message)
    return _enter(state, Status.WITHDRAWN, now, by, withdrawal=Withdrawal(reason=reason, at=now))


def resubmit(state: RequestState, now: datetime, by: str | None) -> RequestState:
    """Begin anew with what its submitter took back: nobody else is kept from submitting it, nor are they."""
    if state.withdrawal is None or state.withdrawal.reason is not WithdrawalReason.SUBMITTER:
        message = "Only what its submitter took back can be submitted again."
        raise TransitionError(message)
    return _enter(state, Status.PENDING, now, by, resubmission=Resubmission(by=by, at=now), failures_in_a_row=0)


def _another_try(state: RequestState, failure: Failure, now: datetime) -> dict[str, Any]:
    """Return when to try again, if at all, and how many attempts in a row have failed for what can pass."""
    if not can_pass(failure.cause):
        return {}
    failures = state.failures_in_a_row + 1
    return {"failures_in_a_row": failures, "retry_at": next_try(failures, now)}


def _held(state: RequestState, nonce: str) -> Claim:
    if state.status is not Status.RUNNING or state.claim is None or state.claim.nonce != nonce:
        message = f"The request is {state.status} and not held by this claim any more."
        raise LostClaimError(message)
    return state.claim


def _enter(
    state: RequestState, status: Status, now: datetime, by: str | None = None, /, **changes: Any
) -> RequestState:
    """Enter `status`. What an earlier run published or kept stays; claim, failure and waiting end unless given."""
    if status not in TRANSITIONS[state.status]:
        message = f"A request cannot go from {state.status} to {status}."
        raise TransitionError(message)
    held_by: Claim | None = changes.get("claim") or state.claim
    failure: Failure | None = changes.get("failure")
    event = HistoryEntry(
        at=now,
        status=status,
        attempt=changes.get("attempt", state.attempt),
        worker=held_by.worker if held_by else None,
        # The log stands once, in the state; the history is for ever.
        failure=failure.replaced(log=()) if failure else None,
        by=by,
        run=changes.get("run"),
    )
    ended = {"claim": None, "progress": None, "failure": None, "retry_at": None, "withdrawal": None}
    return state.replaced(**{**ended, **changes}, status=status, history=(*state.history, event))
