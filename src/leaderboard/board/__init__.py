"""From records to the board: scores, means, ranks. Pure functions, no input or output."""

from leaderboard.board.engines import mixed_engines
from leaderboard.board.rows import Cell, Row, build_board, row_as_data
from leaderboard.board.scores import language_scores, normalised, overall_average

__all__ = [
    "Cell",
    "Row",
    "build_board",
    "language_scores",
    "mixed_engines",
    "normalised",
    "overall_average",
    "row_as_data",
]
