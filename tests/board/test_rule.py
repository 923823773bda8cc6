"""Which rule and which tasks were in force when."""

from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.board.rule import is_recorded, rule_as_of, rule_in_force, suite_as_of
from leaderboard.records import Exclusion, ExclusionReason, RuleHistory, RuleVersion
from leaderboard.suite import Suite
from tests.builders import NOW, TWO_TASKS, declaration, some_sha256, tiny_suite

DAY = timedelta(days=1)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def recorded(suite: Suite, number: int = 1, left_out: str | None = None) -> RuleVersion:
    configs = {task.id: task.config_hash for task in suite.tasks}
    gone = [Exclusion(task=left_out, config_hash=configs[left_out], reason=ExclusionReason.DEAD)] if left_out else []
    return RuleVersion(
        version=number,
        at=NOW + number * DAY,
        note="why",
        suite=suite.label,
        configs=configs,
        drafts=tuple(task.id for task in suite.tasks if task.is_draft),
        excluded=tuple(gone),
    )


def test_each_moment_has_the_version_of_then(suite: Suite):
    history = RuleHistory(versions=(recorded(suite, 1, "sumas"), recorded(suite, 2)))
    moments = [NOW, NOW + DAY, NOW + 2 * DAY - timedelta(seconds=1), NOW + 2 * DAY]
    rules = [rule_as_of(moment, suite, history) for moment in moments]
    assert [rule.label for rule in rules] == ["mini-1.0", "mini-1.1", "mini-1.1", "mini-1.2"]
    assert [list(rule.excluded) for rule in rules] == [[], ["sumas"], ["sumas"], []]
    assert rule_in_force(suite, history) == rules[-1]


def test_versions_of_another_suite_in_the_same_store_say_nothing(suite: Suite, tmp_path: Path):
    other = tiny_suite(tmp_path / "other", [declaration("refranes"), declaration("mas")])
    other = other.replaced(label=other.label.replaced(name="other"))
    own = RuleHistory(versions=(recorded(suite, 1, "sumas"),))
    both = RuleHistory(versions=(*own.versions, recorded(other, 2, "refranes")))
    assert rule_in_force(suite, both) == rule_in_force(suite, own)
    assert rule_as_of(NOW + 3 * DAY, suite, both) == rule_as_of(NOW + 3 * DAY, suite, own)
    assert suite_as_of(NOW + 3 * DAY, suite, both) == suite
    assert (is_recorded(suite, both), is_recorded(other, both), is_recorded(other, own)) == (True, True, False)
    assert (rule_in_force(other, own).label, rule_in_force(other, both).label) == ("other-1.0", "other-1.2")
    assert rule_as_of(NOW + DAY, other, both).version == 0


def test_a_past_rule_has_the_configurations_of_then_and_that_of_the_present_the_suites(suite: Suite):
    old = recorded(suite).replaced(configs={"refranes": some_sha256("old")})
    history = RuleHistory(versions=(old,))
    assert rule_as_of(NOW + DAY, suite, history).configs == {"refranes": some_sha256("old")}
    assert rule_in_force(suite, history).configs == {task.id: task.config_hash for task in suite.tasks}


def test_a_task_that_came_later_is_not_in_the_suite_of_before(suite: Suite, tmp_path: Path):
    history = RuleHistory(versions=(recorded(suite),))
    larger = tiny_suite(tmp_path / "larger", [*TWO_TASKS, declaration("mas")])
    assert [task.id for task in suite_as_of(NOW + DAY, larger, history).tasks] == ["refranes", "sumas"]
    assert suite_as_of(NOW, larger, history) == larger


@pytest.mark.parametrize("was_draft", [True, False])
def test_a_task_that_was_a_draft_then_is_one_in_the_suite_of_then_and_a_signed_one_is_not(
    suite: Suite, *, was_draft: bool
):
    refranes, sumas = suite.tasks
    then = suite.replaced(
        tasks=(refranes.replaced(reviewed_items=4), sumas.replaced(reviewed_items=0 if was_draft else 4))
    )
    now = suite.replaced(
        tasks=(refranes.replaced(reviewed_items=4), sumas.replaced(reviewed_items=4 if was_draft else 3))
    )
    history = RuleHistory(versions=(recorded(then),))
    assert [task.is_draft for task in now.tasks] == [False, not was_draft]
    assert [task.is_draft for task in suite_as_of(NOW + DAY, now, history).tasks] == [False, was_draft]


def test_the_suite_is_recorded_while_configurations_and_drafts_are_those_of_the_newest_version(
    suite: Suite, tmp_path: Path
):
    history = RuleHistory(versions=(recorded(suite),))
    assert is_recorded(suite, history)
    assert not is_recorded(suite, RuleHistory())
    changed = tiny_suite(tmp_path / "changed", (TWO_TASKS[0], {**TWO_TASKS[1], "version": 2}))
    assert not is_recorded(changed, history)
    signed, waiting = (
        suite.replaced(tasks=tuple(task.replaced(reviewed_items=count) for task in suite.tasks)) for count in (4, 0)
    )
    assert [is_recorded(one, RuleHistory(versions=(recorded(signed),))) for one in (signed, waiting)] == [True, False]
