"""The queue as HTML."""

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.page.queue_panel import PARTS, owner_html, queue_parts
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import (
    Cause,
    EvalRequest,
    ModelSource,
    Precision,
    Progress,
    RequestState,
    Status,
    Withdrawal,
    WithdrawalReason,
)
from leaderboard.store import Version
from leaderboard.suite import Suite
from leaderboard.texts import load_texts
from tests.builders import NOW, facts, failure, model, queue_view, request, some_sha256, state, tiny_suite
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
    return "".join(queue_parts(view_of(states), suite, TEXTS, lambda _: at_home))


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
    assert TEXTS("queue.retry_at", date="1 de julio de 2026", time="12:05") in seen.text
    assert TEXTS("queue.log") in seen.text
    assert "lm_eval/api/task.py:41 in build\n<script>alert(1)</script>" in seen.text
    assert "script" not in seen.tags


def test_a_failure_that_nobody_tries_again_says_nothing_of_a_next_time(suite: Suite):
    text = text_of(suite, state(Status.FAILED))
    assert TEXTS("queue.retry_at", date="", time="").partition(" el ")[0] not in text
    assert TEXTS("queue.log") not in text


def of_hub(name: str, by: str | None = None, **changes: Any) -> EvalRequest:
    """Return a request for a model on the Hub that somebody submitted."""
    return request(model=model(name, source=ModelSource.HUB), **changes).replaced(submitted_by=by)


def shown(suite: Suite, *entries: tuple[EvalRequest, RequestState], mine: str | None = None) -> str:
    return "".join(queue_parts(queue_view(*entries), suite, TEXTS, lambda _: True, mine=mine))


def test_what_the_reader_submitted_stands_first_and_the_rest_keeps_its_order(suite: Suite):
    entries = [
        (of_hub("somos/runs", "berta"), state(Status.RUNNING)),
        (of_hub("somos/waits", "berta"), state()),
        (of_hub("somos/mine-waits", "ana"), state()),
        (of_hub("somos/mine-failed", "ana"), state(Status.FAILED)),
    ]
    others, own = ["somos/runs", "somos/waits"], ["somos/mine-waits", "somos/mine-failed"]
    for mine, order in (("ana", own + others), (None, ["somos/runs", "somos/waits", *own])):
        text = read_html(shown(suite, *entries, mine=mine)).text
        assert sorted(order, key=text.index) == order


def test_what_the_reader_submitted_is_shown_however_much_there_is_of_others(suite: Suite):
    others = [(of_hub(f"somos/m-{number}", "berta"), state()) for number in range(40)]
    own = [(of_hub("somos/mine-waits", "ana"), state()), (of_hub("somos/mine-failed", "ana"), state(Status.FAILED))]
    failed = [(of_hub(f"somos/f-{number}", "berta"), state(Status.FAILED)) for number in range(40)]
    queue = [*others, *own, *failed]
    text = read_html(shown(suite, *queue, mine="ana")).text
    assert text.index("mine-waits") < text.index("mine-failed") < text.index("somos/m-0")
    assert "puesto 41" in text
    assert TEXTS("queue.hidden", count=30) in text
    assert "mine-waits" not in read_html(shown(suite, *queue, mine="carla")).text
    assert TEXTS("queue.hidden", count=32) in read_html(shown(suite, *queue)).text


def test_a_place_is_told_in_the_whole_queue_not_among_the_readers_own(suite: Suite):
    text = read_html(shown(suite, (of_hub("a/a"), state()), (of_hub("b/b", "ana"), state()), mine="ana")).text
    assert text.index("b/b") < text.index("puesto 2") < text.index("a/a") < text.index("puesto 1")


def test_incident_26_the_same_weights_under_other_names_are_told_of_each(suite: Suite):
    same = {"facts": facts(weights_sha256=some_sha256("weights"))}
    text = read_html(
        shown(
            suite,
            (of_hub("a/one", **same), state()),
            (of_hub("b/two", **same), state(Status.FAILED)),
            (of_hub("c/other", facts=facts(weights_sha256=some_sha256("others"))), state()),
            (of_hub("d/unknown"), state()),
        )
    ).text
    assert TEXTS("queue.same_weights", models="b/two") in text
    assert TEXTS("queue.same_weights", models="a/one") in text
    assert text.count(TEXTS("queue.same_weights", models="")[:-2]) == 2


def test_two_requests_for_one_model_are_no_copies_of_each_other(suite: Suite):
    same = {"facts": facts(weights_sha256=some_sha256("weights"))}
    again = of_hub("a/one", **same, precision=Precision.FLOAT16)
    text = read_html(shown(suite, (of_hub("a/one", **same), state()), (again, state()))).text
    assert "idénticos" not in text


@pytest.mark.parametrize("reason", WithdrawalReason)
def test_incident_26_what_was_withdrawn_stays_with_a_line_that_says_by_whom_and_when(
    reason: WithdrawalReason, suite: Suite
):
    gone = state(Status.WITHDRAWN, withdrawal=Withdrawal(reason=reason, at=NOW))
    seen = read_html(shown(suite, (of_hub("somos/uno", "ana"), gone)))
    assert TEXTS(f"withdrawals.{reason}", date="1 de julio de 2026") in seen.text
    assert TEXTS("statuses.WITHDRAWN") in seen.text
    assert "somos/uno" in seen.text


def test_incident_06_26_everything_of_an_account_is_listed_however_it_ended():
    view = queue_view(
        (of_hub("ana/uno", "berta"), state(Status.FAILED)),
        (of_hub("somos/dos", "Ana"), state(Status.WITHDRAWN)),
        (of_hub("somos/tres", "ana"), state(Status.FINISHED)),
        (of_hub("analisis/no", "anabel"), state()),
    )
    seen = read_html(owner_html(view, " ANA ", TEXTS))
    assert TEXTS("queue.owner_heading", account="ANA", count=3) in seen.text
    order = ["somos/tres", "somos/dos", "ana/uno"]  # the newest first
    assert sorted(order, key=seen.text.index) == order
    for status in ("FAILED", "WITHDRAWN", "FINISHED"):
        assert TEXTS(f"statuses.{status}") in seen.text
    assert "1 de julio de 2026 · somos/dos · bfloat16" in seen.text
    assert "analisis" not in seen.text


def test_an_account_without_submissions_and_no_account_at_all():
    assert read_html(owner_html(queue_view(), "ana", TEXTS)).text == TEXTS("queue.owner_nothing", account="ana")
    assert owner_html(queue_view(), "  ", TEXTS) == ""
    assert len(owner_html(queue_view(), "a" * 10_000, TEXTS)) < 500


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_account_or_name_comes_out_of_the_list_as_text(name: str):
    assert read_html(owner_html(queue_view(), name, TEXTS)).tags == ["p"]
    assert name in read_html(owner_html(queue_view(), name, TEXTS)).text
    view = queue_view((request(name).replaced(submitted_by="ana"), state()))
    seen = read_html(owner_html(view, "ana", TEXTS))
    assert seen.tags == ["p", "ul", "li"]
    assert name in seen.text


def parts(suite: Suite, *states: tuple[str, RequestState], **more: Any) -> list[str]:
    return queue_parts(view_of(states), suite, TEXTS, lambda _: True, **more)


def test_incident_06_the_log_of_a_failure_does_not_change_with_what_runs(suite: Suite):
    """A part that is sent anew is closed: whoever reads a log keeps it open while something runs."""
    broken = failure().replaced(log=("lm_eval/api/task.py:41 in build",))
    failed = ("failed", state(Status.FAILED, failure=broken))
    at = [Progress(task="sumas", items_done=number, items_total=8, eta_seconds=60.0 - number) for number in (1, 2)]
    before, after, more = (
        queue_parts(view_of([failed, ("runs", state(Status.RUNNING, progress=one)), *waiting]), suite, TEXTS, at_home)
        for one, waiting, at_home in (
            (at[0], [], lambda _: True),
            (at[1], [], lambda _: True),
            (at[1], [("waits", state())] * 40, lambda _: False),
        )
    )
    (log,) = (number for number, part in enumerate(before) if "queue-log" in part)
    assert [number for number, (old, new) in enumerate(zip(before, after, strict=True)) if old != new] == [2]
    assert before[log] == after[log] == more[log]
    assert len(before) == len(more) == PARTS
    assert TEXTS("queue.not_here") in more[-1]


def test_the_readers_own_and_what_is_under_way_are_parts_of_their_own(suite: Suite):
    entries = [
        (of_hub("somos/runs", "berta"), state(Status.RUNNING)),
        (of_hub("somos/failed", "berta"), state(Status.FAILED)),
        (of_hub("somos/mine-waits", "ana"), state()),
        (of_hub("somos/mine-done", "ana"), state(Status.FINISHED)),
    ]
    listed = queue_parts(queue_view(*entries), suite, TEXTS, lambda _: True, mine="ana")
    named = [re.findall(r"somos/[a-z-]+(?=</a>)", part) for part in listed]
    assert named == [["somos/mine-waits"], ["somos/mine-done"], ["somos/runs"], ["somos/failed"], []]


def test_each_model_leads_to_its_page(suite: Suite):
    seen = read_html(shown(suite, (of_hub("somos/meiga"), state())))
    assert {"href": "?tab=model&model=somos%2Fmeiga"} in seen.attributes


@pytest.mark.parametrize(
    ("seconds", "words"), [(7200.0, "puesto 1 · espera aproximada: 2 h"), (0.0, "puesto 1 · bfloat16")]
)
def test_what_waits_is_told_how_long_where_that_is_known(seconds: float, words: str, suite: Suite):
    waits = {request("meiga").id: seconds}
    assert words in read_html("".join(parts(suite, ("meiga", state()), waits=waits))).text
    assert "espera aprox" not in read_html("".join(parts(suite, ("meiga", state())))).text


def test_numbers_and_dates_are_in_the_form_of_the_language(suite: Suite):
    progress = Progress(task="sumas", items_done=12_345, items_total=67_890)
    states = [("runs", state(Status.RUNNING, progress=progress)), ("failed", state(Status.FAILED, retry_at=NOW))]
    for language, told in {"es": ("12.345 de 67.890", "1 de julio de 2026"), "en": ("12,345", "July 1, 2026")}.items():
        text = read_html("".join(queue_parts(view_of(states), suite, load_texts(language), lambda _: True))).text
        assert all(one in text for one in told)
