"""The maintainer's commands: `python -m leaderboard COMMAND`."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from leaderboard.board import View, row_as_data
from leaderboard.cli.compare_commands import add_compare_commands
from leaderboard.cli.deploy_command import add_deploy_command
from leaderboard.cli.doctor_command import add_doctor_command
from leaderboard.cli.engine_commands import add_engine_commands
from leaderboard.cli.export_commands import add_export_commands
from leaderboard.cli.health_commands import add_health_commands
from leaderboard.cli.history_commands import add_history_commands, warn_of_taken_down
from leaderboard.cli.import_commands import add_import_commands
from leaderboard.cli.output import Command, add_command, chosen_view, print_json, warn_of
from leaderboard.cli.queue_commands import add_queue_commands
from leaderboard.cli.rule_commands import add_rule_commands
from leaderboard.cli.submission_commands import add_submission_commands
from leaderboard.cli.suite_commands import add_suite_commands
from leaderboard.cli.tables import board_table, country_table
from leaderboard.cli.upkeep_command import add_upkeep_command
from leaderboard.confinement.start import start_safely
from leaderboard.evaluation.scheduler import EvaluationScheduler
from leaderboard.evaluation.worker import Worker
from leaderboard.exchange.csv_files import scores_as_csv
from leaderboard.exchange.score_table import score_rows
from leaderboard.history import board_as_of, moment_of
from leaderboard.installation import Installation, open_installation
from leaderboard.records import LeaderboardError, utc_now
from leaderboard.upkeep import Schedule, UpkeepSchedule

OK, FAILED = 0, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 refused, 2 could not be done."""
    options = build_parser().parse_args(arguments)
    try:
        settings = start_safely(os.environ)
        if "standalone" in options:  # a command that must work while the suite cannot be loaded
            options.settings = settings
            return int(options.standalone(options))
        command: Command = options.command
        return command(open_installation(settings), options)
    except LeaderboardError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except BrokenPipeError:  # the reader, `head` for instance, has seen enough
        return OK


def build_parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    parser = argparse.ArgumentParser(
        prog="python -m leaderboard",
        description="LEADERBOARD_QUEUE, LEADERBOARD_RESULTS and LEADERBOARD_SUITE choose where and what.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    add_submission_commands(commands)
    add_queue_commands(commands)

    worker = add_command(commands, "worker", _worker, "evaluate what is pending")
    worker.add_argument("--once", action="store_true", help="end when nothing is pending; else look again and again")

    board = add_command(commands, "board", _board, "print the ranking")
    board.add_argument(
        "--countries", action="store_true", help="print each model's score on the Spanish of each country, by construct"
    )
    board.add_argument(
        "--view", choices=[str(view) for view in View], help="rank by this; Spanish where nothing is said"
    )
    board.add_argument("--as-of", metavar="DATE", help="the ranking of a past day (its end, UTC) or moment")
    board.add_argument("--csv", action="store_true", help="print CSV, safe to open in a spreadsheet")
    add_compare_commands(commands)
    add_health_commands(commands)
    add_doctor_command(commands)
    add_deploy_command(commands)
    add_upkeep_command(commands)
    add_engine_commands(commands)
    add_import_commands(commands)
    add_export_commands(commands)
    add_suite_commands(commands)
    add_rule_commands(commands)
    add_history_commands(commands)
    return parser


def _worker(house: Installation, options: argparse.Namespace) -> int:
    missing = house.missing_packages
    if not house.evaluates:
        reason = f"This environment cannot evaluate: {', '.join(missing)} missing. See README.md, “Engines”."
        raise LeaderboardError(reason)
    workers = house.new_workers()

    def stop(*_signal: object) -> None:
        for worker in workers:
            worker.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if not options.once:
        _work_until_stopped(house, workers)
        return OK
    evaluated = _work_off(workers)
    print_json({"evaluated": evaluated}) if options.json else print(f"Evaluated {evaluated}.")
    return OK


def _work_off(workers: Sequence[Worker]) -> int:
    """Have all workers evaluate until nothing is pending; one alone in this thread, whose end would end its child."""
    if len(workers) == 1:
        return workers[0].work_off()
    with ThreadPoolExecutor(len(workers)) as threads:
        return sum(threads.map(Worker.work_off, workers))


def _work_until_stopped(house: Installation, workers: Sequence[Worker]) -> None:
    """Look into the queue again and again, and keep the house, until a signal asks for an end."""
    polls = [EvaluationScheduler(worker, house.settings.poll_seconds) for worker in workers]
    schedules: list[Schedule] = [UpkeepSchedule(house), *polls]
    for schedule in schedules:
        schedule.start()
    workers[0].stopping.wait()
    for schedule in schedules:
        schedule.stop()


def _board(house: Installation, options: argparse.Namespace) -> int:
    view = board_as_of(house, moment_of(options.as_of, utc_now())) if options.as_of else house.board()
    warn_of(view.set_aside)
    if options.as_of:
        warn_of_taken_down(view.withdrawn)
    board = view.board
    chosen = chosen_view(board, options.view)
    if options.json:
        rows = [*(board.ranking(chosen) if chosen else board.rows), *board.others]
        print_json([row_as_data(row, board, chosen) for row in rows])
    elif options.csv:
        sys.stdout.write(scores_as_csv(score_rows(board, house.suite)))
    else:
        print(country_table(board.rows) if options.countries else board_table(board, chosen))
    return OK
