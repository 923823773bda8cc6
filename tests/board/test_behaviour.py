"""Constant answers, and scores that models share by more than chance."""

from pathlib import Path

import pytest

from leaderboard.board.behaviour import ConstantAnswer, constant_answers, p_above, shared_score
from leaderboard.board.intervals import wilson
from leaderboard.records import ItemResult, TaskResult
from leaderboard.suite import Suite
from tests.board.answers import Answers, chosen, result, some_right
from tests.builders import request_for, tiny_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def results(suite: Suite, *answers: Answers) -> dict[str, TaskResult]:
    asked = request_for(suite)
    return {f"m{place:03}": result(asked, suite.tasks[0], items) for place, items in enumerate(answers)}


def test_a_constant_answer_is_told_with_its_figures(suite: Suite):
    found = constant_answers(results(suite, chosen([1] * 39 + [0]), chosen([0, 1] * 20)))
    assert found == {"m000": ConstantAnswer(option=1, share=39 / 40, gold_share=0.5)}


@pytest.mark.parametrize(("items", "is_constant"), [(20, True), (19, False)])
def test_a_constant_answer_to_a_handful_of_items_is_no_evidence(suite: Suite, items: int, is_constant: bool):
    assert bool(constant_answers(results(suite, chosen([1] * items)))) is is_constant


def test_free_answers_and_items_without_a_known_right_option_are_not_looked_at(suite: Suite):
    free = tuple(ItemResult(id=f"i{number}", score=0.0) for number in range(40))
    open_gold = tuple(ItemResult(id=f"i{number}", options=3, choice=0, score=0.0) for number in range(40))
    assert constant_answers(results(suite, free, open_gold)) == {}


def test_models_that_answer_alike_share_their_score(suite: Suite):
    alike = some_right(30, 50, "alike")
    found = shared_score(results(suite, alike, alike, alike, some_right(30, 50, "other"), some_right(44, 50, "x")), 3)
    assert found is not None
    assert (found.models, found.score, found.is_item_by_item) == (("m000", "m001", "m002"), 0.6, True)
    assert shared_score(results(suite, alike, alike, alike), 4) is None


def test_models_that_meet_on_a_score_of_few_items_by_chance_share_nothing(suite: Suite):
    meeting = [some_right(30, 50, f"{seed}") for seed in range(3)]
    assert shared_score(results(suite, *meeting, *(some_right(40 + one, 50, "x") for one in range(5))), 3) is None


@pytest.mark.parametrize(("sharing", "is_found"), [(8, True), (4, False)])
def test_many_models_do_not_meet_on_one_score_of_many_items_by_chance(suite: Suite, sharing: int, is_found: bool):
    meeting = [some_right(120, 200, f"{seed}") for seed in range(sharing)]
    others = [some_right(130 + one, 200, "x") for one in range(24 - sharing)]
    found = shared_score(results(suite, *meeting, *others), 3)
    assert (found is not None) is is_found
    if found is not None:
        assert (len(found.models), found.is_item_by_item) == (8, False)


@pytest.mark.parametrize(("items", "is_found"), [(20, True), (19, False)])
def test_the_same_answers_to_a_handful_of_items_are_no_evidence(suite: Suite, items: int, is_found: bool):
    alike = some_right(12, items, "alike")
    assert (shared_score(results(suite, alike, alike, alike), 3) is not None) is is_found


def test_the_p_value_of_a_lead_is_that_of_the_end_of_its_interval():
    interval = wilson(0.6, 100)
    assert p_above(0.6 - interval.low, 0.6 - interval.low, 100) == pytest.approx(0.025)
    assert p_above(0.1, 0.6 - interval.low, 100) < 0.025 < p_above(0.09, 0.6 - interval.low, 100)
    assert p_above(0.1, 0.05, 5) > p_above(0.1, 0.05, 500)


def test_there_is_no_lead_below_the_bar_nor_from_a_single_unit():
    assert p_above(0.0, 0.1, 100) == 1.0
    assert p_above(-0.1, 0.1, 100) == 1.0
    assert p_above(0.1, 0.05, 1) == 1.0
    assert p_above(0.1, 0.0, 100) == 0.0
