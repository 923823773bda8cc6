"""What only the store on the Hub does while all goes well: it asks little, and shows its token to nobody else."""

import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from huggingface_hub import HfApi
from huggingface_hub.utils import get_session, set_client_factory

from leaderboard.store import ConflictError, StoreError
from leaderboard.store.hub import HubStore
from tests.hub_server import Fault, HubDatasetRepository, HubServer, Kind
from tests.store.places import DATASET, Place, hub_place

FILES = {f"state/{number:02}.json": f'{{"number": {number}}}'.encode() for number in range(10)}


@pytest.fixture
def place(tmp_path: Path, hub: HubServer) -> Place:
    return hub_place(tmp_path, hub)


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def store(place: Place, naps: list[float]) -> HubStore:
    """A store that has committed FILES and seen them."""
    store = HubStore(DATASET, place.access, sleep=naps.append)
    store.commit(FILES, message="m", parent=store.snapshot().version)
    return store


@pytest.fixture
def dataset(hub: HubServer) -> HubDatasetRepository:
    return hub.datasets[DATASET]


def files_of(store: HubStore, *prefixes: str) -> dict[str, bytes]:
    return dict(store.snapshot(*prefixes).files)


def asked(hub: HubServer) -> Counter[Kind]:
    """Return what was asked since the last time."""
    kinds = Counter(call.kind for call in hub.calls)
    hub.calls.clear()
    return kinds


def test_the_same_head_costs_one_call(hub: HubServer, store: HubStore):
    store.snapshot()
    asked(hub)
    assert files_of(store) == FILES
    assert asked(hub) == {Kind.REFS: 1}


@pytest.mark.parametrize(("page_size", "pages"), [(1000, 1), (3, 4)])  # ten files and their folder
def test_one_file_that_another_machine_changed_is_all_that_is_fetched(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository, page_size: int, pages: int
):
    dataset.commit(FILES)
    store.snapshot()
    hub.page_size = page_size
    dataset.change({"state/03.json": b"changed"})
    asked(hub)
    assert files_of(store) == {**FILES, "state/03.json": b"changed"}
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: pages, Kind.RESOLVE: 1}


def test_a_file_that_came_back_or_moved_is_not_fetched_again(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository
):
    dataset.change({"moved.json": FILES["state/00.json"]}, deleted=["state/00.json"])
    asked(hub)
    assert files_of(store)["moved.json"] == FILES["state/00.json"]
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: 1}


def test_our_own_commit_costs_two_calls_and_nothing_is_listed_after_it(
    hub: HubServer, store: HubStore, dataset: HubDatasetRepository
):
    parent = store.snapshot().version
    asked(hub)
    changes = {"state/00.json": None, "state/01.json": b"changed", "new.json": b"new", "never.json": None}
    version = store.commit(changes, message="what it was", parent=parent)
    assert asked(hub) == {Kind.PREUPLOAD: 1, Kind.COMMIT: 1}
    snapshot = store.snapshot()
    assert asked(hub) == {Kind.REFS: 1}
    assert snapshot.version == version == dataset.commits[-1].sha
    visible = {path: content for path, content in dataset.commits[-1].files.items() if not path.startswith(".")}
    assert snapshot.files == visible
    assert "state/00.json" not in visible
    assert (dataset.commits[-1].title, dataset.commits[-1].author) == ("what it was", "somos")


def test_a_commit_without_a_parent_costs_no_more_unless_it_deletes(hub: HubServer, store: HubStore):
    asked(hub)
    store.commit({"new.json": b"new"}, message="m", parent=None)
    assert asked(hub) == {Kind.PREUPLOAD: 1, Kind.COMMIT: 1}
    store.commit({"new.json": None}, message="m", parent=None)
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: 1, Kind.PREUPLOAD: 1, Kind.COMMIT: 1}
    assert files_of(store) == FILES


def test_a_restart_with_the_same_folder_fetches_no_file(hub: HubServer, store: HubStore, place: Place):
    asked(hub)
    assert files_of(HubStore(DATASET, place.access)) == FILES == files_of(store)
    assert asked(hub) == {Kind.REFS: 2, Kind.TREE: 1}


def test_another_machine_fetches_each_file_once(hub: HubServer, store: HubStore, place: Place, tmp_path: Path):
    assert store.head()
    elsewhere = HubStore(DATASET, place.on_another_machine(tmp_path / "elsewhere").access)
    asked(hub)
    assert files_of(elsewhere) == FILES
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: 1, Kind.RESOLVE: len(FILES)}
    assert files_of(elsewhere) == FILES
    assert asked(hub) == {Kind.REFS: 1}


def test_a_damaged_file_in_the_cache_is_fetched_again(hub: HubServer, store: HubStore, place: Place):
    for file in place.access.cache.rglob("*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    asked(hub)
    assert files_of(store) == FILES
    assert asked(hub)[Kind.RESOLVE] == len(FILES)


def test_a_cache_that_cannot_be_written_costs_calls_and_nothing_else(store: HubStore, place: Place, tmp_path: Path):
    assert store.head()
    (tmp_path / "full").write_bytes(b"no folder")
    access = replace(place.access, cache=tmp_path / "full")
    machine = HubStore(DATASET, access)
    version = machine.commit({"a.json": b"1"}, message="m", parent=machine.snapshot().version)
    assert machine.snapshot().version == version
    assert files_of(machine) == {**FILES, "a.json": b"1"}


def test_large_files_are_not_fetched_again_either(
    hub: HubServer, store: HubStore, place: Place, dataset: HubDatasetRepository, tmp_path: Path
):
    hub.lfs_above = 1000
    large = {"large/1.bin": bytes(range(256)) * 200, "large/2.bin": b"\xff" * 50_000}
    version = store.commit(large, message="m", parent=store.snapshot().version)
    assert sorted(dataset.lfs_objects) != []
    asked(hub)
    assert files_of(store, "large/") == large
    assert asked(hub) == {Kind.REFS: 1}

    dataset.change({"by-hand.txt": b"1"})  # now the Hub lists them, under other names
    assert files_of(store, "large/") == large
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: 1}

    elsewhere = HubStore(DATASET, place.on_another_machine(tmp_path / "elsewhere").access)
    assert files_of(elsewhere, "large/") == large
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: 1, Kind.RESOLVE: 2, Kind.STORAGE: 2}
    assert files_of(HubStore(DATASET, place.on_another_machine(tmp_path / "elsewhere").access), "large/") == large
    assert asked(hub) == {Kind.REFS: 1, Kind.TREE: 1}
    assert version != store.head()


def test_only_a_deep_folder_is_listed_where_nothing_is_known_yet(hub: HubServer, store: HubStore, place: Place):
    runs = {f"runs/{number:02}/x-1/results.jsonl": str(number).encode() for number in range(20)}
    store.commit(runs, message="m", parent=None)
    hub.page_size = 3
    machine = HubStore(DATASET, place.access)
    asked(hub)
    assert len(files_of(machine, "runs/07/x-1/results.jsonl")) == 1
    assert asked(hub)[Kind.TREE] == 1
    # Of more than one folder the whole is listed, and kept.
    assert files_of(machine, *runs) == runs
    assert asked(hub)[Kind.TREE] > 10
    assert files_of(machine, "runs/") == runs
    assert asked(hub) == {Kind.REFS: 1}


def test_hidden_files_and_a_card_do_no_harm(store: HubStore, dataset: HubDatasetRepository):
    hidden = {".gitattributes": "*.xz filter=lfs", ".gitignore": "*", ".store/x": "x", "state/.swp": "x", "a/.b/c": "x"}
    dataset.change({**hidden, "README.md": "---\nlicense: apache-2.0\n---\n"})
    expected = {**FILES, "README.md": b"---\nlicense: apache-2.0\n---\n"}
    snapshot = store.snapshot()
    assert snapshot.files == expected
    version = store.commit({"README.md": b"# Card", "b.txt": b"1"}, message="m", parent=snapshot.version)
    assert files_of(store) == {**expected, "README.md": b"# Card", "b.txt": b"1"}
    assert set(hidden) <= set(dataset.at(version).files)


def test_paths_of_somebody_else_may_be_strange(
    store: HubStore, dataset: HubDatasetRepository, place: Place, tmp_path: Path
):
    strange = {"a b.txt", "ñ/á.txt", "a%2Fb.txt", "a?b#c.txt", "a&b=c+d.txt", "[x]/{y}.txt", "a\\b.txt", "~/x.txt"}
    dataset.change({path: path.encode() for path in strange})
    machine = HubStore(DATASET, place.on_another_machine(tmp_path / "elsewhere").access)
    for each in (store, machine):
        assert files_of(each) == {**FILES, **{path: path.encode() for path in strange}}


def test_other_branches_do_not_matter(store: HubStore, dataset: HubDatasetRepository):
    version = store.head()
    dataset.commit({"other.txt": b"1"}, branch="main-2")
    dataset.commit({"other.txt": b"1"}, branch="refs/convert/main")
    assert store.head() == version
    assert files_of(store) == FILES


def test_a_repository_without_its_branch_is_named(hub: HubServer, place: Place):
    hub.add_dataset("somos/other", {}, branch="develop")
    with pytest.raises(StoreError, match="somos/other has no branch main"):
        HubStore("somos/other", place.access).snapshot()


def test_somebody_else_who_edits_is_seen_and_not_overwritten(store: HubStore, dataset: HubDatasetRepository):
    planned_on = store.snapshot().version
    dataset.change({"state/00.json": b"by hand"})
    with pytest.raises(ConflictError):
        store.commit({"state/00.json": b"planned"}, message="m", parent=planned_on)
    assert files_of(store)["state/00.json"] == b"by hand"
    store.commit({"state/00.json": b"planned"}, message="m", parent=store.head())
    assert dataset.commits[-1].files["state/00.json"] == b"planned"


def test_two_stores_of_one_process_take_turns(hub: HubServer, store: HubStore, place: Place):
    other = HubStore(DATASET, place.access)
    for number in range(6):
        writer, reader = (store, other) if number % 2 else (other, store)
        version = writer.commit({"turn.txt": str(number).encode()}, message="m", parent=writer.snapshot().version)
        assert reader.snapshot().version == version
        assert files_of(reader)["turn.txt"] == str(number).encode()
        with pytest.raises(ConflictError):
            reader.commit({"turn.txt": b"x"}, message="m", parent=hub.datasets[DATASET].commits[-2].sha)


def test_a_commit_whose_answer_is_slow_is_not_taken_for_the_newest(hub: HubServer, store: HubStore):
    """The page submits while the scheduler commits: whose answer comes last need not be the newest."""
    dataset = hub.datasets[DATASET]
    landed = len(dataset.commits) + 1
    hub.faults.play(Fault.SLOW_ANSWER, seconds=0.6)
    slow = threading.Thread(target=store.commit, args=({"slow.txt": b"1"},), kwargs={"message": "m", "parent": None})
    slow.start()
    while len(dataset.commits) < landed:
        time.sleep(0.01)
    newest = store.commit({"quick.txt": b"1"}, message="m", parent=store.head())
    slow.join()
    assert store.head() == newest
    hub.faults.play(Fault.STALE_HEAD, on=Kind.REFS)
    assert store.head() == newest
    store.commit({"next.txt": b"1"}, message="m", parent=store.snapshot().version)
    assert set(files_of(store)) == {*FILES, "slow.txt", "quick.txt", "next.txt"}


def test_the_page_and_the_scheduler_share_a_store(store: HubStore, naps: list[float]):
    """Every snapshot is of one version: what is written in one commit is the same in every file."""
    names = [f"state/{number:02}.json" for number in range(5)]
    store.commit(dict.fromkeys(names, b"0"), message="m", parent=store.head())
    wrong: list[object] = []

    def read() -> None:
        try:
            for _ in range(70):
                snapshot = store.snapshot()
                if len({snapshot.files[name] for name in names}) != 1:
                    wrong.append(snapshot)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must fail on it
            wrong.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(1, 31):
        snapshot = store.snapshot()
        assert {snapshot.files[name] for name in names} == {str(number - 1).encode()}
        store.commit(dict.fromkeys(names, str(number).encode()), message="m", parent=snapshot.version)
    for reader in readers:
        reader.join()
    assert wrong == []
    assert naps == []


def test_opening_a_store_disturbs_nobody_who_is_being_answered(
    hub: HubServer, store: HubStore, place: Place, naps: list[float]
):
    hub.faults.play(Fault.SLOW_ANSWER, on=Kind.REFS, seconds=0.4)
    heads: list[str] = []
    reader = threading.Thread(target=lambda: heads.append(store.head()))
    session = get_session()
    reader.start()
    time.sleep(0.1)
    other = HubStore(DATASET, replace(place.access, timeout_seconds=1.0))
    assert other.head()
    reader.join()
    assert heads == [other.head()]
    assert naps == []
    assert get_session() is session


def test_each_store_keeps_its_own_deadline_and_others_have_theirs(hub: HubServer, store: HubStore, place: Place):
    naps: list[float] = []
    hasty = HubStore(DATASET, replace(place.access, timeout_seconds=0.2), sleep=naps.append)
    assert hasty.head()
    hub.faults.play(Fault.SLOW_ANSWER, on={Kind.REFS, Kind.INFO}, seconds=0.5, times=3)
    assert store.head()
    assert HfApi(endpoint=hub.url).dataset_info(DATASET).sha == store.head()
    assert httpx.Timeout(60) == get_session().timeout  # for whoever names none, and not the last store's
    assert naps == []
    hub.faults.stop()
    hub.faults.play(Fault.SLOW_ANSWER, on=Kind.REFS, seconds=0.5)
    assert hasty.head()
    assert len(naps) == 1


def test_a_session_that_somebody_else_put_in_place_is_replaced(store: HubStore, hub: HubServer, naps: list[float]):
    set_client_factory(httpx.Client)
    hub.faults.play(Fault.FAILED_BEFORE, on=Kind.PREUPLOAD)
    before = time.monotonic()
    store.commit({"a.txt": b"1"}, message="m", parent=None)
    assert time.monotonic() - before < 0.9  # the library alone would have slept a second
    assert len(naps) == 1
