"""What leaves the board: names that can be paths, results that others may take, addresses that are addresses."""

from pathlib import Path

import pytest

from leaderboard.board import Board, Row, build_board
from leaderboard.exchange.passing_on import checked_url, hub_dataset, model_id, results_passed_on
from leaderboard.records import ExclusionReason, LeaderboardError
from leaderboard.suite import Suite
from tests.builders import request_for
from tests.exchange.boards import (
    ALL_RIGHT,
    HUB_MODEL,
    baseline_request,
    export_board,
    export_suite,
    hub_request,
    measured,
    rule_without,
)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return export_suite(tmp_path)


def only_row(board: Board) -> Row:
    (row,) = board.rows
    return row


def test_a_model_of_the_hub_has_its_own_name_and_a_folder_goes_under_local(suite: Suite):
    on_hub = only_row(build_board([measured(hub_request(suite), suite, ALL_RIGHT)], suite))
    local = only_row(build_board([measured(request_for(suite, "lume-7b"), suite, ALL_RIGHT)], suite))
    assert (model_id(on_hub), model_id(local)) == (HUB_MODEL, "local/lume-7b")


def test_a_baseline_has_no_name_to_pass_on(suite: Suite):
    assert model_id(only_row(build_board([measured(baseline_request(suite), suite, ALL_RIGHT)], suite))) is None


@pytest.mark.parametrize(
    "name", ["../../etc", "a/b", "..", "a b", "a\x00", ".hidden", "nul", "COM1.x", "data", "a--b", "ñ", "x" * 97, "a."]
)
def test_a_name_that_is_no_path_anywhere_is_not_one(suite: Suite, name: str):
    assert model_id(only_row(build_board([measured(request_for(suite, name), suite, ALL_RIGHT)], suite))) is None


@pytest.mark.parametrize("name", ["aux/model", "somos/con.1", "data/x"])
def test_a_model_of_the_hub_with_a_reserved_name_is_no_path_either(suite: Suite, name: str):
    assert model_id(only_row(build_board([measured(hub_request(suite, name), suite, ALL_RIGHT)], suite))) is None


@pytest.mark.parametrize(
    ("reason", "passed_on"),
    [
        (None, ["refranes", "sumas", "xnli"]),
        (ExclusionReason.SATURATED, ["refranes", "sumas", "xnli"]),
        (ExclusionReason.FAULTY, ["refranes", "xnli"]),
        (ExclusionReason.TAKEDOWN, ["refranes", "xnli"]),
    ],
)
def test_what_is_wrong_or_was_taken_down_or_has_a_target_stays_here(
    suite: Suite, reason: ExclusionReason | None, passed_on: list[str]
):
    rule = rule_without(suite, "sumas", reason) if reason else None
    board = export_board(suite, rule)
    assert [task.id for task, _ in results_passed_on(board.rows[0], suite, board.rule)] == passed_on


def test_data_are_of_the_hub_only_at_a_known_commit(suite: Suite):
    def told(commit: str) -> list[str | None]:
        board = build_board([measured(hub_request(suite), suite, ALL_RIGHT, commit=commit)], suite)
        return [hub_dataset(task, cell) for task, cell in results_passed_on(board.rows[0], suite, board.rule)]

    assert told("c" * 40) == [None, None, "org/xnli"]
    assert told("main") == told("0" * 40) == [None, None, None]


def test_an_address_is_taken_as_it_is():
    assert checked_url("https://example.org/ranking?x=1") == "https://example.org/ranking?x=1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "javascript:alert(1)",
        "ftp://a.org",
        "https://",
        "https://a.org/ b",
        "http://[",
        "http://a.org/\x1b",
    ],
)
def test_what_is_no_address_is_refused(text: str):
    with pytest.raises(LeaderboardError, match="no http"):
        checked_url(text)


def test_an_endless_address_is_refused():
    with pytest.raises(LeaderboardError, match="no http"):
        checked_url("https://a.org/" + "a" * 400)
