"""What is measured: the registry of tasks, loaded and validated."""

from leaderboard.suite.items import item_id, read_rows
from leaderboard.suite.loading import EMBEDDED_SUITES, FIXTURES, load_suite, suite_path
from leaderboard.suite.registry import (
    UNKNOWN_LICENCE,
    EncoderDeclaration,
    Examples,
    Floor,
    HubDataset,
    Probe,
    Suite,
    Task,
    TaskDeclaration,
    Weights,
)
from leaderboard.suite.rows import FolderRows, HubRows, OwnRows
from leaderboard.suite.strict_yaml import SuiteError
from leaderboard.suite.vocabulary import (
    UNPARSED,
    Area,
    Construct,
    Language,
    Metric,
    ProbeKind,
    Sampler,
    ShowItems,
    TemplatePolicy,
)

__all__ = [
    "EMBEDDED_SUITES",
    "FIXTURES",
    "UNKNOWN_LICENCE",
    "UNPARSED",
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
    "Probe",
    "ProbeKind",
    "Sampler",
    "ShowItems",
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
