"""What a turn gives a worker to do: the first that wait, a fair share, never more than it wants to hold."""

from datetime import timedelta

import pytest

from leaderboard.queue import Finished, Released, Renewal
from leaderboard.queue.turn import Turn, decide
from leaderboard.records import EvalRequest, RequestState, Status
from tests.builders import (
    LEASE,
    NOW,
    checkpoint,
    claim,
    failure,
    held_by,
    queue_view,
    request,
    run_reference,
    state,
    turn_plan,
    worker,
)

ME = worker("worker-1")
WAITING = state()
AFTER_LEASE = NOW + LEASE + timedelta(seconds=1)


def requests(count: int) -> list[EvalRequest]:
    return [request(f"m-{number}") for number in range(count)]


def waiting(count: int) -> list[tuple[EvalRequest, RequestState]]:
    return [(one, WAITING) for one in requests(count)]


def busy(count: int) -> list[tuple[EvalRequest, RequestState]]:
    """Return what as many other workers hold, one request each."""
    held = [(worker(f"busy-{number}"), request(f"held-{number}")) for number in range(count)]
    return [(one, held_by(who, one)) for who, one in held]


def names(turn: Turn) -> list[str]:
    return [entry.request.model.name for entry in turn.held]


def test_a_worker_that_wants_nothing_gets_nothing():
    turn = decide(turn_plan(), queue_view(*waiting(3)))
    assert (turn.held, dict(turn.changes)) == ((), {})


def test_the_first_that_wait_are_claimed_in_the_order_of_the_queue():
    assert names(decide(turn_plan(hold=2), queue_view(*waiting(4)))) == ["m-0", "m-1"]


def test_a_claim_is_of_this_worker_and_this_attempt_until_the_lease_ends():
    one = request()
    turn = decide(turn_plan(hold=1), queue_view((one, state(attempt=4))))
    [entry] = turn.held
    assert entry.state == turn.changes[one.id]
    assert (entry.state.status, entry.state.attempt) == (Status.RUNNING, 5)
    assert entry.state.claim == claim("worker-1", ME.nonce(one.id, 5), NOW + LEASE)


def test_a_claim_keeps_what_earlier_attempts_have_finished():
    before = state(attempt=1, checkpoint=checkpoint(), run=run_reference("0" * 32))
    [entry] = decide(turn_plan(hold=1), queue_view((request(), before))).held
    assert (entry.state.checkpoint, entry.state.run) == (before.checkpoint, before.run)


def test_only_what_is_wanted_is_claimed():
    plan = turn_plan(hold=4, wanted=lambda entry: entry.request.model.name != "m-0")
    assert names(decide(plan, queue_view(*waiting(3)))) == ["m-1", "m-2"]


def test_only_what_waits_is_claimed():
    ended = [(request(str(status)), state(status)) for status in Status if status is not Status.PENDING]
    assert decide(turn_plan(hold=9), queue_view(*ended)).held == ()


@pytest.mark.parametrize(
    ("others", "count", "share"), [(0, 3, 3), (1, 3, 2), (2, 3, 1), (7, 3, 1), (7, 8, 1), (7, 9, 2), (3, 0, 0)]
)
def test_nobody_takes_more_than_a_fair_share_of_what_waits(others: int, count: int, share: int):
    turn = decide(turn_plan(hold=20), queue_view(*busy(others), *waiting(count)))
    assert turn.live_workers == others + 1
    assert len(turn.held) == share


def test_eight_workers_that_all_live_get_one_each_of_three():
    view = queue_view(*busy(7), *waiting(3))
    assert [len(decide(turn_plan(who=worker(f"new-{n}"), hold=8), view).held) for n in range(3)] == [1, 1, 1]


def test_a_share_is_counted_of_what_this_worker_can_evaluate():
    """What only another machine has the weights of is no reason to take more of the rest."""
    plan = turn_plan(hold=9, wanted=lambda entry: entry.request.model.name in {"m-0", "m-1"})
    assert len(decide(plan, queue_view(*busy(1), *waiting(6))).held) == 1


def test_what_is_held_already_counts():
    one, *rest = requests(4)
    view = queue_view((one, held_by(ME, one)), *((other, WAITING) for other in rest))
    assert names(decide(turn_plan(Renewal(one.id, 1), hold=1), view)) == ["m-0"]
    assert names(decide(turn_plan(Renewal(one.id, 1), hold=2), view)) == ["m-0", "m-1"]


def test_a_worker_that_holds_more_than_it_wants_gives_nothing_back_by_itself():
    held = [(one, held_by(ME, one)) for one in requests(3)]
    turn = decide(turn_plan(hold=1), queue_view(*held, (request("late"), WAITING)))
    assert names(turn) == ["m-0", "m-1", "m-2"]
    assert dict(turn.changes) == {}


def test_a_second_turn_takes_no_second_share():
    """Else who comes often has everything in the end, and a turn whose answer was lost takes more than it told."""
    plan, view = turn_plan(hold=8), queue_view(*busy(1), *waiting(4))
    first = decide(plan, view)
    assert names(first) == ["m-0", "m-1"]
    then = [(entry.request, first.changes.get(entry.id, entry.state)) for entry in view.entries.values()]
    assert decide(plan, queue_view(*then)).held == first.held


def test_what_a_worker_has_just_ended_makes_room():
    one, other = requests(2)
    turn = decide(
        turn_plan(Finished(one.id, 1, run_reference(one.id)), hold=1),
        queue_view((one, held_by(ME, one)), (other, WAITING)),
    )
    assert names(turn) == ["m-1"]
    assert {state.status for state in turn.changes.values()} == {Status.FINISHED, Status.RUNNING}


def test_incident_01_what_was_taken_from_a_lost_worker_can_be_claimed_in_the_same_turn():
    one = request()
    lost = held_by(worker("worker-2"), one)
    [entry] = decide(turn_plan(hold=1, now=AFTER_LEASE), queue_view((one, lost))).held
    assert entry.state.attempt == 2
    assert [event.status for event in entry.state.history] == [Status.PENDING, Status.RUNNING]


def test_incident_01_what_this_worker_cannot_evaluate_goes_back_all_the_same():
    one = request()
    plan = turn_plan(hold=1, now=AFTER_LEASE, wanted=lambda _: False)
    turn = decide(plan, queue_view((one, held_by(worker("worker-2"), one))))
    assert turn.held == ()
    assert turn.changes[one.id].status is Status.PENDING


def test_what_is_woken_can_be_claimed_in_the_same_turn():
    one = request()
    [entry] = decide(turn_plan(hold=1), queue_view((one, state(Status.FAILED, retry_at=NOW)))).held
    assert [event.status for event in entry.state.history] == [Status.PENDING, Status.RUNNING]


def test_whether_a_request_is_wanted_is_asked_of_what_it_has_become():
    one = request()
    seen: list[RequestState] = []
    plan = turn_plan(hold=1, now=AFTER_LEASE, wanted=lambda entry: not seen.append(entry.state))
    decide(plan, queue_view((one, held_by(worker("worker-2"), one))))
    assert [state.status for state in seen] == [Status.PENDING]


def test_what_is_given_back_by_a_worker_that_stops_is_not_claimed_by_it():
    one = request()
    turn = decide(turn_plan(Released(one.id, 1), hold=0), queue_view((one, held_by(ME, one))))
    assert turn.held == ()
    assert turn.changes[one.id].status is Status.PENDING


def test_a_claim_whose_answer_was_lost_is_known_again():
    plan = turn_plan(hold=2)
    first = decide(plan, queue_view(*waiting(2)))
    again = decide(plan, queue_view(*((entry.request, entry.state) for entry in first.held)))
    assert again.held == first.held
    assert dict(again.changes) == {}


def test_an_attempt_that_lost_its_claim_is_told_so_even_where_the_worker_claims_the_next():
    one = request()
    waits = state(attempt=1, failure=failure())
    turn = decide(turn_plan(Renewal(one.id, 1), hold=1), queue_view((one, waits)))
    assert turn.lost == {one.id}
    assert [entry.state.attempt for entry in turn.held] == [2]
