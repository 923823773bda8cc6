"""What the store on the Hub does about clear refusals, and where the Hub fails for ever: nothing is lost."""

import time

import pytest

from leaderboard.store import ConflictError, StoreUnavailableError, Version
from leaderboard.store.hub import HubStore
from tests.hub_server import Fault, HubDatasetRepository, HubServer, Kind, Quota
from tests.store.hub_claim import CHANGES, FILES, Clock, Sleep, check_landed_once, check_nothing_landed, ours
from tests.store.places import DATASET


@pytest.fixture(params=[True, False], ids=["parent", "no parent"])
def with_parent(request: pytest.FixtureRequest) -> bool:
    return request.param


def parent_of(store: HubStore, *, with_parent: bool) -> Version | None:
    head = store.snapshot().version
    return head if with_parent else None


def test_a_lock_is_waited_for_with_jitter_and_the_plan_is_kept(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, *, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    locked = hub.faults.play(Fault.REPOSITORY_LOCKED, times=5)
    version = store.commit(CHANGES, message="m", parent=parent)
    check_landed_once(dataset, version)
    assert locked.played == 5
    assert len(sleep.naps) == len(set(sleep.naps)) == 5
    assert all(1 <= nap <= 10 for nap in sleep.naps)
    assert hub.calls_of(Kind.COMMITS) == []  # a lock leaves no doubt


def test_a_refused_parent_is_a_conflict_at_once(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository
):
    parent = store.snapshot().version
    hub.faults.play(Fault.PARENT_REFUSED)
    with pytest.raises(ConflictError, match=DATASET):
        store.commit(CHANGES, message="m", parent=parent)
    check_nothing_landed(dataset)
    assert sleep.naps == []
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=store.snapshot().version))


def test_a_refused_parent_where_there_is_none_is_tried_again(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository
):
    hub.faults.play(Fault.PARENT_REFUSED, times=3)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=None))
    assert len(sleep.naps) == 3


def test_too_many_calls_are_waited_for_as_told_and_slow_the_pace(
    hub: HubServer, store: HubStore, sleep: Sleep, clock: Clock, dataset: HubDatasetRepository, *, with_parent: bool
):
    parent = parent_of(store, with_parent=with_parent)
    usual = store.commit_interval(8)
    hub.faults.play(Fault.RATE_LIMITED, seconds=7)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=parent))
    assert len(sleep.naps) == 1
    assert 7 <= sleep.naps[0] <= 9
    assert store.commit_interval(8) == 2 * usual
    clock.now += 600
    assert store.commit_interval(8) == usual


def test_whoever_is_told_to_stay_away_for_long_is_not_held(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository
):
    hub.faults.play(Fault.RATE_LIMITED, seconds=600)
    with pytest.raises(StoreUnavailableError, match="429") as refused:
        store.commit(CHANGES, message="m", parent=None)
    assert refused.value.retry_after_seconds == 600
    assert sleep.naps == []
    check_nothing_landed(dataset)


def test_too_many_calls_without_a_word_on_how_long_are_backed_off_from(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset
):
    hub.faults.play(Fault.RATE_LIMITED_SILENTLY, times=4)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=None))
    assert len(sleep.naps) == 4
    assert all(nap <= 2.0**number for number, nap in enumerate(sleep.naps, 1))


def test_the_quota_of_commits_is_told_to_whoever_reaches_it(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository
):
    hub.clock = lambda: 1000.0
    hub.quota = Quota(commits_per_hour=1)
    version = store.commit(CHANGES, message="m", parent=store.head())
    with pytest.raises(StoreUnavailableError, match="cannot be reached now") as refused:
        store.commit({"more.json": b"1"}, message="m", parent=version)
    assert refused.value.retry_after_seconds == 3600
    check_landed_once(dataset, version)


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (Fault.REPOSITORY_LOCKED, 8),
        (Fault.PARENT_REFUSED, 8),
        (Fault.RATE_LIMITED_SILENTLY, 8),
        (Fault.RATE_LIMITED, 8),
        (Fault.FAILED_BEFORE, 8),
        (Fault.CUT_BEFORE, 8),
        (Fault.NO_ANSWER, 8),
    ],
)
def test_what_fails_for_ever_is_given_up(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, fault: Fault, tries: int
):
    hub.faults.play(fault, on=Kind.COMMIT, times=None, seconds=0.05)
    with pytest.raises(StoreUnavailableError, match=rf"{DATASET} cannot be reached now: .*Nothing is lost"):
        store.commit(CHANGES, message="m", parent=None)
    assert len(hub.calls_of(Kind.COMMIT)) == tries
    assert len(sleep.naps) == tries - 1
    assert sum(sleep.naps) < 80
    check_nothing_landed(dataset)
    assert store.snapshot().files == FILES


def test_a_hub_that_is_gone_altogether_is_given_up(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository
):
    parent = store.snapshot().version
    hub.faults.play(Fault.CUT_BEFORE, on=list(Kind), times=None)
    with pytest.raises(StoreUnavailableError):
        store.commit(CHANGES, message="m", parent=parent)
    assert len(sleep.naps) <= 3
    check_nothing_landed(dataset)


@pytest.mark.parametrize("kind", [Kind.PREUPLOAD, Kind.LFS, Kind.STORAGE])
@pytest.mark.parametrize("fault", [Fault.FAILED_BEFORE, Fault.CUT_BEFORE, Fault.RATE_LIMITED_SILENTLY])
def test_what_fails_on_the_way_to_a_commit_is_tried_again_by_the_store_alone(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, kind: Kind, fault: Fault
):
    """The library would sleep and try again by itself."""
    hub.lfs_above = 1000
    parent = store.snapshot().version
    hub.faults.play(fault, on=kind)
    before = time.monotonic()
    version = store.commit({"large.bin": bytes(5000)}, message="m", parent=parent)
    assert time.monotonic() - before < 0.9
    assert len(sleep.naps) == 1
    assert dataset.at(version).files["large.bin"] == bytes(5000)
    assert ours(dataset) == [version]


def test_nobody_sleeps_for_an_hour_on_the_way_to_a_commit(hub: HubServer, store: HubStore, sleep: Sleep):
    hub.faults.play(Fault.RATE_LIMITED, on=Kind.PREUPLOAD, seconds=3000)
    with pytest.raises(StoreUnavailableError) as refused:
        store.commit({"a.json": b"1"}, message="m", parent=None)
    assert refused.value.retry_after_seconds == 3000
    assert sleep.naps == []


def test_a_file_that_only_seems_to_be_there_already_is_written(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository
):
    """Back to what it was one commit ago, while the Hub that is asked before the upload is one commit behind."""
    dataset.change({"claim.json": b"theirs"})
    hub.faults.play(Fault.STALE_HEAD, on=Kind.PREUPLOAD)
    version = store.commit({"claim.json": b"nobody"}, message="m", parent=store.snapshot().version)
    assert dataset.at(version).files["claim.json"] == b"nobody"
    assert store.snapshot().files["claim.json"] == b"nobody"


def test_a_file_that_the_repository_says_to_ignore_is_written(
    store: HubStore, dataset: HubDatasetRepository, monkeypatch: pytest.MonkeyPatch
):
    """Somebody put a .gitignore there: the client would leave out what it names, and call that a success."""

    def ignore_all(answer: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
        return {"files": [{**file, "shouldIgnore": True} for file in answer["files"]]}

    monkeypatch.setattr("huggingface_hub._commit_api._validate_preupload_info", ignore_all)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=None))


def test_a_file_that_somebody_else_deletes_meanwhile_is_no_failure(
    store: HubStore, hub: HubServer, dataset: HubDatasetRepository, sleep: Sleep
):
    store.snapshot()
    hub.faults.play(Fault.REPOSITORY_LOCKED)
    sleep.then.append(lambda: dataset.change({}, deleted=["gone.json"]))
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=None))


def test_a_file_that_was_deleted_before_a_stale_look_is_no_failure(
    store: HubStore, hub: HubServer, dataset: HubDatasetRepository
):
    store.snapshot()
    dataset.change({}, deleted=["gone.json"])
    hub.faults.play(Fault.STALE_HEAD, on=Kind.REFS)
    check_landed_once(dataset, store.commit(CHANGES, message="m", parent=None))
