"""What keeps a leaderboard in order while nobody looks: each duty, when it is due, and who did it last."""

from leaderboard.upkeep.diary import Diary, DutyRecord
from leaderboard.upkeep.duties import DUTIES, Duty, DutyName
from leaderboard.upkeep.rounds import Done, do_what_is_due
from leaderboard.upkeep.schedule import Schedule, UpkeepSchedule

__all__ = [
    "DUTIES",
    "Diary",
    "Done",
    "Duty",
    "DutyName",
    "DutyRecord",
    "Schedule",
    "UpkeepSchedule",
    "do_what_is_due",
]
