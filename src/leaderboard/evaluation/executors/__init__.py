"""Where an evaluation computes: in a child process of this machine, or in a job of Hugging Face's."""

from leaderboard.evaluation.executors.here import Here
from leaderboard.evaluation.executors.port import CannotBeginError, Evaluation, Executor

__all__ = ["CannotBeginError", "Evaluation", "Executor", "Here"]
