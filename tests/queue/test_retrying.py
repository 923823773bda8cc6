"""Trying again: by itself for what can pass, by a person for the rest, and everything anew."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from leaderboard.queue import TransitionError, transitions
from leaderboard.queue.retrying import MAX_ATTEMPTS, can_pass, next_try
from leaderboard.records import Cause, RequestState, Status
from tests.builders import LEASE, NONCE, NOW, checkpoint, claim, failure, run_reference, state

AFTER_LEASE = NOW + LEASE
RUN = run_reference("0" * 32)
PASSING = {Cause.LOST_WORKER, Cause.ENGINE_ERROR, Cause.UNREACHABLE}
SECOND = timedelta(seconds=1)


def claimed(one: RequestState) -> RequestState:
    return transitions.claim(one, claim(), NOW)


def failed(one: RequestState, cause: Cause = Cause.UNREACHABLE, now: datetime = NOW) -> RequestState:
    return transitions.fail(claimed(one), NONCE, failure(cause=cause), now)


def incomplete(one: RequestState, cause: Cause = Cause.UNREACHABLE, now: datetime = NOW) -> RequestState:
    return transitions.finish(claimed(one), NONCE, RUN, failure(cause=cause), now)


ENDINGS = pytest.mark.parametrize("end", [failed, incomplete])


@pytest.mark.parametrize("cause", Cause)
def test_only_what_is_not_of_the_model_can_pass(cause: Cause):
    assert can_pass(cause) is (cause in PASSING)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 20), (3, None), (4, None)])
def test_the_pauses_grow_until_a_person_must_decide(failures: int, minutes: int | None):
    assert next_try(failures, NOW) == (None if minutes is None else NOW + timedelta(minutes=minutes))


@ENDINGS
@pytest.mark.parametrize("cause", Cause)
def test_a_request_is_tried_again_for_what_can_pass_only(end: Callable[..., RequestState], cause: Cause):
    ended = end(state(), cause)
    if cause in PASSING:
        assert (ended.retry_at, ended.failures_in_a_row) == (NOW + timedelta(minutes=5), 1)
    else:
        assert (ended.retry_at, ended.failures_in_a_row) == (None, 0)


@ENDINGS
def test_a_third_failure_in_a_row_waits_for_a_person(end: Callable[..., RequestState]):
    one, now, pauses = state(), NOW, []
    for _ in range(MAX_ATTEMPTS - 1):
        one = end(one, now=now)
        assert one.retry_at is not None
        pauses.append(one.retry_at - now)
        now = one.retry_at
        one = transitions.wake(one, now)
    last = end(one, now=now)
    assert pauses == [timedelta(minutes=5), timedelta(minutes=20)]
    assert (last.retry_at, last.failures_in_a_row, last.attempt) == (None, 3, 3)
    assert not transitions.is_due(last, now + timedelta(days=365))


@ENDINGS
def test_a_request_is_woken_when_it_is_due_and_not_a_second_before(end: Callable[..., RequestState]):
    ended = end(state())
    due = NOW + timedelta(minutes=5)
    with pytest.raises(TransitionError, match="not due"):
        transitions.wake(ended, due - SECOND)
    woken = transitions.wake(ended, due)
    assert (woken.status, woken.retry_at, woken.failures_in_a_row) == (Status.PENDING, None, 1)
    assert woken.failure == ended.failure


def test_only_what_failed_or_is_incomplete_can_be_due():
    for status in set(Status) - {Status.FAILED, Status.INCOMPLETE}:
        assert not transitions.is_due(state(status, retry_at=NOW), NOW)


def test_a_request_that_failed_for_good_is_never_woken():
    with pytest.raises(TransitionError):
        transitions.wake(failed(state(), Cause.GATED), NOW + timedelta(days=365))


def test_incident_01_a_request_that_loses_its_worker_too_often_fails_with_that_cause():
    one = state()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        one = transitions.expire(claimed(one), AFTER_LEASE)
        assert one.status is (Status.FAILED if attempt == MAX_ATTEMPTS else Status.PENDING)
    assert one.attempt == MAX_ATTEMPTS == 3
    assert one.retry_at is None
    assert one.failure
    assert one.failure.cause is Cause.LOST_WORKER


def test_lost_workers_and_other_failures_that_can_pass_are_counted_together():
    twice = transitions.expire(claimed(transitions.wake(failed(state()), NOW + timedelta(hours=1))), AFTER_LEASE)
    assert twice.failures_in_a_row == 2
    third = failed(twice)
    assert (third.status, third.retry_at) == (Status.FAILED, None)


def test_a_worker_told_to_stop_is_not_a_worker_lost():
    """A Space that is restarted three times during an evaluation must not use up its patience with crashes."""
    one = state()
    for _ in range(MAX_ATTEMPTS):
        one = transitions.release(claimed(one), NONCE, NOW)
    lost_once = transitions.expire(claimed(one), AFTER_LEASE)
    assert lost_once.status is Status.PENDING


@pytest.mark.parametrize(
    "change",
    [
        lambda one: transitions.retry(one, NOW),
        lambda one: transitions.reevaluate(one, NOW),
        lambda one: transitions.finish(claimed(transitions.wake(one, AFTER_LEASE)), NONCE, RUN, None, NOW),
    ],
    ids=["retry", "reevaluate", "finish"],
)
def test_the_count_of_failures_begins_anew(change: Callable[[RequestState], RequestState]):
    changed = change(state(Status.INCOMPLETE, failures_in_a_row=2, retry_at=NOW))
    assert (changed.failures_in_a_row, changed.retry_at) == (0, None)


@pytest.mark.parametrize("source", [Status.FAILED, Status.INCOMPLETE])
def test_a_person_need_not_wait_for_the_time_to_try_again(source: Status):
    assert transitions.retry(state(source, retry_at=NOW + timedelta(days=1)), NOW).status is Status.PENDING


def test_a_retry_clears_the_failure_and_keeps_history_run_and_finished_tasks():
    ended = incomplete(state()).replaced(checkpoint=checkpoint())
    again = transitions.retry(ended, NOW)
    assert again.failure is None
    assert again.history[:-1] == ended.history
    assert again.history[1].failure == ended.failure
    assert (again.run, again.checkpoint, again.fresh_from) == (RUN, checkpoint(), 1)


def test_a_cancelled_request_is_not_tried_again_by_itself():
    cancelled = transitions.cancel(failed(state()), NOW)
    assert cancelled.retry_at is None
    assert not transitions.is_due(cancelled, NOW + timedelta(days=365))


@pytest.mark.parametrize("source", [Status.FINISHED, Status.INCOMPLETE])
def test_a_reevaluation_begins_with_nothing_and_what_was_published_stays_meanwhile(source: Status):
    ended = state(source, attempt=2, run=RUN, checkpoint=checkpoint())
    again = transitions.reevaluate(ended, NOW)
    assert (again.status, again.run, again.checkpoint, again.fresh_from) == (Status.PENDING, RUN, None, 3)
    running = claimed(again)
    assert running.attempt == running.fresh_from == 3
    assert transitions.fail(running, NONCE, failure(), NOW).run == RUN
    later = run_reference("0" * 32, attempt=3)
    assert transitions.finish(running, NONCE, later, None, NOW).run == later


def test_a_retry_within_a_reevaluation_goes_on_from_its_first_attempt():
    """Only results from before the re-evaluation are too old; those of its own failed attempts are not."""
    again = transitions.reevaluate(state(Status.FINISHED), NOW)
    assert transitions.retry(failed(again), NOW).fresh_from == 2
