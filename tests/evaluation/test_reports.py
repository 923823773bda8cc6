"""What a worker publishes and says at its turn."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.engine_choice import EngineChoice
from leaderboard.evaluation.reports import conclusion, unsafe_tasks, word_of
from leaderboard.evaluation.run import Run, new_run
from leaderboard.queue import Failed, Finished, QueueEntry, Released, Renewal
from leaderboard.records import Cause, EvalRequest, TaskFailure, run_id
from leaderboard.results import ResultsReader, checkpoint_of, reference_to
from leaderboard.results.layout import manifest_path, results_path
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import NOW, checkpoint, failure, held_by, request_for, task_result, tiny_suite, worker

ATTEMPT = 2


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def asked(suite: Suite) -> EvalRequest:
    return request_for(suite)


@pytest.fixture
def run(suite: Suite, asked: EvalRequest, tmp_path: Path) -> Run:
    """The second attempt at a request for two tasks."""
    entry = QueueEntry(asked, held_by(worker(), asked, ATTEMPT))
    return new_run(
        entry,
        suite,
        model_folder=None,
        device="cpu",
        engines=EngineChoice(),
        batch_size=1,
        jobs=tmp_path / "jobs",
        now=NOW,
    )


@pytest.fixture
def bring(run: Run, suite: Suite, asked: EvalRequest) -> Callable[..., None]:
    """Let the run have results of its first tasks."""

    def bring_results(tasks: int, seconds: float = 1.0) -> None:
        results = (task_result(asked, task, attempt=ATTEMPT, seconds=seconds) for task in suite.tasks[:tasks])
        run.take_over(results)

    return bring_results


def close(run: Run) -> None:
    run.close(NOW + timedelta(hours=1))


def test_a_whole_run_is_finished_and_published_with_its_manifest(
    run: Run, bring: Callable[..., None], asked: EvalRequest
):
    bring(2)
    close(run)
    publication, report = conclusion(run, "worker-1")

    manifest = run.manifest("worker-1")
    assert report == Finished(asked.id, ATTEMPT, reference_to(manifest), None, None)
    assert set(publication.files) == {
        manifest_path(reference_to(manifest)),
        results_path(checkpoint_of(run.job.run, run.results)),
    }


def test_the_conclusion_is_the_same_when_it_is_drawn_again(run: Run, bring: Callable[..., None]):
    bring(1)
    close(run)
    assert conclusion(run, "worker-1") == conclusion(run, "worker-1")


def test_a_run_that_lacks_tasks_says_which_and_names_what_need_not_be_measured_again(
    run: Run, bring: Callable[..., None], asked: EvalRequest, tmp_path: Path
):
    bring(1)
    run.fatal = failure("the Hub did not answer", Cause.UNREACHABLE)
    close(run)
    publication, report = conclusion(run, "worker-1")

    assert isinstance(report, Finished)
    assert report.failure is not None
    assert report.failure.cause is Cause.UNREACHABLE
    assert report.failure.detail == "sumas: the Hub did not answer"
    assert report.checkpoint is not None
    store = FolderStore(tmp_path / "results")
    publication.commit(store, "m")
    assert list(ResultsReader(store).finished_tasks(report.checkpoint)) == run.results
    assert report.run.id == run_id(asked.id, ATTEMPT)


def test_a_run_without_a_result_publishes_nothing_and_says_what_ended_it(run: Run, asked: EvalRequest):
    run.fatal = failure("gated", Cause.GATED)
    close(run)
    publication, report = conclusion(run, "worker-1")
    assert publication.files == {}
    assert report == Failed(asked.id, ATTEMPT, run.fatal)


def test_where_every_task_failed_by_itself_the_summary_is_said(run: Run, asked: EvalRequest):
    run.failures = [
        TaskFailure(task="refranes", failure=failure("first", Cause.TASK_ERROR)),
        TaskFailure(task="sumas", failure=failure("second", Cause.UNREACHABLE)),
    ]
    close(run)
    _, report = conclusion(run, "worker-1")
    expected = failure("sumas (and 1 more tasks): second", Cause.UNREACHABLE)
    assert report == Failed(asked.id, ATTEMPT, expected)


def test_a_run_with_nothing_at_all_fails_in_words(run: Run):
    run.job = run.job.replaced(tasks=())
    close(run)
    _, report = conclusion(run, "worker-1")
    assert isinstance(report, Failed)
    assert report.failure == failure("there was nothing to measure", Cause.ENGINE_ERROR)


@pytest.mark.parametrize(
    ("seconds", "stopping", "kept"),
    [(299.0, False, False), (300.0, False, True), (1.0, True, True), (0.0, True, False), (0.0, False, False)],
)
def test_finished_tasks_are_kept_where_losing_them_costs_more_than_a_commit(
    run: Run, bring: Callable[..., None], seconds: float, stopping: bool, kept: bool
):
    """Ten minutes of computing, of two tasks together, are worth one; a worker that stops keeps whatever it has."""
    bring(2, seconds=seconds)
    files = unsafe_tasks(run, stopping=stopping).files
    assert set(files) == ({results_path(checkpoint_of(run.job.run, run.results))} if kept else set())


@pytest.mark.parametrize("stopping", [False, True])
def test_what_is_safe_already_is_not_written_again(run: Run, bring: Callable[..., None], stopping: bool):
    bring(1, seconds=5000.0)
    run.mark_safe()
    assert unsafe_tasks(run, stopping=stopping).files == {}


def test_what_is_held_is_renewed_and_the_present_run_says_how_far_it_is(
    run: Run, bring: Callable[..., None], suite: Suite, asked: EvalRequest
):
    bring(1)
    run.checkpoint = checkpoint(asked.id, ATTEMPT)
    other = request_for(suite, "other-1b")
    waiting = [QueueEntry(other, held_by(worker(), other, 5))]

    assert word_of(run, waiting, hold=2) == [
        Renewal(asked.id, ATTEMPT, run.meter.reading(), run.checkpoint),
        Renewal(other.id, 5),
    ]
    assert run.meter.reading().items_done == 4


def test_a_worker_that_stops_gives_back_what_it_holds(run: Run, suite: Suite, asked: EvalRequest):
    run.checkpoint = checkpoint(asked.id, ATTEMPT)
    other = request_for(suite, "other-1b")
    waiting = [QueueEntry(other, held_by(worker(), other, 5))]
    assert word_of(run, waiting, hold=0) == [
        Released(asked.id, ATTEMPT, run.checkpoint),
        Released(other.id, 5),
    ]


def test_what_is_beyond_what_a_worker_wants_to_hold_is_for_others(run: Run, suite: Suite):
    others = [request_for(suite, f"other-{number}") for number in range(3)]
    waiting = [QueueEntry(other, held_by(worker(), other, 1)) for other in others]
    assert [type(report) for report in word_of(run, waiting, hold=2)] == [Renewal, Renewal, Released, Released]


@pytest.mark.parametrize("hold", [0, 1])
def test_a_worker_that_holds_nothing_has_nothing_to_say(hold: int):
    assert word_of(None, [], hold) == []
