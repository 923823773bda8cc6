"""From evaluations to the board: what is shown and what is history, how sure it is, and what is computed anew."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import BoardBuilder, IntervalMethod, Row, Rule, View, build_board, building, rule_in_force
from leaderboard.records import (
    ChatTemplate,
    Evaluation,
    Exclusion,
    ExclusionReason,
    ItemResult,
    Precision,
    RuleHistory,
)
from leaderboard.suite import Area, Language, Suite
from tests.board.boards import BASELINE, by_name, of, on_hub, only_row, ranks
from tests.builders import NOW, TWO_TASKS, declaration, evaluation, request_for, tiny_suite

TOMORROW = NOW + timedelta(days=1)
OF_DRAWS = 0.1
"""By how much a standard error of a thousand draws may miss, as a share of it: four times its own error."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return tiny_suite(tmp_path_factory.mktemp("suites"))


def test_a_row_shows_raw_scores_normalised_scores_and_their_means(suite: Suite):
    row = only_row([of(suite, "meiga", 3, 4)], suite)
    assert (row.cells["refranes"].raw, row.cells["refranes"].normalised) == (0.75, 0.5)
    assert (row.cells["sumas"].raw, row.cells["sumas"].normalised) == (1.0, 1.0)
    assert {view: row.score(view) for view in row.standings} == {View.ES: 0.5, View.GL: 1.0, View.ALL: 0.75}
    assert {area: mean.score for area, mean in row.areas.items()} == {
        (Language.ES, Area.LANGUAGE): 0.5,
        (Language.GL, Area.MATHEMATICS): 1.0,
    }
    assert (row.standings[View.ALL].rank, row.is_complete) == (1, True)


def test_an_empty_board_has_no_rows_and_its_views(suite: Suite):
    board = build_board([], suite)
    assert (board.rows, board.others) == ((), ())
    assert list(board.means.views) == [View.ES, View.GL, View.ALL]
    assert board.ranking(View.ES) == []


def test_incident_15_a_model_that_misses_a_task_stays_on_the_board_and_says_which(suite: Suite):
    row = only_row([of(suite, "meiga", 3, None)], suite)
    assert list(row.cells) == ["refranes"]
    assert [failed.task for failed in row.failures] == ["sumas"]
    assert (row.score(View.ES), row.score(View.GL)) == (0.5, None)
    assert list(row.areas) == [(Language.ES, Area.LANGUAGE)]


def test_incident_18_a_missing_task_of_one_model_changes_nobody_elses_means(suite: Suite):
    others = [of(suite, "a", 3, 4), of(suite, "b", 2, 1)]
    before = by_name(build_board([*others, of(suite, "c", 4, 4)], suite))
    after = by_name(build_board([*others, of(suite, "c", 4, None)], suite))
    assert (after["c"].score(View.ES), after["c"].score(View.ALL)) == (1.0, None)
    for name in "ab":
        assert after[name].areas == before[name].areas
        for view, standing in after[name].standings.items():
            assert standing.mean == before[name].standings[view].mean


# --- What is shown, and what is history


def test_a_task_evaluated_again_shows_its_newest_result(suite: Suite):
    old = of(suite, "meiga", 1, 1)
    sumas_only = tuple(one for one in suite.wanted() if one.task == "sumas")
    newer = evaluation(
        request_for(suite, "meiga", tasks=sumas_only), suite, {"sumas": 4}, finished_at=TOMORROW, failed=[]
    )
    for order in ([old, newer], [newer, old]):
        row = only_row(order, suite)
        assert row.cells["refranes"].raw == 0.25
        assert row.cells["sumas"].raw == 1.0
        assert row.evaluated_at == TOMORROW


def test_a_task_that_failed_in_a_newer_run_keeps_its_older_result(suite: Suite):
    old = of(suite, "meiga", 1, 1)
    newer = evaluation(
        request_for(suite, "meiga", tasks=suite.wanted()[1:]), suite, {}, finished_at=TOMORROW, failed=["sumas"]
    )
    row = only_row([old, newer], suite)
    assert row.cells["sumas"].raw == 0.25
    assert row.failures == ()


def changed_suite(tmp_path: Path) -> Suite:
    """Return the tiny suite after the configuration of one task has changed."""
    refranes, sumas = TWO_TASKS
    return tiny_suite(tmp_path / "changed", [refranes, {**sumas, "version": 2}])


def test_a_result_of_an_outdated_configuration_is_history(suite: Suite, tmp_path: Path):
    row = only_row([of(suite, "meiga", 4, 4)], changed_suite(tmp_path))
    assert list(row.cells) == ["refranes"]
    assert (row.score(View.ES), row.score(View.GL), row.score(View.ALL)) == (1.0, None, None)
    assert row.standings[View.ALL].rank is None


def test_a_newer_result_of_an_outdated_configuration_does_not_hide_the_present_one(suite: Suite, tmp_path: Path):
    now = changed_suite(tmp_path)
    present = of(now, "meiga", 4, 4)
    row = only_row([present, of(suite, "meiga", 1, 1, finished_at=TOMORROW)], now)
    assert row.cells["sumas"].raw == 1.0
    assert row.cells["refranes"].raw == 0.25


def test_the_rule_says_which_configuration_is_shown(suite: Suite, tmp_path: Path):
    """As it was before the task changed: the board of that day has the results of that day."""
    now = changed_suite(tmp_path)
    of_then = rule_in_force(suite, RuleHistory())
    row = only_row([of(suite, "meiga", 4, 4), of(now, "meiga", 1, 1, finished_at=TOMORROW)], now)
    assert row.cells["sumas"].raw == 0.25
    board = build_board([of(suite, "meiga", 4, 4), of(now, "meiga", 1, 1, finished_at=TOMORROW)], now, of_then)
    assert by_name(board)["meiga"].cells["sumas"].raw == 1.0


def test_a_model_of_which_all_is_history_has_no_row(suite: Suite, tmp_path: Path):
    other = tiny_suite(tmp_path / "other", [declaration("otra")])
    board = build_board([of(suite, "meiga", 4, 4)], other)
    assert (board.rows, board.others) == ((), ())


# --- What a maintainer left out


def without(suite: Suite, *tasks: str, version: int = 1) -> Rule:
    """Return the rule of a suite after these tasks were left out of its means."""
    plain = rule_in_force(suite, RuleHistory())
    excluded = {
        task: Exclusion(task=task, config_hash=plain.configs[task], reason=ExclusionReason.DEAD) for task in tasks
    }
    return Rule(version=version, suite=plain.suite, configs=plain.configs, excluded=excluded)


def test_incident_19_a_task_that_was_left_out_leaves_the_means_and_nothing_else(tmp_path: Path):
    suite = tiny_suite(tmp_path, [*TWO_TASKS, declaration("muerta")])
    runs = [
        evaluation(request_for(suite, "whole"), suite, {"refranes": 3, "sumas": 3, "muerta": 0}),
        evaluation(request_for(suite, "lacking"), suite, {"refranes": 4, "sumas": 4}),
    ]
    before, after = (build_board(runs, suite, rule) for rule in (None, without(suite, "muerta")))
    assert ranks(before) == [(1, "whole"), (None, "lacking")]
    assert ranks(after) == [(1, "lacking"), (2, "whole")]
    whole, then = by_name(after)["whole"], by_name(before)["whole"]
    assert (whole.score(View.ES), then.score(View.ES)) == (0.5, -0.25)
    assert whole.standings[View.GL].mean == then.standings[View.GL].mean
    assert whole.cells == then.cells
    assert whole.cells["muerta"].interval is not None
    assert (whole.is_complete, by_name(after)["lacking"].is_complete) == (True, False)
    assert [failed.task for failed in by_name(after)["lacking"].failures] == ["muerta"]
    assert (before.rule.label, after.rule.label) == ("mini-1.0", "mini-1.1")


def test_where_everything_is_left_out_rows_stand_without_ranks(suite: Suite):
    board = build_board([of(suite, "b", 4, 4), of(suite, "a", 1, 1)], suite, without(suite, "refranes", "sumas"))
    assert [dict(row.standings) for row in board.rows] == [{}, {}]
    assert sorted(by_name(board)) == ["a", "b"]
    assert list(by_name(board)["b"].cells) == ["refranes", "sumas"]


# --- How sure it is


@pytest.fixture(scope="module")
def forty(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    """Two tasks of forty items and two options in two areas of Spanish, and one in Galician."""
    return tiny_suite(
        tmp_path_factory.mktemp("forty"),
        [
            declaration("uno", items=40),
            declaration("sumas", items=40, area="mathematics"),
            declaration("galego", items=40, language="gl"),
        ],
    )


def error_by_hand(right: int, items: int = 40, chance: float = 0.5) -> float:
    """Return the standard error of a normalised share, with n - 1."""
    share = right / items
    return sqrt(share * (1 - share) / (items - 1)) / (1 - chance)


def test_the_interval_of_a_cell_is_wilsons(suite: Suite):
    """Of 3 in 4 it is 0.3006 to 0.9544, in any table of them; above a chance of a half twice that less one."""
    cell = only_row([of(suite, "meiga", 3, 4)], suite).cells["refranes"]
    assert cell.interval is not None
    assert cell.normalised_interval is not None
    assert (cell.interval.low, cell.interval.high) == pytest.approx((0.3006, 0.9544), abs=5e-5)
    normalised = cell.normalised_interval.low, cell.normalised_interval.high
    assert normalised == pytest.approx((2 * 0.3006 - 1, 2 * 0.9544 - 1), abs=1e-4)
    assert cell.interval.method is cell.normalised_interval.method is IntervalMethod.WILSON


def test_means_of_independent_tasks_are_surer_than_each(forty: Suite):
    run = evaluation(request_for(forty), forty, {"uno": 30, "sumas": 20, "galego": 36})
    row = only_row([run], forty)
    of_uno, of_sumas, of_galego = error_by_hand(30), error_by_hand(20), error_by_hand(36)
    spanish = sqrt(of_uno**2 + of_sumas**2) / 2
    expected = {
        View.ES: spanish,
        View.GL: of_galego,
        View.ALL: sqrt(spanish**2 + of_galego**2) / 2,
    }
    for view, stderr in expected.items():
        mean = row.standings[view].mean
        assert mean is not None
        assert mean.stderr == pytest.approx(stderr, rel=OF_DRAWS)
        assert mean.interval is not None
        assert mean.interval.low < mean.score < mean.interval.high
        assert mean.interval.high - mean.interval.low == pytest.approx(2 * 1.96 * stderr, rel=OF_DRAWS)
        assert mean.interval.method is IntervalMethod.COMBINED
    assert row.areas[Language.ES, Area.LANGUAGE].stderr == pytest.approx(of_uno, rel=OF_DRAWS)
    assert row.areas[Language.ES, Area.MATHEMATICS].stderr == pytest.approx(of_sumas, rel=OF_DRAWS)


def with_items(run: Evaluation, change: Callable[[int, ItemResult], dict[str, Any]]) -> Evaluation:
    """Return a run in which something else is said of each item, by its number."""
    changed = [
        result.replaced(items=tuple(item.replaced(**change(number, item)) for number, item in enumerate(result.items)))
        for result in run.results
    ]
    return run.replaced(results=tuple(changed))


def test_tasks_over_the_same_passages_are_drawn_together_and_do_not_make_each_other_surer(forty: Suite):
    run = evaluation(request_for(forty), forty, {"uno": 30, "sumas": 30, "galego": 30})
    shared = only_row([with_items(run, lambda number, _: {"cluster": f"passage {number}"})], forty)
    apart = only_row([run], forty)
    alone = error_by_hand(30)
    for row, expected in ((shared, alone), (apart, alone / sqrt(3))):
        mean = row.standings[View.ALL].mean
        assert mean is not None
        # Spanish is the mean of two tasks, all languages that of Spanish and Galician: shares 1/4, 1/4, 1/2.
        factor = 1.0 if row is shared else sqrt(3) * sqrt(1 / 16 + 1 / 16 + 1 / 4)
        assert mean.stderr == pytest.approx(expected * factor, rel=OF_DRAWS)


def test_tasks_over_the_same_passages_make_ranks_no_surer_than_one_of_them(
    forty: Suite, monkeypatch: pytest.MonkeyPatch
):
    """Three tasks of forty items of their own have many more degrees of freedom than three over forty passages."""
    degrees: list[float] = []
    real = building.rank_sets
    monkeypatch.setattr(building, "rank_sets", lambda *of, **more: degrees.append(more["degrees"]) or real(*of, **more))
    runs = [
        evaluation(request_for(forty, name), forty, {"uno": 30, "sumas": 30, "galego": 30}) for name in ("one", "other")
    ]
    build_board(runs, forty)
    build_board([with_items(run, lambda number, _: {"cluster": f"passage {number}"}) for run in runs], forty)
    # Spanish is the mean of two tasks, all languages that of Spanish and Galician: shares 1/4, 1/4, 1/2.
    assert degrees[:3] == pytest.approx([78.0, 39.0, 39 * (3 / 8) ** 2 / (9 / 128)], rel=OF_DRAWS)
    assert degrees[3:] == pytest.approx([39.0, 39.0, 39.0])


def test_items_that_share_a_passage_count_as_one(forty: Suite):
    """Ten passages of four items, all right or all wrong together: as sure as ten items."""
    run = evaluation(request_for(forty), forty, {"uno": 28, "sumas": 20, "galego": 20})
    row = only_row([with_items(run, lambda number, _: {"cluster": f"passage {number // 4}"})], forty)
    assert row.areas[Language.ES, Area.LANGUAGE].stderr == pytest.approx(error_by_hand(7, items=10), rel=OF_DRAWS)


def test_a_mean_with_a_task_that_cannot_be_drawn_has_a_score_and_no_interval(suite: Suite):
    """Its items all share one passage: nothing tells how another one would have gone."""
    run = with_items(
        of(suite, "meiga", 3, 4), lambda _, item: {"cluster": "only" if item.id.startswith("sumas") else None}
    )
    row = only_row([run], suite)
    for view, is_drawn in ((View.ES, True), (View.GL, False), (View.ALL, False)):
        mean = row.standings[view].mean
        assert mean is not None
        assert (mean.interval is not None, mean.stderr is not None) == (is_drawn, is_drawn)
        assert (row.standings[view].ranks is not None) is is_drawn
    assert row.standings[View.ALL].rank == 1
    assert row.cells["sumas"].interval is None


def test_no_rank_sets_where_one_model_of_the_view_cannot_be_drawn(suite: Suite):
    one_passage = with_items(of(suite, "one", 3, 4), lambda *_: {"cluster": "only"})
    board = build_board([one_passage, of(suite, "other", 2, 2), of(suite, "third", 1, 1)], suite)
    assert ranks(board) == [(1, "one"), (2, "other"), (3, "third")]
    assert [row.standings[View.ES].ranks for row in board.rows] == [None, None, None]


def test_incident_25_models_that_nothing_tells_apart_may_have_each_others_ranks(forty: Suite):
    def row(name: str, right: int, seed: int) -> Evaluation:
        """Return a run with so many right items, not those that others have right."""
        run = evaluation(request_for(forty, name), forty, {"uno": right, "sumas": right, "galego": right})
        moved = [
            result.replaced(
                items=tuple(
                    item.replaced(score=float((number * seed) % 40 < right)) for number, item in enumerate(result.items)
                )
            )
            for result in run.results
        ]
        return run.replaced(results=tuple(moved))

    board = build_board([row("far", 5, 7), row("near", 31, 3), row("nearer", 32, 11)], forty)
    standings = {name: one.standings[View.ALL] for name, one in by_name(board).items()}
    assert {name: standing.rank for name, standing in standings.items()} == {"nearer": 1, "near": 2, "far": 3}
    assert {name: standing.ranks for name, standing in standings.items()} == {
        "nearer": (1, 2),
        "near": (1, 2),
        "far": (3, 3),
    }
    assert [name for name, standing in standings.items() if standing.may_be_best] == ["nearer", "near"]


def test_a_baseline_widens_nobodys_ranks(forty: Suite):
    right = {"uno": 30, "sumas": 30, "galego": 30}
    models = [evaluation(request_for(forty, name), forty, right) for name in ("uno", "otro")]
    dummy = evaluation(request_for(forty, "dummy", **BASELINE), forty, right)
    board = build_board([*models, dummy], forty)
    assert {name: row.standings[View.ES].ranks for name, row in by_name(board).items()} == {
        "uno": (1, 2),
        "otro": (1, 2),
        "dummy": None,
    }


# --- The same board each time


def some_runs(suite: Suite) -> list[Evaluation]:
    """Return runs of which several could stand for one model, finished at once."""
    return [
        of(suite, "meiga", 4, 3, model=on_hub("org/meiga", "first")),
        of(suite, "meiga", 3, 4, model=on_hub("org/meiga", "second")),
        of(suite, "meiga", 2, 2, model=on_hub("org/meiga", "second"), precision=Precision.FLOAT32),
        of(suite, "meiga", 2, 2, model=on_hub("org/meiga", "second"), chat_template=ChatTemplate.NONE),
        of(suite, "duende", 3, 4),
        of(suite, "duende", 4, 3, model=on_hub("duende")),
        of(suite, "duende", 2, None, attempt=2),
        of(suite, "dummy", 2, 2, **BASELINE),
    ]


def test_two_boards_of_the_same_evaluations_are_equal(suite: Suite):
    assert build_board(some_runs(suite), suite) == build_board(some_runs(suite), suite)


def test_the_order_in_which_evaluations_are_read_does_not_matter(suite: Suite):
    runs = some_runs(suite)
    expected = build_board(runs, suite)
    for first in range(len(runs)):
        turned = [*runs[first:], *runs[:first]]
        assert build_board(turned, suite) == expected
        assert build_board(turned[::-1], suite) == expected


def test_two_runs_that_finished_at_once_show_the_same_one_in_any_order(suite: Suite):
    attempts = [of(suite, "meiga", right, right, attempt=number) for number, right in enumerate((1, 2, 4), 1)]
    assert len({only_row(order, suite).cells["sumas"].raw for order in itertools.permutations(attempts)}) == 1


# --- What is computed anew


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the name of every task whose result is measured, through the real function."""
    names: list[str] = []
    real = building.measured_cell

    def counting(result: Any, *more: Any) -> Any:
        names.append(result.task)
        return real(result, *more)

    monkeypatch.setattr(building, "measured_cell", counting)
    return names


def test_only_what_is_new_is_measured_and_the_board_is_that_of_a_new_builder(suite: Suite, measured: list[str]):
    builder = BoardBuilder(suite)
    runs = [of(suite, "uno", 4, 3), of(suite, "dos", 3, 3), of(suite, "tres", 2, None)]
    builder.build(runs)
    assert len(measured) == 5
    measured.clear()

    assert builder.build(runs) == build_board(runs, suite)
    assert len(measured) == 5, "the second builder measures all, the first nothing"
    measured.clear()

    more = [*runs, of(suite, "tres", None, 4, finished_at=TOMORROW, attempt=2)]
    again = builder.build(more)
    assert sorted(measured) == ["refranes", "sumas"]
    assert again == build_board(more, suite)
    assert by_name(again)["tres"].is_complete


def test_a_rule_that_changes_the_means_changes_rows_that_were_known(suite: Suite):
    builder, runs = BoardBuilder(suite), [of(suite, "uno", 4, 2), of(suite, "dos", 3, 4)]
    rule = without(suite, "sumas")
    assert list(builder.build(runs).means.views) == [View.ES, View.GL, View.ALL]
    assert builder.build(runs, rule) == build_board(runs, suite, rule)
    assert builder.build(runs) == build_board(runs, suite)


def test_a_new_version_of_the_rule_that_changes_no_mean_costs_nothing(suite: Suite, measured: list[str]):
    builder, runs = BoardBuilder(suite), [of(suite, "uno", 4, 2)]
    builder.build(runs, without(suite, "sumas"))
    measured.clear()
    board = builder.build(runs, without(suite, "sumas", version=2))
    assert (measured, board.rule.version) == ([], 2)


def test_what_left_the_board_is_forgotten(suite: Suite, measured: list[str]):
    builder, run = BoardBuilder(suite), of(suite, "uno", 4, 2)
    builder.build([run])
    assert builder.build([]).rows == ()
    measured.clear()
    assert len(builder.build([run]).rows) == 1
    assert len(measured) == 2


def test_a_rank_given_on_one_board_is_not_carried_to_the_next(suite: Suite):
    builder = BoardBuilder(suite)
    low, high = of(suite, "low", 1, 1), of(suite, "high", 4, 4)
    assert ranks(builder.build([low])) == [(1, "low")]
    assert ranks(builder.build([low, high])) == [(1, "high"), (2, "low")]
    assert ranks(builder.build([low])) == [(1, "low")]


def rows_of(board_rows: tuple[Row, ...]) -> list[str]:
    return [row.request.model.revision for row in board_rows]


def test_an_identity_that_gives_way_to_a_newer_one_loses_its_ranks(suite: Suite):
    builder = BoardBuilder(suite)
    old, new = on_hub("org/meiga", "old"), on_hub("org/meiga", "new")
    first = of(suite, "meiga", 4, 4, model=old)
    builder.build([first])
    board = builder.build([first, of(suite, "meiga", 3, 3, model=new, finished_at=TOMORROW)])
    assert (rows_of(board.rows), rows_of(board.others)) == ([new.revision], [old.revision])
    [other] = board.others
    assert other.stands_for_model is False
    assert all(standing.rank is standing.ranks is None for standing in other.standings.values())
    assert other.score(View.ES) == 1.0
    assert only_row([first], suite).stands_for_model
