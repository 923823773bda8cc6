"""Drafts never enter the means of a suite that has anything else; where there is nothing else, it is said."""

from collections.abc import Mapping
from pathlib import Path

from leaderboard.board import View, build_board, row_as_data
from leaderboard.suite import Suite
from tests.builders import evaluation, request_for, tiny_suite


def with_reviewed(suite: Suite, reviewed: Mapping[str, int]) -> Suite:
    """Return the suite as if its tasks were its own items, so many of them signed."""
    return suite.replaced(tasks=tuple(task.replaced(reviewed_items=reviewed[task.id]) for task in suite.tasks))


def test_a_draft_is_shown_and_counts_in_no_mean(tmp_path: Path) -> None:
    suite = with_reviewed(tiny_suite(tmp_path), {"refranes": 4, "sumas": 3})
    run = evaluation(request_for(suite), suite, {"refranes": 4, "sumas": 0})

    board = build_board([run], suite)

    [row] = board.rows
    assert not row.is_provisional
    assert list(row.standings) == [View.ES], "the mean is that of the reviewed task alone"
    assert row.score(View.ES) == 1.0
    assert [row_as_data(row, board, View.ES)["tasks"][task]["draft"] for task in ("refranes", "sumas")] == [False, True]


def test_a_missing_draft_takes_no_average_away(tmp_path: Path) -> None:
    suite = with_reviewed(tiny_suite(tmp_path), {"refranes": 4, "sumas": 0})
    [row] = build_board([evaluation(request_for(suite), suite, {"refranes": 4})], suite).rows
    assert (row.score(View.ES), row.standings[View.ES].rank, row.is_complete) == (1.0, 1, False)


def test_nothing_but_drafts_gives_a_provisional_mean(tmp_path: Path) -> None:
    suite = with_reviewed(tiny_suite(tmp_path), {"refranes": 0, "sumas": 0})
    board = build_board([evaluation(request_for(suite), suite, {"refranes": 4, "sumas": 4})], suite)
    [row] = board.rows
    assert row.is_provisional
    assert row_as_data(row, board, View.ALL)["provisional"] is True
    assert row.score(View.ALL) == 1.0
