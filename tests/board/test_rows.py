"""The order of rows in each view, and what a row and a standing say of themselves."""

from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.board import BoardBuilder, Standing, View, build_board
from leaderboard.suite import Suite
from tests.board.boards import BASELINE, by_name, of, only_row, ranks
from tests.builders import TWO_TASKS, bias_declaration, declaration, evaluation, request_for, tiny_suite


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return tiny_suite(tmp_path_factory.mktemp("suites"))


def test_models_are_ranked_by_their_score_in_each_view(suite: Suite):
    board = build_board([of(suite, "low", 2, 3), of(suite, "high", 4, 2), of(suite, "middle", 3, 4)], suite)
    assert ranks(board, View.ES) == [(1, "high"), (2, "middle"), (3, "low")]
    assert ranks(board, View.GL) == [(1, "middle"), (2, "low"), (3, "high")]
    assert ranks(board, View.ALL) == [(1, "middle"), (2, "high"), (3, "low")]


def test_rows_stand_in_the_order_of_the_default_view(suite: Suite):
    board = build_board([of(suite, "low", 2, 4), of(suite, "high", 4, 2)], suite)
    assert [row.request.model.name for row in board.rows] == ["high", "low"]


def test_equal_scores_share_a_rank_and_the_next_is_counted_on(suite: Suite):
    board = build_board(
        [of(suite, "last", 2, 2), of(suite, "b", 3, 4), of(suite, "a", 4, 3), of(suite, "first", 4, 4)], suite
    )
    assert ranks(board, View.ALL) == [(1, "first"), (2, "a"), (2, "b"), (4, "last")]
    assert ranks(board, View.ES) == [(1, "a"), (1, "first"), (3, "b"), (4, "last")]


def test_the_same_scores_on_other_tasks_share_a_rank_to_the_last_digit(tmp_path: Path):
    tasks = ("uno", "dos", "tres")
    three = tiny_suite(tmp_path, [declaration(name) for name in tasks])
    board = build_board(
        [
            evaluation(request_for(three, f"model-{number}"), three, dict(zip(tasks, right, strict=True)))
            for number, right in enumerate(permutations((0, 1, 3)))
        ],
        three,
    )
    assert [row.standings[View.ES].rank for row in board.rows] == [1] * 6


def test_baselines_stand_where_they_would_and_take_no_rank(suite: Suite):
    board = build_board([of(suite, "low", 1, 1), of(suite, "dummy", 2, 2, **BASELINE), of(suite, "high", 4, 4)], suite)
    for view in View.ES, View.GL, View.ALL:
        assert ranks(board, view) == [(1, "high"), (None, "dummy"), (2, "low")]
    assert [row.is_baseline for row in board.rows] == [False, True, False]
    assert by_name(board)["dummy"].standings[View.ES].ranks is None


def test_a_baseline_with_the_score_of_a_model_does_not_share_its_rank(suite: Suite):
    rows = by_name(build_board([of(suite, "dummy", 4, 4, **BASELINE), of(suite, "model", 4, 4)], suite))
    assert rows["dummy"].standings[View.ES].rank is None
    assert rows["model"].standings[View.ES].rank == 1


def test_incident_04_an_incomplete_row_is_never_ranked_however_good_it_is(suite: Suite):
    board = build_board([of(suite, "partial", 4, None), of(suite, "whole", 1, 1)], suite)
    assert ranks(board, View.ALL) == [(1, "whole"), (None, "partial")]
    assert by_name(board)["partial"].standings[View.ALL].ranks is None


def test_incident_15_what_lacks_a_task_of_one_view_is_ranked_in_the_others(suite: Suite):
    board = build_board([of(suite, "partial", 4, None), of(suite, "whole", 3, 1)], suite)
    assert ranks(board, View.ES) == [(1, "partial"), (2, "whole")]
    assert ranks(board, View.GL) == [(1, "whole"), (None, "partial")]
    partial = by_name(board)["partial"]
    assert (partial.score(View.ES), partial.score(View.GL), partial.score(View.ALL)) == (1.0, None, None)
    coverage = {view: (standing.done, standing.of) for view, standing in partial.standings.items()}
    assert coverage == {View.ES: (1, 1), View.GL: (0, 1), View.ALL: (1, 2)}


def test_incomplete_rows_stand_last_the_fuller_first(tmp_path: Path):
    three = tiny_suite(tmp_path, [*TWO_TASKS, declaration("mas"), declaration("otra")])
    little = evaluation(request_for(three, "a-little"), three, {"mas": 4, "sumas": 4})
    more = evaluation(request_for(three, "more"), three, {"mas": 0, "refranes": 0})
    board = build_board([little, more], three)
    assert ranks(board, View.ES) == [(None, "more"), (None, "a-little")]
    assert ranks(board, View.GL) == [(1, "a-little"), (None, "more")]


def test_whether_a_row_is_complete_takes_every_task_of_the_suite(tmp_path: Path):
    suite = tiny_suite(tmp_path, [*TWO_TASKS, bias_declaration("sesgo")])
    unbiased = only_row([of(suite, "meiga", 4, 4)], suite)
    assert (unbiased.is_complete, unbiased.standings[View.ALL].rank) == (False, 1)
    whole = evaluation(request_for(suite), suite, {"refranes": 4, "sumas": 4, "sesgo": 2})
    assert only_row([whole], suite).is_complete


def test_a_view_that_the_board_has_not_gives_no_score(suite: Suite):
    assert only_row([of(suite, "meiga", 4, 4)], suite).score(View.EU) is None


@pytest.mark.parametrize(("possible", "may_be"), [((1, 1), True), ((1, 3), True), ((2, 3), False), (None, False)])
def test_whoever_may_have_the_first_rank_may_be_the_best(possible: tuple[int, int] | None, may_be: bool):
    assert Standing(mean=None, done=1, of=1, rank=2, ranks=possible).may_be_best is may_be


FOUR_ITEMS = st.none() | st.integers(min_value=0, max_value=4)


@settings(deadline=None, derandomize=True, database=None, max_examples=25)
@given(models=st.lists(st.tuples(FOUR_ITEMS, FOUR_ITEMS), max_size=6))
def test_a_rank_is_one_more_than_how_many_are_better(models: list[tuple[int | None, int | None]], suite: Suite):
    runs = [of(suite, f"model-{number}", *right) for number, right in enumerate(models)]
    board = BoardBuilder(suite, draws=20).build(runs)
    for view in board.means.views:
        scores = [row.score(view) for row in board.ranking(view)]
        complete = [score for score in scores if score is not None]
        assert scores == sorted(complete, reverse=True) + [None] * (len(scores) - len(complete))
        for row in board.rows:
            score, standing = row.score(view), row.standings[view]
            assert standing.rank == (None if score is None else 1 + sum(other > score for other in complete))
            assert (standing.ranks is None) == (score is None)
            assert standing.ranks is None or standing.ranks[0] <= standing.rank <= standing.ranks[1]
