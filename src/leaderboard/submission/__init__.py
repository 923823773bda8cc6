"""Is this model acceptable: its facts, the checks, and the way into the queue."""

from leaderboard.submission.desk import SubmissionDesk
from leaderboard.submission.estimate import Speeds
from leaderboard.submission.examination import Candidate, Examination
from leaderboard.submission.findings import CheckName, Finding, Outcome
from leaderboard.submission.premises import (
    AUTO_PRECISION,
    BASELINES,
    MODEL_PRECISIONS,
    OPERATOR,
    Premises,
    Submitter,
    Wish,
)
from leaderboard.submission.problems import Problem, ProblemCode, SubmissionRefusedError
from leaderboard.submission.quota import Quota

__all__ = [
    "AUTO_PRECISION",
    "BASELINES",
    "MODEL_PRECISIONS",
    "OPERATOR",
    "Candidate",
    "CheckName",
    "Examination",
    "Finding",
    "Outcome",
    "Premises",
    "Problem",
    "ProblemCode",
    "Quota",
    "Speeds",
    "SubmissionDesk",
    "SubmissionRefusedError",
    "Submitter",
    "Wish",
]
