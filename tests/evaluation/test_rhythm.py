"""When a worker takes its turns, how long its leases are, and how much it holds."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from leaderboard.evaluation.rhythm import SHORTEST_LEASE, Rhythm
from leaderboard.queue import QueueEntry, Turn, TurnPlan
from leaderboard.records import Status
from leaderboard.store import FolderStore, StoreError, StoreUnavailableError
from tests.builders import NOW, claim, request, state, worker

MINUTE = timedelta(minutes=1)


@dataclass
class PacedStore(FolderStore):
    """A store that asks each writer for so many seconds, times the number of writers."""

    seconds: float

    def commit_interval(self, writers: int) -> float:
        return self.seconds * writers


def rhythm(states: float = 60.0, results: float = 0.0) -> Rhythm:
    return Rhythm(PacedStore(states), PacedStore(results))


def turn(live_workers: int = 1, lease: timedelta = timedelta(hours=9)) -> Turn:
    held = state(Status.RUNNING, claim=claim(lease_until=NOW + lease))
    return Turn(held=(QueueEntry(request(), held),), live_workers=live_workers)


def taken(one: Rhythm, **about: object) -> Rhythm:
    one.taken(TurnPlan(worker(), NOW, timedelta(hours=9)), turn(**about))
    return one


def test_the_first_turn_is_due_and_the_next_after_the_interval():
    one = rhythm()
    assert one.is_due(NOW)
    taken(one)
    assert not one.is_due(NOW + 0.99 * MINUTE)
    assert one.is_due(NOW + MINUTE)


def test_the_store_that_asks_for_more_patience_sets_the_pace():
    assert rhythm(states=60, results=90).interval(2) == timedelta(seconds=180)
    assert rhythm(states=60, results=9).interval(2) == timedelta(seconds=120)


def test_the_interval_grows_with_the_workers_but_not_beyond_half_of_a_lease():
    one = taken(rhythm(), live_workers=8)
    assert not one.is_due(NOW + 7.9 * MINUTE)
    assert one.is_due(NOW + 8 * MINUTE)
    one = taken(rhythm(), live_workers=8, lease=10 * MINUTE)
    assert one.is_due(NOW + 5 * MINUTE)


def test_a_lease_outlasts_three_turns_of_one_worker_more():
    assert taken(rhythm(), live_workers=7).lease() == 24 * MINUTE
    assert rhythm(states=1).lease() == SHORTEST_LEASE


@pytest.mark.parametrize(
    ("last_took", "present_lasts", "wanted"),
    [
        (None, None, 1),
        (None, MINUTE, 1),
        (2 * MINUTE, None, 1),
        (MINUTE / 4, None, 5),
        (MINUTE / 4, MINUTE / 2, 3),
        (MINUTE / 4, 3 * MINUTE, 1),
        (timedelta(0), None, 61),
    ],
)
def test_a_worker_holds_what_keeps_it_at_work_until_the_next_turn(
    last_took: timedelta | None, present_lasts: timedelta | None, wanted: int
):
    one = rhythm()
    one.last_took = last_took
    assert one.wanted(present_lasts) == wanted


def test_however_quick_evaluations_are_there_is_an_end_to_what_is_held():
    one = rhythm(states=10_000)
    one.last_took = timedelta(0)
    assert one.wanted(None) == 64


def test_a_store_that_asks_to_be_left_alone_is():
    one = taken(rhythm())
    one.refused(StoreUnavailableError("later", retry_after_seconds=1800.0), NOW)
    assert one.must_wait(NOW + 29 * MINUTE)
    assert not one.is_due(NOW + 29 * MINUTE)
    assert one.is_due(NOW + 30 * MINUTE)
    taken(one)
    assert not one.must_wait(NOW)


def test_a_store_that_fails_is_not_asked_again_at_once():
    one = rhythm()
    one.refused(StoreError("broken"), NOW)
    assert one.must_wait(NOW + timedelta(seconds=4.9))
    assert not one.must_wait(NOW + timedelta(seconds=5))
