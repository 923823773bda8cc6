"""From a setting to an open store."""

from pathlib import Path

import pytest

from leaderboard.store import FolderStore, HubAccess, StoreError, open_store
from leaderboard.store.hub import HubStore


@pytest.fixture
def access(tmp_path: Path) -> HubAccess:
    return HubAccess(cache=tmp_path / "cache")


def test_a_path_opens_a_folder_store(tmp_path: Path, access: HubAccess):
    store = open_store(str(tmp_path / "eval_queue"), access)
    assert isinstance(store, FolderStore)
    assert store.root == tmp_path / "eval_queue"


def test_a_home_folder_is_found(tmp_path: Path, access: HubAccess, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_store("~/eval_queue", access)
    assert isinstance(store, FolderStore)
    assert store.root == tmp_path / "eval_queue"


@pytest.mark.parametrize("name", ["org/queue", "Org-1/queue_2.0", "o/q", "org/" + "q" * 96])
@pytest.mark.parametrize("end", ["", "/"])
def test_a_dataset_opens_a_store_on_the_hub_which_is_not_asked_yet(access: HubAccess, name: str, end: str):
    store = open_store(f"hf://datasets/{name}{end}", access)
    assert isinstance(store, HubStore)
    assert store.repo_id == name


@pytest.mark.parametrize(
    "location",
    [
        "hf://",
        "hf://datasets",
        "hf://datasets/org",
        "hf://datasets/org/",
        "hf://datasets/org/queue/folder",
        "hf://datasets/org/queue@main",
        "hf://datasets/org/a b",
        "hf://datasets/org/../queue",
        "hf://datasets/org/a..b",
        "hf://datasets/org/a--b",
        "hf://datasets/org/queue.git",
        "hf://datasets/org/queue-",
        "hf://datasets/.org/queue",
        "hf://datasets/org/" + "q" * 97,
        "hf://datasets/org/ñ",
        "hf://datasets/org/queue\n",
        "hf://models/org/queue",
        "hf://org/queue",
        "HF://datasets/org/queue",
        " hf://datasets/org/queue",
        "https://huggingface.co/datasets/org/queue",
    ],
)
def test_what_only_looks_like_a_store_on_the_hub_is_refused_by_name(access: HubAccess, location: str):
    with pytest.raises(StoreError) as refused:
        open_store(location, access)
    assert repr(location) in str(refused.value)
    assert "hf://datasets/ORGANISATION/NAME" in str(refused.value)


def test_a_store_on_the_hub_leaves_no_folder_behind(tmp_path: Path, access: HubAccess, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    open_store("hf://datasets/org/queue", access)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("token", ["hf_abc\n", "hf_a bc", "hf_ñ", "\thf_abc"])
def test_a_token_that_cannot_be_sent_is_refused_and_not_quoted(tmp_path: Path, token: str):
    with pytest.raises(StoreError, match="HF_TOKEN") as refused:
        open_store("hf://datasets/org/queue", HubAccess(cache=tmp_path, token=token))
    assert token.strip() not in str(refused.value)


def test_an_access_does_not_show_its_token(tmp_path: Path):
    assert "hf_abc" not in repr(HubAccess(cache=tmp_path, token="hf_abc"))
