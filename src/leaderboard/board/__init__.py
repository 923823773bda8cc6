"""From records to the board: scores, intervals, means, ranks. Pure functions, no input or output."""

from leaderboard.board.building import BoardBuilder, build_board
from leaderboard.board.cells import Cell
from leaderboard.board.engines import mixed_engines
from leaderboard.board.intervals import Interval, IntervalMethod
from leaderboard.board.row_data import row_as_data
from leaderboard.board.rows import Board, Mean, Row, Standing
from leaderboard.board.rule import Rule, rule_as_of, rule_in_force
from leaderboard.board.scores import normalised
from leaderboard.board.views import Means, View, means_of

__all__ = [
    "Board",
    "BoardBuilder",
    "Cell",
    "Interval",
    "IntervalMethod",
    "Mean",
    "Means",
    "Row",
    "Rule",
    "Standing",
    "View",
    "build_board",
    "means_of",
    "mixed_engines",
    "normalised",
    "row_as_data",
    "rule_as_of",
    "rule_in_force",
]
