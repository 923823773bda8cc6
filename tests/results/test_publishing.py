"""Publishing runs: in one commit, under names that are of the content."""

from pathlib import Path

import pytest

from leaderboard.records import Checkpoint, RunManifest, RunReference, TaskResult, run_id, sha256_hex
from leaderboard.results import Publication, checkpoint_of, finished_run, finished_tasks, reference_to
from leaderboard.results.layout import manifest_path, results_path, run_folder
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import manifest, request, request_for, some_sha256, task_result, tiny_suite
from tests.queue.stores import commits_of


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


def test_a_run_is_two_files_named_by_the_hash_of_their_content(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, task) for task in suite.tasks]
    listed = manifest(asked, results)
    finished_run(listed, results).commit(store, "m")
    files = store.snapshot().files
    assert sorted(files) == sorted(
        [manifest_path(reference_to(listed)), results_path(checkpoint_of(listed.run, results))]
    )
    for path, content in files.items():
        assert path.startswith(run_folder(run_id(asked.id, 1)))
        assert path.rpartition("-")[2].partition(".")[0] == sha256_hex(content)[:16]


def test_what_names_a_run_names_the_files_as_they_are_written(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, task) for task in suite.tasks]
    listed = manifest(asked, results)
    finished_run(listed, results).commit(store, "m")
    files = store.snapshot().files
    written = files[manifest_path(reference_to(listed))]
    assert reference_to(listed) == RunReference(id=run_id(asked.id, 1), manifest_sha256=sha256_hex(written))
    assert RunManifest.from_json(written, "manifest.json") == listed
    lines = files[results_path(checkpoint_of(listed.run, results))]
    assert listed.results_sha256 == sha256_hex(lines)
    assert [TaskResult.from_json(line, "results.jsonl") for line in lines.splitlines()] == results


def test_finished_tasks_are_one_file_and_the_same_as_the_runs_when_it_ends_with_them(suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, task) for task in suite.tasks]
    kept = finished_tasks(run_id(asked.id, 1), results)
    assert len(kept.files) == 1
    assert kept.files.items() <= finished_run(manifest(asked, results), results).files.items()
    assert not kept.files.keys() & finished_tasks(run_id(asked.id, 1), results[:1]).files.keys()


def test_several_runs_are_published_in_one_commit(store: FolderStore, suite: Suite):
    publication = Publication()
    for name in ("one", "two"):
        asked = request_for(suite, name)
        results = [task_result(asked, suite.tasks[0])]
        publication |= finished_run(manifest(asked, results), results)
    with commits_of(store) as commits:
        publication.commit(store, "m")
    assert [len(paths) for paths in commits] == [4]
    assert dict(store.snapshot().files) == dict(publication.files)


def test_nothing_to_publish_makes_no_commit(store: FolderStore):
    with commits_of(store) as commits:
        Publication().commit(store, "m")
    assert commits == []


def test_a_commit_of_somebody_else_does_not_make_a_publication_fail(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, suite.tasks[0])]
    publication = finished_run(manifest(asked, results), results)
    store.snapshot()
    FolderStore(store.root).commit({"README.md": b"x"}, message="somebody else", parent=None)
    publication.commit(store, "m")
    assert publication.files.items() <= store.snapshot().files.items()


def test_publishing_again_after_a_lost_answer_changes_nothing(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, suite.tasks[0])]
    finished_run(manifest(asked, results), results).commit(store, "m")
    before = dict(store.snapshot().files)
    finished_run(manifest(asked, results), results).commit(store, "m")
    assert dict(store.snapshot().files) == before


def test_runs_of_two_attempts_do_not_touch_each_other(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    for attempt in (1, 2):
        results = [task_result(asked, suite.tasks[0], attempt=attempt, right=attempt)]
        finished_run(manifest(asked, results, attempt=attempt), results).commit(store, "m")
    assert len(store.snapshot(run_folder(run_id(asked.id, 1))).files) == 2
    assert len(store.snapshot(run_folder(run_id(asked.id, 2))).files) == 2


def test_the_folder_of_a_run_begins_with_two_of_its_digits():
    run, sha256 = "ab" * 16 + "-1", "0123456789abcdef" * 4
    assert run_folder(run) == f"runs/ab/{run}/"
    assert (
        manifest_path(RunReference(id=run, manifest_sha256=sha256)) == f"runs/ab/{run}/manifest-0123456789abcdef.json"
    )
    assert results_path(Checkpoint(run=run, sha256=sha256)) == f"runs/ab/{run}/results-0123456789abcdef.jsonl"


def test_other_results_have_another_name():
    run = run_id(request().id, 1)
    one, other = (Checkpoint(run=run, sha256=some_sha256(label)) for label in ("one", "other"))
    assert results_path(one) != results_path(other)
