"""How quickly the Hub is written."""

from dataclasses import dataclass

import pytest

from leaderboard.store.pace import Pace

A_HUNDRED_AN_HOUR = 100 / 3600
COMMITS_PER_TURN = 2


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(now=1e6)


@pytest.fixture
def pace(clock: Clock) -> Pace:
    return Pace(clock)


@pytest.mark.parametrize(("writers", "seconds"), [(1, 144), (8, 1152), (50, 7200)])
def test_all_writers_together_do_half_of_what_the_hub_allows(pace: Pace, writers: int, seconds: float):
    assert pace.commit_interval(writers) == seconds
    assert writers * COMMITS_PER_TURN / pace.commit_interval(writers) == A_HUNDRED_AN_HOUR / 2


def test_a_refusal_makes_it_twice_as_slow(pace: Pace):
    pace.slow_down()
    assert pace.commit_interval(1) == 2 * 144
    pace.slow_down()
    assert pace.commit_interval(6) == 4 * 864


def test_it_recovers_with_time_and_no_further(pace: Pace, clock: Clock):
    pace.slow_down()
    pace.slow_down()
    seen = []
    for _ in range(6):
        seen.append(pace.commit_interval(1) / 144)
        clock.now += 300
    assert seen == pytest.approx([4, 2 * 2**0.5, 2, 2**0.5, 1, 1])
    clock.now += 1e9
    assert pace.commit_interval(1) == 144


def test_a_refusal_counts_from_where_the_recovery_is(pace: Pace, clock: Clock):
    pace.slow_down()
    pace.slow_down()
    clock.now += 600
    pace.slow_down()
    assert pace.commit_interval(1) == 4 * 144


def test_it_never_stands_still(pace: Pace, clock: Clock):
    for _ in range(100):
        pace.slow_down()
    assert pace.commit_interval(1) == 16 * 144
    clock.now += 4 * 600
    assert pace.commit_interval(1) == 144


def test_patience_has_an_end_which_makes_nobody_quicker_than_usual():
    pace = Pace(lambda: 0.0)
    for _ in range(9):
        pace.slow_down()
    assert pace.commit_interval(8) == 3600
    assert pace.commit_interval(40) == 40 * 144
