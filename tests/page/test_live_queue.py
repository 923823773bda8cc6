"""The queue as each reader has it before them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from leaderboard.installation import Installation, open_installation
from leaderboard.page.authority import Role, Visitor
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.live_queue import LiveQueue, Shown
from leaderboard.page.queue_panel import PARTS
from leaderboard.queue import Failed, Finished
from leaderboard.records import EvalRequest, ModelSource
from leaderboard.results import finished_run, reference_to
from leaderboard.settings import Settings
from leaderboard.texts import load_texts
from tests.builders import facts, failure, manifest, model, request_for, take, task_result, tell, write_suite

TEXTS = load_texts("es")
READER, ANA = Visitor(), Visitor("ana", Role.SUBMITTER)


@pytest.fixture
def tiny_house(settings: Settings, tmp_path: Path) -> Installation:
    return open_installation(replace(settings, suite=str(write_suite(tmp_path / "suites"))))


@pytest.fixture
def live(tiny_house: Installation) -> LiveQueue:
    return LiveQueue(tiny_house, BoardFeed(tiny_house))


def submitted(house: Installation, name: str, **changes: Any) -> EvalRequest:
    asked = request_for(house.suite, name, model=model(name, source=ModelSource.HUB), **changes)
    house.queue.submit(asked.replaced(submitted_by="ana"))
    return asked


def look(live: LiveQueue, shown: Shown, visitor: Visitor = READER, language: str = "es") -> tuple[list[Any], Shown]:
    """Return the parts that are sent, None for one that stays, and what is shown then."""
    live._feed.look_now()
    *parts, now = live.changes(shown, visitor, load_texts(language))
    if now == gr.skip():
        assert parts == [gr.skip()] * PARTS
        return [None] * PARTS, shown
    return [None if one == gr.skip() else one for one in parts], now


def test_a_new_reader_is_sent_every_part_and_then_nothing_until_something_changes(
    tiny_house: Installation, live: LiveQueue
):
    submitted(tiny_house, "somos/uno")
    sent, shown = look(live, Shown())
    assert None not in sent
    assert look(live, shown) == ([None] * PARTS, shown)

    submitted(tiny_house, "somos/dos")
    sent, now = look(live, shown)
    assert [number for number, part in enumerate(sent) if part is not None] == [2]
    assert "somos/dos" in sent[2]
    assert now != shown


def test_what_is_shown_is_made_only_where_something_changed(
    tiny_house: Installation, live: LiveQueue, monkeypatch: pytest.MonkeyPatch
):
    submitted(tiny_house, "somos/uno")
    _, shown = look(live, Shown())

    def fail(*_: object) -> list[str]:
        pytest.fail("nothing has changed")

    monkeypatch.setattr(LiveQueue, "parts", fail)
    assert look(live, shown) == ([None] * PARTS, shown)


def test_a_failure_stays_as_it_is_while_others_go_on(tiny_house: Installation, live: LiveQueue):
    broken = submitted(tiny_house, "somos/uno")
    take(tiny_house.queue)
    tell(tiny_house.queue, Failed(broken.id, 1, failure("no vocabulary")))
    _, shown = look(live, Shown())
    submitted(tiny_house, "somos/dos")
    sent, _ = look(live, shown)
    assert "somos/dos" in sent[2]
    assert sent[3] is None


def test_who_signs_in_or_changes_the_language_is_sent_the_queue_as_it_is_theirs(
    tiny_house: Installation, live: LiveQueue
):
    submitted(tiny_house, "somos/uno")
    _, shown = look(live, Shown())
    sent, _ = look(live, shown, ANA)
    assert "somos/uno" in sent[0]
    assert sent[2] == ""
    sent, _ = look(live, shown, language="en")
    assert load_texts("en")("statuses.PENDING") in sent[2]


def test_a_store_that_does_not_answer_is_told_above_the_queue(tiny_house: Installation, live: LiveQueue):
    submitted(tiny_house, "somos/uno")
    _, shown = look(live, Shown())
    folder = Path(tiny_house.settings.queue)
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("no folder any more")
    look(live, shown)
    sent, _ = look(live, shown)
    assert "notice" in sent[0]


def test_how_long_something_waits_is_known_from_what_others_took(tiny_house: Installation, live: LiveQueue):
    """As a submission is told it, but of what waits already, and made anew with each change."""
    done = submitted(tiny_house, "somos/medido", facts=facts(parameters=100))
    results = [task_result(done, task, seconds=3600.0) for task in tiny_house.suite.tasks]
    published = manifest(done, results)
    finished_run(published, results).commit(tiny_house.results, "publish")
    take(tiny_house.queue)
    first, second = (submitted(tiny_house, f"somos/{name}", facts=facts(parameters=100)) for name in ("uno", "dos"))
    assert live.waits(tiny_house.queue.view()) == {}, "nobody knows how long the one that runs will take"

    tell(tiny_house.queue, Finished(done.id, 1, reference_to(published)))
    live._feed.look_now()
    hours = len(tiny_house.suite.tasks)
    assert live.waits(live._feed.queue()) == {first.id: 0.0, second.id: 3600.0 * hours}
    assert f"espera aproximada: {hours} h" in "".join(live.parts(READER, TEXTS))
