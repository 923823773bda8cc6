"""Is this model acceptable: its facts, the checks, and the way into the queue."""

from leaderboard.submission.problems import Problem, ProblemCode, SubmissionRefusedError
from leaderboard.submission.submit import AUTO_PRECISION, BASELINES, MODEL_PRECISIONS, SubmissionDesk, Wish

__all__ = [
    "AUTO_PRECISION",
    "BASELINES",
    "MODEL_PRECISIONS",
    "Problem",
    "ProblemCode",
    "SubmissionDesk",
    "SubmissionRefusedError",
    "Wish",
]
