"""What moved between two boards, and why."""

from pathlib import Path
from random import Random

import pytest

from leaderboard.board import Board, Rule, View, build_board, rule_in_force
from leaderboard.board.moves import Move, MoveCause, MoveReason, Place, move_as_data, moves
from leaderboard.records import Evaluation, Exclusion, ExclusionReason, ModelSource, Precision, RuleHistory
from leaderboard.suite import Suite
from tests.builders import NOW, TWO_TASKS, evaluation, facts, model, request_for, tiny_suite

HUB = ModelSource.HUB


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def mended(tmp_path: Path) -> Suite:
    """The same suite after `sumas` got another configuration."""
    return tiny_suite(tmp_path / "mended", (TWO_TASKS[0], {**TWO_TASKS[1], "version": 2}))


def of(suite: Suite, name: str, refranes: int | None, sumas: int | None, **changes: object) -> Evaluation:
    right = {task: count for task, count in (("refranes", refranes), ("sumas", sumas)) if count is not None}
    return evaluation(request_for(suite, name, **changes), suite, right)


def again(suite: Suite, name: str, **right: int) -> Evaluation:
    """Return the second run of a request."""
    asked = request_for(suite, name)
    found = evaluation(asked, suite, right, attempt=2, finished_at=NOW.replace(hour=13))
    results = tuple(one.replaced(run=found.manifest.run) for one in found.results)
    return found.replaced(results=results)


def board(suite: Suite, *evaluations: Evaluation, rule: Rule | None = None) -> Board:
    return build_board(evaluations, suite, rule)


def without(suite: Suite, task: str) -> Rule:
    rule = rule_in_force(suite, RuleHistory())
    left_out = Exclusion(task=task, config_hash=rule.configs[task], reason=ExclusionReason.DEAD)
    return Rule(1, rule.suite, rule.configs, {task: left_out})


def told(found: list[Move], view: View = View.ES) -> dict[str, list[str]]:
    """Return the reasons by model in a view, with their tasks."""
    return {
        one.model: [" ".join((str(cause.reason), *cause.tasks)) for cause in one.causes]
        for one in found
        if one.view is view
    }


def test_a_board_has_not_moved_from_itself(suite: Suite):
    now = board(suite, of(suite, "a", 4, 4), of(suite, "b", 3, None))
    assert moves(now, now) == []
    assert moves(board(suite), board(suite)) == []


def test_incident_18_a_new_model_changes_nobodys_score_and_only_ranks_of_those_it_passed(suite: Suite):
    others = [of(suite, "best", 4, 4), of(suite, "last", 1, 1)]
    found = moves(board(suite, *others), board(suite, *others, of(suite, "new", 3, 3)))
    assert told(found) == {"new": ["new_model"], "last": ["others"]}
    assert told(found, View.ALL) == told(found)
    new, last = (one for one in found if one.view is View.ES)
    assert (new.before, new.after) == (None, Place(0.5, 2))
    assert (last.before, last.after) == (Place(-0.5, 2), Place(-0.5, 3))
    assert (last.passed_by, last.passed, last.size) == (("new",), (), 1)


def test_incident_18_a_missing_task_of_one_model_changes_nobody_elses_score(suite: Suite):
    others = [of(suite, "a", 3, 4), of(suite, "b", 2, 1)]
    found = moves(board(suite, *others, of(suite, "c", 1, 1)), board(suite, *others, of(suite, "c", 1, None)))
    assert [(str(one.view), one.model, one.after) for one in found] == [
        ("gl", "c", Place(None, None)),
        ("all", "c", Place(None, None)),
    ]
    assert told(found, View.GL) == {"c": ["lost sumas"]}


def test_an_incomplete_model_that_comes_is_no_move_and_what_completes_it_is(suite: Suite):
    nothing, half = board(suite), board(suite, of(suite, "a", 3, None))
    assert set(told(moves(nothing, half), View.GL)) | set(told(moves(nothing, half), View.ALL)) == set()
    found = moves(half, board(suite, of(suite, "a", 3, 4)))
    assert (told(found, View.ES), told(found, View.GL)) == ({}, {"a": ["measured sumas"]})


def test_a_reevaluation_names_the_tasks_whose_score_is_another(suite: Suite):
    before = board(suite, of(suite, "a", 3, 3))
    found = moves(before, board(suite, again(suite, "a", refranes=3, sumas=4)))
    assert (told(found, View.ES), told(found, View.GL)) == ({}, {"a": ["reevaluation sumas"]})
    assert told(found, View.ALL) == {"a": ["reevaluation sumas"]}
    assert moves(before, board(suite, again(suite, "a", refranes=3, sumas=3))) == []


def test_incident_24_a_mended_task_shows_as_a_move_with_its_reason(suite: Suite, mended: Suite):
    old = [of(suite, "a", 4, 1), of(suite, "b", 3, 4)]
    new = [evaluation(request_for(mended, name), mended, {"sumas": right}) for name, right in (("a", 4), ("b", 2))]
    before = board(suite, *old)
    waiting = moves(before, board(mended, *old))
    assert told(waiting, View.GL) == {"a": ["task_version sumas"], "b": ["task_version sumas"]}
    assert {one.after for one in waiting} == {Place(None, None)}
    found = moves(before, board(mended, *old, *new))
    assert told(found, View.ES) == {}
    assert told(found, View.GL) == {"a": ["task_version sumas"], "b": ["task_version sumas"]}
    in_gl = {one.model: (one.before, one.after, one.passed) for one in found if one.view is View.GL}
    assert in_gl["a"] == (Place(-0.5, 2), Place(1.0, 1), ("b",))


def test_incident_24_a_model_whose_every_result_is_of_an_older_task_leaves_for_that(tmp_path: Path):
    old = tiny_suite(tmp_path / "old", TWO_TASKS[:1])
    new = tiny_suite(tmp_path / "new", ({**TWO_TASKS[0], "version": 2},))
    found = moves(board(old, of(old, "a", 3, None)), board(new, of(old, "a", 3, None)))
    assert told(found) == {"a": ["task_version refranes"]}
    assert found[0].after is None


def test_a_task_left_out_and_taken_back_is_a_reason_for_all_that_moved_and_only_in_its_views(tmp_path: Path):
    suite = tiny_suite(tmp_path / "one", [{**one, "language": "es"} for one in TWO_TASKS])
    evaluations = [of(suite, "a", 4, 1), of(suite, "b", 3, 3), of(suite, "c", 2, 2)]
    whole, less = board(suite, *evaluations), board(suite, *evaluations, rule=without(suite, "sumas"))
    for before, after in ((whole, less), (less, whole)):
        found = moves(before, after)
        assert told(found) == {"a": ["rule_version sumas"], "b": ["rule_version sumas"]}  # c scores 0 on both


def test_a_model_that_is_new_has_that_reason_alone_though_the_rule_changed_too(suite: Suite):
    whole, less = rule_in_force(suite, RuleHistory()), without(suite, "sumas")
    one = of(suite, "a", 4, 4)
    assert told(moves(board(suite, rule=less), board(suite, one, rule=whole)), View.GL) == {"a": ["new_model"]}
    assert told(moves(board(suite, one, rule=whole), board(suite, rule=less)), View.GL) == {"a": ["withdrawn"]}


def test_a_task_that_came_to_the_suite_and_a_weight_are_the_suites_doing(tmp_path: Path):
    larger = tiny_suite(tmp_path / "larger", [{**one, "language": "es"} for one in TWO_TASKS])
    smaller = larger.replaced(tasks=larger.tasks[:1])
    evaluations = [of(larger, "a", 4, 3)]
    assert told(moves(board(smaller, *evaluations), board(larger, *evaluations))) == {"a": ["suite sumas"]}
    heavy = tiny_suite(
        tmp_path / "heavy",
        [{**one, "language": "es"} for one in TWO_TASKS],
        weights={"areas": {"mathematics": 3.0}},
    )
    assert told(moves(board(larger, *evaluations), board(heavy, *evaluations))) == {"a": ["suite"]}


def test_another_revision_that_stands_for_the_model_is_named(suite: Suite):
    first = of(suite, "a", 3, 3, model=model("a", source=HUB, revision="1" * 40))
    later = of(suite, "a", 4, 3, model=model("a", source=HUB, revision="2" * 40))
    later = later.replaced(manifest=later.manifest.replaced(finished_at=NOW.replace(hour=13)))
    found = moves(board(suite, first), board(suite, first, later))
    assert told(found) == {"somos/a": ["other_identity"]}
    [cause] = next(one.causes for one in found if one.view is View.ES)
    assert cause.detail == "111111111111 bfloat16 template:auto -> 222222222222 bfloat16 template:auto"


def test_another_precision_that_stands_for_the_model_is_named_and_so_is_what_else_applies(suite: Suite, mended: Suite):
    native = facts(native_precision=Precision.FLOAT16)
    first = of(suite, "a", 3, 3, facts=native)
    later = of(mended, "a", 4, 4, precision=Precision.FLOAT16, facts=native)
    found = moves(board(suite, first), board(mended, first, later))
    assert told(found, View.ES) == {"a": ["other_identity"]}
    assert told(found, View.GL) == {"a": ["other_identity", "task_version sumas"]}


def test_local_folders_of_one_name_are_two_models(suite: Suite):
    one, other = (of(suite, "a", 3, 3, model=model("a", revision=digit * 64)) for digit in "12")
    found = moves(board(suite, one), board(suite, other))
    assert sorted(told([move for move in found if move.before is None]).items()) == [("a", ["new_model"])]
    assert sorted(told([move for move in found if move.after is None]).items()) == [("a", ["withdrawn"])]


def test_incident_26_a_model_that_is_gone_is_told_and_who_rose_for_it(suite: Suite):
    last = of(suite, "last", 1, 1)
    found = moves(board(suite, of(suite, "best", 4, 4), last), board(suite, last))
    assert told(found) == {"best": ["withdrawn"], "last": ["others"]}
    moved = {one.model: one for one in found if one.view is View.ES}
    assert (moved["best"].before, moved["best"].after) == (Place(1.0, 1), None)
    assert (moved["last"].passed_by, moved["last"].passed, moved["last"].size) == ((), ("best",), -1)


def test_a_baseline_moves_by_its_score_and_passes_nobody(suite: Suite):
    baseline = {
        "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
    }
    others = [of(suite, "a", 2, 2)]
    found = moves(board(suite, *others), board(suite, *others, of(suite, "dummy", 4, 4, **baseline)))
    assert told(found) == {"dummy": ["new_model"]}
    assert found[0].after == Place(1.0, None)


def test_who_passed_whom_explains_every_difference_of_ranks(suite: Suite):
    random = Random(8)  # noqa: S311 - not cryptography
    for _ in range(20):
        boards = [
            board(
                suite,
                *(of(suite, f"m{one}", random.randint(0, 4), 2) for one in range(8) if random.random() < 0.8),
            )
            for _ in range(2)
        ]
        found = [one for one in moves(*boards) if one.before and one.after and one.before.rank and one.after.rank]
        assert [one.size for one in found] == [one.after.rank - one.before.rank for one in found]


def test_a_move_is_plain_data():
    move = Move(
        View.ES,
        "a",
        None,
        Place(0.5, 2),
        (MoveCause(MoveReason.TASK_VERSION, ("sumas",)),),
        passed=("b",),
    )
    assert move_as_data(move) == {
        "view": "es",
        "model": "a",
        "before": None,
        "after": {"score": 0.5, "rank": 2},
        "causes": [{"reason": "task_version", "tasks": ["sumas"], "detail": None}],
        "passed_by": [],
        "passed": ["b"],
    }
