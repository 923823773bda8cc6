"""Everything that an export of the board holds, as files by path."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leaderboard.board import Board
from leaderboard.exchange.community_evals import community_eval_files
from leaderboard.exchange.csv_files import scores_as_csv
from leaderboard.exchange.every_eval_ever import every_eval_ever_files
from leaderboard.exchange.passing_on import NotPassedOn, checked_url
from leaderboard.exchange.score_files import scores_as_json, scores_as_parquet
from leaderboard.exchange.score_table import score_rows
from leaderboard.suite import Suite


@dataclass(frozen=True)
class Export:
    """The files of an export, and what could not be in them."""

    files: Mapping[str, bytes]
    rows: int
    """Of the table of scores."""
    every_eval_ever: int
    """How many files there are for that collection."""
    eval_results: int
    """How many there are for the Hub, to be reviewed."""
    left: tuple[NotPassedOn, ...]


def export_of(board: Board, suite: Suite, generated_at: datetime, source_url: str | None = None) -> Export:
    """Return the export of a board: the table of scores in three formats, and a file a model in two more.

    `source_url` is where people find the board; no file names a source without it.

    Raises:
        LeaderboardError: `source_url` is no address.
    """
    url = checked_url(source_url) if source_url is not None else None
    rows, rule = score_rows(board, suite), board.rule.label
    collected, not_collected = every_eval_ever_files(board, suite, url)
    shown, not_shown = community_eval_files(board, suite, url)
    files = {
        "board.csv": scores_as_csv(rows).encode(),
        "board.parquet": scores_as_parquet(rows, rule),
        "board.json": scores_as_json(rows, rule, generated_at),
        **{f"every_eval_ever/{path}": content for path, content in collected.items()},
        **{f"eval_results/{path}": content for path, content in shown.items()},
    }
    return Export(files, len(rows), len(collected), len(shown), (*not_collected, *not_shown))
