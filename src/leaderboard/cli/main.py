"""The maintainer's commands: `python -m leaderboard COMMAND`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence

from leaderboard.board import Row, row_as_data
from leaderboard.cli.import_commands import add_import_commands
from leaderboard.cli.output import Command, add_command, print_json, warn_of
from leaderboard.cli.queue_commands import add_queue_commands
from leaderboard.cli.suite_commands import add_suite_commands
from leaderboard.cli.tables import board_table, country_table
from leaderboard.evaluation.installation import missing_packages
from leaderboard.evaluation.scheduler import EvaluationScheduler
from leaderboard.installation import Installation, open_installation
from leaderboard.records import ChatTemplate, LeaderboardError
from leaderboard.settings import Settings
from leaderboard.submission import AUTO_PRECISION, BASELINES, MODEL_PRECISIONS, SubmissionRefusedError, Wish
from leaderboard.texts import Texts, load_texts

OK, REFUSED, FAILED = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 refused, 2 could not be done."""
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        if "standalone" in options:  # a command that must work while the suite cannot be loaded
            return int(options.standalone(options))
        command: Command = options.command
        return command(open_installation(Settings.from_environment(os.environ)), options)
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

    submit = add_command(commands, "submit", _submit, "put a model into the queue")
    submit.add_argument("model", metavar="MODEL", help="id on the Hub (organisation/name), or a local model folder")
    submit.add_argument("--revision", default="", help="branch, tag or commit on the Hub (default: main)")
    submit.add_argument(
        "--precision",
        choices=[AUTO_PRECISION, *map(str, MODEL_PRECISIONS)],
        default=AUTO_PRECISION,
        help="number format to compute in (default: auto, that of the weights)",
    )
    submit.add_argument(
        "--chat-template",
        choices=[str(one) for one in ChatTemplate],
        default=str(ChatTemplate.AUTO),
        help="auto: the model's own template where a task allows one (default); none: never",
    )
    submit.add_argument(
        "--baseline", action="store_true", help=f"MODEL is an lm-eval model without weights: {', '.join(BASELINES)}"
    )

    add_queue_commands(commands)

    worker = add_command(commands, "worker", _worker, "evaluate what is pending")
    worker.add_argument("--once", action="store_true", help="end when nothing is pending; else look again and again")

    board = add_command(commands, "board", _board, "print the ranking")
    board.add_argument(
        "--countries", action="store_true", help="print each model's score on the Spanish of each country, by construct"
    )
    add_import_commands(commands)
    add_suite_commands(commands)
    return parser


def _submit(house: Installation, options: argparse.Namespace) -> int:
    wish = Wish(
        model=options.model,
        revision=options.revision,
        precision=options.precision,
        chat_template=options.chat_template,
        baseline=options.baseline,
    )
    try:
        request = house.desk.submit(wish, folders_allowed=True)
    except SubmissionRefusedError as refused:
        message = _texts().problem(refused.problem)
        if options.json:
            print_json({"refused": str(refused.problem.code), "message": message})
        else:
            sys.stderr.write(f"{message}\n")
        return REFUSED
    if options.json:
        print_json({"id": request.id, "model": request.model.name, "revision": request.model.revision})
    else:
        print(f"Queued {request.model.name} as {request.id}.")
    return OK


def _worker(house: Installation, options: argparse.Namespace) -> int:
    missing = missing_packages()
    if missing:
        reason = f"This environment cannot evaluate: {', '.join(missing)} missing. Install requirements-eval.txt."
        raise LeaderboardError(reason)
    worker = house.new_worker()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.stop())
    if not options.once:
        EvaluationScheduler(worker, house.settings.poll_seconds).run_until(worker.stopping)
        return OK
    evaluated = worker.work_off()
    print_json({"evaluated": evaluated}) if options.json else print(f"Evaluated {evaluated}.")
    return OK


def _board(house: Installation, options: argparse.Namespace) -> int:
    view = house.board()
    warn_of(view.set_aside)
    rows: tuple[Row, ...] = view.rows
    if options.json:
        print_json([row_as_data(row) for row in rows])
    else:
        print(country_table(rows) if options.countries else board_table(rows, house.suite))
    return OK


def _texts() -> Texts:
    return load_texts("en")
