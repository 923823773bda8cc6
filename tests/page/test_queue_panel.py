"""The queue as HTML."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.page.queue_panel import queue_html
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import Cause, Progress, RequestState, Status
from leaderboard.store import Version
from leaderboard.suite import Suite
from leaderboard.texts import load_texts
from tests.builders import NOW, facts, failure, request, state, tiny_suite
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def view_of(states: Sequence[tuple[str, RequestState]]) -> QueueView:
    """Return a queue of models in the order of their submission."""
    entries = [
        QueueEntry(request(name, submitted_at=NOW + timedelta(minutes=number)), one)
        for number, (name, one) in enumerate(states)
    ]
    return QueueView(Version("1"), {entry.id: entry for entry in entries}, ())


def panel(suite: Suite, *states: tuple[str, RequestState], at_home: bool = True) -> str:
    return queue_html(view_of(states), suite, TEXTS, lambda _: at_home)


def text_of(suite: Suite, one: RequestState) -> str:
    return read_html(panel(suite, ("meiga", one))).text


def test_an_empty_queue_says_so(suite: Suite):
    assert TEXTS("queue.empty") in read_html(panel(suite)).text


@pytest.mark.parametrize("status", Status)
def test_every_status_is_shown_in_words_and_for_style(status: Status, suite: Suite):
    seen = read_html(panel(suite, ("meiga", state(status))))
    assert TEXTS(f"statuses.{status}") in seen.text
    assert {"data-request": request("meiga").id, "data-status": str(status)} in seen.attributes


def test_what_runs_stands_first_then_what_waits_then_what_ended_newest_first(suite: Suite):
    text = read_html(
        panel(
            suite,
            ("finished", state(Status.FINISHED)),
            ("failed-old", state(Status.FAILED)),
            ("waiting-first", state()),
            ("running", state(Status.RUNNING)),
            ("failed-new", state(Status.FAILED)),
            ("waiting-second", state()),
        )
    ).text
    order = ["running", "waiting-first", "waiting-second", "failed-new", "failed-old", "finished"]
    assert sorted(order, key=text.index) == order


def test_what_waits_has_its_place(suite: Suite):
    text = read_html(panel(suite, ("a", state(Status.RUNNING)), ("b", state()), ("c", state()))).text
    assert text.index("puesto 1") < text.index("puesto 2")
    assert "puesto 3" not in text


def test_incident_06_a_failure_shows_its_cause_and_its_detail(suite: Suite):
    text = text_of(suite, state(Status.FAILED, failure=failure("no vocabulary", Cause.TOKENIZER)))
    assert TEXTS("causes.tokenizer").lower() in text.lower()
    assert "no vocabulary" in text


def test_incident_04_an_incomplete_evaluation_says_what_is_missing(suite: Suite):
    text = text_of(suite, state(Status.INCOMPLETE, failure=failure("sumas: it broke", Cause.TASK_ERROR)))
    assert TEXTS("statuses.INCOMPLETE") in text
    assert "sumas: it broke" in text


def test_incident_06_a_failure_is_shown_however_many_wait(suite: Suite):
    waiting = [(f"m-{number}", state()) for number in range(80)]
    text = read_html(panel(suite, ("the-failed", state(Status.FAILED)), *waiting)).text
    assert "the-failed" in text


def test_a_model_being_loaded_has_a_bar_without_an_end(suite: Suite):
    seen = read_html(panel(suite, ("meiga", state(Status.RUNNING))))
    bar = seen.attributes[seen.tags.index("progress")]
    assert "value" not in bar
    assert bar["aria-label"] == TEXTS("queue.loading")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, None),
        (0.0, "tiempo restante aproximado: 1 s"),
        (42.4, "tiempo restante aproximado: 42 s"),
        (600.0, "tiempo restante aproximado: 10 min"),
    ],
)
def test_progress_is_told_in_questions_and_time(seconds: float | None, words: str | None, suite: Suite):
    progress = Progress(task="sumas", items_done=3, items_total=8, eta_seconds=seconds)
    seen = read_html(panel(suite, ("meiga", state(Status.RUNNING, progress=progress))))
    bar = seen.attributes[seen.tags.index("progress")]
    assert (bar["value"], bar["max"]) == ("3", "8")
    assert "Sumas (en toda la evaluación, 3 de 8 preguntas)" in seen.text
    assert ("tiempo restante" in seen.text) == (words is not None)
    assert words is None or words in seen.text


def test_a_task_that_the_suite_does_not_know_is_shown_by_its_id(suite: Suite):
    progress = Progress(task="unknown_task", items_done=3, items_total=8)
    assert "unknown_task" in text_of(suite, state(Status.RUNNING, progress=progress))


def test_a_second_attempt_is_told_and_a_first_is_not(suite: Suite):
    assert "intento 2" in text_of(suite, state(Status.RUNNING, attempt=2))
    assert "intento" not in text_of(suite, state(Status.RUNNING))


def test_a_request_that_another_machine_must_evaluate_is_noted(suite: Suite):
    note = TEXTS("queue.not_here")
    assert note in read_html(panel(suite, ("meiga", state()), at_home=False)).text
    assert note not in read_html(panel(suite, ("meiga", state()))).text
    assert note not in read_html(panel(suite, ("meiga", state(Status.FINISHED)), at_home=False)).text


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_or_detail_comes_out_as_text(name: str, suite: Suite):
    tame = read_html(panel(suite, ("tame", state(Status.FAILED, failure=failure("tame")))))
    wild = read_html(panel(suite, (name, state(Status.FAILED, failure=failure(name)))))
    assert wild.tags == tame.tags
    assert wild.text.count(name) == 2


def test_precision_and_revision_tell_rows_of_one_model_apart(suite: Suite):
    text = text_of(suite, state())
    assert "bfloat16" in text
    assert request("meiga").model.revision[:12] in text
    assert facts().licence not in text


def test_incident_06_a_failure_says_where_it_stopped_and_when_it_is_tried_again(suite: Suite):
    broken = failure().replaced(log=("lm_eval/api/task.py:41 in build", "<script>alert(1)</script>"))
    seen = read_html(panel(suite, ("meiga", state(Status.FAILED, failure=broken, retry_at=NOW + timedelta(minutes=5)))))
    assert TEXTS("queue.retry_at", date="2026-07-01", time="12:05") in seen.text
    assert TEXTS("queue.log") in seen.text
    assert "lm_eval/api/task.py:41 in build\n<script>alert(1)</script>" in seen.text
    assert "script" not in seen.tags


def test_a_failure_that_nobody_tries_again_says_nothing_of_a_next_time(suite: Suite):
    text = text_of(suite, state(Status.FAILED))
    assert TEXTS("queue.retry_at", date="", time="").partition(" el ")[0] not in text
    assert TEXTS("queue.log") not in text
