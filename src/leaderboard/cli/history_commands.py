"""`python -m leaderboard moves`: what moved in the ranking since a day, and why."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from leaderboard.board import View
from leaderboard.board.moves import Move, MoveCause, Place, move_as_data, moves
from leaderboard.cli.output import add_command, chosen_view, print_json, warn_of
from leaderboard.cli.tables import aligned
from leaderboard.history import board_as_of, moment_of, taken_down
from leaderboard.installation import BoardView, Installation, Tombstone
from leaderboard.records import LeaderboardError, utc_now

OK = 0
_DATE = "a date (its end, UTC) or a time, as in 2026-05-01 or 2026-05-01T12:00:00"


def add_history_commands(commands: Any) -> None:
    """Describe `moves`."""
    found = add_command(commands, "moves", _moves, "list what moved in the ranking since a day, and why")
    found.add_argument("--since", required=True, metavar="DATE", help=_DATE)
    found.add_argument("--until", metavar="DATE", help="likewise; now, where nothing is said")
    found.add_argument("--view", choices=[str(view) for view in View], help="only this; all, where nothing is said")


def _moves(house: Installation, options: argparse.Namespace) -> int:
    now = utc_now()
    since = moment_of(options.since, now)
    until = moment_of(options.until, now) if options.until else now
    if until < since:
        message = f"--until {options.until} is before --since {options.since}. Turn them round."
        raise LeaderboardError(message)
    view = house.queue.view()
    before = board_as_of(house, since, view)
    after = board_as_of(house, until, view) if options.until else house.board(view)
    _check_view(options.view, before, after)
    warn_of([*before.set_aside, *(one for one in after.set_aside if one not in before.set_aside)])
    found = [one for one in moves(before.board, after.board) if options.view in {None, str(one.view)}]
    gone = taken_down(view, since, until)
    if options.json:
        rules = {"before": before.board.rule.label, "after": after.board.rule.label}
        moments = {"since": since.isoformat(), "until": until.isoformat()}
        absent = [{"model": one.model, "date": one.date} for one in gone]
        print_json({**moments, "rules": rules, "moves": [move_as_data(one) for one in found], "taken_down": absent})
        return OK
    header = ("view", "model", "rank", "score", "why")
    print(aligned(header, [_line(one) for one in found]) if found else "Nothing moved.")
    if gone:
        print(_said_of_taken_down(gone))
    return OK


def warn_of_taken_down(gone: Sequence[Tombstone]) -> None:
    """Say of a past board which models it lacks because they were taken down since."""
    if gone:
        sys.stderr.write(f"warning: {_said_of_taken_down(gone)}\n")


def _said_of_taken_down(gone: Sequence[Tombstone]) -> str:
    names = ", ".join(f"{one.model} ({one.date})" for one in gone)
    return f"taken down since: {names}; ranks of others may have moved by it"


def _check_view(wanted: str | None, before: BoardView, after: BoardView) -> None:
    """Refuse a view that neither board has: that nothing moved in it would be no answer."""
    if wanted not in before.board.means.views:
        chosen_view(after.board, wanted)


def _line(move: Move) -> tuple[str, ...]:
    rank, score = (f"{_shown(move.before, name)} -> {_shown(move.after, name)}" for name in ("rank", "score"))
    why = "; ".join(_said(cause) for cause in move.causes)
    passing = [
        f"{said} {', '.join(names)}"
        for said, names in (("passed by", move.passed_by), ("no longer behind", move.passed))
        if names
    ]
    return str(move.view), move.model, rank, score, "; ".join([why, *passing])


def _shown(place: Place | None, name: str) -> str:
    value = getattr(place, name, None)
    if value is None:
        return "-"
    return str(value) if name == "rank" else f"{100 * value:.2f}"


def _said(cause: MoveCause) -> str:
    about = " ".join(cause.tasks) or cause.detail
    return f"{str(cause.reason).replace('_', ' ')}{f' ({about})' if about else ''}"
