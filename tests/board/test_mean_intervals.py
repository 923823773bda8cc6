"""Intervals of means of tasks."""

import numpy as np
import pytest

from leaderboard.board import Interval, IntervalMethod
from leaderboard.board.mean_intervals import interval_of_mean

DRAWN = np.random.default_rng(5).normal(0, 0.1, 4000).astype(np.float32)
OTHER = np.random.default_rng(6).normal(0, 0.1, 4000).astype(np.float32)


def around(score: float, below: float, above: float) -> Interval:
    return Interval(score - below, score + above, IntervalMethod.WILSON)


def test_the_mean_of_one_task_has_its_interval():
    own = around(0.8, 0.3, 0.1)
    found = interval_of_mean({"a": 1.0}, {"a": 0.8}, {"a": own}, {"a": DRAWN})
    assert (found.low, found.high) == (pytest.approx(own.low), pytest.approx(own.high))
    assert found.method is IntervalMethod.COMBINED


def test_tasks_that_are_independent_make_a_mean_surer_on_each_side_by_itself():
    shares, scores = {"a": 0.5, "b": 0.5}, {"a": 0.8, "b": 0.4}
    intervals = {"a": around(0.8, 0.3, 0.1), "b": around(0.4, 0.4, 0.1)}
    found = interval_of_mean(shares, scores, intervals, {"a": DRAWN, "b": OTHER})
    assert found.low == pytest.approx(0.6 - 0.25, abs=0.002)
    assert found.high == pytest.approx(0.6 + 0.5 * 0.1 * 2**0.5, abs=0.003)


def test_tasks_that_move_together_do_not():
    shares, scores = {"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}
    intervals = {task: around(0.5, 0.196, 0.196) for task in shares}
    found = interval_of_mean(shares, scores, intervals, {"a": DRAWN, "b": DRAWN})
    assert found.high - found.low == pytest.approx(2 * 0.196, rel=0.02)


def test_a_task_that_no_draw_changes_leaves_its_mean_unsure():
    still = np.zeros(4000, dtype=np.float32)
    found = interval_of_mean({"a": 1.0}, {"a": 1.0}, {"a": around(1.0, 0.4, 0.0)}, {"a": still})
    assert (found.low, found.high) == (pytest.approx(0.6), 1.0)
