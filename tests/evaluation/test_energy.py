"""What a task takes of electricity: a figure that says what of it is estimated, and never an evaluation's end."""

import time
from types import SimpleNamespace
from typing import Any

import pytest

from leaderboard.evaluation.energy import EnergyMeter, Reading
from leaderboard.records import Energy


def busy(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


def test_each_task_has_a_figure_that_says_where_it_comes_from():
    meter = EnergyMeter()
    found = []
    for seconds in (0.3, 1.2):
        with meter.measuring(f"task {seconds}") as reading:
            busy(seconds)
        found.append(reading.energy)
    meter.close()
    short, long = found
    assert short is not None
    assert long is not None
    assert 0 < short.kwh < long.kwh < 0.01
    assert set(long.metered) | set(long.estimated) >= {"cpu"}
    assert not set(long.metered) & set(long.estimated)


def test_what_has_a_meter_is_told_apart():
    reading = Reading()
    reading.take(SimpleNamespace(cpu_energy=0.1, gpu_energy=0.5, ram_energy=0.01), frozenset({"gpu"}))
    assert reading.energy == Energy(kwh=0.61, metered=("gpu",), estimated=("cpu", "ram"))
    reading.take(SimpleNamespace(cpu_energy=0.1, gpu_energy=0, ram_energy=0), frozenset({"cpu", "gpu"}))
    assert reading.energy == Energy(kwh=0.1, metered=("cpu",), estimated=())


def test_cards_and_processors_with_meters_are_known_by_their_kind():
    class CPU:
        _mode = "intel_rapl"

    class GPU:
        pass

    class RAM:
        pass

    meter = EnergyMeter()
    meter._ready.join()
    meter._tracker = SimpleNamespace(_hardware=[CPU(), GPU(), RAM()])
    assert meter._metered() == {"cpu", "gpu"}
    CPU._mode = "cpu_load"
    assert meter._metered() == {"gpu"}


@pytest.mark.parametrize("breaks", ["start_task", "stop_task"])
def test_a_meter_that_breaks_costs_the_figure_and_nothing_else(breaks: str):
    class Broken:
        def start_task(self, _task: str) -> None:
            self._fail("start_task")

        def stop_task(self, _task: str) -> Any:
            self._fail("stop_task")

        def _fail(self, where: str) -> None:
            if where == breaks:
                raise RuntimeError

    meter = EnergyMeter()
    meter._ready.join()
    meter._tracker = Broken()
    with meter.measuring("task") as reading:
        done = True
    assert done
    assert reading.energy is None
    with meter.measuring("another") as reading:
        pass
    assert reading.energy is None
    meter.close()


def test_what_breaks_within_the_task_is_not_hidden():
    meter = EnergyMeter()
    with pytest.raises(ZeroDivisionError), meter.measuring("task"):
        raise ZeroDivisionError
    meter.close()
