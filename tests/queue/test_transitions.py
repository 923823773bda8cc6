"""The transition table, as data and as every action obeys it."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from leaderboard.queue import LostClaimError, TransitionError, transitions
from leaderboard.queue.transitions import MAX_ATTEMPTS, TRANSITIONS
from leaderboard.records import Cause, Progress, RequestState, Status
from tests.builders import LEASE, NONCE, NOW, OTHER_NONCE, claim, failure, run_reference, state

ALLOWED = {
    (Status.PENDING, Status.RUNNING),
    (Status.PENDING, Status.CANCELLED),
    (Status.RUNNING, Status.FINISHED),
    (Status.RUNNING, Status.INCOMPLETE),
    (Status.RUNNING, Status.FAILED),
    (Status.RUNNING, Status.PENDING),
    (Status.RUNNING, Status.CANCELLED),
    (Status.INCOMPLETE, Status.PENDING),
    (Status.FAILED, Status.PENDING),
}
AFTER_LEASE = NOW + LEASE + timedelta(seconds=1)
RUN = run_reference("0" * 32)
PROGRESS = Progress(task="sumas", items_done=1, items_total=8)

Action = Callable[[RequestState], RequestState]

ACTIONS: dict[str, Action] = {
    "claim": lambda one: transitions.claim(one, claim(nonce=OTHER_NONCE), NOW),
    "renew": lambda one: transitions.renew(one, NONCE, AFTER_LEASE, PROGRESS),
    "finish": lambda one: transitions.finish(one, NONCE, RUN, None, NOW),
    "finish with failures": lambda one: transitions.finish(one, NONCE, RUN, failure(), NOW),
    "fail": lambda one: transitions.fail(one, NONCE, failure(), NOW),
    "release": lambda one: transitions.release(one, NONCE, NOW),
    "expire": lambda one: transitions.expire(one, AFTER_LEASE),
    "retry": lambda one: transitions.retry(one, NOW),
}
OUTCOMES = {
    ("claim", Status.PENDING): Status.RUNNING,
    ("renew", Status.RUNNING): Status.RUNNING,
    ("finish", Status.RUNNING): Status.FINISHED,
    ("finish with failures", Status.RUNNING): Status.INCOMPLETE,
    ("fail", Status.RUNNING): Status.FAILED,
    ("release", Status.RUNNING): Status.PENDING,
    ("expire", Status.RUNNING): Status.PENDING,
    ("retry", Status.FAILED): Status.PENDING,
    ("retry", Status.INCOMPLETE): Status.PENDING,
}


@pytest.mark.parametrize(("source", "target"), list(product(Status, Status)))
def test_every_pair_of_statuses_is_allowed_or_refused(source: Status, target: Status):
    if (source, target) in ALLOWED:
        held_by = claim() if target is Status.RUNNING else None
        assert transitions._enter(state(source), target, NOW, claim=held_by).status is target
    else:
        with pytest.raises(TransitionError, match=f"from {source} to {target}"):
            transitions._enter(state(source), target, NOW)


def test_the_table_knows_every_status():
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize(("action", "source"), list(product(ACTIONS, Status)))
def test_every_action_obeys_the_table(action: str, source: Status):
    outcome = OUTCOMES.get((action, source))
    if outcome is None:
        with pytest.raises(TransitionError):
            ACTIONS[action](state(source))
    else:
        assert ACTIONS[action](state(source)).status is outcome


@pytest.mark.parametrize("action", ["renew", "finish", "finish with failures", "fail", "release"])
def test_incident_02_a_claim_that_does_not_hold_the_request_changes_nothing(action: str):
    held_by_another = state(Status.RUNNING, claim=claim(worker="worker-2", nonce=OTHER_NONCE))
    with pytest.raises(LostClaimError):
        ACTIONS[action](held_by_another)


def test_incident_02_a_running_request_cannot_be_claimed_retried_or_expired_while_its_lease_holds():
    running = state(Status.RUNNING)
    for refused in (
        lambda: transitions.claim(running, claim(nonce=OTHER_NONCE), NOW),
        lambda: transitions.retry(running, NOW),
        lambda: transitions.expire(running, NOW + LEASE - timedelta(seconds=1)),
    ):
        with pytest.raises(TransitionError):
            refused()


def test_a_claim_counts_the_attempt_and_names_its_worker():
    running = transitions.claim(state(attempt=1), claim(worker="worker-9"), NOW)
    assert running.attempt == 2
    assert running.claim == claim(worker="worker-9")
    assert running.history[-1].worker == "worker-9"


def test_a_renewal_prolongs_the_lease_and_leaves_no_history():
    running = state(Status.RUNNING)
    renewed = transitions.renew(running, NONCE, AFTER_LEASE, PROGRESS)
    assert renewed.claim == claim(lease_until=AFTER_LEASE)
    assert renewed.progress == PROGRESS
    assert renewed.history == running.history


def test_incident_01_an_expired_lease_goes_back_to_the_queue_with_its_history():
    running = transitions.claim(state(), claim(), NOW)
    back = transitions.expire(running, AFTER_LEASE)
    assert back.status is Status.PENDING
    assert back.claim is None
    assert [(event.status, event.worker) for event in back.history] == [
        (Status.RUNNING, "worker-1"),
        (Status.PENDING, "worker-1"),
    ]
    lost = back.history[-1].failure
    assert lost
    assert lost.cause is Cause.LOST_WORKER
    assert "worker-1" in lost.detail


def test_incident_01_a_lease_that_ends_this_moment_has_run_out():
    assert transitions.expire(state(Status.RUNNING), NOW + LEASE).status is Status.PENDING


def test_a_request_that_loses_its_worker_too_often_fails_with_that_cause():
    one = state()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        one = transitions.expire(transitions.claim(one, claim(), NOW), AFTER_LEASE)
        assert one.status is (Status.FAILED if attempt == MAX_ATTEMPTS else Status.PENDING)
    assert one.attempt == MAX_ATTEMPTS == 3
    assert one.failure
    assert one.failure.cause is Cause.LOST_WORKER


def test_a_worker_told_to_stop_is_not_a_worker_lost():
    """A Space that is restarted three times during an evaluation must not use up its patience with crashes."""
    one = state()
    for _ in range(MAX_ATTEMPTS):
        one = transitions.release(transitions.claim(one, claim(), NOW), NONCE, NOW)
    lost_once = transitions.expire(transitions.claim(one, claim(), NOW), AFTER_LEASE)
    assert lost_once.status is Status.PENDING


def test_incident_06_a_failure_keeps_its_cause_and_its_history():
    failed = transitions.fail(state(Status.RUNNING), NONCE, failure("no tokenizer", Cause.TOKENIZER), NOW)
    assert failed.failure == failure("no tokenizer", Cause.TOKENIZER)
    assert failed.history[-1].failure == failed.failure
    assert failed.claim is None


def test_a_retry_clears_the_failure_and_keeps_the_history():
    failed = transitions.fail(state(Status.RUNNING), NONCE, failure(), NOW)
    again = transitions.retry(failed, NOW)
    assert again.failure is None
    assert again.history[:-1] == failed.history
    assert again.history[0].failure == failure()


def test_incident_04_a_run_with_a_failed_task_is_incomplete_and_names_run_and_cause():
    ended = transitions.finish(state(Status.RUNNING), NONCE, RUN, failure("sumas: it broke"), NOW)
    assert ended.status is Status.INCOMPLETE
    assert ended.run == RUN
    assert ended.failure == failure("sumas: it broke")


def test_incident_15_what_an_incomplete_run_published_stays_until_another_run_takes_its_place():
    incomplete = transitions.finish(state(Status.RUNNING), NONCE, RUN, failure(), NOW)
    again = transitions.claim(transitions.retry(incomplete, NOW), claim(), NOW)
    assert again.run == RUN
    assert transitions.fail(again, NONCE, failure(), NOW).run == RUN
