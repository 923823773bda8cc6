"""The paired comparison of two rows."""

from pathlib import Path

import numpy as np
import pytest
from errorbars.compare import mcnemar_exact, paired_compare
from errorbars.leaderboard import holm_correction

from leaderboard.board import Row, View, build_board
from leaderboard.board.comparison import Comparison, Obstacle, TaskComparison, Verdict, compare, holm
from leaderboard.board.comparison_data import comparison_as_data, summary_of
from leaderboard.records import EvalRequest, Evaluation, ItemResult
from leaderboard.suite import Suite, Task
from tests.board.population import DESIGNS, Population
from tests.builders import bias_declaration, declaration, manifest, request_for, some_sha256, task_result, tiny_suite

MANY = 60
NAMES = ("refranes", "sumas")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path, [declaration(name, items=MANY) for name in NAMES])


def items(scores: list[float], passage: int | None = None, prefix: str = "item", **changes: object) -> list[ItemResult]:
    """Return items of these scores, `passage` of them to a passage; the right answer is the first option."""
    return [
        ItemResult(
            id=f"{prefix}-{place}",
            cluster=None if passage is None else f"passage {place // passage}",
            **{"choice": int(not score), "gold": 0, "score": score, **changes},
        )
        for place, score in enumerate(scores)
    ]


def row(suite: Suite, name: str, answered: dict[str, list[ItemResult]], **changes: object) -> Row:
    """Return a row of these items; what is changed is changed in every result."""
    asked = request_for(suite, name)
    return next(iter(build_board([published(asked, suite, answered, **changes)], suite).rows))


def published(asked: EvalRequest, suite: Suite, answered: dict[str, list[ItemResult]], **changes: object) -> Evaluation:
    results = [_result(asked, task, answered[task.id], **changes) for task in suite.tasks if task.id in answered]
    return Evaluation(request=asked, manifest=manifest(asked, results), results=tuple(results))


def _result(asked: EvalRequest, task: Task, own: list[ItemResult], **changes: object) -> object:
    raw = sum(item.score for item in own) / len(own)
    return task_result(asked, task, items=tuple(own), raw=raw, **changes)


def on_one_task(
    suite: Suite, one: list[ItemResult], other: list[ItemResult], tasks: list[str] | None = None
) -> TaskComparison:
    rows = (row(suite, "one", {"refranes": one}), row(suite, "other", {"refranes": other}))
    [found] = compare(*rows, suite, tasks).tasks
    return found


def some_scores(seed: int, share: float = 0.5) -> list[float]:
    return (np.random.default_rng(seed).random(MANY) < share).astype(float).tolist()


@pytest.mark.parametrize("passage", [None, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_difference_interval_and_p_are_those_of_errorbars(suite: Suite, passage: int | None, seed: int):
    """`errorbars` computes the same clustered t; it has no bound by signs, which is far away here."""
    first, second = some_scores(seed, 0.7), some_scores(seed + 10)
    found = on_one_task(suite, items(first, passage), items(second, passage))
    clusters = [place // (passage or 1) for place in range(MANY)]
    oracle = paired_compare(first, second, clusters)
    assert found.interval is not None
    assert found.difference == pytest.approx(oracle.mean_diff)
    assert found.interval.low == pytest.approx(oracle.ci_low_clustered)
    assert found.interval.high == pytest.approx(oracle.ci_high_clustered)
    assert found.p == pytest.approx(oracle.p_value_clustered)


def test_items_of_one_passage_are_kept_together(suite: Suite):
    first, second = [1.0] * 40 + [0.0] * 20, [0.0] * 20 + [1.0] * 20 + [0.0] * 20
    apart, together = (on_one_task(suite, items(first, size), items(second, size)) for size in (None, 20))
    assert apart.p is not None
    assert apart.p < 0.001
    assert (apart.verdict, together.verdict) == (Verdict.BETTER, Verdict.NOT_SHOWN)


@pytest.mark.parametrize("differing", [1, 3, 5, 9])
def test_few_items_that_differ_show_no_more_than_their_signs_can(suite: Suite, differing: int):
    """McNemar's exact test, as `errorbars` has it, is what signs alone can show; our p is never below it."""
    first, second = [1.0] * MANY, [0.0] * differing + [1.0] * (MANY - differing)
    found = on_one_task(suite, items(first), items(second))
    assert found.p is not None
    assert found.p >= mcnemar_exact(first, second).p_value
    assert found.verdict is (Verdict.BETTER if differing == 9 else Verdict.NOT_SHOWN)


def test_where_every_item_differs_alike_the_difference_is_shown_and_not_certain(suite: Suite):
    found = on_one_task(suite, items([0.0] * MANY), items([1.0] * MANY))
    assert (found.verdict, found.difference) == (Verdict.WORSE, -1.0)
    assert found.interval is not None
    assert found.interval.low == -1.0
    assert -1.0 < found.interval.high < -0.9


def test_models_that_answer_alike_have_a_difference_of_nought_with_an_interval(suite: Suite):
    found = on_one_task(suite, items(some_scores(1)), items(some_scores(1)))
    assert (found.difference, found.p, found.verdict, found.disagreements) == (0.0, 1.0, Verdict.NOT_SHOWN, ())
    assert found.interval is not None
    assert found.interval.low < 0 < found.interval.high


def test_swapping_the_models_turns_everything_round(suite: Suite):
    first, second = items([1.0] * 40 + [0.0] * 20), items([1.0] * 15 + [0.0] * 45)
    found, turned = on_one_task(suite, first, second), on_one_task(suite, second, first)
    assert found.difference == -turned.difference if turned.difference is not None else False
    assert found.interval is not None
    assert turned.interval is not None
    assert found.interval.low == pytest.approx(-turned.interval.high)
    assert (found.p, found.verdict, turned.verdict) == (turned.p, Verdict.BETTER, Verdict.WORSE)


def test_disagreements_are_items_with_another_score_or_another_choice(suite: Suite):
    first, second = items([1.0, 0.0, 0.0, 1.0]), items([1.0, 1.0, 0.0, 1.0])
    second[2] = second[2].model_copy(update={"choice": 3})
    found = on_one_task(suite, first, second)
    assert [one.item for one in found.disagreements] == ["item-1", "item-2"]
    assert [(one.one_choice, one.other_choice) for one in found.disagreements] == [(1, 0), (1, 3)]
    assert [(one.one_score, one.other_score) for one in found.disagreements] == [(0.0, 1.0), (0.0, 0.0)]


def test_only_items_that_both_answered_are_compared_in_whatever_order(suite: Suite):
    first = items([1.0, 1.0, 0.0, 0.0, 1.0])
    second = [first[3], first[1].model_copy(update={"score": 0.0, "choice": 1}), *items([1.0] * 7, prefix="other")]
    found = on_one_task(suite, first, second)
    assert (found.items, found.one, found.other) == (2, 0.5, 0.0)
    assert [one.item for one in found.disagreements] == ["item-1"]


def test_an_item_with_another_gold_answer_is_another_item(suite: Suite):
    first = items([1.0, 1.0, 0.0])
    second = [item.model_copy(update={"gold": 1}) if item.id == "item-0" else item for item in first]
    assert on_one_task(suite, first, second).items == 2


@pytest.mark.parametrize(
    ("second", "obstacle", "shared"),
    [
        (items([1.0] * 4, prefix="other"), Obstacle.NO_SHARED_ITEMS, 0),
        (items([1.0]), Obstacle.ONE_UNIT, 1),
    ],
)
def test_what_cannot_be_compared_says_why(suite: Suite, second: list[ItemResult], obstacle: Obstacle, shared: int):
    found = on_one_task(suite, items([1.0, 0.0, 1.0]), second)
    assert (found.verdict, found.obstacle, found.items) == (Verdict.NOT_COMPARABLE, obstacle, shared)
    assert (found.p, found.p_holm, found.interval, found.difference) == (None, None, None, None)


def test_results_of_two_configurations_are_not_compared(suite: Suite):
    own = {name: items(some_scores(1)) for name in NAMES}
    [task, other_task] = suite.tasks
    old = task.model_copy(update={"config_hash": some_sha256("old")})
    of_old = suite.model_copy(update={"tasks": (old, other_task)})
    compared = compare(row(of_old, "one", own), row(suite, "other", own), suite)
    assert [one.obstacle for one in compared.tasks] == [Obstacle.CONFIGURATION, None]
    assert compared.views == {}
    assert summary_of(compared) == "one is better on 0, worse on 0, no difference shown on 1 of 1. Not comparable: 1."


def test_a_task_that_one_of_them_lacks_is_named_and_keeps_its_means_out(suite: Suite):
    one = row(suite, "one", {name: items(some_scores(1)) for name in NAMES})
    compared = compare(one, row(suite, "other", {"sumas": items(some_scores(2))}), suite)
    assert [task.obstacle for task in compared.tasks] == [Obstacle.MISSING, None]
    assert (compared.views, compared.areas, compared.comparable) == ({}, {}, 1)


def test_p_is_corrected_over_the_tasks_shown_and_over_no_others(suite: Suite):
    one = row(suite, "one", {name: items([1.0] * MANY) for name in NAMES})
    other = row(suite, "other", {name: items([0.0] * 6 + [1.0] * (MANY - 6)) for name in NAMES})
    both, alone = compare(one, other, suite), compare(one, other, suite, ["refranes"])
    assert [task.task for task in alone.tasks] == ["refranes"]
    assert both.tasks[0].p == alone.tasks[0].p == alone.tasks[0].p_holm
    assert both.tasks[0].p is not None
    assert both.tasks[0].p_holm == 2 * both.tasks[0].p
    assert (both.tasks[0].verdict, alone.tasks[0].verdict) == (Verdict.NOT_SHOWN, Verdict.BETTER)


@pytest.mark.parametrize("p_values", [[], [0.01], [0.04, 0.01, 0.03], [0.2, 0.2, 0.001, 0.9, 0.04], [0.6, 0.7]])
def test_the_correction_is_that_of_errorbars(p_values: list[float]):
    assert holm(p_values) == pytest.approx(holm_correction(p_values))


def test_on_a_scale_with_a_target_more_is_neither_better_nor_worse(tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("refranes"), bias_declaration("sesgo", items=MANY)])
    one, other = (
        row(suite, name, {"sesgo": items(scores, gold=None, choice=None)})
        for name, scores in (("one", [1.0] * 50 + [0.0] * 10), ("other", [1.0] * 20 + [0.0] * 40))
    )
    compared = compare(one, other, suite)
    assert [task.verdict for task in compared.tasks] == [Verdict.DIFFERENT]
    assert "different on 1 where more is not better of 1." in summary_of(compared)


@pytest.fixture(scope="module")
def of_population(tmp_path_factory: pytest.TempPathFactory) -> tuple[Population, list[Row]]:
    """Two equal models and a better one, on tasks of every metric."""
    population = Population(tmp_path_factory.mktemp("suite"), abilities=(0.0, 0.0, 1.5))
    return population, sorted(population.draw(1).rows, key=lambda one: one.request.model.name)


def test_every_metric_is_compared_and_the_summary_counts_the_verdicts(of_population: tuple[Population, list[Row]]):
    population, rows = of_population
    alike, apart = (compare(rows[one], rows[0], population.suite) for one in (1, 2))
    assert summary_of(alike) == "model-1 is better on 0, worse on 0, no difference shown on 13 of 13."
    assert apart.count(Verdict.WORSE) == 0
    assert apart.count(Verdict.BETTER) >= 11
    assert all(task.interval and task.interval.low <= (task.difference or 0) for task in apart.tasks)


def test_means_lie_apart_by_what_their_scores_do_with_a_narrower_interval_than_unpaired(
    of_population: tuple[Population, list[Row]],
):
    population, rows = of_population
    apart = compare(rows[2], rows[0], population.suite)
    assert len(apart.areas) == len({(one.language, one.area) for one in DESIGNS})
    assert set(apart.views) == {View.ES, View.CA, View.ALL}
    for view, found in apart.views.items():
        first, second = rows[2].standings[view].mean, rows[0].standings[view].mean
        assert first
        assert second
        assert first.interval
        assert second.interval
        assert found.difference == pytest.approx(first.score - second.score)
        unpaired = np.hypot(first.interval.high - first.interval.low, second.interval.high - second.interval.low)
        assert 0 < found.interval.low < found.difference < found.interval.high
        assert found.interval.high - found.interval.low < 0.97 * unpaired


def test_as_data_a_comparison_names_both_identities_and_the_rule(of_population: tuple[Population, list[Row]]):
    population, rows = of_population
    compared: Comparison = compare(rows[2], rows[0], population.suite, ["task_0"])
    board = population.draw(1)
    data = comparison_as_data(compared, board.rule)
    assert (data["rule"], data["one"]["model"], data["other"]["model"]) == ("mini-1.0", "model-2", "model-0")
    [task] = data["tasks"]
    assert (task["task"], task["items"], task["interval"]["method"]) == ("task_0", 30, "student_t")
    assert task["difference"] == pytest.approx(task["one"] - task["other"])
    assert len(task["disagreements"]) == len(compared.tasks[0].disagreements) > 0
    assert set(data["summary"]) == {*map(str, Verdict), "compared", "text"}
