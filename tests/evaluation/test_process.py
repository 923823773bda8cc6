"""Children that do harm: each is stopped with its cause, nothing of it stays, and the next request is evaluated."""

import logging
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.evaluation.process import ChildLimits, ChildProcess
from leaderboard.records import Cause, Failure, Status
from tests.evaluation.kills import orphans
from tests.evaluation.stage import TASKS, Stage, a_request, set_stage
from tests.store.places import folder_place

_BAD_CHILD = Path(__file__).with_name("bad_child.py")
_FAR_BELOW_ITS_LENGTH_SECONDS = 30.0
"""A bad child goes on for longer than that, if it is let."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return set_stage(folder_place(tmp_path / "queue"), folder_place(tmp_path / "results"), tmp_path)


def failure_of_a_bad_child(stage: Stage, harm: str, time_limit_seconds: float = 60.0) -> Failure:
    """Have a bad request and then a good one evaluated; return how the bad one failed."""
    bad, good = a_request(stage.folder, harm), a_request(stage.folder, "good")
    for request in (bad, good):
        stage.open_queue().submit(request)
    worker = replace(
        stage.worker(),
        child_command=(sys.executable, "-S", str(_BAD_CHILD), str(stage.folder / "script.json")),
        memory_limit_bytes=400_000_000,
        time_limit_seconds=time_limit_seconds,
    )
    started = time.monotonic()

    assert worker.work_off() == 2

    assert time.monotonic() - started < _FAR_BELOW_ITS_LENGTH_SECONDS
    assert orphans(stage) == []
    assert stage.entry(good).state.status is Status.FINISHED
    assert stage.shown() == [(good.id, len(TASKS))]
    state = stage.entry(bad).state
    assert state.status is Status.FAILED
    assert state.failure is not None
    return state.failure


@pytest.mark.parametrize(
    ("harm", "cause", "words"),
    [
        ("allocate", Cause.OUT_OF_MEMORY, " GB of memory; 0.4 GB are allowed"),
        ("fork", Cause.ENGINE_ERROR, " processes; 64 are allowed"),
        ("say-an-endless-line", Cause.ENGINE_ERROR, "it said "),
        ("say-endless-events", Cause.ENGINE_ERROR, "it said "),
        ("say-endless-nonsense", Cause.ENGINE_ERROR, "it said "),
        ("write-an-endless-log", Cause.ENGINE_ERROR, "its log grew beyond 100 MB"),
        ("leave", Cause.ENGINE_ERROR, "ended with status 0 before its tasks did"),
    ],
)
def test_harm_is_stopped_and_told_and_the_next_request_is_evaluated(
    stage: Stage, harm: str, cause: Cause, words: str
) -> None:
    failure = failure_of_a_bad_child(stage, harm)

    assert failure.cause is cause
    assert words in failure.detail


def test_a_child_that_hangs_is_stopped_when_its_time_is_up(stage: Stage) -> None:
    assert failure_of_a_bad_child(stage, "hang", time_limit_seconds=0.7).cause is Cause.TIME_LIMIT


def test_a_child_that_falls_silent_and_stays_is_not_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leaderboard.evaluation.executors.here._SETTLE_SECONDS", 0.5)
    failure = failure_of_a_bad_child(stage, "fall-silent")
    assert failure.cause is Cause.ENGINE_ERROR
    assert "fell silent" in failure.detail


def test_incident_28_what_a_child_says_of_a_failure_is_cleaned_before_it_is_recorded(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    failure = failure_of_a_bad_child(stage, "tell-tales")

    assert failure.detail == "token=***"
    entry = next(one for one in stage.open_queue().view().entries.values() if one.state.status is Status.FAILED)
    for text in (entry.state.model_dump_json(), caplog.text):
        assert not [word for word in ("hf_abc", "ana", "¿2 + 2?", "abcdef") if word in text]
    assert failure.log == ("lm_eval/api/task.py:412 in build", "Segmentation fault")


def test_nonsense_fills_no_log_of_ours(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    failure_of_a_bad_child(stage, "say-endless-nonsense")
    assert caplog.text.count("is ignored") == 1


def child_of(folder: Path, code: str, limits: ChildLimits | None = None) -> ChildProcess:
    return ChildProcess(folder, {}, (sys.executable, "-S", "-c", code), limits)


def test_a_line_that_is_too_long_is_left_out_and_the_others_are_heard(tmp_path: Path) -> None:
    loaded = '{"event":"model_loaded"}'
    too_long = (f"'x' * 65_536 + '{loaded}'", f"'{loaded}' + ' ' * 70_000")
    child = child_of(tmp_path, "\n".join(f"print({one})" for one in (f"'{loaded}'", *too_long, f"'{loaded}'")))
    try:
        heard = 0
        while not child.silent:
            heard += child.next_event(5.0) is not None
    finally:
        child.kill()
    assert heard == 2


def test_a_child_that_nobody_listens_to_waits_and_takes_no_memory_of_ours(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "for number in range(200_000):\n"
        '    sys.stdout.write(\'{"event":"model_loaded"}\\n\')\n'
        "    sys.stdout.flush()\n"
        "    sys.stderr.write('.'); sys.stderr.flush()\n"
    )
    child = child_of(tmp_path, code)
    try:
        said = -1
        while said != (said := (tmp_path / "child.log").stat().st_size) or said == 0:
            time.sleep(0.3)
    finally:
        child.kill()
    assert 0 < said < 20_000


def test_an_evaluation_that_says_what_evaluations_say_passes_no_limit(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "for number in range(12):\n"
        '    print(\'{"event":"task_progress","task":"sumas","items_done":\' + str(number) + "}", flush=True)\n'
        "    time.sleep(0.1)\n"
    )
    child = child_of(tmp_path, code, ChildLimits(said_bytes=500, said_bytes_a_second=1000))
    try:
        while not child.silent:
            child.next_event(0.1)
            assert child.excess is None
    finally:
        child.kill()
