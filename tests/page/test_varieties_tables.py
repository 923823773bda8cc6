"""Models by countries, and countries one by one, as tables."""

from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.board import View
from leaderboard.board.dialect_zones import readings
from leaderboard.page.score_colours import colour_of, ink_on
from leaderboard.page.varieties_tables import countries_table, heat_table
from leaderboard.suite import Suite
from leaderboard.texts import load_texts
from tests.board.varieties import Answers, board_of_varieties, suite_of_varieties
from tests.page.hostile import NAMES

TEXTS = load_texts("es")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return suite_of_varieties(tmp_path / "suites")


def heat(suite: Suite, models: dict[str, Answers], country: str = "") -> str:
    board = board_of_varieties(suite, models)
    return heat_table([(row, readings(row, suite)) for row in board.ranking(View.ES)], "", country, TEXTS)


def test_a_cell_has_score_and_half_its_interval(suite: Suite):
    table = heat(suite, {"meiga": {"MX": (75, 100)}})
    assert "<span>50</span><small>±17</small>" in table
    assert f"background:{colour_of(0.5)}" in table


def test_a_pooled_cell_is_marked_and_an_empty_one_says_why(suite: Suite):
    table = heat(suite, {"meiga": {"MX": (75, 100), "GT": (1, 2), "ES": (5, 10)}})
    assert "<sup>z</sup>" in table
    assert 'title="demasiado pocas preguntas, también en su zona">·</td>' in table


def test_the_country_it_is_ordered_by_is_told(suite: Suite):
    table = heat(suite, {"meiga": {"MX": (75, 100)}}, "MX")
    assert table.count("aria-sort") == 1
    assert "country=MX" in table


def test_the_own_figure_stands_beside_the_zones(suite: Suite):
    board = board_of_varieties(suite, {"meiga": {"MX": (80, 80), "GT": (10, 20)}})
    table = countries_table(readings(board.rows[0], suite), TEXTS)
    guatemala = table[table.index("Guatemala") : table.index("El Salvador")]
    assert "<strong>80,0</strong>" in guatemala
    assert "<strong>0,0</strong>" in guatemala
    assert "su zona, México y Centroamérica: 100 preguntas" in guatemala


def test_names_stay_text(suite: Suite):
    board = board_of_varieties(suite, {"meiga": {"MX": (75, 100)}})
    row, found = board.rows[0], readings(board.rows[0], suite)
    for name in NAMES:
        model = row.request.model.model_construct(**{**dict(row.request.model), "name": name})
        asked = row.request.model_construct(**{**dict(row.request), "model": model})
        table = heat_table([(replace(row, request=asked), found)], name, "", TEXTS)
        assert "<script" not in table
        assert "<img" not in table
        assert 'onmouseover="' not in table


@pytest.mark.parametrize("score", [-0.2, 0.0, 0.25, 0.5, 0.75, 1.0, 1.2])
def test_ink_can_be_read_on_every_colour(score: float):
    assert contrast(colour_of(score), ink_on(colour_of(score))) >= 4.5


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, reckoned apart from the module under test (WCAG 2.2, contrast ratio)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    if colour.startswith("#"):
        channels = [int(colour[place : place + 2], 16) for place in (1, 3, 5)]
    else:
        channels = [int(float(one)) for one in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    red, green, blue = (((one / 255 + 0.055) / 1.055) ** 2.4 if one > 10 else one / 255 / 12.92 for one in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
