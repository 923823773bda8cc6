"""From board to frame: what the charts are drawn from."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from leaderboard.board import Board, View, build_board
from leaderboard.page.chart_frames import MODEL_COLUMNS, area_frame, frontier, model_frame
from leaderboard.records import ModelSource, ModelType, Precision
from leaderboard.suite import Suite
from tests.builders import NOW, evaluation, facts, model, request_for, tiny_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def board_of(suite: Suite, **changes: dict[str, object]) -> Board:
    runs = []
    for name, change in changes.items():
        right = change.pop("right", {"refranes": 4, "sumas": 4})
        runs.append(evaluation(request_for(suite, name, **change), suite, right))
    return build_board(runs, suite)


def test_a_model_is_a_row_with_its_average_in_points(suite: Suite):
    late = NOW + timedelta(days=3)
    board = board_of(suite, meiga={"right": {"refranes": 3, "sumas": 4}, "submitted_at": late})
    [found] = model_frame(board, View.ALL).to_dict("records")
    assert found["model"] == "meiga"
    assert found["average"] == 75
    assert found["low"] < 75 < found["high"]
    assert (found["parameters"], found["type"], found["submitted"]) == (7_000_000_000, "base", late)
    assert (found["minutes"], found["hardware"]) == (0.05, "a processor")


def test_only_the_views_own_tasks_take_time(suite: Suite):
    board = board_of(suite, meiga={})
    assert model_frame(board, View.ES)["minutes"].tolist() == [0.03]  # 1.5 s, to the hundredth of a minute


def test_rows_without_an_average_are_left_out(suite: Suite):
    board = board_of(suite, partial={"right": {"sumas": 4}})
    assert model_frame(board, View.ALL).empty
    assert len(model_frame(board, View.GL)) == 1
    assert list(model_frame(board, None).columns) == list(MODEL_COLUMNS)


def test_areas_are_in_points_and_a_missing_one_stays_missing(suite: Suite):
    board = board_of(suite, whole={"right": {"refranes": 3, "sumas": 4}}, partial={"right": {"sumas": 2}})
    areas = area_frame(board, View.ALL)
    assert list(areas.index) == ["whole", "partial"]
    assert areas.loc["whole"].tolist() == [50, 100]
    assert areas.loc["partial"].isna().tolist() == [True, False]
    assert list(area_frame(board, View.GL).columns) == [("gl", "mathematics")]


def test_baselines_are_in_no_frame_of_areas(suite: Suite):
    baseline = {
        "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
        "facts": facts(ModelType.BASELINE, parameters=None),
    }
    board = board_of(suite, dummy=baseline)
    assert area_frame(board, View.ALL).empty
    assert model_frame(board, View.ALL)["type"].tolist() == ["baseline"]


def test_the_frontier_is_what_nothing_as_small_reaches():
    frame = pd.DataFrame(
        {
            "model": ["a", "b", "c", "d", "e", "guess"],
            "type": ["base"] * 5 + ["baseline"],
            "parameters": [1, 1, 2, 3, None, 1],
            "average": [10, 20, 20, 30, 99, 98],
        }
    )
    assert frontier(frame, "parameters")["model"].tolist() == ["b", "d"]
