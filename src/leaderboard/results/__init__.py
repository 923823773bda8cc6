"""Published evaluations: written once under their run's path, read only where a state names them."""

from leaderboard.results.publishing import Publication, checkpoint_of, finished_run, finished_tasks, reference_to
from leaderboard.results.reading import Published, ResultsReader

__all__ = [
    "Publication",
    "Published",
    "ResultsReader",
    "checkpoint_of",
    "finished_run",
    "finished_tasks",
    "reference_to",
]
