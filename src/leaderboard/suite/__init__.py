"""What is measured: the registry of tasks, loaded and validated."""

from leaderboard.suite.items import item_id, read_rows
from leaderboard.suite.loading import EMBEDDED_SUITES, FIXTURES, load_suite, suite_path
from leaderboard.suite.registry import (
    UNKNOWN_LICENCE,
    EncoderDeclaration,
    Examples,
    Floor,
    FolderRows,
    HubDataset,
    HubRows,
    OwnRows,
    Suite,
    Task,
    TaskDeclaration,
    Weights,
)
from leaderboard.suite.strict_yaml import SuiteError
from leaderboard.suite.vocabulary import Area, Construct, Language, Metric, Sampler, TemplatePolicy

__all__ = [
    "EMBEDDED_SUITES",
    "FIXTURES",
    "UNKNOWN_LICENCE",
    "Area",
    "Construct",
    "EncoderDeclaration",
    "Examples",
    "Floor",
    "FolderRows",
    "HubDataset",
    "HubRows",
    "Language",
    "Metric",
    "OwnRows",
    "Sampler",
    "Suite",
    "SuiteError",
    "Task",
    "TaskDeclaration",
    "TemplatePolicy",
    "Weights",
    "item_id",
    "load_suite",
    "read_rows",
    "suite_path",
]
