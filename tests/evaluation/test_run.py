"""One attempt: what it takes over, what it leaves to the child, and how it accounts for every task."""

import json
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.engine_choice import EngineChoice
from leaderboard.evaluation.job import JOB_FILE, RESULTS_FOLDER, Job
from leaderboard.evaluation.run import Run, new_run
from leaderboard.queue import QueueEntry
from leaderboard.records import Cause, DatasetReference, EvalRequest, TaskFailure, TaskResult, WantedTask, run_id
from leaderboard.results import checkpoint_of
from leaderboard.suite import Suite
from tests.builders import (
    NOW,
    declaration,
    failure,
    held_by,
    request_for,
    some_sha256,
    task_result,
    tiny_suite,
    worker,
)

TASKS = ("adivinas", "refranes", "sumas")
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites", [declaration(task) for task in TASKS])


@pytest.fixture
def asked(suite: Suite) -> EvalRequest:
    return request_for(suite)


@pytest.fixture
def begin(suite: Suite, asked: EvalRequest, tmp_path: Path) -> Callable[..., Run]:
    def begin_attempt(attempt: int = 1, request: EvalRequest = asked, **state: Any) -> Run:
        entry = QueueEntry(request, held_by(worker(), request, attempt, **state))
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

    return begin_attempt


def results_of(asked: EvalRequest, suite: Suite, attempt: int = 1, **changes: Any) -> list[TaskResult]:
    return [task_result(asked, task, attempt=attempt, **changes) for task in suite.tasks]


def names(run: Run) -> list[str]:
    return [task.id for task in run.unaccounted()]


def test_a_new_run_is_the_claims_own(begin: Callable[..., Run], asked: EvalRequest):
    run = begin(attempt=3)
    assert (run.job.run, run.job.request) == (run_id(asked.id, 3), asked.id)
    assert run.job.nonce == worker().nonce(asked.id, 3)
    assert names(run) == list(TASKS)
    assert (run.results, run.failures, run.fatal, run.checkpoint) == ([], [], None, None)


def test_results_of_an_earlier_attempt_become_this_ones_and_say_where_they_were_measured(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    earlier = results_of(asked, suite)
    run = begin(attempt=2)
    run.take_over(earlier[:2])

    assert [(one.task, one.run, one.nonce, one.measured_in) for one in run.results] == [
        (task, run_id(asked.id, 2), run.job.nonce, run_id(asked.id, 1)) for task in TASKS[:2]
    ]
    unchanged = {"run": earlier[0].run, "nonce": earlier[0].nonce, "measured_in": None}
    assert [one.replaced(**unchanged) for one in run.results] == earlier[:2]
    assert names(run) == [TASKS[2]]
    assert run.meter.reading().items_done == 8


def test_results_of_the_same_attempt_were_measured_in_no_other(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    """The worker crashed, sat down at its desk again, and goes on with the same claim."""
    run = begin(attempt=2)
    run.take_over(results_of(asked, suite, attempt=2))
    assert {one.measured_in for one in run.results} == {None}
    assert names(run) == []


def test_where_a_result_was_measured_is_kept_over_several_attempts(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    second = begin(attempt=2)
    second.take_over(results_of(asked, suite)[:1])
    third = begin(attempt=3)
    third.take_over([*second.results, *results_of(asked, suite, attempt=2)[1:2]])
    fourth = begin(attempt=4)
    fourth.take_over(third.results)

    assert {one.task: one.measured_in for one in fourth.results} == {
        TASKS[0]: run_id(asked.id, 1),
        TASKS[1]: run_id(asked.id, 2),
    }
    assert {one.run for one in fourth.results} == {run_id(asked.id, 4)}


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"config_hash": some_sha256("another configuration")}, "another configuration"),
        ({"raw": 1.0}, "raw score"),
        ({"request": "0" * 32}, "another run"),
        ({"metric": "acc_norm"}, "metric"),
        ({"shots": 5}, "shots"),
        ({"dataset": DatasetReference(id="elsewhere", revision="0" * 64)}, "other data"),
    ],
)
def test_what_does_not_answer_the_job_is_measured_again(
    begin: Callable[..., Run],
    asked: EvalRequest,
    suite: Suite,
    wrong: dict[str, Any],
    reason: str,
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.WARNING)
    bad, good, _ = results_of(asked, suite)
    run = begin(attempt=2)
    run.take_over([bad.replaced(**wrong), good])

    assert [one.task for one in run.results] == [good.task]
    assert names(run) == [TASKS[0], TASKS[2]]
    (warning,) = caplog.messages
    assert "measured again" in warning
    assert reason in warning


def test_a_good_result_after_a_refused_one_of_the_same_task_counts(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    good = results_of(asked, suite)[0]
    run = begin(attempt=2)
    run.take_over([good.replaced(raw=1.0), good])
    assert [one.raw for one in run.results] == [good.raw]


def test_of_two_results_of_a_task_the_first_counts(begin: Callable[..., Run], asked: EvalRequest, suite: Suite):
    run = begin(attempt=2)
    run.take_over([task_result(asked, suite.tasks[0], right=right) for right in (1, 3)])
    run.take_over([task_result(asked, suite.tasks[0], right=4)])
    assert [one.raw for one in run.results] == [0.25]


def test_a_result_of_a_task_that_is_not_of_the_job_is_left_out(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    run = begin(attempt=2)
    run.take_over([results_of(asked, suite)[0].replaced(task="ajena")])
    assert run.results == []


def test_a_reevaluation_takes_over_nothing_from_before_it_was_asked_for(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    first, second, third = suite.tasks
    run = begin(attempt=4, fresh_from=3)
    old = task_result(asked, first, attempt=2)
    carried_on = task_result(asked, second, attempt=3, measured_in=run_id(asked.id, 2))
    fresh = task_result(asked, third, attempt=3)
    run.take_over([old, carried_on, fresh])

    assert [(one.task, one.measured_in) for one in run.results] == [(third.id, run_id(asked.id, 3))]
    assert names(run) == [first.id, second.id]


def test_a_task_that_failed_in_this_run_is_not_taken_over(begin: Callable[..., Run], asked: EvalRequest, suite: Suite):
    run = begin(attempt=2)
    run.failures.append(TaskFailure(task=TASKS[0], failure=failure()))
    run.take_over(results_of(asked, suite))
    assert [one.task for one in run.results] == list(TASKS[1:])


def test_the_child_is_told_of_what_is_left_and_of_nothing_else(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    run = begin(attempt=2)
    run.folder.mkdir(parents=True)
    (run.folder / RESULTS_FOLDER).mkdir()
    (run.folder / RESULTS_FOLDER / "sumas.json").write_text("of a killed child")
    run.take_over(results_of(asked, suite)[:1])
    run.failures.append(TaskFailure(task=TASKS[1], failure=failure()))
    run.write_job()

    job = Job.from_json((run.folder / JOB_FILE).read_bytes(), JOB_FILE)
    assert [task.id for task in job.tasks] == [TASKS[2]]
    assert job == run.job.replaced(tasks=job.tasks)
    assert [task.id for task in run.job.tasks] == list(TASKS), "the run itself still knows all of them"
    assert list((run.folder / RESULTS_FOLDER).iterdir()) == []
    assert (run.folder / "home").is_dir()


def test_closing_accounts_for_every_task_and_throws_the_scratch_folder_away(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    run = begin()
    run.write_job()
    run.take_over(results_of(asked, suite)[:1])
    run.failures.append(TaskFailure(task=TASKS[1], failure=failure("it broke", Cause.TASK_ERROR)))
    run.close(LATER)

    assert names(run) == []
    assert [(one.task, one.failure.cause, one.failure.detail) for one in run.failures] == [
        (TASKS[1], Cause.TASK_ERROR, "it broke"),
        (TASKS[2], Cause.ENGINE_ERROR, "no result and no word of why"),
    ]
    assert not run.folder.exists()
    assert run.ended_at == LATER


def test_what_ended_the_run_is_why_the_rest_is_missing(begin: Callable[..., Run], asked: EvalRequest, suite: Suite):
    run = begin()
    run.take_over(results_of(asked, suite)[:1])
    run.fatal = failure("memory ended", Cause.OUT_OF_MEMORY, log=("leaderboard/x.py:1 in f",))
    run.close(LATER)
    assert run.failures == [TaskFailure(task=task, failure=run.fatal) for task in TASKS[1:]]


def test_a_run_with_everything_has_nothing_to_say_of_failures(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    run = begin()
    run.take_over(results_of(asked, suite))
    run.close(LATER)
    assert run.failures == []
    assert run.summary_of_failures() is None


def test_the_summary_prefers_a_cause_that_can_pass(begin: Callable[..., Run]):
    """Else a request that only the Hub kept from ending would never be tried again."""
    run = begin()
    causes = (Cause.TASK_ERROR, Cause.UNREACHABLE, Cause.ENGINE_ERROR)
    run.failures = [
        TaskFailure(task=task, failure=failure(f"of {task}", cause)) for task, cause in zip(TASKS, causes, strict=True)
    ]
    summary = run.summary_of_failures()
    assert summary is not None
    assert (summary.cause, summary.detail) == (Cause.UNREACHABLE, "refranes (and 2 more tasks): of refranes")


def test_where_nothing_can_pass_the_summary_is_the_first(begin: Callable[..., Run]):
    run = begin()
    run.failures = [
        TaskFailure(task=TASKS[0], failure=failure("first", Cause.GATED, log=("a/b.py:1 in f",))),
        TaskFailure(task=TASKS[1], failure=failure("second", Cause.TASK_ERROR)),
    ]
    summary = run.summary_of_failures()
    assert summary == failure("adivinas (and 1 more tasks): first", Cause.GATED, log=("a/b.py:1 in f",))


def test_a_summary_is_never_longer_than_a_record_holds(begin: Callable[..., Run]):
    run = begin()
    run.failures = [TaskFailure(task="a" * 64, failure=failure("x" * 500))]
    summary = run.summary_of_failures()
    assert summary is not None
    assert len(summary.detail) == 500


def test_the_manifest_is_the_same_at_every_call_once_the_run_is_closed(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    """A turn that is taken again after a lost answer must name the same bytes."""
    run = begin(attempt=2)
    run.take_over(results_of(asked, suite)[:2])
    run.fatal = failure("memory ended", Cause.OUT_OF_MEMORY)
    run.close(LATER)
    first, second = (run.manifest("worker-1").to_json() for _ in range(2))

    assert first == second
    manifest = run.manifest("worker-1")
    assert (manifest.started_at, manifest.finished_at, manifest.worker) == (NOW, LATER, "worker-1")
    assert (manifest.run, manifest.nonce, manifest.request) == (run.job.run, run.job.nonce, asked.id)
    assert manifest.tasks == TASKS[:2]
    assert [one.task for one in manifest.failures] == [TASKS[2]]
    assert manifest.results_sha256 == checkpoint_of(run.job.run, run.results).sha256


def test_what_is_safe_is_at_risk_no_more(begin: Callable[..., Run], asked: EvalRequest, suite: Suite):
    run = begin()
    first, *rest = results_of(asked, suite, seconds=100.0)
    run.take_over([first])
    assert run.seconds_at_risk() == 100.0
    run.mark_safe()
    assert run.seconds_at_risk() == 0
    assert run.checkpoint == checkpoint_of(run.job.run, run.results)
    run.take_over(rest)
    assert run.seconds_at_risk() == 200.0


def test_tasks_that_changed_since_the_submission_fail_by_name(begin: Callable[..., Run], suite: Suite):
    changed, gone = (
        WantedTask(task=TASKS[1], config_hash=some_sha256("as it was")),
        WantedTask(task="retirada", config_hash=some_sha256("gone")),
    )
    same = [one for one in suite.wanted() if one.task != changed.task]
    run = begin(request=request_for(suite, tasks=(*same, changed, gone)))

    assert [task.id for task in run.job.tasks] == [TASKS[0], TASKS[2]]
    assert [one.task for one in run.failures] == [TASKS[1], "retirada"]
    for one in run.failures:
        assert one.failure.cause is Cause.TASK_ERROR
        assert "changed since the submission" in one.failure.detail
    assert names(run) == [TASKS[0], TASKS[2]]


def test_a_run_of_outdated_tasks_alone_has_nothing_to_do(begin: Callable[..., Run], suite: Suite):
    run = begin(request=request_for(suite, tasks=(WantedTask(task="retirada", config_hash=some_sha256("gone")),)))
    assert run.unaccounted() == []
    run.close(LATER)
    assert [one.task for one in run.failures] == ["retirada"]


def test_what_was_measured_before_tells_nothing_of_how_long_the_rest_takes(
    begin: Callable[..., Run], asked: EvalRequest, suite: Suite
):
    """Eight of twelve items are done at once; the ninth takes ten seconds, and so will each of the other three."""
    run = begin(attempt=2)
    seconds = iter((0.0, 10.0, 10.0))
    run.meter._clock = lambda: next(seconds)
    run.take_over(results_of(asked, suite)[:2])
    assert run.meter.reading().eta_seconds is None
    run.meter.progress(TASKS[2], 0)
    run.meter.progress(TASKS[2], 1)
    reading = run.meter.reading()
    assert (reading.items_done, reading.items_total, reading.eta_seconds) == (9, 12, 30.0)


def test_progress_counts_the_tasks_of_the_request_alone(begin: Callable[..., Run], suite: Suite):
    run = begin(request=request_for(suite, tasks=suite.wanted()[:1]))
    assert run.meter.reading().items_total == 4


def test_a_job_file_holds_no_more_than_the_job(begin: Callable[..., Run]):
    run = begin()
    run.write_job()
    assert json.loads((run.folder / JOB_FILE).read_bytes()).keys() == Job.model_fields.keys()
