"""The maintainer's commands: `python -m leaderboard submit | queue | retry | archive | worker | board | suite`."""

import argparse
import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any

from leaderboard.board import Row, row_as_data
from leaderboard.cli.suite_commands import add_suite_commands
from leaderboard.cli.tables import board_table, country_table, queue_table
from leaderboard.evaluation.installation import missing_packages
from leaderboard.installation import Installation, open_installation
from leaderboard.queue import entry_as_row
from leaderboard.records import ChatTemplate, LeaderboardError, utc_now
from leaderboard.settings import Settings
from leaderboard.submission import AUTO_PRECISION, BASELINES, MODEL_PRECISIONS, SubmissionRefusedError, Wish
from leaderboard.texts import Texts, load_texts

Command = Callable[[Installation, argparse.Namespace], int]

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

    submit = _add(commands, "submit", _submit, "put a model into the queue")
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

    _add(commands, "queue", _queue, "list every request and where it stands")

    retry = _add(commands, "retry", _retry, "put a failed or incomplete request back into the queue")
    retry.add_argument("request", metavar="ID", help="the request's id, as `queue` shows it")

    archive = _add(commands, "archive", _archive, "move the states of finished requests into one file that lasts")
    archive.add_argument("name", metavar="NAME", help="the file's name, letters, digits and hyphens: 2026-11")

    worker = _add(commands, "worker", _worker, "evaluate what is pending")
    worker.add_argument("--once", action="store_true", required=True, help="work off what is pending, then end")

    board = _add(commands, "board", _board, "print the ranking")
    board.add_argument(
        "--countries", action="store_true", help="print each model's score on the Spanish of each country, by construct"
    )
    add_suite_commands(commands)
    return parser


def _add(commands: Any, name: str, command: Command, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.set_defaults(command=command)
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
            _print_json({"refused": str(refused.problem.code), "message": message})
        else:
            sys.stderr.write(f"{message}\n")
        return REFUSED
    if options.json:
        _print_json({"id": request.id, "model": request.model.name, "revision": request.model.revision})
    else:
        print(f"Queued {request.model.name} as {request.id}.")
    return OK


def _queue(house: Installation, options: argparse.Namespace) -> int:
    view = house.queue.view()
    rows = [entry_as_row(entry) for entry in view.entries.values()]
    _warn_of(view.set_aside)
    _print_json(rows) if options.json else print(queue_table(rows))
    return OK


def _retry(house: Installation, options: argparse.Namespace) -> int:
    house.queue.retry(options.request, utc_now())
    _print_json({"id": options.request, "status": "PENDING"}) if options.json else print("Back in the queue.")
    return OK


def _archive(house: Installation, options: argparse.Namespace) -> int:
    moved = house.queue.archive(options.name)
    _print_json({"archived": moved}) if options.json else print(f"Archived {moved}.")
    return OK


def _worker(house: Installation, options: argparse.Namespace) -> int:
    missing = missing_packages()
    if missing:
        reason = f"This environment cannot evaluate: {', '.join(missing)} missing. Install requirements-eval.txt."
        raise LeaderboardError(reason)
    worker = house.new_worker()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.stop())
    evaluated = worker.work_off()
    _print_json({"evaluated": evaluated}) if options.json else print(f"Evaluated {evaluated}.")
    return OK


def _board(house: Installation, options: argparse.Namespace) -> int:
    view = house.board()
    _warn_of(view.set_aside)
    rows: tuple[Row, ...] = view.rows
    if options.json:
        _print_json([row_as_data(row) for row in rows])
    else:
        print(country_table(rows) if options.countries else board_table(rows, house.suite))
    return OK


def _texts() -> Texts:
    return load_texts("en")


def _warn_of(errors: Sequence[LeaderboardError]) -> None:
    for error in errors:
        sys.stderr.write(f"warning: {error}\n")


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
