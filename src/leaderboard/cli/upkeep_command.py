"""`python -m leaderboard upkeep`: when each duty was done last; with --once, do what is due."""

import argparse
from typing import Any

from leaderboard.cli.output import add_command, print_json
from leaderboard.cli.tables import aligned
from leaderboard.installation import Installation
from leaderboard.records import utc_now
from leaderboard.upkeep import DUTIES, DutyName, do_what_is_due
from leaderboard.upkeep.diary import read_diary

OK, REFUSED = 0, 1


def add_upkeep_command(commands: Any) -> None:
    """Describe `upkeep`."""
    upkeep = add_command(commands, "upkeep", _upkeep, "say when each duty was done last, or do what is due")
    upkeep.add_argument("--once", action="store_true", help="do every duty that is due, and end")
    names = [str(one) for one in DutyName]
    upkeep.add_argument("--also", choices=names, action="append", default=[], help="with --once: due or not")


def _upkeep(house: Installation, options: argparse.Namespace) -> int:
    if options.once:
        return _once(house, options)
    diary = read_diary(house.results)
    rows = []
    for duty in DUTIES:
        last = diary.duties.get(duty.name)
        every = f"{duty.every.days} days" if duty.every else "every round"
        begun = f"{last.begun_at:%Y-%m-%d %H:%M}" if last else "-"
        rows.append({"duty": str(duty.name), "every": every, "last": begun, "said": last.said if last else ""})
    print_json(rows) if options.json else print(aligned(tuple(rows[0]), [tuple(row.values()) for row in rows]))
    return OK


def _once(house: Installation, options: argparse.Namespace) -> int:
    done = do_what_is_due(house, utc_now(), also=[DutyName(one) for one in options.also])
    if options.json:
        print_json([{"duty": str(one.duty), "said": one.said, "failed": one.failed} for one in done])
    else:
        for one in done:
            print(f"{'FAILED ' if one.failed else ''}{one.duty}: {one.said}")
        if not done:
            print("Nothing was due.")
    return REFUSED if any(one.failed for one in done) else OK
