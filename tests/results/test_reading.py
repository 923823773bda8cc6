"""Reading what was published: only what a state names, and only as it was published."""

from pathlib import Path

import pytest

from leaderboard.queue import Queue
from leaderboard.records import EvalRequest, Evaluation, RunReference, TaskResult, run_id
from leaderboard.results import Published, ResultsReader, publish
from leaderboard.results.layout import run_folder
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import (
    NONCE,
    NOW,
    OTHER_NONCE,
    claim,
    failure,
    manifest,
    request_for,
    run_reference,
    some_sha256,
    task_result,
    tiny_suite,
)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(FolderStore(tmp_path / "eval_queue"))


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


@pytest.fixture
def reader(store: FolderStore) -> ResultsReader:
    return ResultsReader(store)


def publish_run(store: FolderStore, asked: EvalRequest, suite: Suite, tasks: int = 2) -> RunReference:
    results = [task_result(asked, task) for task in suite.tasks[:tasks]]
    return publish(store, manifest(asked, results, failed=[task.id for task in suite.tasks[tasks:]]), results)


def finish(queue: Queue, asked: EvalRequest, reference: RunReference) -> None:
    queue.submit(asked)
    queue.claim(lambda entry: entry.id == asked.id, claim, NOW)
    queue.finish(asked.id, NONCE, reference, None, NOW)


def read(reader: ResultsReader, queue: Queue) -> Published:
    return reader.published(queue.view())


def damage(store: FolderStore, asked: EvalRequest, name: str, content: bytes | None) -> None:
    path = store.root / run_folder(run_id(asked.id, 1)) / name
    path.unlink() if content is None else path.write_bytes(content)


def test_a_finished_run_is_read_whole(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    published = read(reader, queue)
    assert published.set_aside == ()
    [one] = published.evaluations
    assert one.request == asked
    assert [result.task for result in one.results] == ["refranes", "sumas"]


def test_an_incomplete_run_is_read_with_what_failed(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    reference = publish_run(store, asked, suite, tasks=1)
    queue.submit(asked)
    queue.claim(lambda _: True, claim, NOW)
    queue.finish(asked.id, NONCE, reference, failure(), NOW)
    [one] = read(reader, queue).evaluations
    assert [result.task for result in one.results] == ["refranes"]
    assert [failed.task for failed in one.manifest.failures] == ["sumas"]


def test_a_run_that_no_state_names_is_not_shown(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    publish_run(store, asked, suite)
    queue.submit(asked)
    assert read(reader, queue) == Published((), ())
    queue.claim(lambda _: True, claim, NOW)
    assert read(reader, queue).evaluations == ()


def test_incident_03_a_run_of_another_revision_does_not_answer_a_request(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    old = request_for(suite)
    new = request_for(suite, model=old.model.replaced(revision=some_sha256("new weights")))
    finish(queue, new, publish_run(store, old, suite))
    published = read(reader, queue)
    assert published.evaluations == ()
    assert len(published.set_aside) == 1


def test_incident_05_a_finished_state_without_its_run_is_named_and_not_shown(
    reader: ResultsReader, queue: Queue, suite: Suite
):
    asked = request_for(suite)
    finish(queue, asked, run_reference(asked.id))
    published = read(reader, queue)
    assert published.evaluations == ()
    [error] = published.set_aside
    assert error.path == f"{run_folder(run_id(asked.id, 1))}manifest.json"
    assert "not there" in error.reason


@pytest.mark.parametrize("name", ["manifest.json", "sumas.json"])
@pytest.mark.parametrize("content", [None, b"", b"not JSON", b"{}"])
def test_incident_16_a_damaged_file_hides_its_own_run_and_no_other(
    name: str,
    content: bytes | None,
    reader: ResultsReader,
    queue: Queue,
    store: FolderStore,
    suite: Suite,
):
    damaged, sound = request_for(suite, "damaged"), request_for(suite, "sound")
    for asked in (damaged, sound):
        finish(queue, asked, publish_run(store, asked, suite))
    damage(store, damaged, name, content)
    published = read(reader, queue)
    assert [one.request for one in published.evaluations] == [sound]
    assert [error.path for error in published.set_aside] == [run_folder(run_id(damaged.id, 1)) + name]


def test_incident_16_a_stray_file_among_the_runs_hides_nothing(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    store.commit({"runs/ab/notes.json": b"not JSON", "runs/stray.txt": b"x"}, message="m", parent=None)
    published = read(reader, queue)
    assert len(published.evaluations) == 1
    assert published.set_aside == ()


def test_a_score_changed_by_hand_is_not_what_was_published(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    better = task_result(asked, suite.tasks[0], right=4)
    damage(store, asked, "refranes.json", better.to_json())
    [error] = read(reader, queue).set_aside
    assert "SHA-256" in error.reason


@pytest.mark.parametrize(
    "change", [{"nonce": OTHER_NONCE}, {"attempt": 2}, {"request": "c" * 32}], ids=["nonce", "run", "request"]
)
def test_incident_02_a_result_of_another_claim_in_a_manifest_is_refused(
    change: dict[str, object], reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    results: list[TaskResult] = [task_result(asked, suite.tasks[0], **change)]
    finish(queue, asked, publish(store, manifest(asked, results), results))
    published = read(reader, queue)
    assert published.evaluations == ()
    assert "belongs to" in published.set_aside[0].reason


def test_broken_files_of_the_queue_are_named_too(reader: ResultsReader, queue: Queue, tmp_path: Path):
    FolderStore(tmp_path / "eval_queue").commit({"requests/ab/broken.json": b"x"}, message="m", parent=None)
    assert [error.path for error in read(reader, queue).set_aside] == ["requests/ab/broken.json"]


def test_a_run_that_was_read_is_not_read_again(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    first: tuple[Evaluation, ...] = read(reader, queue).evaluations
    for file in store.root.rglob("*.json"):
        file.unlink()
    assert read(reader, queue).evaluations[0] is first[0]


def test_a_run_that_is_mended_is_shown(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    path = store.root / run_folder(run_id(asked.id, 1)) / "sumas.json"
    sound = path.read_bytes()
    path.write_bytes(b"half")
    assert read(reader, queue).evaluations == ()
    path.write_bytes(sound)
    assert len(read(reader, queue).evaluations) == 1
