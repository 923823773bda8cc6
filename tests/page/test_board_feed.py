"""The board and the queue that the page shows: newer ones are swapped in, and no store keeps a visitor waiting."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.installation import Installation, open_installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.trouble import trouble_notice
from leaderboard.records import Exclusion, ExclusionReason, RuleHistory
from leaderboard.results.rules import RULE, RuleChange, record_rule
from leaderboard.settings import Settings
from leaderboard.texts import load_texts
from tests.builders import NOW
from tests.evaluation.stage import TASKS, Stage, a_request, set_stage
from tests.hub_server import READS, Fault, HubServer
from tests.store.places import TOKEN, Place, folder_place, hub_place

TEXTS = load_texts("es")


def house_of(stage: Stage, **changes: object) -> Installation:
    """Open the stage's stores as the page does."""
    settings = Settings(
        queue=stage.queue.location,
        results=stage.results.location,
        suite=str(stage.folder / "suite" / "mini.yaml"),
        work_dir=stage.folder / "page",
        poll_seconds=0.1,
        hub_token=TOKEN,
    )
    return open_installation(replace(settings, **changes))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    stage = set_stage(folder_place(tmp_path / "queue"), folder_place(tmp_path / "results"), tmp_path)
    return replace(stage, turn_every_seconds=3600.0)  # no turn in between: a run leaves one file of results


@pytest.fixture
def hub_stage(hub: HubServer, tmp_path: Path) -> Stage:
    places: list[Place] = [hub_place(tmp_path / name, hub, f"somos/{name}") for name in ("requests", "results")]
    return set_stage(places[0], places[1], tmp_path)


def evaluate(stage: Stage, name: str) -> str:
    request = a_request(stage.folder, name)
    stage.open_queue().submit(request)
    stage.worker().work_off()
    return request.id


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


def test_incident_22_a_new_run_is_swapped_in_without_a_restart(hub: HubServer, hub_stage: Stage):
    feed = BoardFeed(house_of(hub_stage, hub_endpoint=hub.url))
    empty = feed.newest()
    assert (empty.view.rows, feed.queue().entries, feed.in_trouble) == ((), {}, False)

    evaluate(hub_stage, "meiga-1b")

    wait_until(lambda: feed.newest().version != empty.version)
    (row,) = feed.newest().view.rows
    assert (row.request.model.name, len(row.cells)) == ("somos/meiga-1b", len(TASKS))
    assert len(feed.queue().entries) == 1


def test_the_version_stays_while_only_the_queue_moves(stage: Stage):
    feed = BoardFeed(house_of(stage))
    before = feed.newest()
    stage.open_queue().submit(a_request(stage.folder))
    feed.look_now()
    wait_until(lambda: len(feed.queue().entries) == 1)
    assert feed.newest() is before


def test_incident_16_a_broken_result_is_named_and_the_rest_shows(stage: Stage):
    first = evaluate(stage, "meiga-1b")
    evaluate(stage, "duende-7b")
    (broken,) = (Path(stage.results.location) / "runs").rglob(f"{first}-1/results-*.jsonl")
    broken.write_text("half a line")

    edition = BoardFeed(house_of(stage)).newest()

    assert [row.request.model.name for row in edition.view.rows] == ["somos/duende-7b"]
    assert [Path(error.path).name for error in edition.view.set_aside] == [broken.name]


def test_a_result_that_was_mended_is_shown_at_the_next_look(stage: Stage):
    evaluate(stage, "meiga-1b")
    (file,) = (Path(stage.results.location) / "runs").rglob("results-*.jsonl")
    content = file.read_bytes()
    file.write_text("half a line")
    feed = BoardFeed(house_of(stage))
    broken = feed.newest()
    assert broken.view.rows == ()

    file.write_bytes(content)
    feed.look_now()

    assert [row.request.model.name for row in feed.newest().view.rows] == ["somos/meiga-1b"]
    assert feed.newest().version != broken.version


def rule_file(stage: Stage) -> Path:
    return Path(stage.results.location) / RULE


def test_incident_18_a_rule_that_breaks_or_changes_while_the_page_runs_shows_at_the_next_look(stage: Stage):
    evaluate(stage, "meiga-1b")
    house = house_of(stage)
    feed = BoardFeed(house)
    record_rule(house.results, house.suite, NOW, RuleChange("first"))
    first = feed.newest()
    file, content = rule_file(stage), rule_file(stage).read_bytes()
    assert first.view.set_aside == ()

    file.write_bytes(b"{")
    feed.look_now()
    broken = feed.newest()
    assert [error.path for error in broken.view.set_aside] == [RULE]
    assert (len(broken.view.rows), broken.view.board.rule) == (1, first.view.board.rule)

    file.write_bytes(content)
    feed.look_now()
    assert (feed.newest().version, feed.newest().view.set_aside) == (first.version, ())

    task = house.suite.tasks[0]
    left_out = Exclusion(task=task.id, config_hash=task.config_hash, reason=ExclusionReason.FAULTY, detail="x")
    [version] = RuleHistory.from_json(content, RULE).versions
    file.write_bytes(RuleHistory(versions=(version.replaced(excluded=(left_out,)),)).to_json())
    feed.look_now()
    assert list(feed.newest().view.board.rule.excluded) == [task.id]
    assert feed.newest().version != first.version


def test_incident_18_a_page_that_begins_with_a_broken_rule_has_no_board_and_says_so(stage: Stage):
    evaluate(stage, "meiga-1b")
    file = rule_file(stage)
    file.parent.mkdir()
    file.write_bytes(b"{")
    feed = BoardFeed(house_of(stage))
    assert (feed.newest().view.rows, feed.in_trouble) == ((), True)
    assert TEXTS("site.nothing_read") in trouble_notice(feed, TEXTS)

    file.unlink()
    feed.look_now()
    assert (len(feed.newest().view.rows), feed.in_trouble) == (1, False)


def test_a_store_that_stops_answering_leaves_the_page_what_it_has(hub: HubServer, hub_stage: Stage):
    evaluate(hub_stage, "meiga-1b")
    feed = BoardFeed(house_of(hub_stage, hub_endpoint=hub.url, hub_timeout_seconds=0.3))
    wait_until(lambda: bool(feed.newest().view.rows))
    assert trouble_notice(feed, TEXTS) == ""

    outage = hub.faults.play(Fault.RATE_LIMITED, times=None, on=READS, seconds=120)
    wait_until(lambda: (feed.look_now(), feed.in_trouble)[1])

    assert [row.request.model.name for row in feed.newest().view.rows] == ["somos/meiga-1b"]
    assert feed.read_at is not None
    assert f"a las {feed.read_at:%H:%M} (UTC)" in trouble_notice(feed, TEXTS)
    outage.stop()
    wait_until(lambda: (feed.look_now(), not feed.in_trouble)[1])
    assert trouble_notice(feed, TEXTS) == ""


def test_nobody_waits_for_a_store_that_does_not_answer_at_all(hub: HubServer, hub_stage: Stage):
    hub.faults.play(Fault.NO_ANSWER, times=None, on=READS, seconds=3)
    began = time.monotonic()
    edition = BoardFeed(house_of(hub_stage, hub_endpoint=hub.url, hub_timeout_seconds=5.0)).newest()
    assert time.monotonic() - began < 2.0
    assert edition.view.rows == ()


def test_a_page_begins_while_its_stores_cannot_be_reached(hub: HubServer, hub_stage: Stage):
    hub.faults.play(Fault.RATE_LIMITED, times=None, on=READS, seconds=600)
    feed = BoardFeed(house_of(hub_stage, hub_endpoint=hub.url))
    assert feed.newest().view.rows == ()
    wait_until(lambda: feed.in_trouble)
    assert TEXTS("site.nothing_read") in trouble_notice(feed, TEXTS)
