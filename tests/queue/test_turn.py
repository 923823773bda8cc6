"""What a turn decides on one view: what a worker says, and what time has done. New claims are tested beside."""

from dataclasses import replace
from datetime import timedelta

import pytest

from leaderboard.queue import Failed, Finished, Released, Renewal, Report, TurnPlan, WorkerIdentity
from leaderboard.queue.turn import Turn, decide
from leaderboard.queue.view import QueueEntry, QueueView
from leaderboard.records import Cause, Progress, RequestState, Status
from tests.builders import (
    LEASE,
    NOW,
    checkpoint,
    failure,
    held_by,
    queue_view,
    request,
    run_reference,
    state,
    turn_plan,
    worker,
)

ONE = request()
RUN = run_reference(ONE.id)
PROGRESS = Progress(task="sumas", items_done=3, items_total=8)
SECOND = timedelta(seconds=1)
AFTER_LEASE = NOW + LEASE + SECOND
ME, OTHER = worker("worker-1"), worker("worker-2")
MINE, ANOTHERS = held_by(ME, ONE), held_by(OTHER, ONE)

REPORTS: dict[str, Report] = {
    "renewal": Renewal(ONE.id, 1, PROGRESS),
    "finished": Finished(ONE.id, 1, RUN),
    "incomplete": Finished(ONE.id, 1, RUN, failure(), checkpoint(ONE.id)),
    "failed": Failed(ONE.id, 1, failure("there was nothing to measure")),
    "released": Released(ONE.id, 1),
}
every_report = pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)


def decided(plan: TurnPlan, one: RequestState) -> tuple[Turn, RequestState]:
    """Return a turn on a queue of one request, and what became of the request."""
    turn = decide(plan, queue_view((ONE, one)))
    return turn, turn.changes.get(ONE.id, one)


def after(turn: Turn, view: QueueView) -> QueueView:
    """Return the view that follows a turn's commit."""
    entries = {
        one: QueueEntry(entry.request, turn.changes.get(one, entry.state)) for one, entry in view.entries.items()
    }
    return replace(view, entries=entries)


def test_a_nonce_is_the_same_for_the_same_worker_request_and_attempt_and_for_no_other():
    assert worker("worker-1").nonce(ONE.id, 1) == ME.nonce(ONE.id, 1)
    others = {
        ME.nonce(ONE.id, 2),
        ME.nonce(request("other").id, 1),
        OTHER.nonce(ONE.id, 1),
        worker(ME.name, secret="stolen").nonce(ONE.id, 1),
        ME.nonce(ONE.id, 1),
    }
    assert len(others) == 5


def test_a_secret_is_not_shown():
    assert "hush" not in repr(WorkerIdentity("worker-1", b"hush"))
    assert "hush" not in repr(turn_plan(who=WorkerIdentity("worker-1", b"hush")))


def test_a_worker_that_comes_back_knows_what_it_holds_and_one_with_another_secret_holds_nothing():
    assert [entry.id for entry in decided(turn_plan(), MINE)[0].held] == [ONE.id]
    stranger = worker(ME.name, secret="another")
    assert decided(turn_plan(who=stranger), MINE)[0].held == ()
    assert decided(turn_plan(who=OTHER), MINE)[0].held == ()


def test_a_turn_tells_of_its_requests_as_they_are_after_it():
    turn, now = decided(turn_plan(REPORTS["renewal"]), MINE)
    assert [entry.state for entry in turn.held] == [now]
    assert now.progress == PROGRESS


def test_a_renewal_prolongs_the_lease_from_now_on():
    later = NOW + timedelta(minutes=1)
    _, renewed = decided(turn_plan(Renewal(ONE.id, 1, None, checkpoint()), now=later), MINE)
    assert renewed.claim
    assert renewed.claim.lease_until == later + LEASE
    assert renewed.checkpoint == checkpoint()


@pytest.mark.parametrize(
    ("report", "status"),
    [
        ("finished", Status.FINISHED),
        ("incomplete", Status.INCOMPLETE),
        ("failed", Status.FAILED),
        ("released", Status.PENDING),
    ],
)
def test_a_report_ends_what_its_worker_holds(report: str, status: Status):
    turn, now = decided(turn_plan(REPORTS[report]), MINE)
    assert now.status is status
    assert (turn.held, turn.lost) == ((), frozenset())
    assert now.history[-1].at == NOW


def test_what_a_report_brings_stands_in_the_state():
    _, finished = decided(turn_plan(REPORTS["finished"]), MINE)
    assert finished.run == RUN
    _, incomplete = decided(turn_plan(REPORTS["incomplete"]), MINE)
    assert (incomplete.run, incomplete.failure, incomplete.checkpoint) == (RUN, failure(), checkpoint(ONE.id))
    _, failed = decided(turn_plan(Failed(ONE.id, 1, failure(), checkpoint())), MINE)
    assert (failed.failure, failed.checkpoint) == (failure(), checkpoint())
    _, released = decided(turn_plan(Released(ONE.id, 1, checkpoint())), MINE)
    assert released.checkpoint == checkpoint()


@every_report
def test_incident_02_a_report_on_what_another_holds_is_lost_and_changes_nothing(report: Report):
    turn, _ = decided(turn_plan(report), ANOTHERS)
    assert turn.lost == {ONE.id}
    assert dict(turn.changes) == {}


@every_report
def test_incident_02_a_report_of_an_attempt_before_is_lost_even_where_the_worker_holds_the_next(report: Report):
    turn, _ = decided(turn_plan(report), held_by(ME, ONE, attempt=2))
    assert turn.lost == {ONE.id}
    assert dict(turn.changes) == {}


@every_report
@pytest.mark.parametrize("status", [one for one in Status if one is not Status.RUNNING])
def test_a_report_on_what_does_not_run_is_lost(report: Report, status: Status):
    turn, _ = decided(turn_plan(report), state(status, attempt=1))
    assert turn.lost == {ONE.id}
    assert dict(turn.changes) == {}


@every_report
def test_a_report_on_a_request_that_cannot_be_read_is_lost(report: Report):
    turn = decide(turn_plan(report), queue_view())
    assert turn.lost == {ONE.id}
    assert turn.held == ()


@every_report
def test_a_lost_report_does_not_stop_the_others(report: Report):
    other = request("other")
    reports = [report, Finished(other.id, 1, run_reference(other.id))]
    turn = decide(turn_plan(*reports), queue_view((ONE, ANOTHERS), (other, held_by(ME, other))))
    assert turn.lost == {ONE.id}
    assert {one: state.status for one, state in turn.changes.items()} == {other.id: Status.FINISHED}


@pytest.mark.parametrize("name", ["finished", "incomplete", "failed", "renewal"])
def test_a_report_whose_answer_was_lost_is_said_again_and_changes_nothing(name: str):
    plan, before = turn_plan(REPORTS[name]), queue_view((ONE, MINE))
    first = decide(plan, before)
    assert first.changes
    again = decide(plan, after(first, before))
    assert (dict(again.changes), again.lost) == ({}, frozenset())


@pytest.mark.parametrize("name", ["finished", "incomplete", "failed"])
def test_a_report_that_is_said_again_later_changes_nothing_either(name: str):
    before = queue_view((ONE, MINE))
    then = after(decide(turn_plan(REPORTS[name]), before), before)
    again = decide(turn_plan(REPORTS[name], now=NOW + SECOND), then)
    assert (dict(again.changes), again.lost) == ({}, frozenset())


def test_the_same_run_with_other_results_is_not_what_was_said_before():
    other = Finished(ONE.id, 1, RUN.replaced(manifest_sha256="0" * 64))
    turn, now = decided(turn_plan(other), state(Status.FINISHED, run=RUN))
    assert turn.lost == {ONE.id}
    assert now.run == RUN


def test_a_release_that_is_said_again_is_lost_and_changes_nothing():
    """There is nothing to publish for it, and whoever releases wants nothing more."""
    turn, now = decided(turn_plan(REPORTS["released"]), state(attempt=1))
    assert turn.lost == {ONE.id}
    assert now == state(attempt=1)


def test_another_failure_than_the_one_known_is_not_what_was_said_before():
    turn, _ = decided(turn_plan(Failed(ONE.id, 1, failure("worse"))), state(Status.FAILED))
    assert turn.lost == {ONE.id}


def test_an_older_attempt_that_failed_alike_is_not_what_was_said_before():
    turn, _ = decided(turn_plan(Failed(ONE.id, 1, failure())), state(Status.FAILED, attempt=2))
    assert turn.lost == {ONE.id}


def test_the_run_that_is_published_says_nothing_for_whoever_holds_the_request_now():
    """A re-evaluation keeps the run on the state: only a request that nobody holds may take a repeated word for it."""
    turn, _ = decided(turn_plan(REPORTS["finished"]), held_by(OTHER, ONE, attempt=2, run=RUN))
    assert turn.lost == {ONE.id}


def test_incident_01_what_a_worker_leaves_behind_goes_back_to_the_queue():
    turn, back = decided(turn_plan(now=AFTER_LEASE), ANOTHERS)
    assert back.status is Status.PENDING
    assert back.failure
    assert back.failure.cause is Cause.LOST_WORKER
    assert turn.held == ()


def test_incident_01_a_lease_that_ends_this_moment_has_run_out():
    assert decided(turn_plan(now=NOW + LEASE), ANOTHERS)[1].status is Status.PENDING


def test_a_lease_that_holds_is_left_alone():
    turn, _ = decided(turn_plan(now=NOW + LEASE - SECOND), ANOTHERS)
    assert dict(turn.changes) == {}


def test_a_worker_that_is_late_keeps_what_nobody_has_taken():
    """Its results are as good as before: the lease only says from when on others may take the request."""
    turn, renewed = decided(turn_plan(REPORTS["renewal"], now=AFTER_LEASE), MINE)
    assert turn.lost == set()
    assert [entry.id for entry in turn.held] == [ONE.id]
    assert renewed.claim
    assert renewed.claim.lease_until == AFTER_LEASE + LEASE


@pytest.mark.parametrize("name", ["finished", "incomplete", "failed"])
def test_a_worker_that_ends_late_is_heard_where_nobody_has_taken_its_request(name: str):
    turn, ended = decided(turn_plan(REPORTS[name], now=AFTER_LEASE), MINE)
    assert turn.lost == set()
    assert ended.status is not Status.PENDING


def test_a_claim_of_its_own_that_ran_out_and_that_it_says_nothing_of_is_gone():
    turn, back = decided(turn_plan(now=AFTER_LEASE), MINE)
    assert turn.held == ()
    assert back.status is Status.PENDING


def test_what_is_due_is_woken_and_what_is_not_yet_waits():
    due = state(Status.FAILED, retry_at=NOW)
    assert decided(turn_plan(), due)[1].status is Status.PENDING
    assert dict(decided(turn_plan(now=NOW - SECOND), due)[0].changes) == {}
    assert dict(decided(turn_plan(now=NOW + timedelta(days=1)), state(Status.FAILED))[0].changes) == {}


def test_workers_that_hold_something_live_and_so_does_the_one_that_asks():
    requests = [request(f"m-{number}") for number in range(4)]
    view = queue_view(
        (requests[0], held_by(OTHER, requests[0])),
        (requests[1], held_by(OTHER, requests[1])),
        (requests[2], held_by(worker("worker-3"), requests[2])),
        (requests[3], state(Status.FINISHED)),
    )
    assert decide(turn_plan(), view).live_workers == 3
    assert decide(turn_plan(who=OTHER), view).live_workers == 2


def test_a_worker_whose_lease_ran_out_does_not_live():
    assert decided(turn_plan(), ANOTHERS)[0].live_workers == 2
    assert decided(turn_plan(now=AFTER_LEASE), ANOTHERS)[0].live_workers == 1


def test_nothing_to_say_changes_nothing():
    turn = decide(turn_plan(), queue_view((ONE, state()), (request("other"), state(Status.FINISHED))))
    assert turn == Turn(held=(), lost=frozenset(), live_workers=1, changes={})
