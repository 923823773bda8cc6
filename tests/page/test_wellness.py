"""The route for whatever watches the leaderboard is red by rule, and says why."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from leaderboard.canary import CanaryReport, Drift
from leaderboard.installation import Installation, open_installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.trouble import trouble_notice
from leaderboard.page.wellness import health_route, wellness
from leaderboard.pulse import last_tick, note_tick
from leaderboard.records import ModelSource, utc_now
from leaderboard.settings import Settings
from leaderboard.texts import load_texts
from tests.builders import model, request_for
from tests.made_models import publish_made_models


@pytest.fixture
def ranked(settings: Settings, tmp_path: Path) -> Installation:
    publish_made_models(tmp_path)
    return open_installation(settings)


def fed(house: Installation) -> BoardFeed:
    feed = BoardFeed(house)
    while feed.read_at is None:
        feed.look_now()
    return feed


def test_who_asks_is_told_how_it_is_and_red_is_503(ranked: Installation):
    note_tick(ranked.settings.work_dir, utc_now())
    client = TestClient(Starlette(routes=[health_route(ranked, fed(ranked))]))
    answer = client.get("/health")
    told = answer.json()
    assert (answer.status_code, told["well"], told["reasons"]) == (200, True, [])
    assert told["queue"] == {"FINISHED": 6}
    assert told["newest_result"] is not None
    assert told["last_tick"] is not None
    note_tick(ranked.settings.work_dir, utc_now() - timedelta(hours=2))
    red = client.get("/health")
    assert red.status_code == 503
    assert "the scheduler" in red.json()["reasons"][0]


def test_stores_that_were_read_long_ago_are_a_reason(ranked: Installation):
    feed = fed(ranked)
    assert wellness(ranked, feed, utc_now()).reasons == ()
    (reason,) = wellness(ranked, feed, utc_now() + timedelta(hours=1)).reasons
    assert "read last at" in reason


def test_a_queue_that_stands_is_a_reason(house: Installation):
    asked = request_for(house.suite, model=model("somos/a", source=ModelSource.HUB))
    house.queue.submit(asked.replaced(submitted_at=utc_now() - timedelta(days=3)))
    (reason,) = wellness(house, fed(house), utc_now()).reasons
    assert "two days" in reason


def test_a_tick_that_cannot_be_read_is_none(tmp_path: Path):
    assert last_tick(tmp_path) is None
    (tmp_path / "last-tick").write_text("yesterday")
    assert last_tick(tmp_path) is None
    note_tick(tmp_path / "last-tick", utc_now())


def test_a_canary_that_drifted_is_a_reason_and_stands_above_the_ranking(ranked: Installation):
    feed = fed(ranked)
    drift = Drift("acentos", 0.5, 0.4, prompts_changed=False)
    feed._canary = CanaryReport("somos/canario", "0" * 32, 3, 12, (drift,))
    (reason,) = [one for one in wellness(ranked, feed, utc_now()).reasons if "canary" in one]
    assert "acentos 0.5000 -> 0.4000" in reason
    notice = trouble_notice(feed, load_texts("es"))
    assert "somos/canario" in notice
    assert "1 de 12" in notice
    feed._canary = CanaryReport("somos/canario", "0" * 32, 3, 12, ())
    assert trouble_notice(feed, load_texts("es")) == ""
