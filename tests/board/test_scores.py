"""Normalised scores, against figures that others published."""

import pytest

from leaderboard.board import normalised


@pytest.mark.parametrize(
    ("raw", "chance", "published"),
    [
        pytest.param(30 / 51, 1 / 4, 45.10, id="HumorQA"),
        pytest.param(47 / 119, 1 / 4, 19.33, id="SpaLawEx"),
        pytest.param(0.81, 1 / 2, 62.00, id="COPA"),
    ],
)
def test_la_leaderboards_published_figures_come_out(raw: float, chance: float, published: float):
    assert round(100 * normalised(raw, chance), 2) == published


@pytest.mark.parametrize("chance", [0.0, 0.25, 1 / 3, 0.5])
def test_guessing_gets_nothing_and_everything_right_gets_all(chance: float):
    assert normalised(chance, chance) == 0.0
    assert normalised(1.0, chance) == 1.0


def test_worse_than_guessing_is_below_zero():
    assert normalised(0.0, 0.5) == -1.0
    assert normalised(0.2, 0.25) == pytest.approx(-1 / 15)


def test_without_chance_a_score_is_what_it_was():
    assert normalised(0.37, 0.0) == 0.37
