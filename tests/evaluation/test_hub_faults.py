"""The whole road of two requests over a Hub that plays each of its faults: everything is finished, once."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.records import Status
from leaderboard.store import StoreError
from tests.evaluation.stage import TASKS, Stage, a_request, set_stage
from tests.hub_server import Fault, HubServer, Kind
from tests.store.places import hub_place

_DEADLINE_SECONDS = 0.2
_SLOW_SECONDS = 0.3
"""Longer than a store waits for an answer."""

OF_MODELS = {Fault.RANGE_IGNORED, Fault.ENDLESS}
"""What only those meet who read a part of a file, or a file of a stranger's."""
FAULTS = [fault for fault in Fault if fault not in OF_MODELS]
ONLY_COMMITS = {Fault.REPOSITORY_LOCKED, Fault.PARENT_REFUSED}
ONLY_READS = {Fault.STALE_HEAD}
TIMED = {Fault.NO_ANSWER, Fault.SLOW_ANSWER, Fault.SLOW_WORK}

COMMITS = [(fault, Kind.COMMIT, skip) for fault in FAULTS if fault not in ONLY_READS for skip in range(3)]
"""The claim, the results, and the states with the next claim."""

READS = [
    (fault, kind, skip)
    for fault in FAULTS
    if fault not in ONLY_COMMITS
    for kind, skip in ((Kind.REFS, 1), (Kind.TREE, 0), (Kind.RESOLVE, 0), (Kind.PREUPLOAD, 2))
    if fault is not Fault.STALE_HEAD or kind is Kind.REFS
]


@pytest.fixture
def stage(hub: HubServer, tmp_path: Path) -> Stage:
    places = [
        replace(place, waits=False, access=replace(place.access, timeout_seconds=_DEADLINE_SECONDS))
        for place in (
            hub_place(tmp_path / "queue", hub, "somos/requests"),
            hub_place(tmp_path / "results", hub, "somos/results"),
        )
    ]
    return set_stage(places[0], places[1], tmp_path)


@pytest.mark.parametrize(("fault", "kind", "skip"), [*COMMITS, *READS])
def test_every_request_is_finished_once_whatever_the_hub_does(
    fault: Fault, kind: Kind, skip: int, hub: HubServer, stage: Stage
):
    requests = [a_request(stage.folder, name) for name in ("meiga-1b", "duende-7b")]
    for request in requests:
        stage.open_queue().submit(request)
    seconds = _SLOW_SECONDS if fault in TIMED else 1.0 if fault is Fault.RATE_LIMITED else 0.0

    play = hub.faults.play(fault, times=2, on=kind, seconds=seconds, skip=skip)
    work_off_with_patience(stage)

    hub.faults.stop()
    assert play.played, "the fault was never met"
    for request in requests:
        state = stage.entry(request).state
        assert state.status is Status.FINISHED
        assert sum(event.status is Status.FINISHED for event in state.history) == 1
        assert sum(event.status is Status.RUNNING for event in state.history) == state.attempt == 1
    assert sorted(stage.shown()) == sorted((request.id, len(TASKS)) for request in requests)
    assert len(stage.measured()) == len(requests) * len(TASKS), "something was measured twice"


def work_off_with_patience(stage: Stage) -> None:
    """Do as the scheduler does: what the stores refuse is tried again at its next tick."""
    worker = stage.worker()
    for _ in range(40):
        try:
            worker.work_off()
        except StoreError:
            time.sleep(0.05)
        else:
            break
    worker.leave()
