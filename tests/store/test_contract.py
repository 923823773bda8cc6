"""What every store must do, whatever it is made of."""

import multiprocessing
from pathlib import Path

import pytest

from leaderboard.store import ConflictError, Store, StoreError, Version
from tests.hub_server import HubServer
from tests.store.places import KINDS, Place, folder_place, hub_place
from tests.store.races import COUNTER, count_up

PROCESSES, INCREMENTS = 8, 6


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "folder":
        return folder_place(tmp_path)
    hub: HubServer = request.getfixturevalue("hub")
    return hub_place(tmp_path, hub)


@pytest.fixture
def store(place: Place) -> Store:
    return place.open()


def contents(store: Store, *prefixes: str) -> dict[str, bytes]:
    return dict(store.snapshot(*prefixes).files)


def test_a_new_store_is_empty_and_has_a_version(store: Store):
    assert contents(store) == {}
    assert store.head() == store.snapshot().version


def test_what_was_committed_is_read_back_by_every_opener(place: Place, store: Store, tmp_path: Path):
    files = {"a.txt": b"", "b/c.json": "ñandú".encode(), "b/d/e.bin": bytes(range(256))}
    version = store.commit(files, message="all", parent=None)
    assert contents(store) == files
    elsewhere = place.on_another_machine(tmp_path / "elsewhere").open()
    assert contents(elsewhere) == files
    assert version == store.head() == elsewhere.head()


def test_a_snapshot_holds_only_what_its_prefix_names(store: Store):
    store.commit({"requests/a": b"1", "requests_old/b": b"2", "state/c": b"3"}, message="m", parent=None)
    assert contents(store, "requests/") == {"requests/a": b"1"}
    assert store.snapshot("requests/").version == store.head()
    assert contents(store, "requests/", "state/c") == {"requests/a": b"1", "state/c": b"3"}
    assert contents(store, "nothing/") == {}


def test_a_prefix_names_the_same_for_whoever_has_seen_nothing_yet(place: Place, store: Store, tmp_path: Path):
    store.commit({"runs/ab/x/1": b"1", "runs/ab/y/2": b"2", "runs/cd/z/3": b"3"}, message="m", parent=None)
    for number, prefixes in enumerate([("runs/ab/x/",), ("runs/ab/x/1", "runs/cd/z/"), ("runs/a",), ()]):
        newcomer = place.on_another_machine(tmp_path / str(number)).open()
        assert contents(newcomer, *prefixes) == contents(store, *prefixes)


def test_every_commit_makes_a_version_that_never_was(store: Store):
    # The same contents in turn: a version that came back would let a stale plan pass.
    contents_in_turn = (b"one", b"two", b"one", b"one")
    seen = [store.head()]
    seen += [store.commit({"a.txt": content}, message="m", parent=None) for content in contents_in_turn]
    assert len(set(seen)) == len(seen)


def test_a_commit_on_the_head_succeeds(store: Store):
    first = store.commit({"a.txt": b"1"}, message="m", parent=store.head())
    store.commit({"a.txt": b"2"}, message="m", parent=first)
    assert contents(store) == {"a.txt": b"2"}


def test_a_commit_on_a_stale_parent_is_refused_and_writes_nothing(store: Store):
    stale = store.commit({"a.txt": b"1"}, message="m", parent=None)
    store.commit({"a.txt": b"2"}, message="m", parent=stale)
    with pytest.raises(ConflictError):
        store.commit({"a.txt": b"3", "b.txt": b"new"}, message="m", parent=stale)
    assert contents(store) == {"a.txt": b"2"}


def test_a_commit_on_a_stale_parent_is_refused_even_where_it_would_change_nothing(store: Store):
    """Two who count to the same number: the second must learn that it was not the one who did."""
    stale = store.commit({"a.txt": b"1"}, message="m", parent=None)
    store.commit({"a.txt": b"2"}, message="m", parent=stale)
    with pytest.raises(ConflictError):
        store.commit({"a.txt": b"2"}, message="m", parent=stale)


def test_a_parent_that_never_was_is_refused(store: Store):
    with pytest.raises(ConflictError):
        store.commit({"a.txt": b"1"}, message="m", parent=Version("0" * 40))
    assert contents(store) == {}


def test_none_deletes_and_deleting_what_is_not_there_does_no_harm(store: Store):
    store.commit({"a/one.txt": b"1", "a/two.txt": b"2"}, message="m", parent=None)
    store.commit({"a/one.txt": None, "a/never.txt": None}, message="m", parent=None)
    assert contents(store) == {"a/two.txt": b"2"}


def test_one_commit_writes_and_deletes(store: Store):
    store.commit({"old.txt": b"1"}, message="m", parent=None)
    store.commit({"old.txt": None, "new.txt": b"2"}, message="m", parent=None)
    assert contents(store) == {"new.txt": b"2"}


def test_a_deleted_file_may_come_back(store: Store):
    for content in (b"1", None, b"2"):
        store.commit({"a/b.txt": content}, message="m", parent=None)
    assert contents(store) == {"a/b.txt": b"2"}


def test_a_snapshot_does_not_change_when_the_store_does(store: Store):
    store.commit({"a.txt": b"1"}, message="m", parent=None)
    before = store.snapshot()
    store.commit({"a.txt": b"2"}, message="m", parent=None)
    assert before.files["a.txt"] == b"1"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up.txt",
        "a/../../up.txt",
        "a/./b.txt",
        "a//b.txt",
        "a/",
        ".hidden",
        "a/.git/config",
        ".store/journal.json",
        "a\\b.txt",
        "a b.txt",
        "a\n.txt",
        "a.txt\n",
        "a\0.txt",
        "ñ.txt",
        "\u202etxt.a",
        "a" * 513,
    ],
)
def test_a_bad_path_is_refused_and_nothing_of_its_commit_is_written(store: Store, path: str):
    version = store.head()
    with pytest.raises(StoreError):
        store.commit({"good.txt": b"1", path: b"2"}, message="m", parent=None)
    assert store.head() == version
    assert contents(store) == {}


@pytest.mark.parametrize("path", ["", "../up.txt", "/etc/passwd", ".store/lock"])
def test_a_bad_path_cannot_be_deleted(store: Store, path: str):
    with pytest.raises(StoreError):
        store.commit({path: None}, message="m", parent=None)


def test_a_large_file_is_kept_like_a_small_one(place: Place, store: Store, tmp_path: Path):
    large = bytes(range(256)) * 50_000
    version = store.commit({"large.bin": large, "small.txt": b"1"}, message="m", parent=store.head())
    assert contents(store) == {"large.bin": large, "small.txt": b"1"}
    assert contents(place.on_another_machine(tmp_path / "elsewhere").open(), "large") == {"large.bin": large}
    store.commit({"small.txt": b"2"}, message="m", parent=version)
    assert contents(store) == {"large.bin": large, "small.txt": b"2"}


def test_several_writers_keep_longer_pauses_or_none(store: Store):
    assert 0 < store.commit_interval(1) <= store.commit_interval(8)


def test_processes_that_race_with_compare_and_swap_lose_no_increment(place: Place):
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES)
    racers = [context.Process(target=count_up, args=(place, start, INCREMENTS)) for _ in range(PROCESSES)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=120)
    assert [racer.exitcode for racer in racers] == [0] * PROCESSES
    assert int(contents(place.open())[COUNTER]) == PROCESSES * INCREMENTS
