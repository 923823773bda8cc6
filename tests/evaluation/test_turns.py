"""What a worker says and takes, and what becomes of it when it stops, is stopped, is robbed or is told otherwise."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from leaderboard.records import Cause, EvalRequest, RequestState, Status, run_id, utc_now
from leaderboard.results import ResultsReader
from leaderboard.results.layout import run_folder
from leaderboard.store import StoreError
from leaderboard.suite import load_suite
from tests.builders import write_suite
from tests.evaluation.kills import LATER, later, orphans
from tests.evaluation.stage import TASKS, Stage, a_request, set_stage, work_off
from tests.hub_server import Fault, HubServer, Kind
from tests.store.places import folder_place, hub_place


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_stage(folder_place(tmp_path / "queue"), folder_place(tmp_path / "results"), tmp_path, seconds=0.05)


@pytest.fixture
def hub_stage(hub: HubServer, tmp_path: Path) -> Stage:
    queue = hub_place(tmp_path / "queue", hub, "somos/requests")
    results = hub_place(tmp_path / "results", hub, "somos/results")
    return set_stage(queue, results, tmp_path)


def submit(stage: Stage, name: str = "meiga-1b") -> EvalRequest:
    request = a_request(stage.folder, name)
    stage.open_queue().submit(request)
    return request


def state_of(stage: Stage, request: EvalRequest) -> RequestState:
    return stage.entry(request).state


def tasks_of(stage: Stage, run: str) -> list[str]:
    return [line.partition(" ")[2] for line in stage.measured() if line.startswith(run)]


def worker_process(stage: Stage, machine: str = "machine") -> BaseProcess:
    """Start a worker in a process of its own; from a server, for this one has threads and must not be forked."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.evaluation.stage"])
    process = context.Process(target=work_off, args=(stage, machine))
    process.start()
    return process


def tasks_made_safe(stage: Stage, request: EvalRequest) -> list[str]:
    checkpoint = state_of(stage, request).checkpoint
    if checkpoint is None:
        return []
    return [result.task for result in ResultsReader(stage.results.open()).finished_tasks(checkpoint)]


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def test_incident_02_a_worker_stopped_beyond_its_lease_publishes_nothing_that_counts(stage: Stage):
    """It sleeps, another takes over and finishes, it wakes and speaks: the second run is what the board shows."""
    request = submit(stage)
    stage.rewrite_script(seconds=0.05, slow={TASKS[-1]: 1.5})
    zombie = worker_process(stage, "sleeper")
    wait_until(lambda: len(stage.measured()) == len(TASKS))
    os.kill(zombie.pid or 0, signal.SIGSTOP)
    stage.rewrite_script(slow={})

    assert stage.worker("other", clock=lambda: later(LATER)).work_off() == 1
    finished = state_of(stage, request)
    shown = stage.shown()
    os.kill(zombie.pid or 0, signal.SIGCONT)
    zombie.join(timeout=20)
    assert zombie.exitcode == 0

    assert finished.status is Status.FINISHED
    assert finished.run is not None
    assert finished.run.id == run_id(request.id, 2)
    assert state_of(stage, request) == finished
    assert stage.shown() == shown == [(request.id, len(TASKS))]
    wait_until(lambda: not orphans(stage))


def test_another_machine_goes_on_from_the_checkpoint_of_a_dead_one(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(seconds=0.1, slow={TASKS[-1]: 60})
    doomed = worker_process(stage, "doomed")
    wait_until(lambda: tasks_made_safe(stage, request) == list(TASKS[:-1]))
    doomed.kill()
    doomed.join(timeout=20)

    stage.rewrite_script(slow={})
    stage.worker("other", clock=lambda: later(LATER)).work_off()

    assert state_of(stage, request).status is Status.FINISHED
    assert tasks_of(stage, run_id(request.id, 1)) == list(TASKS)
    assert tasks_of(stage, run_id(request.id, 2)) == [TASKS[-1]]
    assert stage.shown() == [(request.id, len(TASKS))]


def test_a_worker_that_is_told_to_stop_leaves_what_it_has_finished_to_the_next(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(slow={TASKS[1]: 60})
    worker = stage.worker("polite")
    thread = threading.Thread(target=worker.work_off)
    thread.start()
    wait_until(lambda: len(stage.measured()) == 2)
    wait_until(lambda: (progress := state_of(stage, request).progress) is not None and progress.task == TASKS[1])
    worker.stop()
    thread.join(timeout=20)

    given_back = state_of(stage, request)
    assert (given_back.status, given_back.claim) == (Status.PENDING, None)
    assert given_back.checkpoint is not None
    stage.rewrite_script(slow={})
    stage.worker("next").work_off()
    assert tasks_of(stage, run_id(request.id, 2)) == list(TASKS[1:])
    assert stage.shown() == [(request.id, len(TASKS))]


def test_a_request_cancelled_while_it_runs_ends_its_child_and_shows_nothing(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(slow={TASKS[0]: 60})
    worker = stage.worker()
    thread = threading.Thread(target=worker.work_off)
    thread.start()
    wait_until(lambda: len(stage.measured()) == 1)
    stage.open_queue().cancel(request.id, utc_now())
    thread.join(timeout=20)

    assert state_of(stage, request).status is Status.CANCELLED
    assert len(stage.measured()) < len(TASKS)
    assert stage.shown() == []
    wait_until(lambda: not orphans(stage))


def test_a_reevaluation_measures_everything_anew_and_keeps_the_old_run_as_history(stage: Stage):
    request = submit(stage)
    stage.worker().work_off()
    first = state_of(stage, request).run

    stage.open_queue().enqueue([request], utc_now())
    assert stage.shown() == [(request.id, len(TASKS))], "the old row stays until the new is there"
    stage.worker().work_off()

    assert tasks_of(stage, run_id(request.id, 2)) == list(TASKS)
    assert stage.shown() == [(request.id, len(TASKS))]
    assert state_of(stage, request).run != first
    assert stage.results.open().snapshot(run_folder(run_id(request.id, 1))).files


def test_incident_04_a_retry_measures_only_what_failed(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(failing=["refranes"])
    stage.worker().work_off()
    incomplete = state_of(stage, request)
    assert incomplete.status is Status.INCOMPLETE
    assert incomplete.failure is not None
    assert incomplete.failure.cause is Cause.TASK_ERROR
    assert stage.shown() == [(request.id, len(TASKS) - 1)]

    stage.rewrite_script(failing=[])
    stage.open_queue().retry([request.id], utc_now())
    # Another machine, which has nothing on its own disk.
    stage.worker("other").work_off()

    assert tasks_of(stage, run_id(request.id, 2)) == ["refranes"]
    assert state_of(stage, request).status is Status.FINISHED
    assert stage.shown() == [(request.id, len(TASKS))]


def test_a_result_that_was_taken_over_says_where_it_was_measured(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(failing=["refranes"])
    stage.worker().work_off()
    stage.rewrite_script(failing=[])
    stage.open_queue().retry([request.id], utc_now())
    stage.worker("other").work_off()

    (shown,) = ResultsReader(stage.results.open()).published(stage.open_queue().view()).evaluations
    assert {result.task: result.measured_in for result in shown.results} == {
        "adivinas": run_id(request.id, 1),
        "refranes": None,
        "sumas": run_id(request.id, 1),
    }
    assert {result.run for result in shown.results} == {run_id(request.id, 2)}


def test_quick_evaluations_share_their_commits(hub: HubServer, hub_stage: Stage):
    """A commit for each change of status would be three for each request."""
    requests = [submit(hub_stage, f"model-{number}") for number in range(12)]
    before = len(hub.calls_of(Kind.COMMIT))

    slow_turns = replace(hub_stage, turn_every_seconds=3600.0)
    assert slow_turns.worker().work_off() == len(requests)

    assert len(hub.calls_of(Kind.COMMIT)) - before <= 9
    assert sorted(hub_stage.shown()) == sorted((one.id, len(TASKS)) for one in requests)


def test_an_evaluation_goes_on_while_the_hub_does_not_answer_and_is_published_afterwards(
    hub: HubServer, hub_stage: Stage
):
    request = submit(hub_stage)
    hub_stage.rewrite_script(slow={TASKS[0]: 1.0}, seconds=0.2)
    worker = hub_stage.worker()
    thread = threading.Thread(target=work_off_with_patience, args=(worker.work_off,))
    thread.start()
    wait_until(lambda: len(hub_stage.measured()) == 1)
    outage = hub.faults.play(Fault.RATE_LIMITED, times=None, on=set(Kind), seconds=60)
    thread.join(timeout=60)
    assert not thread.is_alive()
    played = outage.played
    assert worker.work_off() == 0, "it was told to wait"
    assert outage.played == played > 0
    assert len(hub_stage.measured()) == len(TASKS)
    outage.stop()

    worker.clock = lambda: later(timedelta(seconds=61))
    worker.work_off()

    assert state_of(hub_stage, request).status is Status.FINISHED
    assert len(hub_stage.measured()) == len(TASKS)


def work_off_with_patience(work_off: Callable[[], int]) -> None:
    """Do as the scheduler does: what the stores refuse is tried again."""
    for _ in range(100):
        try:
            work_off()
        except StoreError:
            time.sleep(0.1)
        else:
            return


def test_two_workers_of_one_machine_have_their_own_names(stage: Stage):
    first, second = stage.worker(), stage.worker()
    assert first.name != second.name
    name = first.name
    first.leave()
    assert stage.worker().name == name


def test_incident_01_a_request_that_kills_its_worker_again_and_again_fails_with_a_cause(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(slow={TASKS[0]: 60})
    for number in range(1, 6):
        doomed = worker_process(stage)
        wait_until(lambda: len(stage.measured()) == number)  # noqa: B023 - waited for at once
        doomed.kill()
        doomed.join(timeout=20)

    stage.worker().work_off()

    state = state_of(stage, request)
    assert (state.status, state.attempt) == (Status.FAILED, 1)
    assert state.failure is not None
    assert state.failure.cause is Cause.LOST_WORKER
    assert state.retry_at is not None


def test_incident_02_what_another_suite_had_claimed_at_this_desk_goes_back_to_the_queue(stage: Stage, tmp_path: Path):
    request = submit(stage)
    stage.rewrite_script(slow={TASKS[0]: 60})
    doomed = worker_process(stage)
    wait_until(lambda: len(stage.measured()) == 1)
    doomed.kill()
    doomed.join(timeout=20)

    heir = stage.worker()
    heir.suite = load_suite(str(write_suite(tmp_path / "other", name="other")))
    assert heir.work_off() == 0

    given_back = state_of(stage, request)
    assert (given_back.status, given_back.failure) == (Status.PENDING, None)


def test_a_checkpoint_that_cannot_be_read_now_is_no_reason_to_measure_again(hub: HubServer, hub_stage: Stage):
    request = submit(hub_stage)
    hub_stage.rewrite_script(failing=[TASKS[-1]])
    hub_stage.worker().work_off()
    hub_stage.rewrite_script(failing=[])
    hub_stage.open_queue().retry([request.id], utc_now())
    outage = hub.faults.play(Fault.RATE_LIMITED, times=None, on={Kind.REFS}, dataset="somos/results", seconds=60)
    other = hub_stage.worker("other")
    with pytest.raises(StoreError):
        other.work_off()
    outage.stop()

    other.work_off()

    assert state_of(hub_stage, request).status is Status.FINISHED
    assert tasks_of(hub_stage, run_id(request.id, 2)) == [TASKS[-1]]


def test_attempts_that_end_by_themselves_are_no_dead_workers(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(failing=list(TASKS))
    for _ in range(7):
        stage.worker().work_off()
        stage.open_queue().retry([request.id], utc_now())
    stage.rewrite_script(failing=[])
    stage.worker().work_off()
    assert state_of(stage, request).status is Status.FINISHED
