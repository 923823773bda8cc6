"""From a setting to an open store."""

from pathlib import Path

import pytest

from leaderboard.store import FolderStore, StoreError, open_store


def test_a_path_opens_a_folder_store(tmp_path: Path):
    store = open_store(str(tmp_path / "eval_queue"))
    assert isinstance(store, FolderStore)
    assert store.root == tmp_path / "eval_queue"


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_store("~/eval_queue")
    assert isinstance(store, FolderStore)
    assert store.root == tmp_path / "eval_queue"


def test_a_store_that_this_version_lacks_is_refused_by_name():
    with pytest.raises(StoreError, match="hf://datasets/org/queue"):
        open_store("hf://datasets/org/queue")
