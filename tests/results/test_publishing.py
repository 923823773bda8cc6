"""Publishing a run: everything in one commit, named by hashes."""

from pathlib import Path

import pytest

from leaderboard.records import RunManifest, TaskResult, run_id, sha256_hex
from leaderboard.results import list_results, publish
from leaderboard.results.layout import run_folder
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import manifest, request_for, task_result, tiny_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


def test_a_run_is_published_whole_and_named_by_the_hash_of_its_manifest(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, task) for task in suite.tasks]
    listed = manifest(asked, results)
    reference = publish(store, listed, results)
    folder = run_folder(run_id(asked.id, 1))
    files = store.snapshot().files
    assert sorted(files) == [f"{folder}manifest.json", f"{folder}refranes.json", f"{folder}sumas.json"]
    assert reference.id == run_id(asked.id, 1)
    assert reference.manifest_sha256 == sha256_hex(files[f"{folder}manifest.json"])
    assert RunManifest.from_json(files[f"{folder}manifest.json"], "manifest.json") == listed
    assert TaskResult.from_json(files[f"{folder}sumas.json"], "sumas.json") == results[1]


def test_the_manifest_hashes_the_files_as_they_are_written(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    results = [task_result(asked, task) for task in suite.tasks]
    publish(store, manifest(asked, results), results)
    folder = run_folder(run_id(asked.id, 1))
    files = store.snapshot().files
    assert {one.sha256 for one in list_results(results)} == {
        sha256_hex(files[f"{folder}{one.file}"]) for one in list_results(results)
    }


def test_runs_of_two_attempts_do_not_touch_each_other(store: FolderStore, suite: Suite):
    asked = request_for(suite)
    for attempt in (1, 2):
        results = [task_result(asked, suite.tasks[0], attempt=attempt, right=attempt)]
        publish(store, manifest(asked, results, attempt=attempt), results)
    assert len(store.snapshot(run_folder(run_id(asked.id, 1))).files) == 2
    assert len(store.snapshot(run_folder(run_id(asked.id, 2))).files) == 2


def test_the_folder_of_a_run_begins_with_two_of_its_digits():
    assert run_folder("ab" * 16 + "-1") == f"runs/ab/{'ab' * 16}-1/"
