"""Intervals of one score."""

import math

import pytest
from errorbars.compare import paired_compare
from errorbars.stats import wilson_ci

from leaderboard.board import Interval, IntervalMethod
from leaderboard.board.intervals import around, wilson


@pytest.mark.parametrize(("right", "items"), [(0, 4), (1, 30), (15, 30), (47, 119), (119, 119), (250, 500)])
def test_wilson_is_that_of_errorbars(right: int, items: int):
    found, oracle = wilson(right / items, items), wilson_ci(right, items)
    assert (found.low, found.high) == (pytest.approx(oracle.ci_low), pytest.approx(oracle.ci_high))
    assert found.method is IntervalMethod.WILSON


def test_incident_18_a_perfect_score_on_few_items_is_not_certain():
    found = wilson(1.0, 4)
    assert found.high == 1.0
    assert found.low == pytest.approx(0.51, abs=0.005)


def test_wilson_with_few_degrees_of_freedom_is_wider():
    few, many = wilson(0.5, 30, degrees=5), wilson(0.5, 30)
    assert few.low < many.low < 0.5 < many.high < few.high
    assert wilson(0.5, 30, degrees=1e9).low == pytest.approx(many.low)


def test_student_around_a_mean_is_that_of_errorbars():
    scores = [0.1, 0.4, 0.9, 0.3, 0.6]
    oracle = paired_compare(scores, [0.0] * len(scores))
    found = around(oracle.mean_diff, oracle.se_paired, len(scores) - 1, IntervalMethod.STUDENT)
    assert (found.low, found.high) == (pytest.approx(oracle.ci_low), pytest.approx(oracle.ci_high))


def test_without_end_of_degrees_it_is_the_normal_one():
    found = around(0.5, 0.1, math.inf, IntervalMethod.BOOTSTRAP)
    assert (found.low, found.high) == (pytest.approx(0.304004, abs=1e-6), pytest.approx(0.695996, abs=1e-6))


def test_above_chance_and_within_the_bounds_of_a_metric():
    found = Interval(0.1, 1.2, IntervalMethod.STUDENT)
    assert found.above_chance(0.5) == Interval(-0.8, pytest.approx(1.4), IntervalMethod.STUDENT)
    assert found.within(0.25, 1.0) == Interval(0.25, 1.0, IntervalMethod.STUDENT)
