"""Whether a suite's probes fit the tasks they are of."""

from pathlib import Path

from leaderboard.suite.registry import Probe, SuiteDeclaration, TaskDeclaration
from leaderboard.suite.strict_yaml import KeyPath, SuiteError, line_of
from leaderboard.suite.vocabulary import Metric, ProbeKind

_SAME_WAY = ("shots", "sampler", "filter", "chat_template", "classes")
"""What must not differ where a difference of two scores is read as one of their items alone."""

_ACCURACIES = frozenset({Metric.ACC, Metric.ACC_NORM})


def refuse_probes_of_nothing(declaration: SuiteDeclaration, path: Path, lines: dict[KeyPath, int]) -> None:
    """Make sure that every probe can be compared with the task it names.

    Raises:
        SuiteError: that task is not there, or is no task that this can be a probe of.
    """
    tasks = {task.id: task for task in declaration.tasks}
    for index, task in enumerate(declaration.tasks):
        if task.probe is not None:
            reason = _misfit(task, task.probe, tasks.get(task.probe.of))
            if reason:
                message = f"`{task.id}` cannot be a probe of `{task.probe.of}`: {reason}. Correct `probe`, or the task."
                raise SuiteError(path, line_of(("tasks", index, "probe"), lines), message)


def _misfit(task: TaskDeclaration, probe: Probe, of: TaskDeclaration | None) -> str | None:
    if of is None:
        return "the suite has no such task"
    if of.probe is not None:
        return f"that is a probe itself, of `{of.probe.of}`"
    is_accuracy = task.metric in _ACCURACIES and task.chance > 0
    needs_accuracy = probe.kind is ProbeKind.CHOICES_ONLY
    same = () if needs_accuracy else _SAME_WAY
    if probe.kind is ProbeKind.SHUFFLED_OPTIONS:
        same = (*same, "chance")
    differing = next((name for name in same if getattr(task, name) != getattr(of, name)), None)
    reasons = [
        (f"its language is {of.language}, and that of this task {task.language}", of.language is not task.language),
        ("on a scale with a target no difference is an advantage", task.target is not None or of.target is not None),
        (f"its metric is {of.metric}, and that of this task another", not needs_accuracy and of.metric != task.metric),
        ("choices_only takes an accuracy, and its `chance`", needs_accuracy and not is_accuracy),
        ("a probe speaks for no country, and this task names one", bool(task.variety or task.variety_field)),
        (f"its `{differing}` must be that of this task, or more differs than their items", differing is not None),
    ]
    return next((reason for reason, wrong in reasons if wrong), None)
