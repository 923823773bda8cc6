"""The rule in force: which tasks the maintainers left out of the means, and which configuration of a task counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from leaderboard.records import Exclusion, RuleHistory, RuleVersion, SuiteLabel
from leaderboard.suite import Suite, Task


@dataclass(frozen=True)
class Rule:
    """What counts, at one moment."""

    version: int
    """0: no maintainer has changed anything yet."""
    suite: SuiteLabel
    configs: Mapping[str, str]
    """Task to the hash of the configuration whose results are shown; others are history."""
    excluded: Mapping[str, Exclusion] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What every export carries: suite, its version and the rule's, as in `ranking600m-1.0`."""
        return f"{self.suite.name}-{self.suite.version}.{self.version}"


def rule_in_force(suite: Suite, history: RuleHistory) -> Rule:
    """Return the rule of the present: the suite as it stands, less what its newest version leaves out."""
    newest = _newest(suite, history)
    return Rule(
        version=newest.version if newest else 0,
        suite=suite.label,
        configs={task.id: task.config_hash for task in suite.tasks},
        excluded=_excluded(newest),
    )


def rule_as_of(moment: datetime, suite: Suite, history: RuleHistory) -> Rule:
    """Return the rule that was in force at a past moment; before the first version the suite as it stands.

    Weights and areas are those of the present suite: only what was counted, and at which configuration, is kept.
    """
    newest = version_as_of(moment, suite, history)
    if newest is None:
        return rule_in_force(suite, RuleHistory())
    return Rule(newest.version, newest.suite, newest.configs, _excluded(newest))


def version_as_of(moment: datetime, suite: Suite, history: RuleHistory) -> RuleVersion | None:
    """Return the version of a suite's rule that was in force at a moment; None before its first."""
    return next((one for one in reversed(history.of_suite(suite.label.name)) if one.at <= moment), None)


def suite_as_of(moment: datetime, suite: Suite, history: RuleHistory) -> Suite:
    """Return a suite with the tasks of a past moment, drafts that were drafts then; else it is the present one.

    Without this, a task that came later would leave every model of that day incomplete. Tasks that left the suite since
    are gone: nothing says any more how they were scored.
    """
    version = version_as_of(moment, suite, history)
    if version is None:
        return suite
    tasks = tuple(_task_as_of(task, version) for task in suite.tasks if task.id in version.configs)
    return suite.replaced(tasks=tasks, label=version.suite)


def _task_as_of(task: Task, version: RuleVersion) -> Task:
    if task.reviewed_items is None or task.is_draft == (task.id in version.drafts):
        return task
    return task.replaced(reviewed_items=0 if task.id in version.drafts else task.declaration.items)


def is_recorded(suite: Suite, history: RuleHistory) -> bool:
    """Tell whether its newest version knows the suite as it stands, so that the board of today can be had later."""
    newest = _newest(suite, history)
    if newest is None:
        return False
    drafts = {task.id for task in suite.tasks if task.is_draft}
    return newest.configs == {task.id: task.config_hash for task in suite.tasks} and set(newest.drafts) == drafts


def _newest(suite: Suite, history: RuleHistory) -> RuleVersion | None:
    """Return the newest version of a suite's own; one of another suite says nothing about its tasks."""
    return next(reversed(history.of_suite(suite.label.name)), None)


def _excluded(version: RuleVersion | None) -> dict[str, Exclusion]:
    return {one.task: one for one in version.excluded} if version else {}
