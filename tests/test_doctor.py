"""What `doctor` finds, on stores that have what it is to find."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.doctor import Diagnosis, Grade, examine
from leaderboard.installation import Installation, open_installation
from leaderboard.records import ModelSource, utc_now
from leaderboard.settings import JobsSettings, Settings
from leaderboard.upkeep.diary import begin, end
from tests.builders import model, request_for
from tests.hub_server import HubServer
from tests.made_models import publish_made_models


def found(house: Installation, about: str) -> list[Diagnosis]:
    return [one for one in examine(house, utc_now()) if one.about == about]


def worst(house: Installation, about: str) -> Diagnosis:
    order = [Grade.GOOD, Grade.WARNING, Grade.WRONG]
    return max(found(house, about), key=lambda one: order.index(one.grade))


def test_a_sound_installation_has_nothing_wrong(settings: Settings, tmp_path: Path):
    publish_made_models(tmp_path)
    house = open_installation(settings)
    assert {one.about for one in examine(house, utc_now())} == {"suite", "queue", "results", "rule", "engine", "disk"}
    assert all(one.grade is not Grade.WRONG for one in examine(house, utc_now()))
    assert "6 models" in worst(house, "results").said
    assert "6 FINISHED" in worst(house, "queue").said


def test_what_waits_while_nobody_evaluates_is_wrong(house: Installation):
    asked = request_for(house.suite, model=model("somos/a", source=ModelSource.HUB))
    house.queue.submit(asked.replaced(submitted_at=utc_now() - timedelta(hours=3)))
    finding = worst(house, "queue")
    assert finding.grade is Grade.WRONG
    assert "worker" in finding.mend


def test_a_broken_file_is_named_with_what_mends_it(settings: Settings, tmp_path: Path):
    publish_made_models(tmp_path)
    (broken,) = [one for one in (tmp_path / "results").rglob("*.json*") if one.is_file()][:1]
    broken.write_bytes(b"{")
    finding = worst(open_installation(settings), "results")
    assert finding.grade is Grade.WRONG
    assert broken.name in finding.said


def test_a_store_that_cannot_be_read_is_wrong_and_the_rest_is_looked_at(settings: Settings, hub: HubServer):
    away = replace(settings, queue="hf://datasets/somos/nada", hub_endpoint=hub.url)
    house = open_installation(away)
    assert worst(house, "queue").grade is Grade.WRONG
    assert worst(house, "disk").said


@pytest.mark.parametrize("may_write", [True, False])
def test_a_token_is_asked_what_it_may_do(settings: Settings, hub: HubServer, may_write: bool):
    hub.add_token("hf_known", user="espacio", may_write=["somos/requests"] if may_write else [])
    house = open_installation(replace(settings, hub_token="hf_known", hub_endpoint=hub.url))
    finding = worst(house, "token")
    assert "espacio" in finding.said
    assert finding.grade is (Grade.WARNING if may_write else Grade.WRONG)
    assert "hf_known" not in repr(examine(house, utc_now()))


def test_a_token_that_the_hub_refuses_is_wrong(settings: Settings, hub: HubServer):
    hub.add_token("hf_known", user="espacio")
    house = open_installation(replace(settings, hub_token="hf_unknown", hub_endpoint=hub.url))
    assert worst(house, "token").grade is Grade.WRONG


def test_a_read_token_that_writes_is_wrong(settings: Settings, hub: HubServer):
    hub.add_token("hf_writes", user="espacio", may_write=["somos/requests"])
    house = open_installation(replace(settings, read_token="hf_writes", hub_endpoint=hub.url))
    finding = worst(house, "token")
    assert finding.grade is Grade.WRONG
    assert "more than read" in finding.said


def test_one_token_for_stores_and_jobs_is_too_much(settings: Settings, hub: HubServer):
    hub.add_token("hf_both", user="espacio", may_write=["somos/requests"], may_run_jobs=["somos"])
    jobs = JobsSettings("somos", "image@sha256:" + "0" * 64, token="hf_both")
    house = open_installation(replace(settings, hub_token="hf_both", jobs=jobs, hub_endpoint=hub.url))
    assert any("starts jobs too" in one.said for one in found(house, "token"))
    assert "jobs of somos" in worst(house, "engine").said


def test_the_canary_and_the_duties_are_looked_at(settings: Settings, tmp_path: Path):
    publish_made_models(tmp_path)
    commit = "c" * 40
    never = open_installation(replace(settings, canary=f"somos/canario@{commit}"))
    assert "never submitted" in worst(never, "canary").said
    known = next(iter(never.queue.view().entries.values())).request.model
    house = open_installation(replace(settings, canary=f"{known.name}@{known.revision}"))
    assert "1 runs" in worst(house, "canary").said
    begin(house.results, "canary", timedelta(days=7), utc_now())
    assert "under way" in worst(house, "upkeep").said
    end(house.results, "canary", "it failed: no room", utc_now(), failed=True)
    assert worst(house, "upkeep").grade is Grade.WRONG
