"""The maintainer's commands."""

from leaderboard.cli.main import main

__all__ = ["main"]
