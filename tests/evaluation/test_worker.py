"""The worker on real child processes with a tiny real model."""

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from leaderboard.board import View
from leaderboard.installation import Installation, open_installation
from leaderboard.records import Cause, RequestState, Status
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, SubmissionDesk, Submitter, Wish
from tests.hub_server import HubServer
from tests.small_suites import small_suite

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")


def submit_folder(house: Installation, folder: Path) -> str:
    return house.desk.submit(Wish(model=str(folder), precision="float32"), OPERATOR).id


def state_of(house: Installation, request_id: str) -> RequestState:
    return house.queue.view().entries[request_id].state


def stored_bytes(house: Installation) -> dict[str, bytes]:
    roots = (Path(house.settings.queue), Path(house.settings.results))
    return {str(file): file.read_bytes() for root in roots for file in root.rglob("*") if file.is_file()}


@pytest.fixture
def small_house(tmp_path: Path, settings: Settings) -> Installation:
    """A leaderboard that measures two quick tasks."""
    return open_installation(replace(settings, suite=str(small_suite(tmp_path, "euskara", "galego"))))


def test_incident_11_a_submitted_folder_becomes_a_ranked_row_with_one_load_of_the_model(
    settings: Settings, tiny_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    suite = small_suite(tmp_path, "expresiones", "euskara", "calculo_gl", every=8)
    house = open_installation(replace(settings, suite=str(suite)))
    request_id = submit_folder(house, tiny_model)

    assert house.new_worker().work_off() == 1

    state = state_of(house, request_id)
    assert (state.status, state.attempt, state.failure) == (Status.FINISHED, 1, None)
    (row,) = house.board().rows
    assert row.standings[View.ES].rank == 1
    assert row.is_complete
    assert {task: cell.items for task, cell in row.cells.items()} == {
        task.id: task.declaration.items for task in house.suite.tasks
    }
    (evaluation,) = house.reader.published(house.queue.view()).evaluations
    expressions = next(result for result in evaluation.results if result.task == "expresiones")
    assert {item.variety for item in expressions.items} >= {"MX", "AR", "ES"}
    assert all(item.options == 4 and item.choice is not None for item in expressions.items)
    assert {result.engine.name for result in evaluation.results} == {"hf-shared-prefix"}
    # Only generation goes through the model's chat template; sentences compared for likelihood never do.
    assert {result.task for result in evaluation.results if result.chat_template_applied} == {"calculo_gl"}
    # incident 11: the model is loaded once for all tasks
    assert sum("model loaded" in record.message for record in caplog.records) == 1
    assert any("items in all" in record.message for record in caplog.records), "progress is told in the terminal"
    # No path of this machine is recorded, and nothing of a run is left behind.
    assert not [path for path, content in stored_bytes(house).items() if str(tmp_path).encode() in content]
    assert not [path for path, content in stored_bytes(house).items() if str(tiny_model.parent).encode() in content]
    assert not list((tmp_path / "work" / "jobs").iterdir())


def test_incident_04_and_10_one_broken_task_makes_the_row_incomplete_and_the_others_go_on(
    tmp_path: Path, settings: Settings, tiny_model: Path
) -> None:
    suite = small_suite(tmp_path, "euskara", "galego")
    broken = suite.parent / "muestra" / "euskara.yaml"
    broken.write_text(broken.read_text(encoding="utf-8").replace("doc_to_choice: options", "doc_to_choice: opciones"))
    house = open_installation(replace(settings, suite=str(suite)))
    request_id = submit_folder(house, tiny_model)

    house.new_worker().work_off()

    state = state_of(house, request_id)
    assert state.status is Status.INCOMPLETE
    assert state.failure is not None
    assert state.failure.cause is Cause.TASK_ERROR
    assert state.failure.detail.startswith("euskara: ")
    (row,) = house.board().rows
    assert (row.score(View.EU), row.score(View.ALL), row.is_complete) == (None, None, False)
    assert (row.standings[View.ALL].rank, row.standings[View.GL].rank) == (None, 1)
    assert set(row.cells) == {"galego"}
    assert [failed.task for failed in row.failures] == ["euskara"]


def test_incident_05_a_child_that_ends_well_with_nothing_produced_is_a_failure(
    small_house: Installation, tiny_model: Path, tmp_path: Path
) -> None:
    request_id = submit_folder(small_house, tiny_model)
    silent = tmp_path / "python-that-does-nothing"
    silent.write_text("#!/bin/sh\nexit 0\n")
    silent.chmod(0o755)

    replace(small_house.new_worker(), child_command=(str(silent),)).work_off()

    state = state_of(small_house, request_id)
    assert state.status is Status.FAILED
    assert state.failure is not None
    assert state.failure.cause is Cause.ENGINE_ERROR
    assert "status 0" in state.failure.detail
    assert small_house.board().rows == ()


def test_an_unknown_architecture_fails_with_its_cause(
    small_house: Installation, tiny_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "from-the-future"
    shutil.copytree(tiny_model, folder)
    request_id = submit_folder(small_house, folder)
    # Of what the submission's checks let through, a worker of another version of transformers may know less.
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "llama9000", "architectures": ["L9"]}))
    model = small_house.queue.view().entries[request_id].request.model
    small_house.local_models.remember(model.revision, folder)

    small_house.new_worker().work_off()

    state = state_of(small_house, request_id)
    assert state.status is Status.FAILED
    assert state.failure is not None
    assert state.failure.cause is Cause.UNSUPPORTED_ARCHITECTURE
    assert str(tmp_path) not in state.failure.detail


def test_a_task_that_changed_since_the_submission_is_not_run_under_its_old_name(
    tmp_path: Path, settings: Settings, tiny_model: Path
) -> None:
    suite = small_suite(tmp_path, "euskara", "galego")
    house = open_installation(replace(settings, suite=str(suite)))
    request_id = submit_folder(house, tiny_model)
    text = suite.read_text(encoding="utf-8")
    start = text.index("  - id: euskara")
    suite.write_text(text[:start] + text[start:].replace("    version: 2", "    version: 3", 1), encoding="utf-8")
    changed = open_installation(replace(settings, suite=str(suite)))

    changed.new_worker().work_off()

    state = state_of(changed, request_id)
    assert state.status is Status.INCOMPLETE
    assert state.failure is not None
    assert "changed since the submission" in state.failure.detail


def test_the_time_limit_ends_an_evaluation_with_its_cause(small_house: Installation, tiny_model: Path) -> None:
    request_id = submit_folder(small_house, tiny_model)
    worker = replace(small_house.new_worker(), time_limit_seconds=1.0)

    worker.work_off()

    state = state_of(small_house, request_id)
    assert state.status is Status.FAILED
    assert state.failure is not None
    assert state.failure.cause is Cause.TIME_LIMIT


def test_a_stopped_worker_gives_its_request_back(small_house: Installation, tiny_model: Path) -> None:
    request_id = submit_folder(small_house, tiny_model)
    worker = small_house.new_worker()
    thread = threading.Thread(target=worker.work_off)
    thread.start()
    wait_until(lambda: state_of(small_house, request_id).status is Status.RUNNING)

    worker.stop()
    thread.join(timeout=20)

    assert not thread.is_alive()
    state = state_of(small_house, request_id)
    assert (state.status, state.claim) == (Status.PENDING, None)
    assert [event.status for event in state.history] == [Status.RUNNING, Status.PENDING]


def test_five_kills_cost_no_finished_task_and_leave_no_orphan(small_house: Installation, tiny_model: Path) -> None:
    """The worker is killed while it starts, loads the model, and measures; each next one goes on with the same run."""
    request_id = submit_folder(small_house, tiny_model)
    kept = small_house.settings.work_dir / "kept" / request_id
    moments: list[Callable[[subprocess.Popen[bytes]], bool]] = [
        lambda worker: bool(children_of(worker.pid)),
        lambda worker: is_past(worker, seconds=2.0),
        lambda worker: is_past(worker, seconds=4.0),
        lambda _worker: (kept / "euskara.json").exists(),
        lambda worker: (kept / "euskara.json").exists() and is_past(worker, seconds=1.0),
    ]
    for moment in moments:
        worker = start_worker(small_house.settings)
        wait_until(lambda: moment(worker))  # noqa: B023 - waited for at once
        children = children_of(worker.pid)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        wait_until(lambda: not any(is_running(child) for child in children))  # noqa: B023
    measured = (kept / "euskara.json").stat().st_mtime_ns

    assert state_of(small_house, request_id).status is Status.RUNNING
    last = start_worker(small_house.settings)
    wait_until(lambda: (kept / "galego.json").exists() or last.poll() is not None)
    assert not kept.exists() or (kept / "euskara.json").stat().st_mtime_ns == measured, "it was measured again"
    assert last.wait(timeout=30) == 0
    state = state_of(small_house, request_id)
    assert (state.status, state.attempt) == (Status.FINISHED, 1)
    assert len(small_house.board().rows) == 1
    assert small_house.board().rows[0].is_complete


def start_worker(settings: Settings) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "LEADERBOARD_QUEUE": settings.queue,
        "LEADERBOARD_RESULTS": settings.results,
        "LEADERBOARD_SUITE": settings.suite,
        "LEADERBOARD_WORK": str(settings.work_dir),
        "LEADERBOARD_ENGINE": "hf",  # the slower one leaves time to be killed in
        "PYTHONPATH": "src",
    }
    return subprocess.Popen([sys.executable, "-m", "leaderboard", "worker", "--once"], env=environment)


def is_past(worker: "subprocess.Popen[bytes]", *, seconds: float) -> bool:
    """Tell whether a worker has had a child for so long."""
    children = children_of(worker.pid)
    return bool(children) and time.time() - Path(f"/proc/{children[0]}").stat().st_mtime > seconds


def test_a_model_of_the_hub_is_evaluated_at_its_commit_without_a_token(
    hub: HubServer, hub_api: HfApi, small_house: Installation, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 34)
    model = hub.add_folder("somos/tiny-llama", tiny_model, card={"license": "apache-2.0"})
    not_loaded = ("beside.safetensors", "checkpoint-9/model.safetensors", "checkpoint-9/config.json", "modeling.py")
    model.files |= dict.fromkeys(not_loaded, b"never judged, so never downloaded")
    desk = SubmissionDesk(replace(small_house.desk.premises, hub=hub_api))
    request = desk.submit(Wish(model="somos/tiny-llama", precision="float32"), Submitter())

    small_house.new_worker().work_off()

    state = state_of(small_house, request.id)
    assert state.status is Status.FINISHED, state.failure
    (row,) = small_house.board().rows
    assert row.request.model.revision == model.sha
    assert row.request.facts.licence == "apache-2.0"
    assert hub.authorised_requests == []
    assert not [asked for asked in hub.requests for name in not_loaded if asked.endswith(f"/{name}")]


def wait_until(condition: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
    end = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def is_running(pid: int) -> bool:
    """Tell whether a process runs; a zombie that nobody reaps does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
