"""The state of a request at a past moment, as its history tells it."""

from datetime import datetime, timedelta

import pytest

from leaderboard.queue import transitions
from leaderboard.queue.past import state_as_of
from leaderboard.records import Cause, RequestState, RunReference, Status, WithdrawalReason
from tests.builders import LEASE, NONCE, NOW, claim, failure, queue_view, request, run_reference, state

HOUR = timedelta(hours=1)
ONE = request()


def run(attempt: int) -> RunReference:
    return run_reference(ONE.id, attempt)


def at(hours: float) -> datetime:
    return NOW + hours * HOUR


def claimed(one: RequestState, hours: float) -> RequestState:
    return transitions.claim(one, claim(lease_until=at(hours) + LEASE), at(hours))


def evaluated(one: RequestState, hours: float, missing: bool = False) -> RequestState:
    """Return a state after an attempt that began at an hour and took half of one."""
    running, reason = claimed(one, hours), failure(cause=Cause.TASK_ERROR) if missing else None
    return transitions.finish(running, NONCE, run(running.attempt), reason, at(hours + 0.5))


def reevaluated(*, unnamed: int = 0) -> RequestState:
    """Return a state of runs at 1:30, incomplete, and 3:30; so many entries of the first were written without it."""
    first = evaluated(RequestState(), 1, missing=True)
    history = tuple(
        event.replaced(run=None) if number < unnamed else event for number, event in enumerate(first.history)
    )
    return evaluated(transitions.reevaluate(first.replaced(history=history), at(2)), 3)


@pytest.mark.parametrize(
    ("hours", "status", "attempt"),
    [
        (0.5, Status.PENDING, None),
        (1.2, Status.PENDING, None),
        (1.5, Status.INCOMPLETE, 1),
        (2.5, Status.PENDING, 1),
        (3.2, Status.PENDING, 1),
        (3.5, Status.FINISHED, 2),
        (99, Status.FINISHED, 2),
    ],
)
def test_a_reevaluated_request_keeps_its_past(hours: float, status: Status, attempt: int | None):
    past = state_as_of(reevaluated(), at(hours))
    assert (past.status, past.run) == (status, run(attempt) if attempt else None)


def test_the_state_of_now_is_the_state():
    for one in (reevaluated(), state(), state(Status.FINISHED), claimed(RequestState(), 1)):
        assert state_as_of(one, at(99)) is one


def test_what_is_over_is_not_told_as_if_it_were_not():
    past = state_as_of(reevaluated(), at(1.7))
    assert (past.failure, past.attempt, len(past.history)) == (failure(cause=Cause.TASK_ERROR), 1, 2)
    assert (past.claim, past.progress, past.retry_at) == (None, None, None)


def test_a_failed_try_leaves_what_was_published_before():
    running = claimed(transitions.reevaluate(reevaluated(), at(4)), 5)
    waiting = transitions.retry(transitions.fail(running, NONCE, failure(), at(6)), at(7))
    past = state_as_of(waiting, at(6.5))
    assert (past.status, past.run) == (Status.FAILED, run(2))


def test_of_a_state_from_before_runs_were_named_the_present_run_counts_from_its_last_publication():
    named = reevaluated()
    old = named.replaced(history=tuple(event.replaced(run=None) for event in named.history))
    again = transitions.reevaluate(old, at(4))
    assert [state_as_of(again, at(hours)).run for hours in (1.7, 3.2, 3.5, 3.9, 4.5)] == [None, None, *[run(2)] * 3]


def test_of_a_state_half_from_before_runs_were_named_no_run_stands_for_another():
    half = reevaluated(unnamed=2)
    assert [state_as_of(half, at(hours)).run for hours in (1.7, 2.5, 3.5)] == [None, None, run(2)]


def test_what_is_withdrawn_by_now_is_withdrawn_whatever_the_moment():
    gone = transitions.withdraw(reevaluated(), WithdrawalReason.TAKEDOWN, at(5))
    view = queue_view((ONE, gone))
    assert [view.as_of(at(hours)).with_results() for hours in (1.7, 4, 6)] == [[], [], []]


def test_what_was_withdrawn_and_put_back_was_away_meanwhile():
    gone = transitions.withdraw(reevaluated(), WithdrawalReason.TAKEDOWN, at(5))
    view = queue_view((ONE, transitions.reevaluate(gone, at(6))))
    shown = {hours: [entry.state.run for entry in view.as_of(at(hours)).with_results()] for hours in (4, 5.5, 6.5)}
    assert shown == {4: [run(2)], 5.5: [], 6.5: [run(2)]}
    [tombstone] = view.as_of(at(5.5)).withdrawn()
    assert tombstone.state.withdrawal is not None
    assert (tombstone.state.withdrawal.reason, tombstone.state.withdrawal.at) == (WithdrawalReason.TAKEDOWN, at(5))


def test_what_was_submitted_later_was_not_there():
    later = request("later", submitted_at=at(2))
    view = queue_view((ONE, state()), (later, state()))
    assert [list(view.as_of(at(hours)).entries) for hours in (-1, 1, 2)] == [[], [ONE.id], [ONE.id, later.id]]
    assert view.as_of(at(1)).version == view.version
