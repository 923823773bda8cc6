"""What the store on the Hub does when it cannot read, or reads what is old or damaged."""

import time

import pytest

from leaderboard.store import ConflictError, StoreUnavailableError
from leaderboard.store.blob_cache import git_oid
from leaderboard.store.hub import HubStore
from tests.hub_server import Fault, HubDatasetRepository, HubServer, Kind, reading
from tests.hub_server.calls import RefusedError
from tests.hub_server.contents import Blob, LfsBlob, Listing
from tests.store.hub_claim import CHANGES, FILES, SHORT_S, Sleep, ours
from tests.store.places import DATASET

READS = [Kind.REFS, Kind.TREE, Kind.RESOLVE]


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("fault", [Fault.FAILED_BEFORE, Fault.CUT_BEFORE, Fault.RATE_LIMITED_SILENTLY])
def test_a_read_that_fails_is_tried_again(hub: HubServer, store: HubStore, sleep: Sleep, kind: Kind, fault: Fault):
    failed = hub.faults.play(fault, on=kind, times=3)
    assert store.snapshot().files == FILES
    assert failed.played == len(sleep.naps) == 3


@pytest.mark.parametrize("kind", READS)
@pytest.mark.parametrize("fault", [Fault.FAILED_BEFORE, Fault.CUT_BEFORE, Fault.RATE_LIMITED_SILENTLY])
def test_a_read_that_fails_for_ever_is_given_up_in_a_clear_sentence(
    hub: HubServer, store: HubStore, sleep: Sleep, kind: Kind, fault: Fault
):
    failed = hub.faults.play(fault, on=kind, times=None)
    with pytest.raises(StoreUnavailableError) as refused:
        store.snapshot()
    sentence = str(refused.value)
    assert sentence.startswith(f"The store {DATASET} cannot be reached now: ")
    assert sentence.endswith(". Nothing is lost; try later.")
    assert "\n" not in sentence
    assert len(sentence) < 200
    assert refused.value.retry_after_seconds is None
    assert failed.played == 4
    assert len(sleep.naps) == 3
    failed.stop()
    assert store.snapshot().files == FILES


@pytest.mark.parametrize("kind", READS)
def test_a_hub_that_never_answers_is_waited_for_no_longer_than_said(
    hub: HubServer, hasty: HubStore, sleep: Sleep, kind: Kind
):
    held = hub.faults.play(Fault.NO_ANSWER, on=kind, times=None, seconds=30)
    before = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="no answer within"):
        hasty.snapshot()
    assert time.monotonic() - before < 4 * SHORT_S + 1
    assert held.played == 4
    assert len(sleep.naps) == 3


def test_a_page_of_a_tree_that_never_comes_is_waited_for_no_longer(hub: HubServer, hasty: HubStore, sleep: Sleep):
    hub.page_size = 2
    hub.faults.play(Fault.NO_ANSWER, on=Kind.TREE, seconds=30, skip=1)
    hub.faults.play(Fault.FAILED_BEFORE, on=Kind.TREE, skip=2)
    before = time.monotonic()
    assert hasty.snapshot().files == FILES
    assert time.monotonic() - before < 2
    assert len(sleep.naps) == 2


def test_a_read_that_was_told_to_stay_away_passes_it_on_and_slows_the_pace(hub: HubServer, store: HubStore):
    usual = store.commit_interval(1)
    hub.faults.play(Fault.RATE_LIMITED, on=Kind.REFS, seconds=240)
    with pytest.raises(StoreUnavailableError) as refused:
        store.snapshot()
    assert refused.value.retry_after_seconds == 240
    assert store.commit_interval(1) == 2 * usual


def test_what_was_fetched_before_a_failure_is_not_fetched_again(hub: HubServer, store: HubStore):
    hub.faults.play(Fault.FAILED_BEFORE, on=Kind.RESOLVE, times=4, skip=1)  # there are two contents
    with pytest.raises(StoreUnavailableError):
        store.snapshot()
    hub.calls.clear()
    assert store.snapshot().files == FILES
    assert len(hub.calls_of(Kind.RESOLVE)) == 1


def test_a_head_that_is_behind_our_own_commit_is_not_believed(hub: HubServer, store: HubStore):
    version = store.commit(CHANGES, message="m", parent=store.snapshot().version)
    hub.faults.play(Fault.STALE_HEAD, on=Kind.REFS, times=None)
    assert store.head() == version
    assert store.snapshot().files["claim.json"] == b"mine"
    following = store.commit({"claim.json": b"next"}, message="m", parent=store.head())
    assert store.snapshot().version == following
    assert store.snapshot().files["claim.json"] == b"next"


def test_a_head_that_is_behind_somebody_else_s_commit_ends_in_a_conflict_and_then_well(
    hub: HubServer, store: HubStore, dataset
):
    dataset.change({"theirs.json": b"1"})
    hub.faults.play(Fault.STALE_HEAD, on=Kind.REFS)
    stale = store.snapshot()
    assert "theirs.json" not in stale.files
    with pytest.raises(ConflictError):
        store.commit(CHANGES, message="m", parent=stale.version)
    store.commit(CHANGES, message="m", parent=store.snapshot().version)
    assert {"theirs.json", "claim.json"} <= set(dataset.commits[-1].files)
    assert len(ours(dataset)) == 1


@pytest.mark.parametrize("damaged", [b"", b"noboddy", b"nobod", b"<html>sign in to this network</html>"])
@pytest.mark.parametrize("large", [True, False])
def test_a_download_that_is_not_what_was_listed_is_not_accepted(
    store: HubStore, sleep: Sleep, dataset: HubDatasetRepository, damaged: bytes, *, large: bool
):
    whole = b"nobody" if not large else b"nobody" * 1000
    wrong: Blob = LfsBlob(damaged) if large else Blob(damaged)
    names = {"oid": git_oid(whole), "sha256": LfsBlob(whole).sha256}
    vars(wrong).update(names)
    dataset.commits[-1].files["claim.json"] = wrong
    dataset.lfs_objects[names["sha256"]] = LfsBlob(damaged)
    with pytest.raises(StoreUnavailableError, match=r"claim\.json came damaged"):
        store.snapshot()
    assert len(sleep.naps) == 3

    def mend() -> None:
        dataset.commits[-1].files["claim.json"] = LfsBlob(whole) if large else Blob(whole)
        dataset.lfs_objects[names["sha256"]] = LfsBlob(whole)

    sleep.then.append(mend)
    assert store.snapshot().files["claim.json"] == whole


def test_a_commit_that_the_hub_does_not_know_yet_is_asked_for_again(
    hub: HubServer, store: HubStore, sleep: Sleep, dataset
):
    """Its refs name a commit, and its files come from a machine that has not heard of it."""
    head = dataset.commits[-1]
    del dataset._by_sha[head.sha]
    hub.faults.play(Fault.CUT_BEFORE, on=Kind.TREE)
    sleep.then += [lambda: None, lambda: dataset._by_sha.update({head.sha: head})]
    assert store.snapshot().files == FILES
    assert len(sleep.naps) == 2


def test_a_root_that_is_said_not_to_exist_is_no_empty_store(store: HubStore, monkeypatch: pytest.MonkeyPatch):
    missing = RefusedError(404, "Entry not found", code="EntryNotFound")
    monkeypatch.setattr(reading, "list_commit", lambda _: Listing({}, {}))
    monkeypatch.setattr(reading, "_no_entry", lambda *_: missing)
    with pytest.raises(StoreUnavailableError, match="404"):
        store.snapshot()
    assert store.snapshot("deep/folder/").files == {}
