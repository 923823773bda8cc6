"""What the store on the Hub does where nobody told it whether a commit landed: nothing is lost or done twice."""

import time
from collections.abc import Callable

import pytest

from leaderboard.store import ConflictError, StoreUnavailableError, Version
from leaderboard.store.hub import HubStore
from tests.hub_server import Fault, HubDatasetRepository, HubServer, Kind
from tests.store.hub_claim import CHANGES, FILES, LATE_S, Sleep, check_landed_once, check_nothing_landed, ours

DOUBTS = [Fault.FAILED_BEFORE, Fault.FAILED_AFTER, Fault.CUT_BEFORE, Fault.CUT_AFTER]
LANDS = {Fault.FAILED_AFTER, Fault.CUT_AFTER}


@pytest.fixture(params=[True, False], ids=["parent", "no parent"])
def with_parent(request: pytest.FixtureRequest) -> bool:
    return request.param


def parent_of(store: HubStore, *, with_parent: bool) -> Version | None:
    head = store.snapshot().version
    return head if with_parent else None


def somebody_else_commits(dataset: HubDatasetRepository) -> Callable[[], str]:
    return lambda: dataset.change({"theirs.json": b"1"})


@pytest.mark.parametrize("fault", DOUBTS)
def test_a_doubt_is_settled_and_nothing_is_done_twice(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, *, fault: Fault, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    hub.faults.play(fault)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=parent))
    assert len(hub.calls_of(Kind.COMMITS)) == 1
    assert len(hub.calls_of(Kind.COMMIT)) == (1 if fault in LANDS else 2)
    assert len(sleep.naps) == (0 if fault in LANDS else 1)
    assert store.snapshot().version == dataset.commits[-1].sha


@pytest.mark.parametrize("fault", DOUBTS)
def test_a_doubt_after_a_lock_and_before_one_is_settled(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository, *, fault: Fault, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    hub.faults.play(Fault.REPOSITORY_LOCKED)
    hub.faults.play(fault)
    hub.faults.play(Fault.REPOSITORY_LOCKED)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=parent))


def test_an_answer_that_comes_too_late_is_a_doubt(
    hub: HubServer, hasty: HubStore, dataset: HubDatasetRepository, *, with_parent: bool
):
    parent = parent_of(hasty, with_parent=with_parent)
    hub.faults.play(Fault.SLOW_ANSWER, seconds=LATE_S)
    before = time.monotonic()
    check_landed_once(dataset, hasty.commit(CHANGES, message="m", parent=parent))
    assert time.monotonic() - before < LATE_S


def test_a_commit_that_lands_after_the_next_try_is_refused(
    hub: HubServer, hasty: HubStore, dataset: HubDatasetRepository
):
    parent = hasty.snapshot().version
    hub.faults.play(Fault.SLOW_WORK, seconds=LATE_S)
    version = hasty.commit(CHANGES, message="m", parent=parent)
    time.sleep(LATE_S)
    check_landed_once(dataset, version)
    assert len(hub.calls_of(Kind.COMMIT)) == 2


def test_a_commit_without_a_parent_that_lands_late_writes_the_same_once_more(
    hub: HubServer, hasty: HubStore, dataset: HubDatasetRepository
):
    """Nothing can tell its first try from one that is wanted; it is no other change, and nothing of others is lost."""
    hub.faults.play(Fault.SLOW_WORK, seconds=LATE_S)
    version = hasty.commit({"claim.json": b"mine"}, message="m", parent=None)
    dataset.change({"theirs.json": b"1"})
    time.sleep(LATE_S)
    assert len(ours(dataset)) == 2
    assert ours(dataset)[0] == version
    assert hasty.snapshot().files == {**FILES, "claim.json": b"mine", "theirs.json": b"1"}


def test_a_commit_that_lands_before_the_next_try_is_found(
    hub: HubServer, hasty: HubStore, sleep: Sleep, dataset: HubDatasetRepository, *, with_parent: bool
):
    """It had not landed when the store looked, so the store tries again: it must not do it twice."""
    parent = parent_of(hasty, with_parent=with_parent)
    sleep.then.append(lambda: time.sleep(LATE_S))
    hub.faults.play(Fault.SLOW_WORK, seconds=LATE_S)
    check_landed_once(dataset, hasty.commit(CHANGES, message="m", parent=parent))
    assert len(hub.calls_of(Kind.COMMIT)) == 2


@pytest.mark.parametrize("fault", sorted(LANDS, key=str))
def test_a_commit_in_doubt_is_found_below_somebody_else_s(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, *, fault: Fault, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    hub.faults.play(fault)
    hub.faults.play(Fault.CUT_BEFORE, on=Kind.COMMITS)
    sleep.then.append(somebody_else_commits(dataset))
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=parent))
    assert store.snapshot().version == dataset.commits[-1].sha
    assert "theirs.json" in store.snapshot().files


def test_a_commit_in_doubt_that_somebody_else_was_before_is_a_conflict(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset
):
    parent = store.snapshot().version
    hub.faults.play(Fault.CUT_BEFORE)
    sleep.then.append(somebody_else_commits(dataset))
    with pytest.raises(ConflictError):
        store.commit(CHANGES, message="m", parent=parent)
    check_nothing_landed(dataset)


def test_a_commit_in_doubt_without_a_parent_goes_on_top_of_somebody_else_s(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset
):
    hub.faults.play(Fault.CUT_BEFORE)
    sleep.then.append(somebody_else_commits(dataset))
    version = store.commit({"claim.json": b"mine"}, message="m", parent=None)
    assert ours(dataset) == [version]
    assert {"theirs.json", "claim.json"} <= set(dataset.commits[-1].files)


@pytest.mark.parametrize("fault", [*DOUBTS, Fault.NO_ANSWER])
def test_a_doubt_that_cannot_be_settled_is_no_conflict_and_nothing_is_done_twice(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, *, fault: Fault, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    hub.faults.play(fault, on=Kind.COMMIT, seconds=0.1)
    hub.faults.play(Fault.FAILED_BEFORE, on=Kind.COMMITS, times=None)
    with pytest.raises(StoreUnavailableError, match="cannot be reached now"):
        store.commit(CHANGES, message="m", parent=parent)
    assert len(hub.calls_of(Kind.COMMIT)) == 1
    assert len(ours(dataset)) == (fault in LANDS)
    assert len(sleep.naps) == 3


@pytest.mark.parametrize("fault", sorted(LANDS, key=str))
def test_a_history_that_is_behind_does_not_deceive(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository, *, fault: Fault, with_parent: bool
):
    """The commit landed, but whoever asks for the history is shown it without."""
    parent = parent_of(store, with_parent=with_parent)
    hub.faults.play(fault)
    hub.faults.play(Fault.STALE_HEAD, on=Kind.COMMITS, times=3)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=parent))


def test_a_history_that_stays_behind_is_no_conflict(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository, *, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    hub.faults.play(Fault.FAILED_AFTER)
    hub.faults.play(Fault.STALE_HEAD, on=Kind.COMMITS, times=None)
    with pytest.raises(StoreUnavailableError):
        store.commit(CHANGES, message="m", parent=parent)
    assert len(ours(dataset)) == 1


def test_whoever_tries_again_after_a_doubt_with_the_same_parent_cannot_do_it_twice(
    hub: HubServer, store: HubStore, dataset
):
    parent = store.snapshot().version
    hub.faults.play(Fault.FAILED_AFTER)
    hub.faults.play(Fault.CUT_BEFORE, on=Kind.COMMITS, times=4)
    with pytest.raises(StoreUnavailableError):
        store.commit(CHANGES, message="m", parent=parent)
    with pytest.raises(ConflictError):
        store.commit(CHANGES, message="m", parent=parent)
    assert len(ours(dataset)) == 1
    assert store.snapshot().files["claim.json"] == b"mine"
