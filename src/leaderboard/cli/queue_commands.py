"""`python -m leaderboard queue | retry | cancel | take-down | reevaluate | archive`: what a maintainer does."""

import argparse
from collections.abc import Sequence
from typing import Any

from leaderboard.cli.output import add_command, print_json, warn_of
from leaderboard.cli.tables import aligned, queue_table
from leaderboard.installation import Installation
from leaderboard.queue import entry_as_row
from leaderboard.records import Cause, EvalRequest, Status, utc_now
from leaderboard.submission.reevaluation import Choice, estimate, failed_for, is_waiting, wishes

OK = 0


def add_queue_commands(commands: Any) -> None:
    """Describe the commands."""
    queue = add_command(commands, "queue", _queue, "list every request and where it stands")
    queue.add_argument("--status", choices=[str(one) for one in Status], help="only requests that stand there")
    queue.add_argument("--owner", metavar="ACCOUNT", help="all that an account submitted, and all of its models")

    retry = add_command(commands, "retry", _retry, "put failed, incomplete or cancelled requests back into the queue")
    retry.add_argument("requests", nargs="+", metavar="ID", help="a request's id, as `queue` shows it")

    cancel = add_command(commands, "cancel", _cancel, "take a request out of the queue, also while it is evaluated")
    cancel.add_argument("request", metavar="ID", help="the request's id, as `queue` shows it")

    summary = "take a model down: it leaves the ranking, and a line that says so stays"
    take_down = add_command(commands, "take-down", _take_down, summary)
    take_down.add_argument("request", metavar="ID", help="the id of any of its requests, as `queue` shows it")

    summary = "measure again; what was published stays as history, and is shown until the new is there"
    reevaluate = add_command(commands, "reevaluate", _reevaluate, summary)
    chosen = reevaluate.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--request", metavar="ID", help="one request, whole")
    chosen.add_argument("--model", metavar="NAME", help="every evaluated version of a model, whole")
    chosen.add_argument("--task", metavar="TASK", help="one task, of every model that ran it")
    chosen.add_argument(
        "--outdated", action="store_true", help="the tasks whose configuration has changed since a model ran them"
    )
    chosen.add_argument(
        "--cause", choices=[str(one) for one in Cause], help="whatever failed so; its finished tasks stay finished"
    )
    reevaluate.add_argument("--dry-run", action="store_true", help="only list it, with what it will cost")

    archive = add_command(
        commands, "archive", _archive, "move the states of finished requests into one file that lasts"
    )
    archive.add_argument("name", metavar="NAME", help="the file's name, letters, digits and hyphens: 2026-11")


def _queue(house: Installation, options: argparse.Namespace) -> int:
    view = house.queue.view()
    entries = view.of_owner(options.owner) if options.owner else view.entries.values()
    rows = [entry_as_row(entry) for entry in entries if options.status in {None, str(entry.state.status)}]
    warn_of(view.set_aside)
    print_json(rows) if options.json else print(queue_table(rows))
    return OK


def _retry(house: Installation, options: argparse.Namespace) -> int:
    house.queue.retry(options.requests, utc_now())
    return _say(options, [{"id": one, "status": "PENDING"} for one in options.requests], "Back in the queue.")


def _cancel(house: Installation, options: argparse.Namespace) -> int:
    house.queue.cancel(options.request, utc_now())
    return _say(options, {"id": options.request, "status": "CANCELLED"}, "Cancelled.")


def _take_down(house: Installation, options: argparse.Namespace) -> int:
    taken = house.queue.take_down(options.request, utc_now())
    return _say(options, [{"id": one, "status": "WITHDRAWN"} for one in taken], f"Taken down: {len(taken)} requests.")


def _archive(house: Installation, options: argparse.Namespace) -> int:
    moved = house.queue.archive(options.name)
    return _say(options, {"archived": moved}, f"Archived {moved}.")


def _reevaluate(house: Installation, options: argparse.Namespace) -> int:
    now, view = utc_now(), house.queue.view()
    warn_of(view.set_aside)
    if options.cause:
        wanted = failed_for(view, house.suite, Cause(options.cause), now)
    else:
        choice = Choice(request=options.request, model=options.model, task=options.task, outdated=options.outdated)
        wanted = wishes(view, house.suite, choice, now)
    lines = _described(house, wanted)
    if not options.dry_run:
        house.queue.enqueue(wanted, now, keep_finished=bool(options.cause))
    if options.json:
        print_json(lines)
    else:
        print(aligned(tuple(lines[0]), [tuple(str(value) for value in line.values()) for line in lines]))
        seconds, unknown = sum(line["seconds"] for line in lines), sum(line["tasks_without_a_time"] for line in lines)
        print(f"About {seconds:.0f} s on the hardware of before, and {unknown} tasks that were not timed yet.")
    return OK


def _described(house: Installation, wanted: Sequence[EvalRequest]) -> list[dict[str, Any]]:
    view = house.queue.view()
    evaluations = house.reader.published(view).evaluations
    lines = []
    for wish in wanted:
        cost = estimate(wish, house.suite, evaluations)
        lines.append(
            {
                "id": wish.id,
                "model": wish.model.name,
                "precision": wish.precision_label,
                "tasks": len(wish.tasks),
                "items": cost.items,
                "seconds": round(cost.seconds, 1),
                "tasks_without_a_time": cost.tasks_without_a_time,
                "waits_already": is_waiting(view, wish),
            }
        )
    return lines


def _say(options: argparse.Namespace, data: Any, sentence: str) -> int:
    print_json(data) if options.json else print(sentence)
    return OK
