"""The board: rows, ranks, and what is history."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.board import Row, build_board, row_as_data
from leaderboard.records import (
    ChatTemplate,
    Evaluation,
    ModelSource,
    ModelType,
    Precision,
    Provenance,
)
from leaderboard.suite import Language, Suite
from tests.builders import NOW, TWO_TASKS, declaration, evaluation, facts, model, request_for, some_sha256, tiny_suite

BASELINE = {
    "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
    "precision": Precision.NONE,
    "facts": facts(ModelType.BASELINE, parameters=None, licence=None),
}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def of(suite: Suite, name: str, refranes: int | None, sumas: int | None, **changes: object) -> Evaluation:
    """Return a run of a model with so many right items of four; None where the task failed."""
    right = {task: count for task, count in (("refranes", refranes), ("sumas", sumas)) if count is not None}
    return evaluation(request_for(suite, name, **changes), suite, right)


def by_name(rows: list[Row]) -> dict[str, Row]:
    return {row.request.model.name: row for row in rows}


def test_a_row_shows_raw_scores_normalised_scores_and_their_means(suite: Suite):
    [row] = build_board([of(suite, "meiga", 3, 4)], suite)
    assert (row.cells["refranes"].raw, row.cells["refranes"].normalised) == (0.75, 0.5)
    assert (row.cells["sumas"].raw, row.cells["sumas"].normalised) == (1.0, 1.0)
    assert dict(row.languages) == {Language.ES: 0.5, Language.GL: 1.0}
    assert row.average == 0.75
    assert (row.rank, row.is_complete) == (1, True)


def test_an_empty_board_has_no_rows(suite: Suite):
    assert build_board([], suite) == []


def test_models_are_ranked_by_their_average(suite: Suite):
    rows = build_board([of(suite, "low", 2, 2), of(suite, "high", 4, 4), of(suite, "middle", 3, 3)], suite)
    assert [(row.rank, row.request.model.name) for row in rows] == [(1, "high"), (2, "middle"), (3, "low")]


def test_equal_averages_share_a_rank_and_the_next_is_counted_on(suite: Suite):
    rows = build_board(
        [of(suite, "last", 2, 2), of(suite, "b", 3, 4), of(suite, "a", 4, 3), of(suite, "first", 4, 4)], suite
    )
    assert [(row.rank, row.request.model.name) for row in rows] == [(1, "first"), (2, "a"), (2, "b"), (4, "last")]


def test_baselines_stand_where_they_would_and_take_no_rank(suite: Suite):
    rows = build_board(
        [of(suite, "low", 1, 1), of(suite, "dummy", 2, 2, **BASELINE), of(suite, "high", 4, 4)],
        suite,
    )
    assert [(row.rank, row.request.model.name) for row in rows] == [(1, "high"), (None, "dummy"), (2, "low")]
    assert [row.is_baseline for row in rows] == [False, True, False]


def test_a_baseline_with_the_average_of_a_model_does_not_share_its_rank(suite: Suite):
    rows = by_name(build_board([of(suite, "dummy", 4, 4, **BASELINE), of(suite, "model", 4, 4)], suite))
    assert rows["dummy"].rank is None
    assert rows["model"].rank == 1


def test_incident_15_a_model_that_misses_a_task_stays_on_the_board_and_says_which(suite: Suite):
    [row] = build_board([of(suite, "meiga", 3, None)], suite)
    assert list(row.cells) == ["refranes"]
    assert [failed.task for failed in row.failures] == ["sumas"]
    assert dict(row.languages) == {Language.ES: 0.5, Language.GL: None}


def test_incident_04_an_incomplete_row_is_never_ranked_however_good_it_is(suite: Suite):
    rows = build_board([of(suite, "partial", 4, None), of(suite, "whole", 1, 1)], suite)
    assert [(row.rank, row.average is None, row.request.model.name) for row in rows] == [
        (1, False, "whole"),
        (None, True, "partial"),
    ]


def test_incident_18_a_missing_task_of_one_model_changes_nobody_elses_average(suite: Suite):
    others = [of(suite, "a", 3, 4), of(suite, "b", 2, 1)]
    before = by_name(build_board([*others, of(suite, "c", 4, 4)], suite))
    after = by_name(build_board([*others, of(suite, "c", 4, None)], suite))
    assert after["c"].average is None
    assert [after[name].average for name in "ab"] == [before[name].average for name in "ab"]


def test_incomplete_rows_stand_last_the_fuller_first(tmp_path: Path):
    three = tiny_suite(tmp_path / "three", [*TWO_TASKS, declaration("mas")])
    little = evaluation(request_for(three, "a-little"), three, {"mas": 4})
    more = evaluation(request_for(three, "more"), three, {"mas": 0, "sumas": 0})
    assert [row.request.model.name for row in build_board([little, more], three)] == ["more", "a-little"]


def test_incident_17_two_precisions_are_two_rows(suite: Suite):
    rows = build_board(
        [of(suite, "meiga", 4, 4), of(suite, "meiga", 1, 1, precision=Precision.FLOAT32)],
        suite,
    )
    assert [(row.request.precision, row.average) for row in rows] == [
        (Precision.BFLOAT16, 1.0),
        (Precision.FLOAT32, -0.5),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"model": model("meiga", revision=some_sha256("another commit"))},
        {"model": model("meiga", source=ModelSource.HUB)},
        {"chat_template": ChatTemplate.NONE},
        {"thinking": True},
    ],
)
def test_incident_17_what_differs_in_identity_is_another_row(change: dict[str, object], suite: Suite):
    rows = build_board([of(suite, "meiga", 4, 4), of(suite, "meiga", 1, 1, **change)], suite)
    assert sorted(row.average or 0.0 for row in rows) == [-0.5, 1.0]


def test_a_task_evaluated_again_shows_its_newest_result(suite: Suite):
    old = evaluation(request_for(suite), suite, {"refranes": 1, "sumas": 1})
    sumas_only = tuple(one for one in suite.wanted() if one.task == "sumas")
    newer = evaluation(
        request_for(suite, tasks=sumas_only),
        suite,
        {"sumas": 4},
        finished_at=NOW + timedelta(days=1),
        failed=[],
    )
    for order in ([old, newer], [newer, old]):
        [row] = build_board(order, suite)
        assert row.cells["refranes"].raw == 0.25
        assert row.cells["sumas"].raw == 1.0
        assert row.evaluated_at == NOW + timedelta(days=1)


def test_a_task_that_failed_in_a_newer_run_keeps_its_older_result(suite: Suite):
    old = evaluation(request_for(suite), suite, {"refranes": 1, "sumas": 1})
    newer = evaluation(
        request_for(suite, tasks=suite.wanted()[1:]), suite, {}, finished_at=NOW + timedelta(days=1), failed=["sumas"]
    )
    [row] = build_board([old, newer], suite)
    assert row.cells["sumas"].raw == 0.25
    assert row.failures == ()


def changed_suite(tmp_path: Path) -> Suite:
    """Return the tiny suite after the configuration of one task has changed."""
    refranes, sumas = TWO_TASKS
    return tiny_suite(tmp_path / "changed", [refranes, {**sumas, "version": 2}])


def test_a_result_of_an_outdated_configuration_is_history(suite: Suite, tmp_path: Path):
    now = changed_suite(tmp_path)
    [row] = build_board([of(suite, "meiga", 4, 4)], now)
    assert list(row.cells) == ["refranes"]
    assert row.average is None
    assert row.rank is None


def test_a_newer_result_of_an_outdated_configuration_does_not_hide_the_present_one(suite: Suite, tmp_path: Path):
    now = changed_suite(tmp_path)
    present = evaluation(request_for(now), now, {"refranes": 4, "sumas": 4})
    outdated = evaluation(request_for(suite), suite, {"refranes": 1, "sumas": 1}, finished_at=NOW + timedelta(days=1))
    [row] = build_board([present, outdated], now)
    assert row.cells["sumas"].raw == 1.0
    assert row.cells["refranes"].raw == 0.25


def test_a_model_of_which_all_is_history_has_no_row(suite: Suite, tmp_path: Path):
    other = tiny_suite(tmp_path / "other", [declaration("otra")])
    assert build_board([of(suite, "meiga", 4, 4)], other) == []


def test_incident_20_the_data_says_raw_normalised_and_chance_of_every_task(suite: Suite):
    [row] = build_board([of(suite, "meiga", 3, None)], suite)
    data = row_as_data(row)
    assert data["tasks"] == {
        "refranes": {
            "raw": 0.75,
            "normalised": 0.5,
            "distance": None,
            "chance": 0.5,
            "stderr": 0.1,
            "items": 4,
            "engine": "hf 0.4.13",
            "draft": False,
        },
    }
    assert data["failures"] == {"sumas": "task_error"}
    assert (data["average"], data["rank"], data["complete"]) == (None, None, False)


def test_the_data_is_what_json_can_carry_and_says_where_weights_come_from(suite: Suite):
    converted = Provenance(file="m.gguf", sha256=some_sha256("gguf"), precision="q4_1", base_model="org/original")
    evaluated = of(suite, "meiga", 3, 4, precision=Precision.FLOAT32, facts=facts(provenance=converted))
    [row] = build_board([evaluated], suite)
    data = row_as_data(row)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["precision"] == "q4_1→float32"
    assert data["provenance"]["base_model"] == "org/original"
    assert data["request"] == row.request.id
