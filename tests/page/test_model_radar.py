"""The areas of a model as a radar and as a table."""

from pathlib import Path

import pytest

from leaderboard.board import Board, View, build_board
from leaderboard.page.model_radar import areas_of_model, radar
from leaderboard.suite import Suite
from leaderboard.texts import load_texts
from tests.builders import declaration, evaluation, request_for, tiny_suite
from tests.page.hostile import read_html

TEXTS = load_texts("es")
AREAS = {"frases": "language", "sumas": "mathematics", "datos": "knowledge"}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path, [declaration(name, area=area) for name, area in AREAS.items()])


def board_of(suite: Suite, **right: dict[str, int]) -> Board:
    return build_board([evaluation(request_for(suite, name), suite, one) for name, one in right.items()], suite)


def test_own_areas_stand_beside_the_median(suite: Suite):
    board = board_of(suite, lista={"frases": 4, "sumas": 3, "datos": 1}, lerda={"frases": 2, "sumas": 2, "datos": 2})
    row = next(one for one in board.rows if one.request.model.name == "lista")
    figure = radar(row, board, View.ES, TEXTS)
    assert figure is not None
    middles, own = figure.data
    assert list(own.r) == [100, 50, 0, 100]  # below chance is drawn at the centre
    assert list(middles.r) == [50, 25, 0, 50]
    assert "\N{MINUS SIGN}50,0" in own.text[2]
    assert own.line.dash != middles.line.dash


def test_the_table_says_what_the_radar_shows_and_what_it_cuts_off(suite: Suite):
    board = board_of(suite, lista={"frases": 4, "sumas": 3, "datos": 1})
    text = read_html(areas_of_model(board.rows[0], board, View.ES, TEXTS)).text
    for said in ("Lengua", "100,0", "50,0", "\N{MINUS SIGN}50,0"):
        assert said in text


def test_two_areas_make_no_radar_but_a_table(suite: Suite):
    board = board_of(suite, media={"frases": 4, "sumas": 3})
    assert radar(board.rows[0], board, View.ES, TEXTS) is None
    assert areas_of_model(board.rows[0], board, View.ES, TEXTS)
