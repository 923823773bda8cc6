"""Results on this machine's disk: kept whole or not at all, and what cannot be read is measured again."""

import logging
import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from unittest import mock

import pytest

from leaderboard.evaluation import kept_results
from leaderboard.evaluation.kept_results import KeptResults
from leaderboard.records import EvalRequest, TaskResult, run_id
from leaderboard.suite import Suite
from tests.builders import request_for, task_result, tiny_suite

_DAY = 86400.0


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def asked(suite: Suite) -> EvalRequest:
    return request_for(suite)


@pytest.fixture
def results(asked: EvalRequest, suite: Suite) -> list[TaskResult]:
    return [task_result(asked, task) for task in suite.tasks]


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def kept(work: Path) -> KeptResults:
    return KeptResults(work)


def kept_file(work: Path, result: TaskResult) -> Path:
    return work / "kept" / result.request / f"{result.task}.json"


def write_unseen(work: Path, result: TaskResult, run: str = "") -> Path:
    """Write what a child wrote and no worker has seen."""
    path = work / "jobs" / (run or result.run) / "results" / f"{result.task}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(result.to_json())
    return path


def set_age(path: Path, days: float) -> None:
    then = time.time() - days * _DAY
    os.utime(path, (then, then))


def keep_often(kept: KeptResults, results: list[TaskResult]) -> None:
    for _ in range(150):
        for result in results:
            kept.keep(result)


def in_a_process(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            act()
            status = 0
        finally:
            os._exit(status)
    return child


def test_what_is_kept_comes_back_to_any_worker_of_the_machine(kept: KeptResults, work: Path, results: list[TaskResult]):
    for result in results:
        kept.keep(result)
    assert KeptResults(work).of(results[0].request) == results


def test_a_machine_that_has_kept_nothing_has_nothing(kept: KeptResults, asked: EvalRequest):
    assert kept.of(asked.id) == []
    kept.forget(asked.id)
    kept.tidy()


def test_results_of_other_requests_are_left_alone(kept: KeptResults, suite: Suite, results: list[TaskResult]):
    other = request_for(suite, "other-1b")
    theirs = task_result(other, suite.tasks[0])
    for result in (*results, theirs):
        kept.keep(result)
    assert kept.of(other.id) == [theirs]
    kept.forget(other.id)
    assert kept.of(other.id) == []
    assert kept.of(results[0].request) == results


def test_a_later_result_takes_the_place_of_an_earlier_one(kept: KeptResults, asked: EvalRequest, suite: Suite):
    kept.keep(task_result(asked, suite.tasks[0], right=1))
    later = task_result(asked, suite.tasks[0], right=3, attempt=2)
    kept.keep(later)
    assert kept.of(asked.id) == [later]


def test_a_process_killed_while_it_writes_leaves_what_was_there(
    kept: KeptResults, asked: EvalRequest, suite: Suite, work: Path
):
    first = task_result(asked, suite.tasks[0], right=1)
    kept.keep(first)

    def doomed() -> None:
        with mock.patch.object(os, "replace", side_effect=lambda *_: os.kill(os.getpid(), signal.SIGKILL)):
            kept.keep(task_result(asked, suite.tasks[0], right=3))

    child = in_a_process(doomed)
    _, status = os.waitpid(child, 0)

    assert os.WIFSIGNALED(status), "it was not killed where it was to be"
    assert len(list((work / "kept" / asked.id).iterdir())) == 2, "the half-made file lies beside the other"
    assert kept.of(asked.id) == [first]


def test_two_processes_that_keep_at_once_leave_whole_results(kept: KeptResults, asked: EvalRequest, suite: Suite):
    """Both write the same tasks while a third reads: it sees one or the other, never a mixture or a half."""
    versions = [[task_result(asked, task, right=right) for task in suite.tasks] for right in (1, 2)]
    writers = [in_a_process(partial(keep_often, kept, own)) for own in versions]
    sightings, allowed = [], [result for own in versions for result in own]
    while (ended := os.waitpid(writers[1], os.WNOHANG))[0] == 0:
        sightings.append(kept.of(asked.id))
    assert {ended[1], os.waitpid(writers[0], 0)[1]} == {0}, "both came to their end"

    assert any(sightings)
    assert all(result in allowed for seen in sightings for result in seen)
    assert [result.task for result in kept.of(asked.id)] == [task.id for task in suite.tasks]


def test_what_a_killed_worker_did_not_see_is_found_after_what_it_kept(
    kept: KeptResults, work: Path, asked: EvalRequest, suite: Suite
):
    first, second = suite.tasks
    seen = task_result(asked, second, right=2)
    kept.keep(seen)
    unseen = [task_result(asked, first), task_result(asked, second, right=3, attempt=2)]
    for result in unseen:
        write_unseen(work, result)
    assert kept.of(asked.id) == [seen, *unseen]


def test_jobs_of_other_requests_are_not_looked_into(kept: KeptResults, work: Path, results: list[TaskResult]):
    write_unseen(work, results[0], run=run_id("f" * 32, 1))
    assert kept.of(results[0].request) == []


def test_what_an_ended_request_leaves_in_its_jobs_folder_is_none_of_what_is_kept(
    kept: KeptResults, work: Path, results: list[TaskResult]
):
    kept.keep(results[0])
    write_unseen(work, results[1])
    kept.forget(results[0].request)
    assert kept.of(results[0].request) == [results[1]]


def break_with_text(path: Path) -> None:
    path.write_text("{ no JSON")


def break_with_another_record(path: Path) -> None:
    path.write_text('{"schema_version": 1, "states": {}}')


def break_with_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def break_with_nothing(path: Path) -> None:
    path.write_bytes(b"")


def break_with_a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def break_with_a_link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def break_with_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def break_with_a_pipe(path: Path) -> None:
    """Nobody ever writes into it: whoever reads it waits for ever."""
    path.unlink()
    os.mkfifo(path)


def break_by_size(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" " * 1000)


@pytest.mark.parametrize("unseen", [False, True])
@pytest.mark.parametrize(
    "harm",
    [
        break_with_text,
        break_with_another_record,
        break_with_half,
        break_with_nothing,
        break_with_a_link,
        break_with_a_link_to_nothing,
        break_with_a_folder,
        break_with_a_pipe,
        break_by_size,
    ],
)
def test_what_cannot_be_read_is_left_out_with_a_warning_and_the_rest_comes_back(
    kept: KeptResults,
    work: Path,
    results: list[TaskResult],
    harm: Callable[[Path], None],
    unseen: bool,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
):
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(kept_results, "LARGEST_RESULT_BYTES", max(len(result.to_json()) for result in results) + 500)
    broken, whole = results
    kept.keep(whole)
    if unseen:
        path = write_unseen(work, broken)
    else:
        kept.keep(broken)
        path = kept_file(work, broken)
    harm(path)

    assert kept.of(broken.request) == [whole]
    (warning,) = caplog.messages
    assert "measured again" in warning
    assert path.name in warning
    assert str(work) not in warning


def test_what_nobody_came_back_for_in_a_month_is_thrown_away(
    kept: KeptResults, work: Path, suite: Suite, asked: EvalRequest
):
    other = request_for(suite, "other-1b")
    old, new = task_result(asked, suite.tasks[0]), task_result(other, suite.tasks[0])
    for result in (old, new):
        kept.keep(result)
        write_unseen(work, result)
    for folder in (work / "kept" / old.request, work / "jobs" / old.run):
        set_age(folder, 30.1)
    for folder in (work / "kept" / new.request, work / "jobs" / new.run):
        set_age(folder, 29.9)

    kept.tidy()

    assert kept.of(old.request) == []
    assert not (work / "jobs" / old.run).exists()
    assert kept.of(new.request) == [new, new]


def test_a_result_kept_today_keeps_the_old_ones_of_its_request(
    kept: KeptResults, work: Path, results: list[TaskResult]
):
    kept.keep(results[0])
    set_age(work / "kept" / results[0].request, 60)
    kept.keep(results[1])
    kept.tidy()
    assert kept.of(results[0].request) == results


def test_two_workers_that_tidy_at_once_do_not_stumble_over_each_other(
    kept: KeptResults, work: Path, results: list[TaskResult], monkeypatch: pytest.MonkeyPatch
):
    """What the one has listed, the other has just thrown away."""
    kept.keep(results[0])
    set_age(work / "kept" / results[0].request, 60)
    gone = [work / "kept" / "gone", work / "jobs" / "gone"]
    listed = Path.glob
    monkeypatch.setattr(
        Path, "glob", lambda folder, pattern: [*(one for one in gone if one.parent == folder), *listed(folder, pattern)]
    )
    kept.tidy()
    assert not (work / "kept" / results[0].request).exists()
