"""Reading what was imported: a broken file is named, the rest shows, and our own runs are left alone."""

from pathlib import Path

import pytest

from leaderboard.records import ImportedEvaluation, ImportedTask, ModelSource, new_imported_evaluation
from leaderboard.results.imported import imported_path, read_imported
from leaderboard.store import FolderStore
from tests.builders import some_sha256


def evaluation(model: str, source: str = "a.json") -> ImportedEvaluation:
    return new_imported_evaluation(
        source=source,
        source_sha256=some_sha256("file"),
        model=model,
        model_source=ModelSource.HUB,
        revision=None,
        tasks=(ImportedTask(task="copa", metric="acc", value=0.5),),
    )


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


def test_an_empty_store_holds_nothing(store: FolderStore):
    assert read_imported(store) == ((), ())


def test_what_was_imported_is_read_by_model(store: FolderStore):
    found = [evaluation(model) for model in ("org/b", "Org/a", "org/C")]
    store.commit({imported_path(one.id): one.to_json() for one in found}, message="import", parent=None)
    store.commit({"runs/ab/manifest.json": b"{}"}, message="a run", parent=None)
    kept, set_aside = read_imported(store)
    assert [one.model for one in kept] == ["Org/a", "org/b", "org/C"]
    assert set_aside == ()


def test_broken_files_are_set_aside_and_the_rest_shows(store: FolderStore):
    good, moved = evaluation("org/a"), evaluation("org/b")
    files: dict[str, bytes | None] = {
        imported_path(good.id): good.to_json(),
        imported_path("0" * 64): moved.to_json(),
        imported_path("1" * 64): b"{",
    }
    store.commit(files, message="import", parent=None)
    kept, set_aside = read_imported(store)
    assert kept == (good,)
    assert {error.path for error in set_aside} == {imported_path("0" * 64), imported_path("1" * 64)}
    assert any(f"it holds the imported evaluation {moved.id}" in str(error) for error in set_aside)


def test_the_folder_of_an_evaluation_begins_with_two_of_its_digits():
    assert imported_path("ab" * 32) == f"imported/ab/{'ab' * 32}.json"
