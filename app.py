"""The Space: read settings, open the stores, start the scheduler, launch the page."""

import os
import signal
import sys
from pathlib import Path

# A Space installs requirements before the code is there, so the package is found by its place.
sys.path.insert(0, str(Path(__file__).resolve().parent / "src"))

from leaderboard.confinement.start import start_safely
from leaderboard.evaluation.scheduler import EvaluationScheduler
from leaderboard.installation import open_installation
from leaderboard.page import build_page, launch_page
from leaderboard.upkeep import Schedule, UpkeepSchedule


def main() -> None:
    """Run the leaderboard until it is stopped."""
    settings = start_safely(os.environ)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a Space is stopped with SIGTERM: end as at Ctrl-C
    house = open_installation(settings)
    page = build_page(house)
    if not house.evaluates:
        launch_page(page)
        return
    workers = house.new_workers()
    schedules: list[Schedule] = [
        UpkeepSchedule(house),
        *(EvaluationScheduler(worker, settings.poll_seconds) for worker in workers),
    ]
    for schedule in schedules:
        schedule.start()
    try:
        launch_page(page)
    finally:
        for worker in workers:
            worker.stop()
        for schedule in schedules:
            schedule.stop()


if __name__ == "__main__":
    main()
