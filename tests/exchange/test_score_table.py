"""The long table says of every score what the board says, and nothing where the board says nothing."""

from math import inf, nan
from pathlib import Path

import pytest

from leaderboard.board import Board, View, build_board
from leaderboard.exchange.score_table import Kind, ScoreRow, finite, score_rows
from leaderboard.records import ExclusionReason
from leaderboard.suite import Area, Language, Suite
from tests.builders import declaration, evaluation, facts, request_for, tiny_suite
from tests.exchange.boards import HUB_MODEL, export_board, export_suite, rule_without


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return export_suite(tmp_path_factory.mktemp("suite"))


@pytest.fixture(scope="module")
def board(suite: Suite) -> Board:
    return export_board(suite)


@pytest.fixture(scope="module")
def table(board: Board, suite: Suite) -> list[ScoreRow]:
    return score_rows(board, suite)


def of(table: list[ScoreRow], model: str, kind: Kind, name: str = "") -> list[ScoreRow]:
    """Return the rows of the identity that stands for a model; `name` is a task, a view or an area's language."""
    return [
        row
        for row in table
        if (row.model, row.kind, row.stands_for_model) == (model, kind, True)
        and name in {"", row.task if kind is Kind.TASK else row.language}
    ]


def test_incident_20_raw_chance_and_normalised_stand_in_columns_of_their_own(table: list[ScoreRow]):
    (row,) = of(table, "lume-7b", Kind.TASK, "refranes")
    assert (row.raw, row.chance, row.normalised) == (0.75, 0.5, 0.5)
    assert (row.raw_stderr, row.stderr) == (0.1, 0.2)
    assert row.raw_low is not None
    assert row.raw_high is not None
    assert row.low == pytest.approx((row.raw_low - 0.5) / 0.5)
    assert row.high == pytest.approx((row.raw_high - 0.5) / 0.5)


def test_every_number_is_the_boards(table: list[ScoreRow], board: Board, suite: Suite):
    found = {(row.model, row.chat_template, row.kind, row.language, row.area, row.task): row for row in table}
    assert len(found) == len(table)
    expected = 0
    for row in (*board.rows, *board.others):
        identity = (row.request.model.name, str(row.request.chat_template))
        expected += len(row.cells) + len(row.areas) + len(row.standings)
        for task, cell in row.cells.items():
            declared = suite.task(task).declaration
            line = found[*identity, Kind.TASK, declared.language, declared.area, task]
            assert (line.raw, line.chance, line.normalised) == (cell.raw, cell.chance, cell.normalised)
            assert (line.raw_low, line.raw_high) == (cell.interval.low, cell.interval.high)
            assert (line.interval_method, line.n) == (cell.interval.method, 4)
            normalised = cell.normalised_interval
            assert (line.low, line.high) == ((normalised.low, normalised.high) if normalised else (None, None))
            assert (line.engine, line.run) == ("hf 0.4.13", cell.result.run)
            assert line.config_hash == suite.task(task).config_hash
        for (language, area), mean in row.areas.items():
            line = found[*identity, Kind.AREA, language, area, None]
            assert (line.normalised, line.stderr, line.raw, line.n) == (mean.score, mean.stderr, None, None)
            assert (line.low, line.high) == (mean.interval.low, mean.interval.high)
        for view, standing in row.standings.items():
            line = found[*identity, Kind.VIEW, view, None, None]
            assert (line.rank, line.done, line.of) == (standing.rank, standing.done, standing.of)
            assert (line.rank_best, line.rank_worst) == (standing.ranks or (None, None))
            if standing.mean:
                assert (line.normalised, line.low) == (standing.mean.score, standing.mean.interval.low)
    assert expected == len(table)
    assert {row.rule for row in table} == {"mini-1.0"}


def test_weights_add_up_to_one_in_every_mean(table: list[ScoreRow]):
    tasks = {row.task: row for row in of(table, HUB_MODEL, Kind.TASK)}
    assert {task: (row.share, row.share_of_all) for task, row in tasks.items()} == {
        "refranes": (0.5, 0.25),
        "xnli": (0.5, 0.25),
        "sumas": (1.0, 0.5),
        "pares": (0.0, 0.0),
    }
    areas = {(row.language, row.area): (row.share, row.share_of_all) for row in of(table, HUB_MODEL, Kind.AREA)}
    assert areas == {
        (Language.ES, Area.LANGUAGE): (0.5, 0.25),
        (Language.ES, Area.INFERENCE): (0.5, 0.25),
        (Language.GL, Area.MATHEMATICS): (1.0, 0.5),
    }
    views = {row.language: (row.share, row.share_of_all) for row in of(table, HUB_MODEL, Kind.VIEW)}
    assert views == {View.ES: (1.0, 0.5), View.GL: (1.0, 0.5), View.ALL: (None, 1.0)}


def test_an_incomplete_model_has_its_tasks_and_no_rank_and_no_mean(table: list[ScoreRow]):
    assert [row.task for row in of(table, "half-3b", Kind.TASK)] == ["refranes"]
    views = {row.language: row for row in of(table, "half-3b", Kind.VIEW)}
    assert (views["es"].done, views["es"].of) == (1, 2)
    assert (views["gl"].done, views["gl"].of) == (0, 1)
    unknown = ("normalised", "low", "high", "stderr", "rank", "rank_best", "rank_worst")
    assert {getattr(row, name) for row in views.values() for name in unknown} == {None}
    assert [row.area for row in of(table, "half-3b", Kind.AREA)] == [Area.LANGUAGE]


def test_a_baseline_is_marked_and_takes_no_rank(table: list[ScoreRow]):
    rows = of(table, "dummy", Kind.VIEW)
    assert {(row.source, row.rank) for row in rows} == {("baseline", None)}
    assert all(row.normalised is not None for row in rows)


def test_another_identity_of_a_model_stands_after_all_rows_and_takes_no_rank(table: list[ScoreRow]):
    others = [row for row in table if not row.stands_for_model]
    assert {(row.model, row.chat_template, row.rank) for row in others} == {(HUB_MODEL, "none", None)}
    assert table[-len(others) :] == others


def test_a_scale_with_a_target_has_raw_figures_only(table: list[ScoreRow]):
    (row,) = of(table, "lume-7b", Kind.TASK, "pares")
    assert (row.raw, row.target, row.raw_stderr) == (0.75, 0.5, 0.1)
    assert row.raw_low is not None
    assert (row.normalised, row.low, row.high, row.stderr) == (None, None, None, None)


def test_a_task_that_is_left_out_says_why_and_weighs_nothing(suite: Suite):
    rule = rule_without(suite, "refranes", ExclusionReason.DEAD)
    table = score_rows(export_board(suite, rule), suite)
    (row,) = of(table, HUB_MODEL, Kind.TASK, "refranes")
    assert (row.excluded, row.excluded_reason, row.share, row.share_of_all) == (True, "dead", 0.0, 0.0)
    (other,) = of(table, HUB_MODEL, Kind.TASK, "xnli")
    assert (other.excluded, other.excluded_reason, other.share) == (False, None, 1.0)
    assert {one.rule for one in table} == {"mini-1.1"}


def test_with_one_language_nothing_is_a_share_of_all(tmp_path: Path):
    suite = tiny_suite(tmp_path, (declaration("refranes"),))
    table = score_rows(build_board([evaluation(request_for(suite), suite, {"refranes": 1})], suite), suite)
    assert {(row.kind, row.share, row.share_of_all) for row in table} == {(kind, 1.0, None) for kind in Kind}


def test_signs_of_strangers_that_hide_or_turn_are_replaced(suite: Suite):
    asked = request_for(suite, "a\u202eb\n", facts=facts(licence="x\u200bmit"))
    (row, *_) = score_rows(build_board([evaluation(asked, suite, {"refranes": 1})], suite), suite)
    assert (row.model, row.licence) == ("a\ufffdb\ufffd", "x\ufffdmit")


def test_what_is_no_number_is_none():
    assert [finite(number) for number in (nan, inf, -inf, None, 0.0, -0.5)] == [None, None, None, None, 0.0, -0.5]
