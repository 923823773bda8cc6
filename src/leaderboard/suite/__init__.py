"""What is measured: the registry of tasks, loaded and validated."""

from leaderboard.suite.items import item_id, read_rows
from leaderboard.suite.loading import EMBEDDED_SUITES, load_suite
from leaderboard.suite.registry import (
    Area,
    Language,
    Metric,
    Suite,
    Task,
    TaskDeclaration,
    TemplatePolicy,
)
from leaderboard.suite.strict_yaml import SuiteError

__all__ = [
    "EMBEDDED_SUITES",
    "Area",
    "Language",
    "Metric",
    "Suite",
    "SuiteError",
    "Task",
    "TaskDeclaration",
    "TemplatePolicy",
    "item_id",
    "load_suite",
    "read_rows",
]
