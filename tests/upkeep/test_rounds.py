"""Rounds of upkeep: what is due is done once, by whoever comes first; what fails does not stop the rest."""

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from leaderboard.installation import Installation, open_installation
from leaderboard.queue import Failed, Finished
from leaderboard.records import Cause, LeaderboardError, ModelSource, Status, utc_now
from leaderboard.results import finished_run, reference_to
from leaderboard.results.layout import PACKS
from leaderboard.settings import Settings
from leaderboard.store import HubAccess, open_store
from leaderboard.upkeep import DUTIES, Duty, DutyName, UpkeepSchedule, do_what_is_due
from leaderboard.upkeep.diary import DIARY, begin, read_diary
from tests.builders import (
    TWO_TASKS,
    evaluation,
    facts,
    failure,
    finish,
    model,
    request_for,
    take,
    tell,
    write_suite,
)
from tests.hub_server import HubServer, repositories
from tests.made_models import publish_made_models
from tests.results.test_compaction import MODELS

NOW = utc_now()
COMMIT = "c" * 40


@pytest.fixture
def small(settings: Settings, tmp_path: Path) -> Installation:
    """A leaderboard with a suite of two tasks."""
    suite = write_suite(tmp_path / "suite")
    return open_installation(replace(settings, suite=str(suite)))


def with_changed_suite(house: Installation) -> Installation:
    folder = Path(house.settings.suite).parent
    write_suite(folder, [{**one, "version": 2} if one["id"] == "sumas" else one for one in TWO_TASKS])
    return open_installation(house.settings)


def publish(house: Installation, name: str) -> str:
    asked = request_for(house.suite, model=model(name, source=ModelSource.HUB, revision=COMMIT), facts=facts())
    ran = evaluation(asked, house.suite, {task.id: 2 for task in house.suite.tasks})
    finished_run(ran.manifest, ran.results).commit(house.results, "m")
    finish(house.queue, asked, reference_to(ran.manifest))
    return asked.id


def a_duty(every: timedelta | None, act) -> Duty:
    return Duty(DutyName.CANARY, every, act)


def said(house: Installation, name: DutyName, now: datetime = NOW, **more) -> str:
    return next((one.said for one in do_what_is_due(house, now, **more) if one.duty is name), "")


def test_a_duty_is_done_when_it_is_due_and_not_before(small: Installation):
    times: list[datetime] = []

    def act(_house: Installation, now: datetime) -> str:
        times.append(now)
        return "done"

    weekly = [a_duty(timedelta(days=7), act)]
    for days in (0, 1, 6.9, 7, 8, 14):
        do_what_is_due(small, NOW + timedelta(days=days), duties=weekly)
    assert [(one - NOW).days for one in times] == [0, 7, 14]
    assert read_diary(small.results).duties["canary"].said == "done"
    do_what_is_due(small, NOW + timedelta(days=15), duties=weekly, also=[DutyName.CANARY])
    assert len(times) == 4


def test_what_fails_is_said_tried_again_soon_and_stops_nothing(small: Installation):
    def fails(_house: Installation, _now: datetime) -> str:
        message = "the disk is full"
        raise LeaderboardError(message)

    weekly = a_duty(timedelta(days=7), fails)
    other = Duty(DutyName.SQUASH, None, lambda _house, _now: "went on")
    done = do_what_is_due(small, NOW, duties=[weekly, other])
    assert [(one.said, one.failed) for one in done] == [("the disk is full", True), ("went on", False)]
    assert read_diary(small.results).duties["canary"].failed
    assert len(do_what_is_due(small, NOW + timedelta(hours=1), duties=[weekly])) == 0
    assert len(do_what_is_due(small, NOW + timedelta(hours=7), duties=[weekly])) == 1


def test_a_duty_that_stumbles_tells_no_more_than_its_kind(small: Installation):
    def stumbles(_house: Installation, _now: datetime) -> str:
        raise ZeroDivisionError

    (done,) = do_what_is_due(small, NOW, duties=[a_duty(None, stumbles)])
    assert done.failed
    assert "ZeroDivisionError" in done.said


def test_a_broken_diary_is_named_and_nothing_is_done(small: Installation):
    small.results.commit({DIARY: b"{"}, message="by hand", parent=None)
    failed = [one for one in do_what_is_due(small, NOW) if one.failed]
    assert {one.duty for one in failed} == {DutyName.CANARY, DutyName.COMPACTION, DutyName.SQUASH}
    assert all(DIARY in one.said for one in failed)


@pytest.mark.parametrize("kind", ["folder", "hub"])
def test_of_many_who_begin_at_once_one_does_it(kind: str, tmp_path: Path, hub: HubServer):
    token = hub.add_token("hf_writes", user="somos", may_write=["somos/results"])
    hub.add_dataset("somos/results", {})
    place = str(tmp_path / "results") if kind == "folder" else "hf://datasets/somos/results"
    began: list[bool] = []

    def one(number: int) -> None:
        store = open_store(place, HubAccess(cache=tmp_path / f"cache-{number}", endpoint=hub.url, token=token))
        began.append(begin(store, "canary", timedelta(days=7), NOW))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(began) == [False] * 5 + [True]


def test_what_is_outdated_is_measured_again_one_at_a_time_while_nobody_waits(small: Installation):
    first, second = publish(small, "somos/uno"), publish(small, "somos/dos")
    assert said(small, DutyName.REEVALUATION) == ""
    house = with_changed_suite(small)
    assert "1 more are outdated" in said(house, DutyName.REEVALUATION)
    (waiting,) = house.queue.view().pending()
    assert waiting.id not in {first, second}
    assert [one.task for one in waiting.request.tasks] == ["sumas"]
    assert said(house, DutyName.REEVALUATION) == ""
    ran = evaluation(waiting.request, house.suite, {"sumas": 2}, failed=[])
    finished_run(ran.manifest, ran.results).commit(house.results, "m")
    finish_taken(house, waiting.id, ran)
    assert "0 more are outdated" in said(house, DutyName.REEVALUATION)


def finish_taken(house: Installation, request: str, ran) -> None:
    take(house.queue, wanted=lambda entry: entry.id == request)
    tell(house.queue, Finished(request, 1, reference_to(ran.manifest)))


def test_what_failed_at_the_present_configuration_is_a_persons_to_decide(small: Installation):
    publish(small, "somos/uno")
    house = with_changed_suite(small)
    said(house, DutyName.REEVALUATION)
    (waiting,) = house.queue.view().pending()
    take(house.queue)
    tell(house.queue, Failed(waiting.id, 1, failure("it broke", Cause.TASK_ERROR)))
    assert house.queue.view().entries[waiting.id].state.status is Status.FAILED
    assert said(house, DutyName.REEVALUATION) == ""


def test_whoever_waits_goes_first(small: Installation):
    publish(small, "somos/uno")
    house = with_changed_suite(small)
    house.queue.submit(request_for(house.suite, model=model("somos/otro", source=ModelSource.HUB)))
    assert said(house, DutyName.REEVALUATION) == ""


def test_the_canary_is_sent_every_week(small: Installation):
    house = open_installation(replace(small.settings, canary=f"somos/canario@{COMMIT}"))
    assert "submit it once" in said(house, DutyName.CANARY)
    request = publish(house, "somos/canario")
    later = NOW + timedelta(days=7)
    assert "drifted so far: none" in said(house, DutyName.CANARY, later)
    assert house.queue.view().entries[request].state.status is Status.PENDING
    assert said(house, DutyName.CANARY, later + timedelta(days=1)) == ""


def test_old_runs_are_packed_and_many_states_archived(settings: Settings, tmp_path: Path):
    publish_made_models(tmp_path, MODELS)
    house = open_installation(settings)
    before = house.board().rows
    measured = max(row.evaluated_at for row in before)
    assert said(house, DutyName.COMPACTION, measured + timedelta(days=20)) == ""
    assert (
        said(house, DutyName.COMPACTION, measured + timedelta(days=40)) == "9 runs packed, 0 stale checkpoints deleted"
    )
    assert house.results.snapshot(PACKS).files
    assert open_installation(settings).board().rows == before


def test_a_long_history_begins_anew_and_everything_is_still_there(settings: Settings, hub: HubServer):
    token = hub.add_token("hf_writes", user="somos", may_write=["somos/requests", "somos/results"])
    for name in ("somos/requests", "somos/results"):
        hub.add_dataset(name, {})
    hub.page_size = 20
    away = replace(
        settings,
        queue="hf://datasets/somos/requests",
        results="hf://datasets/somos/results",
        hub_endpoint=hub.url,
        hub_token=token,
        longest_history=50,
    )
    house = open_installation(away)
    publish(house, "somos/uno")
    for number in range(60):
        hub.datasets["somos/results"].change({f"runs/aa/{number}.json": b"{}"})
    assert said(house, DutyName.SQUASH) == "the history of results begins anew"
    history = [commit.title for commit in repositories.history(hub.datasets["somos/results"].at("main"))]
    assert history == ["upkeep: squash is done", "The history up to here had more than 50 commits"]
    assert len(open_installation(away).board().rows) == len(house.board().rows) == 1
    publish(house, "somos/dos")
    assert len(house.board().rows) == 2
    assert said(house, DutyName.SQUASH, NOW + timedelta(days=8)) == ""


def test_every_duty_has_its_own_name():
    assert [duty.name for duty in DUTIES] == list(DutyName)


def test_a_process_that_lives_makes_its_rounds(small: Installation):
    publish(small, "somos/uno")
    house = with_changed_suite(small)
    schedule = UpkeepSchedule(house, first=timedelta(0), every=timedelta(seconds=0.2))
    schedule.start()
    try:
        for _ in range(100):
            if house.queue.view().pending():
                break
            threading.Event().wait(0.05)
    finally:
        schedule.stop()
    assert len(house.queue.view().pending()) == 1
