"""What only the folder store does: it lives with people who edit its files, and with commits that are killed."""

import errno
import multiprocessing
import os
from pathlib import Path

import pytest

from leaderboard.store import ConflictError, FolderStore, StoreError
from tests.store.killed_commits import AFTER, BEFORE, kill_before_every_step

FILES = {"requests/ab/one.json": b"{}", "state/0.json": b"{}"}


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    store = FolderStore(tmp_path / "store")
    store.commit(FILES, message="m", parent=None)
    return store


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are read from now on."""
    names: list[str] = []
    read_bytes = Path.read_bytes

    def noting(path: Path) -> bytes:
        content = read_bytes(path)
        if ".store" not in path.parts:
            names.append(path.name)
        return content

    monkeypatch.setattr(Path, "read_bytes", noting)
    return names


def test_unchanged_files_are_not_read_again(store: FolderStore, reads: list[str]):
    store.snapshot()
    assert sorted(reads) == ["0.json", "one.json"]
    store.snapshot()
    store.snapshot("state/")
    assert len(reads) == len(FILES)


def test_only_the_file_that_a_commit_changed_is_read_again(store: FolderStore, reads: list[str]):
    store.snapshot()
    reads.clear()
    # The same size: only the time stamp can tell.
    FolderStore(store.root).commit({"state/0.json": b"[]"}, message="m", parent=None)
    assert store.snapshot().files["state/0.json"] == b"[]"
    assert reads == ["0.json"]


def test_a_file_changed_by_hand_changes_the_version_and_is_read(store: FolderStore):
    version = store.snapshot().version
    (store.root / "state/0.json").write_bytes(b"changed by hand")
    assert store.head() != version
    assert store.snapshot().files["state/0.json"] == b"changed by hand"


def test_a_change_by_hand_of_equal_size_changes_the_version(store: FolderStore):
    version = store.snapshot().version
    (store.root / "state/0.json").write_bytes(b"[]")
    assert store.head() != version
    assert store.snapshot().files["state/0.json"] == b"[]"


def test_a_file_added_or_deleted_by_hand_changes_the_version(store: FolderStore):
    first = store.head()
    (store.root / "requests/cd").mkdir()
    (store.root / "requests/cd/two.json").write_bytes(b"{}")
    second = store.head()
    (store.root / "requests/ab/one.json").unlink()
    assert len({first, second, store.head()}) == 3
    assert sorted(store.snapshot().files) == ["requests/cd/two.json", "state/0.json"]


def test_a_commit_planned_before_a_change_by_hand_conflicts(store: FolderStore):
    planned_on = store.snapshot().version
    (store.root / "state/0.json").write_bytes(b"by hand")
    with pytest.raises(ConflictError):
        store.commit({"state/0.json": b"planned"}, message="m", parent=planned_on)
    assert (store.root / "state/0.json").read_bytes() == b"by hand"


def test_hidden_files_and_links_are_no_part_of_the_store(store: FolderStore, tmp_path: Path):
    (tmp_path / "secret.txt").write_text("outside")
    (store.root / ".DS_Store").write_bytes(b"x")
    (store.root / "state/.0.json.swp").write_bytes(b"x")
    (store.root / "state/link.json").symlink_to(tmp_path / "secret.txt")
    (store.root / "outside").symlink_to(tmp_path)
    assert dict(store.snapshot().files) == FILES


def test_a_commit_of_the_future_does_not_hide_the_next(store: FolderStore):
    """A clock that was set back must not give two contents of one size the same time stamp."""
    future = 2_000_000_000 * 10**9
    (store.root / ".store/head").write_text(str(future))
    store.commit({"state/0.json": b"11"}, message="m", parent=None)
    store.snapshot()
    FolderStore(store.root).commit({"state/0.json": b"22"}, message="m", parent=None)
    assert store.snapshot().files["state/0.json"] == b"22"
    assert (store.root / "state/0.json").stat().st_mtime_ns > future


def test_a_store_that_cannot_be_opened_says_which_and_what_to_check(tmp_path: Path):
    (tmp_path / "eval_queue").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match=r"eval_queue.*Check that it may be written"):
        FolderStore(tmp_path / "eval_queue").head()


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"there/below.txt": b"2"}, id="below a file"),
        pytest.param({"folder": b"2"}, id="in place of a folder"),
        pytest.param({"folder": None}, id="deleting a folder"),
        pytest.param({"x": b"2", "x/y": b"2"}, id="a file and a folder of one name at once"),
        pytest.param({"y" * 300: b"2"}, id="a name longer than file systems allow"),
    ],
)
def test_what_cannot_be_written_is_refused_whole_and_the_store_lives_on(
    tmp_path: Path, changes: dict[str, bytes | None]
):
    store = FolderStore(tmp_path / "store")
    first = {"there": b"1", "folder/file.txt": b"1"}
    store.commit(first, message="m", parent=None)
    with pytest.raises(StoreError):
        store.commit({"a_first": b"2", **changes, "z_last": b"2"}, message="m", parent=None)
    assert dict(store.snapshot().files) == first


def test_a_commit_killed_before_any_of_its_steps_is_whole_or_absent(tmp_path: Path):
    killer = multiprocessing.get_context("spawn").Process(target=kill_before_every_step, args=(tmp_path,))
    killer.start()
    killer.join(timeout=60)
    assert killer.exitcode == 0
    folders = sorted(tmp_path.iterdir(), key=lambda folder: int(folder.name))
    found = [dict(FolderStore(folder).snapshot().files) for folder in folders]
    assert len(found) > 15
    assert all(files in (BEFORE, AFTER) for files in found)
    # Absent up to the point of no return, whole from there on; the last was not killed.
    whole = [files == AFTER for files in found]
    assert whole == sorted(whole)
    assert not whole[0]
    assert whole[-2:] == [True, True]


def test_a_store_with_a_killed_commit_takes_the_next(tmp_path: Path):
    killer = multiprocessing.get_context("spawn").Process(target=kill_before_every_step, args=(tmp_path,))
    killer.start()
    killer.join(timeout=60)
    for folder in tmp_path.iterdir():
        store = FolderStore(folder)
        store.commit({"next.txt": b"next"}, message="m", parent=store.head())
        assert store.snapshot().files["next.txt"] == b"next"
        assert not list(folder.glob(".store/*.json"))


def test_a_full_disk_is_an_error_of_the_store_and_costs_only_that_commit(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
):
    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="store cannot be used: No space left on device"):
            store.commit({"new.txt": b"1"}, message="m", parent=None)
    store.commit({"next.txt": b"2"}, message="m", parent=store.head())
    assert set(store.snapshot().files) == {*FILES, "next.txt"}
