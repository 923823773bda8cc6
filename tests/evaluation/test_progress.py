"""How far an evaluation is, by a clock that the test turns."""

import pytest

from leaderboard.evaluation.progress import ProgressMeter
from leaderboard.records import Progress


@pytest.fixture
def now() -> list[float]:
    return [100.0]


@pytest.fixture
def meter(now: list[float]) -> ProgressMeter:
    return ProgressMeter({"refranes": 40, "sumas": 60}, clock=lambda: now[0])


def test_a_model_being_loaded_has_no_task_and_no_time(meter: ProgressMeter, now: list[float]):
    now[0] += 500
    assert meter.reading() == Progress(task=None, items_done=0, items_total=100, eta_seconds=None)
    assert meter.in_words() == "loading the model"


def test_items_of_all_tasks_are_counted(meter: ProgressMeter):
    meter.finished("refranes")
    meter.progress("sumas", 15)
    reading = meter.reading()
    assert (reading.task, reading.items_done, reading.items_total) == ("sumas", 55, 100)


def test_the_time_left_follows_from_the_speed_so_far(meter: ProgressMeter, now: list[float]):
    meter.progress("refranes", 0)
    now[0] += 10
    meter.progress("refranes", 20)
    assert meter.reading().eta_seconds == 40.0
    assert meter.in_words() == "refranes 20/40, 20/100 items in all, about 40 s left"


def test_the_time_of_loading_does_not_count_as_slowness(meter: ProgressMeter, now: list[float]):
    now[0] += 1000
    meter.progress("refranes", 0)
    now[0] += 10
    meter.progress("refranes", 10)
    assert meter.reading().eta_seconds == 90.0


def test_a_few_items_or_seconds_are_no_speed(meter: ProgressMeter, now: list[float]):
    meter.progress("refranes", 0)
    now[0] += 10
    meter.progress("refranes", 4)
    assert meter.reading().eta_seconds is None
    meter.progress("refranes", 5)
    assert meter.reading().eta_seconds == 190.0


def test_a_moment_is_no_speed(meter: ProgressMeter, now: list[float]):
    meter.progress("refranes", 20)
    now[0] += 1.9
    assert meter.reading().eta_seconds is None
    now[0] += 0.1
    assert meter.reading().eta_seconds == 8.0


def test_nothing_is_left_when_everything_is_done(meter: ProgressMeter, now: list[float]):
    meter.progress("refranes", 0)
    now[0] += 10
    meter.finished("refranes")
    meter.finished("sumas")
    assert meter.reading() == Progress(task="sumas", items_done=100, items_total=100, eta_seconds=0.0)


def test_progress_never_goes_back_and_never_beyond_the_end(meter: ProgressMeter):
    meter.progress("refranes", 30)
    meter.progress("refranes", 10)
    assert meter.reading().items_done == 30
    meter.progress("refranes", 10_000)
    assert meter.reading().items_done == 40


def test_a_task_that_was_not_asked_for_counts_nothing(meter: ProgressMeter):
    meter.progress("stranger", 10)
    meter.finished("stranger")
    assert meter.reading() == Progress(task=None, items_done=0, items_total=100)


def test_a_request_of_which_the_suite_knows_no_task_has_a_reading_too():
    """The worker reads its meter while the child starts: an error there would leave the request RUNNING."""
    assert ProgressMeter({}).reading().items_done == 0
