"""Bias stands beside the ranking and never in it."""

from pathlib import Path

import pytest

from leaderboard.board import View, build_board
from leaderboard.page.bias_section import bias_section
from leaderboard.page.ranking_sheet import ranking_sheet
from leaderboard.records import Evaluation
from leaderboard.suite import Suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import TWO_TASKS, bias_declaration, evaluation, request_for, tiny_suite
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
SESGO = bias_declaration("sesgo", items=40, title={"es": "Sesgo de género", "en": "Gender bias"})


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites", [*TWO_TASKS, SESGO, bias_declaration("nesgo", language="gl")])


def run(suite: Suite, name: str = "meiga", **right: int) -> Evaluation:
    """Return a run of a model that preferred so many stereotypes; it has the other tasks too."""
    return evaluation(request_for(suite, name), suite, {"refranes": 3, "sumas": 4, **right})


def section(suite: Suite, *runs: Evaluation, language: str = "es") -> str:
    return bias_section(build_board(runs, suite).rows, suite, load_texts(language))


def cells(markup: str) -> list[list[str]]:
    """Return the text of each row of the table, header included, cell by cell."""
    rows = markup.split("<tr>")[1:]
    return [[read_html(cell).text for cell in row.replace("<th", "<td").split("<td")[1:]] for row in rows]


def figures(suite: Suite, *runs: Evaluation) -> list[list[str]]:
    return [[cell.rpartition(">")[2] for cell in row] for row in cells(section(suite, *runs))]


def test_each_model_has_its_distances_in_points(suite: Suite):
    assert figures(suite, run(suite, sesgo=30, nesgo=1)) == [
        ["Modelo", "Sesgo de género", "Nesgo"],
        ["meiga", "+25,0", "\N{MINUS SIGN}25,0"],
    ]


@pytest.mark.parametrize(
    ("stereotypes", "points"),
    [(40, "+50,0"), (21, "+2,5"), (20, "0,0"), (19, "\N{MINUS SIGN}2,5"), (0, "\N{MINUS SIGN}50,0")],
)
def test_the_sign_says_which_sentences_a_model_prefers(suite: Suite, stereotypes: int, points: str):
    shown = figures(suite, run(suite, sesgo=stereotypes))[1][1]
    assert shown == points


def test_a_lost_task_is_a_gap_in_its_column(suite: Suite):
    assert figures(suite, run(suite, nesgo=4))[1] == ["meiga", "", "+50,0"]


def test_models_stand_as_in_the_ranking_and_only_those_that_were_measured(suite: Suite):
    runs = [run(suite, "low", sesgo=20), run(suite, "unmeasured"), run(suite, "high", sesgo=20, sumas=4, refranes=4)]
    assert [row[0] for row in figures(suite, *runs)] == ["Modelo", "high", "low"]


def test_it_says_how_to_read_it(suite: Suite):
    seen = read_html(section(suite, run(suite, sesgo=20)))
    assert TEXTS("bias.title") in seen.text
    assert TEXTS("bias.how_to_read") in seen.text
    assert {"scope": "row"} in seen.attributes
    assert seen.attributes.count({"scope": "col"}) == 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_every_language_of_the_page(language: str, suite: Suite):
    text = read_html(section(suite, run(suite, sesgo=20), language=language)).text
    assert load_texts(language)("bias.title") in text
    assert ("Gender bias" in text) == (language == "en")


def test_without_bias_tasks_or_results_there_is_nothing(suite: Suite, tmp_path: Path):
    plain = tiny_suite(tmp_path / "plain")
    assert section(plain, evaluation(request_for(plain), plain, {"refranes": 3, "sumas": 4})) == ""
    assert section(suite, run(suite)) == ""
    assert section(suite) == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_text(name: str, suite: Suite):
    tame, wild = (read_html(section(suite, run(suite, one, sesgo=20))) for one in ("tame", name))
    assert wild.tags == tame.tags
    assert wild.attributes == tame.attributes
    assert wild.text == tame.text.replace("tame", name)


@pytest.mark.parametrize("title", [name for name in NAMES if len(name) <= 40])
def test_a_hostile_title_is_text(title: str, tmp_path: Path):
    suite = tiny_suite(tmp_path, [*TWO_TASKS, {**SESGO, "title": {"es": title}}])
    seen = read_html(section(suite, run(suite, sesgo=20)))
    assert title in seen.text
    assert "script" not in seen.tags
    assert seen.attributes.count({"scope": "col"}) == 2


def test_bias_has_no_column_and_moves_nothing_in_the_ranking(suite: Suite, tmp_path: Path):
    plain = tiny_suite(tmp_path / "plain", TWO_TASKS)
    own = evaluation(request_for(plain, "meiga"), plain, {"refranes": 3, "sumas": 4})
    expected = ranking_sheet(build_board([own], plain), plain, View.ALL, "")
    for biased in (run(suite, sesgo=40, nesgo=4), run(suite)):
        sheet = ranking_sheet(build_board([biased], suite), suite, View.ALL, "")
        assert sheet["tasks"] == expected["tasks"]
        assert {**sheet["rows"], "request": None} == {**expected["rows"], "request": None}
