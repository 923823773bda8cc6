"""The sheet of a view: everything of it, nothing of other views, and numbers that give the board's own means again."""

import json
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import Board, View, build_board
from leaderboard.page.ranking_sheet import ranking_sheet
from leaderboard.records import ModelSource, ModelType
from leaderboard.suite import Suite, load_suite
from tests.builders import evaluation, facts, model, request_for, tiny_suite

SUITE = load_suite("muestra")


def board_of(suite: Suite, right: dict[str, float]) -> Board:
    runs = []
    for name, share in right.items():
        asked = request_for(suite, name, model=model(f"casa/{name}", source=ModelSource.HUB), facts=facts())
        runs.append(
            evaluation(asked, suite, {task.id: round(share * (task.declaration.items or 0)) for task in suite.tasks})
        )
    return build_board(runs, suite)


@pytest.fixture(scope="module")
def board() -> Board:
    return board_of(SUITE, {"uno": 0.5, "dos": 0.8})


def sheet(board: Board, view: View | None, suite: Suite = SUITE) -> dict[str, Any]:
    made = ranking_sheet(board, suite, view, "e1")
    return json.loads(json.dumps(made, allow_nan=False))


def test_a_view_has_its_own_tasks_and_areas_only(board: Board):
    basque = sheet(board, View.EU)
    assert {task["language"] for task in basque["tasks"]} == {"eu"}
    assert sheet(board, View.ALL)["groups"] == ["es", "ca", "eu", "gl"]
    assert len(sheet(board, View.ALL)["tasks"]) == len([task for task in SUITE.tasks if task.in_means])


@pytest.mark.parametrize("view", list(View))
def test_shares_and_raw_scores_make_the_mean_that_is_shown(board: Board, view: View):
    made = sheet(board, view)
    for row, score in enumerate(made["rows"]["score"]):
        mean = sum(
            task["share"] * (made["rows"]["raw"][at][row] / 10_000 - task["chance"]) / (1 - task["chance"])
            for at, task in enumerate(made["tasks"])
        )
        assert score / 10_000 == pytest.approx(mean, abs=3e-4)


def test_every_column_has_a_value_for_every_row_in_the_order_of_the_view(board: Board):
    rows = sheet(board, View.ES)["rows"]
    assert rows["model"] == ["casa/dos", "casa/uno"]
    assert rows["rank"] == [1, 2]
    assert rows["low"][0] < rows["score"][0] < rows["high"][0]
    columns = [values for name, values in rows.items() if name not in {"groups", "raw"}]
    assert {len(one) for one in (*columns, *rows["groups"], *rows["raw"])} == {2}


def test_incident_21_what_is_missing_is_null_and_never_zero(tmp_path: Path):
    suite = tiny_suite(tmp_path)
    run = evaluation(request_for(suite), suite, {"refranes": 0})
    rows = sheet(build_board([run], suite), View.ALL, suite)["rows"]
    assert rows["score"] == rows["rank"] == rows["low"] == [None]
    assert sorted(values[0] is None for values in rows["raw"]) == [False, True]


def test_incident_20_raw_and_above_chance_are_told_apart_with_the_chance_beside(board: Board):
    made = sheet(board, View.ES)
    for at, task in enumerate(made["tasks"]):
        cell = next(row for row in board.rows if row.request.model.name == "casa/dos").cells[task["id"]]
        assert task["chance"] == cell.chance
        assert made["rows"]["raw"][at][0] == round(10_000 * cell.raw)


def test_other_identities_come_last_and_take_no_rank():
    asked = [
        request_for(SUITE, "uno", model=model("casa/uno", source=ModelSource.HUB, revision=sha * 40), facts=facts())
        for sha in "ab"
    ]
    runs = [evaluation(one, SUITE, {task.id: 50 for task in SUITE.tasks}) for one in asked]
    rows = sheet(build_board(runs, SUITE), View.ES)["rows"]
    assert rows["stands"] == [1, 0]
    assert rows["rank"][1] is None


def test_an_empty_board_has_columns_and_no_rows():
    made = sheet(build_board([], SUITE), View.ES)
    assert made["rows"]["model"] == []
    assert len(made["tasks"]) == len(made["rows"]["raw"]) > 0
    assert {str(one) for one in ModelType} >= set(made["rows"]["type"])
