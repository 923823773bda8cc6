"""The map of the countries where Spanish is spoken."""

from pathlib import Path

import plotly.graph_objects as go
import pytest

from leaderboard.board.dialect_zones import COUNTRIES_OF, readings
from leaderboard.page.outlines import load_sheet
from leaderboard.page.score_colours import colour_of
from leaderboard.page.varieties_map import varieties_map
from leaderboard.suite import Suite
from leaderboard.texts import load_texts
from tests.board.varieties import Answers, board_of_varieties, suite_of_varieties

TEXTS = load_texts("es")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return suite_of_varieties(tmp_path / "suites")


def drawn(suite: Suite, answers: Answers) -> go.Figure:
    (row,) = board_of_varieties(suite, {"meiga": answers}).rows
    return varieties_map(readings(row, suite), TEXTS)


def trace(figure: go.Figure, country: str) -> go.Scatter:
    (found,) = [one for one in figure.data if one.name == country]
    return found


def test_there_is_an_outline_for_every_country():
    outlines = load_sheet().countries
    assert set(outlines) == {country for countries in COUNTRIES_OF.values() for country in countries}
    assert all(len(line.x) > 3 for line in outlines.values())


def test_a_country_has_the_colour_of_its_score(suite: Suite):
    figure = drawn(suite, {"AR": (75, 100), "CU": (100, 100)})
    assert trace(figure, "AR").fillcolor == colour_of(0.5)
    assert trace(figure, "CU").fillcolor == colour_of(1.0)
    assert not trace(figure, "AR").fillpattern.shape
    assert "50" in [one.text for one in figure.layout.annotations]


def test_what_is_read_with_its_zone_is_hatched_and_says_so(suite: Suite):
    figure = drawn(suite, {"AR": (75, 100), "UY": (10, 10)})
    hatched = trace(figure, "UY")
    assert hatched.fillpattern.shape == "/"
    assert hatched.fillpattern.bgcolor == colour_of((85 / 110 - 0.5) / 0.5)
    assert "Uruguay" in hatched.text
    assert "su zona, Río de la Plata: 110 preguntas" in hatched.text


def test_too_few_items_have_no_colour(suite: Suite):
    figure = drawn(suite, {"AR": (75, 100), "ES": (20, 40)})
    grey = trace(figure, "ES")
    assert grey.fillcolor == trace(figure, "GQ").fillcolor
    assert grey.fillcolor != colour_of(0.0)
    assert "demasiado pocas" in grey.text


def test_nothing_is_asked_of_another_host(suite: Suite):
    figure = drawn(suite, {"AR": (75, 100)})
    assert {one.type for one in figure.data} == {"scatter"}
    assert "geo" not in figure.to_plotly_json()["layout"]
