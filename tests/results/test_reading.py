"""Reading what was published: only what a state names, and only as it was published."""

from pathlib import Path

import pytest

from leaderboard.queue import Finished, Queue, read_queue
from leaderboard.queue.layout import request_path, shard_path
from leaderboard.records import EvalRequest, Evaluation, RunReference, StateShard, Status, TaskResult, run_id
from leaderboard.results import Published, ResultsReader, checkpoint_of, finished_run, reference_to
from leaderboard.results.layout import manifest_path, results_path, run_folder
from leaderboard.store import FolderStore, Snapshot, Version
from leaderboard.suite import Suite
from tests.builders import (
    NOW,
    OTHER_NONCE,
    failure,
    finish,
    manifest,
    request_for,
    run_reference,
    some_sha256,
    state,
    take,
    task_result,
    tell,
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


def publish(store: FolderStore, asked: EvalRequest, results: list[TaskResult], **changes: object) -> RunReference:
    listed = manifest(asked, results, **changes)
    finished_run(listed, results).commit(store, "m")
    return reference_to(listed)


def publish_run(store: FolderStore, asked: EvalRequest, suite: Suite, tasks: int = 2) -> RunReference:
    results = [task_result(asked, task) for task in suite.tasks[:tasks]]
    return publish(store, asked, results, failed=[task.id for task in suite.tasks[tasks:]])


def read(reader: ResultsReader, queue: Queue) -> Published:
    return reader.published(queue.view())


def file_of(store: FolderStore, asked: EvalRequest, kind: str) -> Path:
    """Return the file of the first run, of which there is one of each kind."""
    [path] = (store.root / run_folder(run_id(asked.id, 1))).glob(f"{kind}-*")
    return path


def damage(path: Path, content: bytes | None) -> None:
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
    finish(queue, asked, reference, failure())
    [one] = read(reader, queue).evaluations
    assert [result.task for result in one.results] == ["refranes"]
    assert [failed.task for failed in one.manifest.failures] == ["sumas"]


def test_a_run_that_no_state_names_is_not_shown(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    publish_run(store, asked, suite)
    queue.submit(asked)
    assert read(reader, queue) == Published((), ())
    take(queue)
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
    assert error.path == manifest_path(run_reference(asked.id))
    assert "not there" in error.reason


@pytest.mark.parametrize("kind", ["manifest", "results"])
@pytest.mark.parametrize("content", [None, b"", b"not JSON", b"{}"])
def test_incident_16_a_damaged_file_hides_its_own_run_and_no_other(
    kind: str,
    content: bytes | None,
    reader: ResultsReader,
    queue: Queue,
    store: FolderStore,
    suite: Suite,
):
    damaged, sound = request_for(suite, "damaged"), request_for(suite, "sound")
    for asked in (damaged, sound):
        finish(queue, asked, publish_run(store, asked, suite))
    path = file_of(store, damaged, kind)
    damage(path, content)
    published = read(reader, queue)
    assert [one.request for one in published.evaluations] == [sound]
    assert [error.path for error in published.set_aside] == [str(path.relative_to(store.root))]


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
    better = [task_result(asked, task, right=4) for task in suite.tasks]
    damage(file_of(store, asked, "results"), b"".join(result.to_line() for result in better))
    [error] = read(reader, queue).set_aside
    assert "SHA-256" in error.reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nonce": OTHER_NONCE}, "refranes was made under another claim"),
        ({"request": "c" * 32}, "refranes was made under another claim"),
        ({"attempt": 2}, "a result of run"),
    ],
    ids=["nonce", "request", "run"],
)
def test_incident_02_a_result_of_another_claim_in_a_manifest_is_refused(
    change: dict[str, object], reason: str, reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    results: list[TaskResult] = [task_result(asked, suite.tasks[0], **change)]
    finish(queue, asked, publish(store, asked, results))
    published = read(reader, queue)
    assert published.evaluations == ()
    assert reason in published.set_aside[0].reason


def test_broken_files_of_the_queue_are_named_too(reader: ResultsReader, queue: Queue, tmp_path: Path):
    FolderStore(tmp_path / "eval_queue").commit({"requests/ab/broken.json": b"x"}, message="m", parent=None)
    assert [error.path for error in read(reader, queue).set_aside] == ["requests/ab/broken.json"]


def test_a_run_that_was_read_is_not_read_again(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    first: tuple[Evaluation, ...] = read(reader, queue).evaluations
    for file in (store.root / "runs").rglob("*.json*"):
        file.unlink()
    again = read(reader, queue)
    assert again.evaluations[0] is first[0]
    assert again.set_aside == ()


def test_a_run_that_is_mended_is_shown(reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    path = file_of(store, asked, "results")
    sound = path.read_bytes()
    path.write_bytes(b"half")
    assert read(reader, queue).evaluations == ()
    path.write_bytes(sound)
    assert len(read(reader, queue).evaluations) == 1


def test_incident_03_a_run_that_two_requests_name_is_of_the_one_that_asked_for_it(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    """A model cannot be given the results of another by a state that names them."""
    owner, thief = request_for(suite, "owner"), request_for(suite, "thief")
    run = publish_run(store, owner, suite)
    finish(queue, owner, run)
    finish(queue, thief, run)
    for _ in range(2):
        published = read(reader, queue)
        assert [one.request for one in published.evaluations] == [owner]
        assert [error.path for error in published.set_aside] == [manifest_path(run)]


@pytest.mark.parametrize(
    "tasks", [("refranes",), ("sumas", "refranes"), ("refranes", "refranes")], ids=["fewer", "turned", "twice"]
)
def test_results_of_other_tasks_than_the_manifest_lists_are_refused(
    tasks: tuple[str, ...], reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    results = [task_result(asked, task) for task in suite.tasks]
    listed = manifest(asked, results).replaced(tasks=tasks)
    finished_run(listed, results).commit(store, "m")
    finish(queue, asked, reference_to(listed))
    published = read(reader, queue)
    assert published.evaluations == ()
    [error] = published.set_aside
    assert error.path == results_path(checkpoint_of(listed.run, results))
    assert "lists" in error.reason


def test_incident_02_a_run_that_is_published_again_with_other_results_does_not_replace_the_first(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    """A worker that lost its claim, or two that share a secret, write beside each other; the state has named one."""
    asked = request_for(suite)
    first = publish(store, asked, [task_result(asked, task, right=1) for task in suite.tasks])
    finish(queue, asked, first)
    again = publish(store, asked, [task_result(asked, task, right=4) for task in suite.tasks])
    assert again.id == first.id
    [shown] = read(reader, queue).evaluations
    assert [result.raw for result in shown.results] == [0.25, 0.25]


def test_a_run_without_any_result_is_read_with_its_failures(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite, tasks=0), failure())
    [one] = read(reader, queue).evaluations
    assert one.results == ()
    assert [failed.task for failed in one.manifest.failures] == ["refranes", "sumas"]


@pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING, Status.FAILED])
def test_what_was_published_shows_while_the_request_is_measured_anew(
    status: Status, reader: ResultsReader, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    anew = StateShard(states={asked.id: state(status, attempt=2, run=publish_run(store, asked, suite))})
    files = {request_path(asked.id): asked.to_json(), shard_path(asked.id): anew.to_json()}
    published = reader.published(read_queue(Snapshot(Version("1"), files)))
    assert [one.request for one in published.evaluations] == [asked]


def test_a_new_run_takes_the_place_of_the_one_before(
    reader: ResultsReader, queue: Queue, store: FolderStore, suite: Suite
):
    asked = request_for(suite)
    finish(queue, asked, publish_run(store, asked, suite))
    assert len(read(reader, queue).evaluations) == 1
    queue.enqueue([asked], NOW)
    take(queue)
    results = [task_result(asked, task, attempt=2, right=4) for task in suite.tasks]
    tell(queue, Finished(asked.id, 2, publish(store, asked, results, attempt=2)))
    [one] = read(reader, queue).evaluations
    assert [result.raw for result in one.results] == [1.0, 1.0]
