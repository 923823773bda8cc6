"""The items on which models part."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from leaderboard.board import Cell, build_board
from leaderboard.page.compare_items import Answer, ItemApart, items_apart
from leaderboard.records import Evaluation, ItemResult
from leaderboard.suite import Suite
from tests.builders import declaration, manifest, request_for, task_result, tiny_suite

Answered = tuple[str, int, int, float]
"""Id, choice, gold and score of an item."""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path, [declaration("quiz")])


def cell(suite: Suite, name: str, *answered: Answered) -> Cell:
    items = tuple(
        ItemResult(id=item, options=4, choice=choice, gold=gold, score=score) for item, choice, gold, score in answered
    )
    asked = request_for(suite, name)
    raw = sum(item.score for item in items) / len(items)
    results = (task_result(asked, suite.tasks[0], items=items, raw=raw),)
    (row,) = build_board([Evaluation(request=asked, manifest=manifest(asked, results), results=results)], suite).rows
    return row.cells["quiz"]


def test_what_separates_scores_comes_before_two_wrong_answers(suite: Suite):
    one = cell(suite, "una", ("p1", 0, 0, 1), ("p2", 1, 0, 0), ("p3", 2, 2, 1))
    other = cell(suite, "otra", ("p1", 0, 0, 1), ("p2", 3, 0, 0), ("p3", 1, 2, 0))
    assert items_apart([one, other]) == [
        ItemApart("p3", 2, (Answer(1, 2), Answer(0, 1))),
        ItemApart("p2", 0, (Answer(0, 1), Answer(0, 3))),
    ]


def test_three_models_part_where_one_of_them_does(suite: Suite):
    cells: Sequence[Cell] = [
        cell(suite, "una", ("p1", 0, 0, 1), ("p2", 0, 0, 1)),
        cell(suite, "otra", ("p1", 0, 0, 1), ("p2", 0, 0, 1)),
        cell(suite, "tercera", ("p1", 0, 0, 1), ("p2", 1, 0, 0)),
    ]
    assert [item.id for item in items_apart(cells)] == ["p2"]


def test_an_item_with_another_right_answer_is_another_item(suite: Suite):
    one, other = cell(suite, "una", ("p1", 0, 0, 1)), cell(suite, "otra", ("p1", 0, 1, 0))
    assert items_apart([one, other]) == []
