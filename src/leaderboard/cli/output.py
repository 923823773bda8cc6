"""What every command prints in the same way."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from leaderboard.board import Board, View
from leaderboard.installation import Installation
from leaderboard.records import LeaderboardError

Command = Callable[[Installation, argparse.Namespace], int]


def add_command(commands: Any, name: str, command: Command, summary: str) -> argparse.ArgumentParser:
    """Describe a command that prints a table, or JSON where it is asked to."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(command=command)
    return parser


def warn_of(errors: Sequence[LeaderboardError]) -> None:
    """Name every file that was set aside."""
    for error in errors:
        sys.stderr.write(f"warning: {error}\n")


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=1))


def chosen_view(board: Board, wanted: str | None) -> View | None:
    """Return the view that was asked for, or the default one.

    Raises:
        LeaderboardError: the board has no such view.
    """
    if wanted is None:
        return board.means.default_view
    if wanted not in board.means.views:
        present = ", ".join(board.means.views) or "none"
        message = f"The suite {board.rule.suite.name} has no view {wanted[:20]}. It has: {present}."
        raise LeaderboardError(message)
    return View(wanted)
