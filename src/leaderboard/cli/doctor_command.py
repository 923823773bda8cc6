"""`python -m leaderboard doctor`: what is wrong with this installation, and what mends it."""

import argparse
from typing import Any

from leaderboard.cli.output import add_command, print_json
from leaderboard.doctor import Grade, examine
from leaderboard.installation import Installation
from leaderboard.records import utc_now

_SIGNS = {Grade.GOOD: "ok", Grade.WARNING: "warning", Grade.WRONG: "WRONG"}


def add_doctor_command(commands: Any) -> None:
    """Describe `doctor`."""
    add_command(commands, "doctor", _doctor, "say what is wrong with this installation, and what mends it")


def _doctor(house: Installation, options: argparse.Namespace) -> int:
    found = examine(house, utc_now())
    if options.json:
        print_json([{"about": one.about, "grade": one.grade, "said": one.said, "mend": one.mend} for one in found])
    else:
        for one in found:
            print(f"{_SIGNS[one.grade]:<8} {one.about:<9} {one.said}")
            if one.mend:
                print(f"{'':<18} -> {one.mend}")
    return int(any(one.grade is Grade.WRONG for one in found))
