"""Finished tasks of a run that has not ended: read as they were named, or not at all."""

from pathlib import Path

import pytest

from leaderboard.records import Checkpoint, EvalRequest, InvalidRecordError, TaskResult, run_id
from leaderboard.results import ResultsReader, checkpoint_of, finished_tasks
from leaderboard.results.layout import results_path
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import request_for, some_sha256, task_result, tiny_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


@pytest.fixture
def asked(suite: Suite) -> EvalRequest:
    return request_for(suite)


@pytest.fixture
def results(asked: EvalRequest, suite: Suite) -> list[TaskResult]:
    return [task_result(asked, task) for task in suite.tasks]


def keep(store: FolderStore, results: list[TaskResult]) -> Checkpoint:
    run = results[0].run
    finished_tasks(run, results).commit(store, "m")
    return checkpoint_of(run, results)


def test_finished_tasks_come_back_in_their_order(store: FolderStore, results: list[TaskResult]):
    assert list(ResultsReader(store).finished_tasks(keep(store, results))) == results


def test_a_run_that_goes_on_keeps_more_and_what_was_named_before_stays(store: FolderStore, results: list[TaskResult]):
    before, after = keep(store, results[:1]), keep(store, results)
    assert list(ResultsReader(store).finished_tasks(before)) == results[:1]
    assert list(ResultsReader(store).finished_tasks(after)) == results


def test_a_checkpoint_whose_file_is_missing_is_refused_by_name(store: FolderStore, asked: EvalRequest):
    named = Checkpoint(run=run_id(asked.id, 1), sha256=some_sha256("nothing"))
    with pytest.raises(InvalidRecordError, match="not there") as refused:
        ResultsReader(store).finished_tasks(named)
    assert refused.value.path == results_path(named)


def test_a_file_that_is_not_what_was_named_is_refused(store: FolderStore, asked: EvalRequest, suite: Suite):
    named = keep(store, [task_result(asked, suite.tasks[0], right=1)])
    better = task_result(asked, suite.tasks[0], right=4)
    (store.root / results_path(named)).write_bytes(better.to_line())
    with pytest.raises(InvalidRecordError, match="SHA-256"):
        ResultsReader(store).finished_tasks(named)


def test_the_whole_hash_counts_and_not_only_the_part_in_the_name(store: FolderStore, results: list[TaskResult]):
    named = keep(store, results)
    alike = named.replaced(sha256=named.sha256[:16] + "0" * 48)
    assert results_path(alike) == results_path(named)
    with pytest.raises(InvalidRecordError, match="SHA-256"):
        ResultsReader(store).finished_tasks(alike)


@pytest.mark.parametrize("content", [b"not JSON\n", b"{}\n", b"\n"])
def test_a_file_that_holds_no_results_is_refused_though_its_hash_is_right(
    content: bytes, store: FolderStore, asked: EvalRequest, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leaderboard.results.publishing.results_file", lambda _results: content)
    named = checkpoint_of(run_id(asked.id, 1), [])
    store.commit({results_path(named): content}, message="m", parent=None)
    with pytest.raises(InvalidRecordError):
        ResultsReader(store).finished_tasks(named)


def test_results_of_another_run_are_refused(store: FolderStore, asked: EvalRequest, suite: Suite):
    other = [task_result(asked, suite.tasks[0], attempt=2)]
    run = run_id(asked.id, 1)
    finished_tasks(run, other).commit(store, "m")
    with pytest.raises(InvalidRecordError, match=run_id(asked.id, 2)):
        ResultsReader(store).finished_tasks(checkpoint_of(run, other))


def test_incident_02_a_worker_that_lost_its_claim_cannot_replace_what_a_state_names(
    store: FolderStore, asked: EvalRequest, suite: Suite
):
    named = keep(store, [task_result(asked, suite.tasks[0], right=1)])
    others = keep(store, [task_result(asked, suite.tasks[0], right=4)])
    assert others.run == named.run
    [kept] = ResultsReader(store).finished_tasks(named)
    assert kept.raw == 0.25
