"""The scheduled backend: evaluations begin by themselves, in a thread that no page and no visitor has a part in."""

import ast
import inspect
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import gradio as gr
import pytest

import leaderboard.page
from leaderboard.evaluation.process import ChildProcess
from leaderboard.evaluation.scheduler import EvaluationScheduler
from leaderboard.evaluation.worker import Worker
from leaderboard.installation import Installation
from leaderboard.page import build_page
from leaderboard.page.live_queue import Shown
from leaderboard.queue import Queue
from leaderboard.records import EvalRequest, Status
from leaderboard.store import StoreError
from tests.evaluation.kills import orphans
from tests.evaluation.stage import TASKS, Stage, a_request, set_stage
from tests.page.test_authority import asking
from tests.store.places import folder_place
from tests.submission.model_folders import write_model_folder

_POLL_SECONDS = 0.1
_SILENCE = "The store cannot be reached now."


def run_until_stopped(scheduler: EvaluationScheduler, worker: Worker) -> None:
    """Poll as a machine does that only evaluates."""
    scheduler.start()
    worker.stopping.wait()
    scheduler.stop()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_stage(folder_place(tmp_path / "queue"), folder_place(tmp_path / "results"), tmp_path, seconds=0.02)


@contextmanager
def scheduled(worker: Worker) -> Iterator[EvaluationScheduler]:
    scheduler = EvaluationScheduler(worker, _POLL_SECONDS)
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()


def submit(stage: Stage, name: str = "meiga-1b") -> EvalRequest:
    request = a_request(stage.folder, name)
    stage.open_queue().submit(request)
    return request


def status_of(stage: Stage, request: EvalRequest) -> Status:
    return stage.entry(request).state.status


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.01)


def test_incident_09_evaluations_start_with_nobody_looking(stage: Stage):
    """There is no page. What waits at the start is evaluated at once, and what comes later at one of the next ticks."""
    early = submit(stage, "early-1b")
    with scheduled(stage.worker()):
        wait_until(lambda: status_of(stage, early) is Status.FINISHED)
        late = submit(stage, "late-1b")
        wait_until(lambda: status_of(stage, late) is Status.FINISHED)
    assert sorted(stage.shown()) == sorted((one.id, len(TASKS)) for one in (early, late))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Gradio's
def test_incident_09_nothing_a_visitor_does_starts_an_evaluation(
    house: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Every function that a page's events call is called; what is submitted waits, and nobody begins it."""
    started: list[str] = []

    def forbid(owner: type, name: str) -> None:
        monkeypatch.setattr(owner, name, lambda *_, **__: started.append(f"{owner.__name__}.{name}"))

    forbid(Installation, "new_worker")
    forbid(Worker, "work_off")
    forbid(EvaluationScheduler, "__init__")
    forbid(ChildProcess, "__init__")
    threads = set(threading.enumerate())
    page = build_page(house)
    visitor, stranger = asking(), asking(client="192.0.2.9")
    folder = write_model_folder(tmp_path / "models" / "meiga-1b")
    arguments: dict[str, list[Any]] = {
        "look": ["", visitor],
        "show": [visitor],
        "submit": [str(folder), "", "auto", "auto", visitor],
        "check": [str(folder), "", "auto", "auto", stranger],  # a trial of its own is whose copy it is alone
        "show_to": [visitor],
        "shown_to": [visitor],
        "newest_choices": [[], visitor],
        "act": ["", visitor],
        "of_account": ["ana", visitor],
        "refresh": [Shown(), visitor],
        "fill_in": [[""], visitor],
        "choose_place": ["MX", visitor],
        "go_on": ["MX", 0, visitor],
        "sign_it": ["MX", 0, "", visitor],
        "ranking": [""],
        "model": ["meiga-1b"],
        "queue": [""],
        "submit_model": [visitor, str(folder)],  # the form has sent it already
    }
    functions = [event.fn for event in page.fns.values() if event.fn is not None]
    assert {function.__name__ for function in functions} == arguments.keys(), "a new event: say what it is called with"

    for _ in range(2):
        for function in functions:
            with suppress(gr.Error):
                said = function(*arguments[function.__name__])
                list(said) if inspect.isgenerator(said) else said
        assert page.config["components"], "as a new visitor gets it"

    (entry,) = house.queue.view().entries.values()
    assert (entry.request.model.name, entry.state.status, entry.state.attempt) == ("meiga-1b", Status.PENDING, 0)
    assert started == []
    assert {thread.name for thread in set(threading.enumerate()) - threads} <= {"board feed"}


def test_incident_09_the_code_of_the_page_knows_no_worker():
    """It may ask which packages are installed, and nothing else of what evaluates."""
    allowed = {"leaderboard.evaluation.installation"}
    files = sorted(Path(leaderboard.page.__file__).parent.glob("*.py"))
    assert len(files) > 10
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            modules = (
                [*names, node.module or ""] if isinstance(node, ast.Import | ast.ImportFrom) and not names else names
            )
            evaluating = {one for one in modules if one.startswith("leaderboard.evaluation")}
            assert evaluating <= allowed, file.name
            assert not (isinstance(node, ast.Attribute) and node.attr in {"new_worker", "work_off"}), file.name


def test_a_store_that_fails_at_one_tick_is_told_in_one_line_and_the_next_tick_goes_on(
    stage: Stage, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    request = submit(stage)
    answers, turn = iter([StoreError(_SILENCE)]), Queue.turn

    def fails_once(queue: Queue, plan: Any) -> Any:
        for error in answers:
            raise error
        return turn(queue, plan)

    with mock.patch.object(Queue, "turn", fails_once), scheduled(stage.worker()):
        wait_until(lambda: status_of(stage, request) is Status.FINISHED)

    (line,) = [record for record in caplog.records if record.name.startswith("leaderboard")]
    assert line.getMessage() == f"{_SILENCE} The next look is in 0.1 s."
    assert line.levelno == logging.WARNING
    assert line.exc_info is None
    assert not [record for record in caplog.records if record.name.startswith("apscheduler")]


def test_what_was_evaluated_while_the_store_failed_is_published_at_a_later_tick(stage: Stage):
    request = submit(stage)
    commit_fails, real = threading.Event(), Queue.turn

    def fails_after_the_claim(queue: Queue, plan: Any) -> Any:
        if commit_fails.is_set():
            raise StoreError(_SILENCE)
        commit_fails.set()
        return real(queue, plan)

    with scheduled(stage.worker()):
        with mock.patch.object(Queue, "turn", fails_after_the_claim):
            wait_until(lambda: len(stage.measured()) == len(TASKS))
            time.sleep(3 * _POLL_SECONDS)
        wait_until(lambda: status_of(stage, request) is Status.FINISHED)
    assert len(stage.measured()) == len(TASKS)
    assert stage.shown() == [(request.id, len(TASKS))]


def test_an_error_nobody_thought_of_does_not_end_the_ticks(stage: Stage):
    request = submit(stage)
    answers, turn = iter([RuntimeError("a bug")]), Queue.turn

    def fails_once(queue: Queue, plan: Any) -> Any:
        for error in answers:
            raise error
        return turn(queue, plan)

    with mock.patch.object(Queue, "turn", fails_once), scheduled(stage.worker()):
        wait_until(lambda: status_of(stage, request) is Status.FINISHED)


def test_to_stop_gives_the_request_back_at_once_and_frees_the_desk(stage: Stage):
    request = submit(stage)
    stage.rewrite_script(slow={TASKS[1]: 60})
    worker = stage.worker()
    with scheduled(worker):
        name = worker.name
        beside = stage.worker()
        assert beside.name != name, "nobody else can sit there meanwhile"
        wait_until(lambda: len(stage.measured()) == 2)
        began = time.monotonic()
    assert time.monotonic() - began < 10

    state = stage.entry(request).state
    assert (state.status, state.claim) == (Status.PENDING, None)
    assert [event.status for event in state.history] == [Status.RUNNING, Status.PENDING]
    wait_until(lambda: not orphans(stage))
    assert stage.worker().name == name, "the one free desk"
    beside.leave()


def test_after_the_stop_nothing_is_begun(stage: Stage):
    with scheduled(stage.worker()):
        pass
    request = submit(stage)
    time.sleep(3 * _POLL_SECONDS)
    assert status_of(stage, request) is Status.PENDING
    assert stage.measured() == []


def test_only_one_evaluation_is_at_work_at_a_time(stage: Stage):
    """Ticks that fall into an evaluation do not begin another beside it."""
    requests = [submit(stage, f"model-{number}") for number in range(3)]
    stage.rewrite_script(seconds=3 * _POLL_SECONDS / len(TASKS))
    most = 0
    with scheduled(stage.worker()):
        while any(status_of(stage, one) is not Status.FINISHED for one in requests):
            most = max(most, len(orphans(stage)))
            time.sleep(0.01)
    assert most == 1
    assert len(stage.measured()) == len(requests) * len(TASKS)


def test_the_worker_has_one_desk_from_the_start(stage: Stage):
    """A tick at once, in another thread, must not sit down a second time: its claims would be a stranger's."""
    for _ in range(10):
        worker = stage.worker()
        with scheduled(worker):
            name = worker.name
        assert worker._desk is None
        assert stage.worker().name == name
    assert len(list((stage.folder / "machine" / "workers").iterdir())) == 1


def test_a_machine_that_only_evaluates_polls_until_it_is_asked_to_end(stage: Stage):
    request = submit(stage)
    worker = stage.worker()
    name = worker.name
    scheduler = EvaluationScheduler(worker, _POLL_SECONDS)
    thread = threading.Thread(target=run_until_stopped, args=(scheduler, worker))
    thread.start()
    wait_until(lambda: status_of(stage, request) is Status.FINISHED)
    late = submit(stage, "late-1b")
    wait_until(lambda: status_of(stage, late) is Status.FINISHED)
    assert thread.is_alive()

    worker.stop()
    thread.join(timeout=10)
    assert not thread.is_alive()
    assert stage.worker().name == name
