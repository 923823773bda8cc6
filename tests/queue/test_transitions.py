"""The transition table: as it stands in words, as data, and as every function obeys it."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from leaderboard.queue import LostClaimError, TransitionError, transitions
from leaderboard.queue.retrying import MAX_ATTEMPTS
from leaderboard.queue.transitions import TRANSITIONS
from leaderboard.records import Cause, Progress, RequestState, Status, WithdrawalReason
from tests.builders import LEASE, NONCE, NOW, OTHER_NONCE, checkpoint, claim, failure, run_reference, state

AFTER_LEASE = NOW + LEASE + timedelta(seconds=1)
RUN = run_reference("0" * 32)
PROGRESS = Progress(task="sumas", items_done=1, items_total=8)
PENDING, RUNNING, FINISHED, INCOMPLETE, FAILED, CANCELLED, WITHDRAWN = Status


Action = Callable[[RequestState], RequestState]


def _taken_back(one: RequestState) -> RequestState:
    """Return a withdrawn state as its submitter leaves it; any other as it is."""
    if one.withdrawal is None:
        return one
    return one.replaced(withdrawal=one.withdrawal.replaced(reason=WithdrawalReason.SUBMITTER))


ACTIONS: dict[str, Action] = {
    "claim": lambda one: transitions.claim(one, claim(nonce=OTHER_NONCE), NOW),
    "renew": lambda one: transitions.renew(one, NONCE, AFTER_LEASE, PROGRESS),
    "finish": lambda one: transitions.finish(one, NONCE, RUN, None, NOW),
    "finish with failures": lambda one: transitions.finish(one, NONCE, RUN, failure(), NOW),
    "fail": lambda one: transitions.fail(one, NONCE, failure(), NOW),
    "release": lambda one: transitions.release(one, NONCE, NOW),
    "expire": lambda one: transitions.expire(one, AFTER_LEASE),
    "expire too often": lambda one: transitions.expire(one.replaced(failures_in_a_row=MAX_ATTEMPTS - 1), AFTER_LEASE),
    "wake": lambda one: transitions.wake(one.replaced(retry_at=NOW), NOW),
    "retry": lambda one: transitions.retry(one, NOW),
    "reevaluate": lambda one: transitions.reevaluate(one, NOW),
    "cancel": lambda one: transitions.cancel(one, NOW),
    "resubmit": lambda one: transitions.resubmit(_taken_back(one), NOW, "leo"),
    "withdraw": lambda one: transitions.withdraw(one, WithdrawalReason.TAKEDOWN, NOW),
}
"""Every function, under the circumstances in which it does what it does, and under those in which it ends otherwise."""
OUTCOMES = {
    ("claim", PENDING): RUNNING,
    ("renew", RUNNING): RUNNING,
    ("finish", RUNNING): FINISHED,
    ("finish with failures", RUNNING): INCOMPLETE,
    ("fail", RUNNING): FAILED,
    ("release", RUNNING): PENDING,
    ("expire", RUNNING): PENDING,
    ("expire too often", RUNNING): FAILED,
    ("wake", FAILED): PENDING,
    ("wake", INCOMPLETE): PENDING,
    ("retry", FAILED): PENDING,
    ("retry", INCOMPLETE): PENDING,
    ("retry", CANCELLED): PENDING,
    ("reevaluate", FINISHED): PENDING,
    ("reevaluate", INCOMPLETE): PENDING,
    ("reevaluate", FAILED): PENDING,
    ("reevaluate", CANCELLED): PENDING,
    ("reevaluate", WITHDRAWN): PENDING,
    ("resubmit", WITHDRAWN): PENDING,
    **{("withdraw", source): WITHDRAWN for source in Status if source is not WITHDRAWN},
    ("cancel", PENDING): CANCELLED,
    ("cancel", RUNNING): CANCELLED,
    ("cancel", FAILED): CANCELLED,
    ("cancel", INCOMPLETE): CANCELLED,
}
CHANGES = {(action.split()[0], source, target) for (action, source), target in OUTCOMES.items() if action != "renew"}
HELD = ["renew", "finish", "finish with failures", "fail", "release"]


def table_in_words() -> set[tuple[str, Status, Status]]:
    """Return what the module's docstring says: action, from, to."""
    found = set()
    for row in re.findall(r"^\| ([A-Z].*?) \| (.*?) \| (.*?) \|$", transitions.__doc__ or "", re.MULTILINE):
        sources, action, targets = row
        pairs = product(re.findall("[A-Z]{3,}", sources), re.findall("[A-Z]{3,}", targets))
        found |= {(re.split("[:,]", action)[0], Status(source), Status(target)) for source, target in pairs}
    return found


def test_the_table_in_words_is_what_the_functions_do():
    assert table_in_words() == CHANGES


def test_the_table_as_data_is_what_the_functions_do():
    allowed = {(source, target) for source, targets in TRANSITIONS.items() for target in targets}
    assert allowed == {(source, target) for _, source, target in CHANGES}
    assert set(TRANSITIONS) == set(Status)


@pytest.mark.parametrize(("action", "source"), list(product(ACTIONS, Status)))
def test_every_action_does_from_every_status_what_the_table_says(action: str, source: Status):
    outcome = OUTCOMES.get((action, source))
    if outcome is None:
        with pytest.raises(TransitionError):
            ACTIONS[action](state(source))
    else:
        assert ACTIONS[action](state(source)).status is outcome


@pytest.mark.parametrize(("source", "target"), list(product(Status, Status)))
def test_every_pair_of_statuses_is_allowed_or_refused(source: Status, target: Status):
    if (source, target) in {(source, target) for _, source, target in CHANGES}:
        changes = {"withdrawal": state(WITHDRAWN).withdrawal} if target is WITHDRAWN else {}
        held_by = claim() if target is RUNNING else None
        assert transitions._enter(state(source), target, NOW, claim=held_by, **changes).status is target
    else:
        with pytest.raises(TransitionError, match=f"from {source} to {target}"):
            transitions._enter(state(source), target, NOW)


@pytest.mark.parametrize(("action", "source"), sorted(OUTCOMES))
def test_every_change_of_status_is_in_the_history_and_a_renewal_is_not(action: str, source: Status):
    before = state(source)
    after = ACTIONS[action](before)
    if action == "renew":
        assert after.history == before.history
        return
    [event] = after.history
    assert (event.at.date(), event.status, event.attempt) == (NOW.date(), after.status, after.attempt)
    assert event.worker == ("worker-1" if RUNNING in {source, after.status} else None)
    assert event.run == (RUN if action.startswith("finish") else None)


@pytest.mark.parametrize(("action", "source"), sorted(one for one, target in OUTCOMES.items() if target is not RUNNING))
def test_what_does_not_run_has_neither_claim_nor_progress(action: str, source: Status):
    before = state(source, progress=PROGRESS) if source is RUNNING else state(source)
    after = ACTIONS[action](before)
    assert (after.claim, after.progress) == (None, None)


@pytest.mark.parametrize("action", HELD)
def test_incident_02_a_claim_that_does_not_hold_the_request_changes_nothing(action: str):
    held_by_another = state(RUNNING, claim=claim(worker="worker-2", nonce=OTHER_NONCE))
    with pytest.raises(LostClaimError):
        ACTIONS[action](held_by_another)


@pytest.mark.parametrize(("action", "source"), list(product(HELD, [one for one in Status if one is not RUNNING])))
def test_a_claim_that_has_ended_is_lost_whatever_came_after_it(action: str, source: Status):
    with pytest.raises(LostClaimError):
        ACTIONS[action](state(source))


def test_incident_02_a_running_request_cannot_be_claimed_retried_or_expired_while_its_lease_holds():
    running = state(RUNNING)
    for refused in (
        lambda: transitions.claim(running, claim(nonce=OTHER_NONCE), NOW),
        lambda: transitions.retry(running, NOW),
        lambda: transitions.reevaluate(running, NOW),
        lambda: transitions.expire(running, NOW + LEASE - timedelta(seconds=1)),
    ):
        with pytest.raises(TransitionError):
            refused()


def test_a_claim_counts_the_attempt_and_names_its_worker():
    running = transitions.claim(state(attempt=1), claim(worker="worker-9"), NOW)
    assert running.attempt == 2
    assert running.claim == claim(worker="worker-9")
    assert (running.history[-1].attempt, running.history[-1].worker) == (2, "worker-9")


def test_a_claim_begins_without_the_failure_of_the_attempt_before():
    assert transitions.claim(state(failure=failure()), claim(), NOW).failure is None


def test_a_renewal_prolongs_the_lease():
    renewed = transitions.renew(state(RUNNING), NONCE, AFTER_LEASE, PROGRESS)
    assert renewed.claim == claim(lease_until=AFTER_LEASE)
    assert renewed.progress == PROGRESS


def test_incident_01_an_expired_lease_goes_back_to_the_queue_with_its_history():
    running = transitions.claim(state(), claim(), NOW)
    back = transitions.expire(running, AFTER_LEASE)
    assert back.status is PENDING
    assert back.claim is None
    assert [(event.status, event.worker) for event in back.history] == [(RUNNING, "worker-1"), (PENDING, "worker-1")]
    lost = back.history[-1].failure
    assert lost
    assert lost.cause is Cause.LOST_WORKER
    assert "worker-1" in lost.detail


def test_incident_01_a_lease_that_ends_this_moment_has_run_out():
    assert transitions.expire(state(RUNNING), NOW + LEASE).status is PENDING


def test_incident_06_a_failure_keeps_its_cause_and_its_history():
    failed = transitions.fail(state(RUNNING), NONCE, failure("no tokenizer", Cause.TOKENIZER), NOW)
    assert failed.failure == failure("no tokenizer", Cause.TOKENIZER)
    assert failed.history[-1].failure == failed.failure


def test_the_log_of_a_failure_stands_in_the_state_and_not_in_the_history():
    logged = failure(log=("loading", "RuntimeError: sizes do not match"))
    failed = transitions.fail(state(RUNNING), NONCE, logged, NOW)
    assert failed.failure == logged
    assert failed.history[-1].failure == failure()
    woken = transitions.wake(failed.replaced(retry_at=NOW), NOW)
    assert woken.failure == logged
    assert [event.failure for event in woken.history] == [failure(), failure()]


def test_incident_04_a_run_with_a_failed_task_is_incomplete_and_names_run_and_cause():
    ended = transitions.finish(state(RUNNING), NONCE, RUN, failure("sumas: it broke"), NOW)
    assert ended.status is INCOMPLETE
    assert ended.run == RUN
    assert ended.failure == failure("sumas: it broke")


def test_incident_15_what_an_incomplete_run_published_stays_until_another_run_takes_its_place():
    incomplete = transitions.finish(state(RUNNING), NONCE, RUN, failure(), NOW)
    again = transitions.claim(transitions.retry(incomplete, NOW), claim(), NOW)
    assert again.run == RUN
    assert transitions.fail(again, NONCE, failure(), NOW).run == RUN


KEPT, NEWER = checkpoint(), checkpoint(attempt=2)


@pytest.mark.parametrize(
    "action",
    [
        lambda one, new: transitions.renew(one, NONCE, AFTER_LEASE, PROGRESS, new),
        lambda one, new: transitions.release(one, NONCE, NOW, new),
        lambda one, new: transitions.fail(one, NONCE, failure(), NOW, new),
    ],
    ids=["renew", "release", "fail"],
)
def test_finished_tasks_stay_named_until_others_take_their_place(action: Callable[..., RequestState]):
    running = state(RUNNING, checkpoint=KEPT)
    assert action(running, None).checkpoint == KEPT
    assert action(running, NEWER).checkpoint == NEWER


@pytest.mark.parametrize(
    "action",
    [
        lambda one: transitions.expire(one, AFTER_LEASE),
        lambda one: transitions.cancel(one, NOW),
        lambda one: transitions.retry(transitions.cancel(one, NOW), NOW),
        lambda one: transitions.wake(transitions.fail(one, NONCE, failure(), NOW), AFTER_LEASE + timedelta(hours=1)),
    ],
    ids=["expire", "cancel", "retry", "wake"],
)
def test_finished_tasks_outlive_their_worker(action: Action):
    assert action(state(RUNNING, checkpoint=KEPT)).checkpoint == KEPT


def test_a_whole_run_needs_no_finished_tasks_and_an_incomplete_one_names_its_own():
    running = state(RUNNING, checkpoint=KEPT)
    assert transitions.finish(running, NONCE, RUN, None, NOW, NEWER).checkpoint is None
    assert transitions.finish(running, NONCE, RUN, failure(), NOW, NEWER).checkpoint == NEWER
