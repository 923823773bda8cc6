"""Workers killed with SIGKILL at every boundary of what they do, on both stores: nothing lost, nothing twice."""

import multiprocessing
from pathlib import Path

import pytest

from tests.evaluation.kills import Outcome, kill_at_every_boundary
from tests.evaluation.stage import TASKS, Stage, set_stage
from tests.hub_server import HubServer
from tests.store.places import KINDS, folder_place, hub_place

_TASK_SECONDS = 0.06

# What must have been hit, whatever the pace of this machine: a boundary that is met no more would test nothing.
BOUNDARIES = {
    "folder": ("FolderStore.snapshot", "FolderStore.commit", "KeptResults.keep", "KeptResults.forget"),
    "hub": ("refs", "tree", "resolve", "preupload", "commit", "KeptResults.keep", "KeptResults.forget"),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stage(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Stage:
    if kind == "folder":
        queue, results = folder_place(tmp_path / "queue"), folder_place(tmp_path / "results")
    else:
        hub: HubServer = request.getfixturevalue("hub")
        queue = hub_place(tmp_path / "queue", hub, "somos/requests")
        results = hub_place(tmp_path / "results", hub, "somos/results")
    return set_stage(queue, results, tmp_path, seconds=_TASK_SECONDS)


def outcomes_of_kills(kind: str, stage: Stage, *, same_machine: bool) -> list[Outcome]:
    """Kill at every boundary, and once more where the pace of a busy machine moved some from under the fuse."""
    found = kills(stage, "model", same_machine=same_machine)
    for series in ("second", "third"):
        if len(missed(kind, found)) > 1:
            found += kills(stage, series, same_machine=same_machine)
    return found


def missed(kind: str, outcomes: list[Outcome]) -> set[str]:
    """Return the boundaries at which nobody was killed."""
    wanted = {f"{when} {what}" for what in BOUNDARIES[kind] for when in ("before", "after")}
    return wanted - {outcome.boundary for outcome in outcomes}


def kills(stage: Stage, series: str, *, same_machine: bool) -> list[Outcome]:
    context = multiprocessing.get_context("spawn")
    outcomes = context.SimpleQueue()
    killer = context.Process(target=kill_at_every_boundary, args=(stage, same_machine, outcomes, series))
    killer.start()
    found = []
    while (outcome := outcomes.get()) is not None:
        found.append(outcome)
    killer.join(timeout=10)
    assert killer.exitcode == 0
    return found


def assert_all_were_hit(kind: str, outcomes: list[Outcome]) -> None:
    """An evaluation may have a turn less than the next, so that one number stands for two boundaries: ask for most."""
    hit = {outcome.boundary for outcome in outcomes}
    assert {name.partition(" ")[2] for name in hit} >= set(BOUNDARIES[kind])
    assert len(missed(kind, outcomes)) <= 1, missed(kind, outcomes)


def test_a_worker_killed_anywhere_goes_on_where_it_was(kind: str, stage: Stage):
    """Incidents 1, 4 and 5: the same machine starts again, at the same desk, and measures at most one task twice."""
    outcomes = outcomes_of_kills(kind, stage, same_machine=True)

    assert_all_were_hit(kind, outcomes)
    for outcome in outcomes:
        assert (outcome.status, outcome.finished, outcome.shown) == ("FINISHED", 1, (len(TASKS),)), outcome
        assert set(outcome.measured) == set(TASKS), outcome
        assert len(outcome.measured) <= len(TASKS) + 1, outcome
        assert outcome.orphans == 0, outcome


def test_a_worker_killed_anywhere_is_replaced_by_another_machine(kind: str, stage: Stage):
    """Incidents 1 and 2: when its lease has run out, another takes over, and the dead one's word counts no more."""
    outcomes = outcomes_of_kills(kind, stage, same_machine=False)

    assert_all_were_hit(kind, outcomes)
    for outcome in outcomes:
        assert (outcome.status, outcome.finished, outcome.shown) == ("FINISHED", 1, (len(TASKS),)), outcome
        assert set(outcome.measured) == set(TASKS), outcome
        assert outcome.orphans == 0, outcome
