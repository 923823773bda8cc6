"""What a child brings back is believed only where nothing speaks against it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.evaluation.inspection import UnacceptableResultError, read_result
from leaderboard.evaluation.job import RESULTS_FOLDER, Job
from leaderboard.records import DatasetReference, TaskResult
from leaderboard.suite import Suite, Task
from tests.builders import OTHER_NONCE, item_results, job, request_for, some_sha256, task_result, tiny_suite

Lie = Callable[[TaskResult], TaskResult]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def task(suite: Suite) -> Task:
    return suite.tasks[0]


@pytest.fixture
def given(suite: Suite) -> Job:
    return job(request_for(suite), suite)


@pytest.fixture
def honest(suite: Suite, task: Task) -> TaskResult:
    return task_result(request_for(suite), task, right=3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / RESULTS_FOLDER).mkdir()
    return tmp_path


@pytest.fixture
def file(folder: Path, task: Task) -> Path:
    return folder / RESULTS_FOLDER / f"{task.id}.json"


def refusal(folder: Path, given: Job, task: Task) -> str:
    with pytest.raises(UnacceptableResultError) as refused:
        read_result(folder, given, task)
    return str(refused.value)


def test_an_honest_result_is_believed(folder: Path, file: Path, given: Job, task: Task, honest: TaskResult):
    file.write_bytes(honest.to_json())
    assert read_result(folder, given, task) == honest


def test_incident_05_a_child_that_left_nothing_is_not_believed(folder: Path, given: Job, task: Task):
    assert "refranes.json: the evaluation said it was done but left no result" in refusal(folder, given, task)


@pytest.mark.parametrize("content", [b"", b"not JSON", b"{}", b"null", b"\xff", b"[" * 100_000])
def test_incident_05_a_file_that_is_no_result_is_not_believed(
    folder: Path, file: Path, given: Job, task: Task, content: bytes
):
    file.write_bytes(content)
    assert "refranes.json" in refusal(folder, given, task)


def test_a_result_cut_short_is_not_believed(folder: Path, file: Path, given: Job, task: Task, honest: TaskResult):
    file.write_bytes(honest.to_json()[:-20])
    assert "refranes.json" in refusal(folder, given, task)


def test_a_link_is_not_followed(folder: Path, file: Path, given: Job, task: Task, honest: TaskResult):
    (folder / "elsewhere.json").write_bytes(honest.to_json())
    file.symlink_to(folder / "elsewhere.json")
    assert "left no result" in refusal(folder, given, task)


def test_a_pipe_is_not_waited_for(folder: Path, file: Path, given: Job, task: Task):
    os.mkfifo(file)
    assert "left no result" in refusal(folder, given, task)


def test_a_folder_is_no_result(folder: Path, file: Path, given: Job, task: Task):
    file.mkdir()
    assert "left no result" in refusal(folder, given, task)


def test_a_file_that_would_fill_the_memory_is_not_read(folder: Path, file: Path, given: Job, task: Task):
    file.touch()
    os.truncate(file, 64 * 2**20 + 1)
    assert "larger than" in refusal(folder, given, task)


LIES: dict[str, tuple[Lie, str]] = {
    "another run": (lambda one: one.replaced(run=f"{one.request}-2"), "another run"),
    "another nonce": (lambda one: one.replaced(nonce=OTHER_NONCE), "another run"),
    "another request": (lambda one: one.replaced(request="c" * 32), "another run"),
    "another task": (lambda one: one.replaced(task="sumas"), "another run"),
    "another configuration": (lambda one: one.replaced(config_hash=some_sha256("easier")), "another configuration"),
    "too few items": (lambda one: one.replaced(items=one.items[:3], raw=1.0), "3 items instead of 4"),
    "too many items": (lambda one: one.replaced(items=(*one.items, one.items[0])), "5 items instead of 4"),
    "an item twice": (lambda one: one.replaced(items=(*one.items[:3], one.items[0]), raw=1.0), "twice"),
    "a raw score of its own": (lambda one: one.replaced(raw=1.0), "not what its items give"),
    "a score above all": (lambda one: one.replaced(raw=1.5), "not a fraction"),
    "a score below all": (lambda one: one.replaced(raw=-0.5), "not a fraction"),
    "items beyond a fraction": (
        lambda one: one.replaced(
            items=(one.items[0].replaced(score=2.0), one.items[1].replaced(score=0.0), *one.items[2:])
        ),
        "not a fraction",
    ),
    "another chance": (lambda one: one.replaced(chance=0.0), "chance"),
    "a chance that divides by nothing": (lambda one: one.model_copy(update={"chance": 1.0}), "chance"),
    "another metric": (lambda one: one.replaced(metric="exact_match"), "metric"),
    "other shots": (lambda one: one.replaced(shots=5), "shots"),
    "other data": (
        lambda one: one.replaced(dataset=DatasetReference(id=one.dataset.id, revision=some_sha256("other data"))),
        "data",
    ),
    "items that the task does not have": (
        lambda one: one.replaced(items=tuple(item.replaced(id=f"invented-{item.id}") for item in one.items)),
        "item",
    ),
    "a wrong choice scored as right": (
        lambda one: one.replaced(items=(*one.items[:3], one.items[3].replaced(score=1.0)), raw=1.0),
        "item",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_result_is_refused_with_the_reason(
    lie: str, folder: Path, file: Path, given: Job, task: Task, honest: TaskResult
):
    told, reason = LIES[lie]
    file.write_bytes(told(honest).to_json())
    message = refusal(folder, given, task)
    assert "refranes.json" in message
    assert reason in message


def test_incident_03_a_result_left_by_an_earlier_attempt_is_not_believed(
    folder: Path, file: Path, suite: Suite, given: Job, task: Task
):
    file.write_bytes(task_result(request_for(suite), task, attempt=2).to_json())
    assert "another run" in refusal(folder, given, task)


@pytest.mark.parametrize("right", range(5))
def test_every_share_of_right_items_is_believed(
    right: int, folder: Path, file: Path, suite: Suite, given: Job, task: Task
):
    result = task_result(request_for(suite), task, right=right)
    assert result.items == item_results(task, right)
    file.write_bytes(result.to_json())
    assert read_result(folder, given, task).raw == right / 4


def test_the_reason_holds_nothing_of_what_the_child_wrote(folder: Path, file: Path, given: Job, task: Task):
    file.write_bytes(b'{"run": "<script>", "secret_key": "hf_abcdefghijkl"}')
    message = refusal(folder, given, task)
    assert "<script>" not in message
    assert "hf_abcdefghijkl" not in message
