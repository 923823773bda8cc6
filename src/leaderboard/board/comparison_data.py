"""A comparison as plain data, for machine-readable output. Scores and differences are fractions of 1."""

from dataclasses import asdict
from typing import Any

from leaderboard.board.comparison import Comparison, MeanDifference, TaskComparison, Verdict
from leaderboard.board.intervals import interval_as_data
from leaderboard.board.rows import Row
from leaderboard.board.rule import Rule


def comparison_as_data(comparison: Comparison, rule: Rule) -> dict[str, Any]:
    """Return a comparison of two rows of the board that `rule` governs."""
    return {
        "rule": rule.label,
        "one": _identity(comparison.one),
        "other": _identity(comparison.other),
        "summary": {
            **{str(verdict): comparison.count(verdict) for verdict in Verdict},
            "compared": comparison.comparable,
            "text": summary_of(comparison),
        },
        "views": {str(view): _mean_as_data(mean) for view, mean in comparison.views.items()},
        "areas": {f"{language}/{area}": _mean_as_data(mean) for (language, area), mean in comparison.areas.items()},
        "tasks": [_task_as_data(task) for task in comparison.tasks],
    }


def summary_of(comparison: Comparison) -> str:
    """Say in a sentence on how many tasks what was shown."""
    parts = [
        f"better on {comparison.count(Verdict.BETTER)}",
        f"worse on {comparison.count(Verdict.WORSE)}",
        f"no difference shown on {comparison.count(Verdict.NOT_SHOWN)}",
    ]
    if different := comparison.count(Verdict.DIFFERENT):
        parts.append(f"different on {different} where more is not better")
    text = f"{comparison.one.request.model.name} is {', '.join(parts)} of {comparison.comparable}."
    left = comparison.count(Verdict.NOT_COMPARABLE)
    return f"{text} Not comparable: {left}." if left else text


def _identity(row: Row) -> dict[str, Any]:
    request = row.request
    return {
        "model": request.model.name,
        "revision": request.model.revision,
        "precision": request.precision_label,
        "chat_template": str(request.chat_template),
        "thinking": request.thinking,
        "request": request.id,
    }


def _task_as_data(task: TaskComparison) -> dict[str, Any]:
    return {
        "task": task.task,
        "verdict": str(task.verdict),
        "not_comparable_because": str(task.obstacle) if task.obstacle else None,
        "items": task.items,
        "one": task.one,
        "other": task.other,
        "difference": task.difference,
        "interval": interval_as_data(task.interval),
        "p": task.p,
        "p_holm": task.p_holm,
        "disagreements": [asdict(one) for one in task.disagreements],
    }


def _mean_as_data(mean: MeanDifference) -> dict[str, Any]:
    return {"difference": mean.difference, "interval": interval_as_data(mean.interval)}
