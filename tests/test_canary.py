"""The canary: measured again, it must give what it gave the first time."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.canary import canary_report, drift_in_words
from leaderboard.queue import Finished, Queue
from leaderboard.records import EvalRequest, ModelSource, Precision
from leaderboard.results import ResultsReader, finished_run, reference_to
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import NOW, manifest, model, request_for, some_sha256, take, task_result, tell, tiny_suite

COMMIT = "c" * 40
NAME = "somos/canario"


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suite")


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return Queue(FolderStore(tmp_path / "eval_queue"))


@pytest.fixture
def results(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


def asked(suite: Suite) -> EvalRequest:
    about = model(NAME, source=ModelSource.HUB, revision=COMMIT)
    return request_for(suite, model=about, precision=Precision.BFLOAT16)


def measured(queue: Queue, results: FolderStore, suite: Suite, attempt: int, right: int = 2, **changes: Any) -> None:
    """Measure the canary, again where it was before."""
    request, at = asked(suite), NOW + timedelta(days=7 * attempt)
    if attempt == 1:
        queue.submit(request)
    else:
        queue.enqueue([request], at)
    take(queue, now=at)
    found = [task_result(request, task, right=right, attempt=attempt, **changes) for task in suite.tasks]
    told = manifest(request, found, attempt=attempt)
    finished_run(told, found).commit(results, "m")
    tell(queue, Finished(request.id, attempt, reference_to(told)), now=at)


def report(queue: Queue, results: FolderStore, canary: str = f"{NAME}@{COMMIT}"):
    return canary_report(queue.view(), ResultsReader(results), canary)


def test_without_a_run_there_is_nothing_to_tell(queue: Queue, results: FolderStore, suite: Suite):
    assert report(queue, results) is None
    queue.submit(asked(suite))
    assert report(queue, results) is None


def test_the_same_again_is_no_drift(queue: Queue, results: FolderStore, suite: Suite):
    measured(queue, results, suite, 1)
    measured(queue, results, suite, 2)
    found = report(queue, results)
    assert found is not None
    assert (found.model, found.runs, found.tasks, found.drifts) == (NAME, 2, 2, ())


def test_another_score_is(queue: Queue, results: FolderStore, suite: Suite):
    measured(queue, results, suite, 1)
    measured(queue, results, suite, 2)
    measured(queue, results, suite, 3, right=1)
    found = report(queue, results)
    assert found is not None
    assert {drift.task for drift in found.drifts} == {task.id for task in suite.tasks}
    assert "sumas 0.5000 -> 0.2500" in drift_in_words(found)


def test_other_prompts_are_even_where_the_score_is_the_same(queue: Queue, results: FolderStore, suite: Suite):
    measured(queue, results, suite, 1)
    measured(queue, results, suite, 2, rendered_prompts_sha256=some_sha256("others"))
    found = report(queue, results)
    assert found is not None
    assert all(drift.prompts_changed for drift in found.drifts)
    assert "with other prompts" in drift_in_words(found)


def test_another_model_or_commit_is_not_the_canary(queue: Queue, results: FolderStore, suite: Suite):
    measured(queue, results, suite, 1)
    assert report(queue, results, f"{NAME}@{'d' * 40}") is None
    assert report(queue, results, f"somos/otro@{COMMIT}") is None
    assert canary_report(queue.view(), ResultsReader(results), None) is None
