"""One model on one task."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from errorbars.stats import bootstrap_ci, cluster_robust_se, wilson_ci

from leaderboard.board import Cell, IntervalMethod
from leaderboard.board.cells import measured_cell
from leaderboard.board.intervals import wilson
from leaderboard.board.resampling import Resampling
from leaderboard.records import ItemResult
from leaderboard.suite import Suite
from tests.builders import bias_declaration, declaration, request_for, task_result, tiny_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path, [declaration("refranes"), bias_declaration("sesgo")])


def cell(suite: Suite, scores: list[float], passage: int | None = None, task: str = "refranes", **changes: Any) -> Cell:
    """Return the cell of items of these scores."""
    items = tuple(
        ItemResult(id=f"item-{place}", cluster=None if passage is None else f"passage-{place // passage}", score=score)
        for place, score in enumerate(scores)
    )
    declared = suite.task(task)
    assert declared
    raw = sum(scores) / len(scores)
    result = task_result(request_for(suite), declared, items=items, **{"raw": raw, "stderr": None, **changes})
    return measured_cell(result, declared, Resampling())[0]


@pytest.mark.parametrize("right", [0, 7, 51, 119])
def test_a_share_of_right_answers_has_wilsons_interval_as_errorbars_has_it(suite: Suite, right: int):
    found, oracle = cell(suite, [1.0] * right + [0.0] * (119 - right)), wilson_ci(right, 119)
    assert found.interval
    assert (found.interval.low, found.interval.high) == (pytest.approx(oracle.ci_low), pytest.approx(oracle.ci_high))
    assert found.interval.method is IntervalMethod.WILSON


def test_passages_whose_items_go_together_leave_as_many_independent_items_as_they_are(suite: Suite):
    scores = [float(place % 2) for place in range(12) for _ in range(5)]
    apart, together = cell(suite, scores), cell(suite, scores, passage=5)
    assert apart.interval
    assert together.interval
    variance = cluster_robust_se(scores, [place // 5 for place in range(60)]) ** 2
    assert together.interval.low == pytest.approx(wilson(0.5, 0.25 / variance, 11).low)
    assert together.interval.high - together.interval.low > 2 * (apart.interval.high - apart.interval.low)


def test_passages_never_make_a_share_surer(suite: Suite):
    scores = [1.0, 0.0] * 30
    apart, together = cell(suite, scores), cell(suite, scores, passage=2)
    assert apart.interval
    assert together.interval
    assert together.interval.low < apart.interval.low


def test_a_mean_of_parts_has_the_interval_of_its_spread(suite: Suite):
    """`errorbars` draws items too, by other numbers and without the width that few items need."""
    scores = np.random.default_rng(4).random(200).tolist()
    found, oracle = cell(suite, scores), bootstrap_ci(scores)
    assert found.interval
    assert found.interval.method is IntervalMethod.STUDENT
    assert found.interval.low == pytest.approx(oracle.ci_low, abs=0.006)
    assert found.interval.high == pytest.approx(oracle.ci_high, abs=0.006)
    assert found.stderr == pytest.approx(oracle.se, rel=0.08)


def test_a_score_that_no_draw_changes_is_not_certain(suite: Suite):
    found = cell(suite, [0.25] * 40)
    assert found.interval
    assert found.interval.low < 0.2
    assert found.interval.high > 0.3


def test_the_standard_error_that_was_published_is_shown(suite: Suite):
    assert cell(suite, [1.0, 0.0, 1.0], stderr=0.25).stderr == 0.25


def test_one_passage_alone_gives_no_interval_and_no_error_of_nought(suite: Suite):
    found = cell(suite, [1.0, 0.0, 1.0], passage=3)
    assert (found.interval, found.stderr) == (None, None)


def test_the_normalised_interval_is_that_above_chance(suite: Suite):
    found = cell(suite, [1.0] * 30 + [0.0] * 10)
    assert found.interval
    assert found.normalised_interval
    assert (found.normalised, found.chance) == (0.5, 0.5)
    assert found.normalised_interval.low == pytest.approx(2 * found.interval.low - 1)


def test_a_scale_with_a_target_has_a_distance_and_no_normalised_score(suite: Suite):
    found = cell(suite, [1.0, 1.0, 1.0, 0.0], task="sesgo")
    assert (found.normalised, found.normalised_interval, found.distance) == (None, None, 0.25)
