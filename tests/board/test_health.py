"""What speaks against a task, and who decides what becomes of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import factorial
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import build_board, rule_in_force
from leaderboard.board.health import Finding, Health, HealthState, assess, health_as_data
from leaderboard.records import (
    Evaluation,
    Exclusion,
    ExclusionReason,
    ModelSource,
    ModelType,
    Precision,
    RuleHistory,
)
from leaderboard.suite import Suite
from tests.board.answers import Answers, answered, chosen, right_on, some_of, some_right
from tests.builders import bias_declaration, declaration, facts, floor, model, some_sha256, tiny_suite

ITEMS = 100
SPREAD = (55, 60, 66, 71, 77, 82, 86, 91)
"""Right answers of eight models that are well apart."""
TASKS = ("uno", "dos", "tres")


def suite_of(folder: Path, *names: str, **changes: Any) -> Suite:
    return tiny_suite(folder / "suites", [declaration(name, **{"items": ITEMS, **changes}) for name in names])


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return suite_of(tmp_path, *TASKS)


def models(
    suite: Suite, uno: Sequence[Answers], changes: Sequence[Mapping[str, Any]] | None = None, **rest: Sequence[Answers]
) -> list[Evaluation]:
    """Return as many models as have answers to `uno`; on the other tasks each is better than the one before it."""
    right = [50 + 40 * place // len(uno) for place in range(len(uno))]
    columns = {name: [some_right(right[place], ITEMS, f"{name}{place}") for place in range(len(uno))] for name in TASKS}
    columns |= {"uno": uno, **rest}
    return [
        answered(
            suite,
            f"model-{place}",
            {task.id: columns[task.id][place] for task in suite.tasks},
            {"uno": changes[place]} if changes else None,
        )
        for place in range(len(uno))
    ]


def spread(*right: int, seed: str = "") -> list[Answers]:
    return [some_right(count, ITEMS, f"{seed}{place}") for place, count in enumerate(right)]


def of_uno(evaluations: list[Evaluation], suite: Suite) -> Health:
    return assess(build_board(evaluations, suite), suite)["uno"]


def found(evaluations: list[Evaluation], suite: Suite) -> dict[ExclusionReason, Finding]:
    health = of_uno(evaluations, suite)
    assert health.state is not HealthState.NOT_YET_ASSESSED
    return {one.reason: one for one in health.findings}


def test_nothing_speaks_against_a_task_on_which_models_lie_apart(suite: Suite):
    found = assess(build_board(models(suite, spread(*SPREAD)), suite), suite)
    assert list(found) == list(TASKS)
    assert {(one.state, one.findings, one.is_advised_against) for one in found.values()} == {
        (HealthState.SOUND, (), False)
    }
    assert (found["uno"].models, found["uno"].owners) == (8, 8)


def all_alike(suite: Suite, *names: str, **changes: Any) -> list[Evaluation]:
    answers = {task: some_right(60, ITEMS, "same") for task in TASKS}
    return [answered(suite, name, answers, **changes) for name in names]


def on_hub(suite: Suite, *names: str) -> list[Evaluation]:
    return [one for name in names for one in all_alike(suite, name, model=model(name, source=ModelSource.HUB))]


def test_a_task_is_judged_by_at_least_eight_models(suite: Suite):
    names = [f"model-{place}" for place in range(8)]
    seven, eight = of_uno(all_alike(suite, *names[:7]), suite), of_uno(all_alike(suite, *names), suite)
    assert (seven.state, seven.findings, seven.models) == (HealthState.NOT_YET_ASSESSED, (), 7)
    assert seven.is_counted
    assert not seven.is_advised_against
    assert (eight.state, eight.models) == (HealthState.QUESTIONABLE, 8)


def test_a_task_is_judged_by_models_of_at_least_four_owners(suite: Suite):
    three = [f"{owner}/m{place}" for owner in ("a", "B", "c") for place in range(3)]
    assert of_uno(on_hub(suite, *three), suite).state is HealthState.NOT_YET_ASSESSED
    assert of_uno(on_hub(suite, *three[:-1], "b/other"), suite).owners == 3
    assert of_uno(on_hub(suite, *three[:-1], "d/m"), suite).state is HealthState.QUESTIONABLE


def test_baselines_do_not_judge_a_task(suite: Suite):
    guesser: dict[str, Any] = {
        "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
        "facts": facts(ModelType.BASELINE, parameters=None, licence=None),
    }
    evaluations = all_alike(suite, *(f"model-{place}" for place in range(7)))
    assert of_uno([*evaluations, *all_alike(suite, "dummy", **guesser)], suite).models == 7


def test_the_same_weights_judge_a_task_once_whatever_they_are_called(suite: Suite):
    evaluations = all_alike(suite, *(f"model-{place}" for place in range(7)))
    copies = all_alike(suite, "copy", "copy-of-it", facts=facts(weights_sha256=some_sha256("weights")))
    assert of_uno([*evaluations, *copies], suite).models == 8


def test_other_identities_of_a_model_do_not_judge_a_task(suite: Suite):
    evaluations = all_alike(suite, *(f"model-{place}" for place in range(7)))
    again = all_alike(suite, "model-0", precision=Precision.FLOAT16)
    assert of_uno([*evaluations, *again], suite).models == 7


def test_a_model_without_the_task_does_not_judge_it(suite: Suite):
    evaluations = models(suite, spread(*SPREAD))
    without = answered(suite, "model-0", {"dos": some_right(50, ITEMS, "x")})
    assert of_uno([without, *evaluations[1:]], suite).models == 7


def test_a_task_is_dead_where_all_models_have_the_same_score(suite: Suite):
    findings = of_uno(models(suite, spread(*[60] * 8)), suite).findings
    assert findings[0] == Finding(ExclusionReason.DEAD, {"score": 0.6})
    assert ExclusionReason.DEGENERATE not in {one.reason for one in findings}
    assert ExclusionReason.DEAD not in found(models(suite, spread(*[60] * 7, 61)), suite)


def constant(option: int, number: int, seed: int) -> Answers:
    """Return an option for so many items of a hundred, the other one elsewhere."""
    others = some_of(range(ITEMS), ITEMS - number, str(seed))
    return chosen([1 - option if place in others else option for place in range(ITEMS)])


def test_incident_19_the_constant_answer_of_five_models_in_a_column_that_counts_is_named(suite: Suite):
    health = of_uno(models(suite, [*[constant(0, ITEMS, 0)] * 5, *spread(80, 85, 90)]), suite)
    degenerate = health.findings[0]
    assert degenerate.reason is ExclusionReason.DEGENERATE
    assert degenerate.models == tuple(f"model-{place}" for place in range(5))
    assert degenerate.figures == {
        "constant_models": 5,
        "constant_options": 1,
        "constant_share": 1.0,
        "gold_share": 0.5,
        "sharing_models": 5,
        "shared_score": 0.5,
        "item_by_item": 1.0,
    }
    assert health.is_counted
    assert health.is_advised_against


@pytest.mark.parametrize(("constant_models", "share", "is_degenerate"), [(4, 95, True), (3, 95, False), (4, 94, False)])
def test_a_task_is_degenerate_where_half_of_the_models_give_one_option_to_nearly_all_items(
    suite: Suite, constant_models: int, share: int, is_degenerate: bool
):
    answers = [constant(place % 2, share, place) for place in range(constant_models)]
    rest = spread(*SPREAD[constant_models:])
    assert (ExclusionReason.DEGENERATE in found(models(suite, [*answers, *rest]), suite)) is is_degenerate


@pytest.mark.parametrize(("wrong", "is_degenerate"), [(5, False), (6, True)])
def test_one_option_for_all_items_is_no_fault_where_it_is_right(suite: Suite, wrong: int, is_degenerate: bool):
    golds = [1] * wrong + [0] * (ITEMS - wrong)
    answers = [chosen([0] * (ITEMS - place) + [1] * place, golds) for place in range(5)]
    rest = [chosen([1] * (20 + 7 * place) + [0] * (80 - 7 * place), golds) for place in range(3)]
    assert (ExclusionReason.DEGENERATE in found(models(suite, [*answers, *rest]), suite)) is is_degenerate


@pytest.mark.parametrize(("sharing", "others", "is_degenerate"), [(3, 6, True), (3, 7, False), (2, 4, False)])
def test_a_task_is_degenerate_where_three_and_a_third_of_the_models_answer_the_same(
    suite: Suite, sharing: int, others: int, is_degenerate: bool
):
    shared = [some_right(57, ITEMS, "same")] * sharing
    rest = spread(*(60 + 4 * place for place in range(max(others, 8 - sharing))))
    health = found(models(suite, [*shared, *rest]), suite)
    assert (ExclusionReason.DEGENERATE in health) is is_degenerate
    if is_degenerate:
        assert health[ExclusionReason.DEGENERATE].models == ("model-0", "model-1", "model-2")


def test_a_task_with_a_target_can_only_be_dead_or_degenerate(tmp_path: Path):
    suite = tiny_suite(tmp_path / "suites", [declaration("dos"), bias_declaration("uno", items=ITEMS)])
    alike = {"dos": some_right(2, 4, "")}

    def bias(*answers: Answers) -> Health:
        return of_uno([answered(suite, f"m{place}", {**alike, "uno": one}) for place, one in enumerate(answers)], suite)

    assert bias(*spread(*[50] * 8)).findings[0].reason is ExclusionReason.DEAD
    half = bias(*spread(49, 50, 50, 51, 52, 52, 53, 48))
    assert (half.state, half.is_counted) == (HealthState.SOUND, False)
    degenerate = bias(*[constant(0, ITEMS, 0)] * 5, *spread(60, 65, 70))
    assert [one.reason for one in degenerate.findings] == [ExclusionReason.DEGENERATE]
    assert not degenerate.is_advised_against


@pytest.mark.parametrize(("low", "is_saturated"), [(95, True), (94, False)])
def test_a_task_is_saturated_where_all_but_a_quarter_have_nearly_everything_right(
    suite: Suite, low: int, is_saturated: bool
):
    evaluations = models(suite, spread(60, low, low, low, 96, 97, 98, 99, 99))
    assert (ExclusionReason.SATURATED in found(evaluations, suite)) is is_saturated


@pytest.mark.parametrize(("human", "is_saturated"), [(0.71, True), (0.72, False)])
def test_a_task_is_saturated_where_half_of_the_models_reach_what_people_do(
    tmp_path: Path, human: float, is_saturated: bool
):
    suite = suite_of(tmp_path, "uno", human={"score": human, "source": "somebody, 2020"})
    health = found(models(suite, spread(55, 60, 66, 70, 71, 77, 82, 86, 91)), suite)
    assert (ExclusionReason.SATURATED in health) is is_saturated
    if is_saturated:
        assert health[ExclusionReason.SATURATED].figures == {"lower_quarter": 0.66, "median": 0.71, "human": 0.71}


@pytest.mark.parametrize(("best", "is_at_chance"), [(63, True), (64, False)])
def test_a_task_is_at_chance_where_no_model_is_above_guessing_by_more_than_the_luckiest_of_so_many_guessers(
    suite: Suite, best: int, is_at_chance: bool
):
    evaluations = models(suite, spread(41, 44, 47, 50, 52, 53, 54, best))
    cell = build_board(evaluations, suite).rows[0].cells["uno"]
    assert cell.raw == best / ITEMS
    assert cell.interval is not None
    assert cell.interval.low > cell.chance, "by itself the interval lies above chance"
    health = found(evaluations, suite)
    assert (ExclusionReason.AT_CHANCE in health) is is_at_chance
    if is_at_chance:
        assert health[ExclusionReason.AT_CHANCE].figures == {"best": 0.63, "chance": 0.5}


@pytest.mark.parametrize(("mean", "is_at_chance"), [(0.79, True), (0.5, False), (0.3, False)])
def test_a_task_is_at_the_floor_where_no_model_is_above_what_random_weights_reach(
    suite: Suite, mean: float, is_at_chance: bool
):
    tasks = (suite.tasks[0].model_copy(update={"floor": floor(mean)}), *suite.tasks[1:])
    with_floor = suite.model_copy(update={"tasks": tasks})
    health = found(models(suite, spread(55, 60, 66, 71, 72, 73, 75, 80)), with_floor)
    assert (ExclusionReason.AT_CHANCE in health) is is_at_chance
    if is_at_chance:
        assert health[ExclusionReason.AT_CHANCE].figures == {"best": 0.8, "chance": 0.5, "floor": 0.8}


def test_a_task_is_too_small_where_no_two_models_are_told_apart(suite: Suite):
    close = (66, 67, 68, 69, 70, 71, 72, 73)
    assert found(models(suite, spread(*close)), suite)[ExclusionReason.TOO_SMALL].figures == {
        "items": ITEMS,
        "worst": 0.66,
        "best": 0.73,
    }
    assert ExclusionReason.TOO_SMALL not in found(models(suite, spread(*close[:-1], 95)), suite)


@pytest.mark.parametrize(("best", "is_too_small"), [(10, True), (11, False)])
def test_few_items_tell_models_apart_only_where_students_distribution_does(
    tmp_path: Path, best: int, is_too_small: bool
):
    """By the spread over draws alone 8 right of 12 would do, beside 3: twelve items do not show that spread surely."""
    suite = suite_of(tmp_path, "uno", items=12)
    evaluations = models(suite, [right_on(range(right), 12) for right in (3, 3, 4, 4, 4, 4, 5, best)])
    assert (ExclusionReason.TOO_SMALL in found(evaluations, suite)) is is_too_small


def test_two_models_in_the_middle_that_differ_on_one_side_only_are_told_apart(suite: Suite):
    middle = set(some_of(range(ITEMS), 46, "middle"))
    more = middle | set(some_of(sorted(set(range(ITEMS)) - middle), 15, "more"))
    pair = [right_on(middle, ITEMS), right_on(more, ITEMS)]
    rest = (44, 45, 52, 53, 54, 62)
    assert ExclusionReason.TOO_SMALL not in found(models(suite, [*pair, *spread(*rest)]), suite)
    alone = [right_on(middle, ITEMS), some_right(len(more), ITEMS, "another")]
    assert ExclusionReason.TOO_SMALL in found(models(suite, [*alone, *spread(*rest)]), suite)


def test_all_right_and_all_wrong_are_told_apart_though_no_draw_changes_either(suite: Suite):
    health = found(models(suite, [*spread(*[0] * 4), *spread(*[ITEMS] * 4)]), suite)
    assert ExclusionReason.TOO_SMALL not in health


@pytest.mark.parametrize(
    ("shares", "is_unparseable"),
    [
        ([0.51] * 4 + [0.0] * 4, True),
        ([0.51] * 3 + [0.0] * 5, False),
        ([0.5] * 8, False),
        ([0.9] * 4 + [None] * 4, True),
        ([None] * 8, False),
    ],
)
def test_a_task_is_unparseable_where_half_of_the_models_leave_most_answers_unreadable(
    suite: Suite, shares: list[float | None], is_unparseable: bool
):
    changes = [{} if share is None else {"secondary": {"unparsed": share}} for share in shares]
    health = found(models(suite, spread(*SPREAD), changes), suite)
    assert (ExclusionReason.UNPARSEABLE in health) is is_unparseable
    if is_unparseable:
        assert health[ExclusionReason.UNPARSEABLE].figures["failing_models"] == 4


def test_a_task_contradicts_the_rest_where_who_is_better_on_it_is_worse_on_the_others(suite: Suite):
    health = found(models(suite, spread(*reversed(SPREAD))), suite)
    figures = health[ExclusionReason.CONTRADICTING].figures
    assert figures["correlation"] < -0.9
    assert figures["p"] < 0.001
    assert (figures["models"], figures["other_tasks"]) == (8, 2)


@pytest.mark.parametrize(
    ("right", "p"),
    [
        ((80, 75, 70, 65, 60, 55, 50, 45), 1 / factorial(8)),
        ((80, 75, 70, 65, 60, 55, 45, 50), 8 / factorial(8)),
        ((85, 80, 75, 70, 65, 60, 55, 45, 50), 9 / factorial(9)),
        ((90, 85, 80, 75, 70, 65, 60, 55, 50, 45), 1 / factorial(10)),
    ],
)
def test_an_order_of_few_models_is_as_seldom_as_its_share_of_all_orders(suite: Suite, right: tuple[int, ...], p: float):
    """Where one order is the reverse of the other the usual approximation gives 0, of any number of models."""
    found_p = found(models(suite, spread(*right)), suite)[ExclusionReason.CONTRADICTING].figures["p"]
    assert found_p == pytest.approx(p)


def test_a_task_does_not_contradict_the_rest_by_what_chance_may_bring(suite: Suite):
    a_little = (77, 86, 91, 66, 82, 55, 71, 60)
    assert ExclusionReason.CONTRADICTING not in found(models(suite, spread(*a_little)), suite)


def test_one_other_task_is_no_rest_that_could_be_contradicted(tmp_path: Path):
    suite = suite_of(tmp_path, "uno", "dos")
    assert ExclusionReason.CONTRADICTING not in found(models(suite, spread(*reversed(SPREAD))), suite)


def test_a_task_is_held_against_its_own_language_only(tmp_path: Path):
    others = [declaration(name, items=ITEMS, language="gl") for name in ("dos", "tres")]
    suite = tiny_suite(tmp_path / "suites", [declaration("uno", items=ITEMS), *others])
    assert ExclusionReason.CONTRADICTING not in found(models(suite, spread(*reversed(SPREAD))), suite)


def test_health_does_not_depend_on_the_order_of_models(suite: Suite):
    answers = [*[constant(0, ITEMS, 0)] * 4, *spread(55, 60, 66, 71, 72)]
    evaluations = models(suite, answers)
    expected = assess(build_board(evaluations, suite), suite)
    assert expected["uno"].findings
    for seed in ("a", "b", "c"):
        board = build_board(some_of(evaluations, len(evaluations), seed), suite)
        shuffled = replace(board, rows=tuple(some_of(board.rows, len(board.rows), seed)))
        assert assess(shuffled, suite) == expected


def test_what_the_rule_leaves_out_is_still_looked_at_and_advised_no_more(suite: Suite):
    exclusion = Exclusion(task="uno", config_hash=suite.tasks[0].config_hash, reason=ExclusionReason.DEAD)
    rule = replace(rule_in_force(suite, RuleHistory()), version=1, excluded={"uno": exclusion})
    board = build_board(models(suite, spread(*[60] * 8)), suite, rule)
    health = assess(board, suite)["uno"]
    assert (health.is_counted, health.left_out, health.is_advised_against) == (False, exclusion, False)
    assert health.findings[0].reason is ExclusionReason.DEAD


def test_health_is_plain_data(suite: Suite):
    health = of_uno(models(suite, spread(*[60] * 8)), suite)
    data = json.loads(json.dumps(health_as_data(health), allow_nan=False))
    assert data["state"] == "questionable"
    assert (data["models"], data["owners"], data["counted"], data["left_out"]) == (8, 8, True, None)
    assert data["advised_against"] is True
    assert data["findings"][0] == {"reason": "dead", "figures": {"score": 0.6}, "models": []}
