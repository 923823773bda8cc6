"""What every command prints in the same way."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

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
