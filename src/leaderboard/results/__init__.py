"""Published evaluations: written once under their run's path, read only where a state names them."""

from leaderboard.results.publishing import list_results, publish
from leaderboard.results.reading import Published, ResultsReader

__all__ = ["Published", "ResultsReader", "list_results", "publish"]
