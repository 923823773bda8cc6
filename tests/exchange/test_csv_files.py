"""Tables as CSV: what a program reads is what was written, and what a spreadsheet opens is no formula."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.board import build_board
from leaderboard.exchange.csv_files import as_csv, safe_text, scores_as_csv
from leaderboard.exchange.score_table import score_rows
from leaderboard.suite import Suite
from tests.builders import NOW, evaluation, facts, request_for, tiny_suite

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "   -1", "|cmd", "%1",
    "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201", '=HYPERLINK("http://evil.example";"x")', "=cmd|' /C calc'!A0",
]  # fmt: skip
BEGINS = "=+-@|%\uff1d\uff0b\uff0d\uff20"
CELLS = st.text(st.sampled_from("ab=+-@|%,;'\"\t\r\n 1\uff1d\u202e") | st.characters(), max_size=12)
WITH_SEPARATORS = [
    "mit;=1+1", "mit; =1", "a\t=1", "a\n=1", "a\r\n@x", 'a;"=1', "a;;+1", 'mit";"=1', "a;\uff1d1", "mit,=1+1",
    'mit, "=1"', 'mit;=HYPERLINK("http://e";"x")',
]  # fmt: skip
ORDINARY = [
    "mit,'=1+1", "a;'=1", "a; b", "a;1-1", "meiga-1b", "org/model", "ñandú 7B (prueba)", "a, b", 'el "bueno"', "a;b",
    "3=3", "a-b", "x\ny", "",
    "'a",
]  # fmt: skip


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suite")


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def holds_formula(cell: str) -> bool:
    """Tell whether some spreadsheet sees a formula in a cell.

    Which separator it knows depends on its language, and in the middle of a cell it knows quotes and ends of lines no
    more for what they are. What it passes over before a formula are spaces.
    """
    first, *others = re.split(r"[;,\t\r\n]", cell)
    return any(piece.lstrip()[:1] in set(BEGINS) for piece in (first, *(other.lstrip(' "') for other in others)))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_would_be_a_formula_begins_with_an_apostrophe(text: str):
    assert safe_text(text).startswith("'")
    assert holds_formula(text)
    assert not holds_formula(safe_text(text))
    assert safe_text(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_stays_as_it_is(text: str):
    assert safe_text(text) == text
    assert read(as_csv([[text, "end"]])) == [[text, "end"]]


@pytest.mark.parametrize("text", WITH_SEPARATORS)
def test_no_formula_begins_after_a_separator_of_another_language(text: str):
    """In Spanish a spreadsheet separates by semicolons, and looks at no quotes in the middle of a cell."""
    assert holds_formula(text)
    assert not holds_formula(safe_text(text))
    assert safe_text(text).replace("'", "") == text.replace("'", "")


def test_signs_that_hide_or_turn_are_replaced_and_half_characters_too():
    assert safe_text("a\u202eb\x00c\ud800") == "a\ufffdb\ufffdc\ufffd"


def test_numbers_stay_numbers_and_nothing_stays_empty():
    line = [-1, -0.5, 1e-7, 0, None, "-1"]
    assert as_csv([line]) == "-1,-0.5,1e-07,0,,'-1\r\n"


@settings(max_examples=1200, derandomize=True, deadline=None, database=None)
@given(st.lists(CELLS, max_size=4))
def test_whatever_is_written_is_read_again_as_it_was_made_safe(cells: list[str]):
    line = [*cells, "end"]
    text = as_csv([line, ["next"]])
    assert read(text) == [[safe_text(cell) for cell in line], ["next"]]
    assert not any(map(holds_formula, map(safe_text, cells)))
    text.encode()


def line_of(suite: Suite, name: str, right: dict[str, int], task: str, **known: Any) -> dict[str, str]:
    """Return the line of a model's score as a program reads it, by the names of its columns."""
    asked = request_for(suite, name, facts=facts(**known))
    board = build_board([evaluation(asked, suite, right)], suite)
    text = scores_as_csv(score_rows(board, suite))
    (line,) = [one for one in csv.DictReader(io.StringIO(text, newline="")) if one["task"] == task]
    return line


def test_incident_20_the_raw_figure_the_chance_and_the_score_stand_side_by_side(suite: Suite):
    line = line_of(suite, "meiga-1b", {"refranes": 3, "sumas": 4}, "refranes")
    told = [line[name] for name in ("model", "precision", "chat_template", "language", "engine")]
    assert told == ["meiga-1b", "bfloat16", "auto", "es", "hf 0.4.13"]
    assert (line["parameters"], line["licence"], line["n"]) == ("7000000000", "apache-2.0", "4")
    assert [float(line[figure]) for figure in ("normalised", "raw", "chance")] == [0.5, 0.75, 0.5]
    assert (line["rule"], line["evaluated_at"]) == ("mini-1.0", NOW.isoformat())


def test_incident_15_what_is_not_known_is_empty_and_not_nought(suite: Suite):
    line = line_of(suite, "meiga-1b", {"sumas": 0}, "sumas", parameters=None, licence=None)
    empty = {"parameters", "licence", "target", "done", "of", "rank", "rank_best", "rank_worst", "excluded_reason"}
    assert {name for name, cell in line.items() if cell == ""} == empty
    assert (float(line["raw"]), float(line["normalised"])) == (0.0, -1.0)


def test_names_and_licences_of_strangers_are_cells_like_others(suite: Suite):
    name, licence = 'a,"b";\'=1 ñ', "=HYPERLINK(1)"
    line = line_of(suite, name, {"refranes": 1, "sumas": 1}, "sumas", licence=licence)
    assert (line["model"], line["licence"]) == (safe_text(name), f"'{licence}")


def test_an_empty_table_is_its_header():
    (header,) = read(scores_as_csv([]))
    assert header[:3] == ["model", "source", "revision"]
    assert len(header) == len(set(header))
