"""Several processes at once: every request has one owner, no request is lost, the same wish is accepted once."""

from functools import partial
from pathlib import Path

from leaderboard.queue import Queue
from leaderboard.records import Status
from leaderboard.store import HubAccess, open_store
from tests.builders import NOW, request
from tests.queue.races import Claimed, Factory, race_for_claims, race_to_submit

RACERS = 8


def factory_of(tmp_path: Path) -> Factory:
    return partial(open_store, str(tmp_path / "eval_queue"), HubAccess(cache=tmp_path / "cache"))


def test_each_request_is_claimed_by_exactly_one_of_eight_processes_and_none_is_lost(tmp_path: Path):
    factory = factory_of(tmp_path)
    queue = Queue(factory())
    rounds = [[request(f"round-{number}-{one}").id for one in range(5)] for number in range(6)]
    queue.enqueue([request(f"round-{number}-{one}") for number in range(6) for one in range(5)], NOW)
    claimed = race_for_claims(factory, rounds, workers=RACERS)
    assert len(claimed) == 30
    entries = queue.view().entries
    assert sorted(claimed) == sorted(Claimed(one, entries[one].state.history[0].worker or "", 1) for one in entries)
    assert len({one.worker for one in claimed}) > 1
    for entry in entries.values():
        events = [(event.status, event.attempt, event.worker) for event in entry.state.history]
        owner = events[0][2]
        assert events == [(Status.RUNNING, 1, owner), (Status.FINISHED, 1, owner)]


def test_incident_08_of_eight_processes_that_submit_the_same_one_is_accepted(tmp_path: Path):
    factory = factory_of(tmp_path)
    accepted = race_to_submit(factory, [request()] * RACERS, rounds=3)
    assert sorted(accepted) == [0] * 7 + [1]
    assert list(Queue(factory()).view().entries) == [request().id]


def test_of_eight_processes_that_submit_different_requests_all_are_accepted(tmp_path: Path):
    factory = factory_of(tmp_path)
    submissions = [request(f"m-{number}") for number in range(RACERS)]
    assert race_to_submit(factory, submissions) == [1] * RACERS
    assert set(Queue(factory()).view().entries) == {one.id for one in submissions}
