"""An export is everything at once, and every part of it says the same."""

import json
from pathlib import Path

import pytest

from leaderboard.exchange.exports import export_of
from leaderboard.records import LeaderboardError
from leaderboard.suite import Suite
from tests.builders import NOW
from tests.exchange.boards import export_board, export_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return export_suite(tmp_path)


def test_an_export_holds_the_table_three_times_and_a_file_a_model_twice(suite: Suite):
    export = export_of(export_board(suite), suite, NOW, "https://example.org")
    assert {path.partition("/")[0] for path in export.files} == {
        "board.csv",
        "board.parquet",
        "board.json",
        "every_eval_ever",
        "eval_results",
    }
    assert (export.every_eval_ever, export.eval_results, len(export.files)) == (4, 1, 8)
    assert (
        export.rows
        == len(json.loads(export.files["board.json"])["rows"])
        == export.files["board.csv"].count(b"\r\n") - 1
    )
    assert {(one.model, one.format) for one in export.left} == {
        ("lume-7b", "eval_results"),
        ("half-3b", "eval_results"),
    }
    per_model = [content for path, content in export.files.items() if "/" in path]
    assert all(b"https://example.org" in content for content in per_model)


def test_another_export_of_the_same_board_is_the_same_but_for_its_moment(suite: Suite):
    first, again = (export_of(export_board(suite), suite, moment).files for moment in (NOW, NOW.replace(year=2027)))
    assert {path for path in first if first[path] != again[path]} == {"board.json"}


def test_a_source_that_is_no_address_stops_the_export(suite: Suite):
    with pytest.raises(LeaderboardError, match="no http"):
        export_of(export_board(suite), suite, NOW, "javascript:alert(1)")
