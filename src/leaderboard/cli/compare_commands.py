"""`python -m leaderboard compare`: two models on the same items."""

import argparse
from collections.abc import Sequence
from typing import Any

from leaderboard.board import Board, Interval, Row
from leaderboard.board.comparison import Comparison, MeanDifference, TaskComparison, compare
from leaderboard.board.comparison_data import comparison_as_data, summary_of
from leaderboard.cli.output import add_command, print_json, warn_of
from leaderboard.cli.tables import aligned
from leaderboard.installation import Installation
from leaderboard.records import LeaderboardError

OK = 0
_SHORT_REVISION = 12


class UnknownModelError(LeaderboardError):
    """No row of the board, or more than one, is what was asked for."""


def add_compare_commands(commands: Any) -> None:
    """Describe `compare`."""
    comparing = add_command(
        commands, "compare", _compare, "compare two models task by task on the items that both answered"
    )
    for name in ("one", "other"):
        comparing.add_argument(
            name, metavar=f"MODEL_{'A' if name == 'one' else 'B'}", help="its name, NAME@REVISION, or a request's id"
        )
    comparing.add_argument(
        "--task", action="append", metavar="TASK", help="only this one; can be said again. p is corrected over those"
    )


def _compare(house: Installation, options: argparse.Namespace) -> int:
    view = house.board()
    warn_of(view.set_aside)
    one, other = (chosen_row(view.board, wanted) for wanted in (options.one, options.other))
    for task in options.task or ():
        if house.suite.task(task) is None:
            message = f"Suite {house.suite.label.name} has no task {task}. `python -m leaderboard suite` lists them."
            raise LeaderboardError(message)
    comparison = compare(one, other, house.suite, options.task, view.board.means)
    if options.json:
        print_json(comparison_as_data(comparison, view.board.rule))
    else:
        print(comparison_table(comparison))
    return OK


def chosen_row(board: Board, wanted: str) -> Row:
    """Return the row that a name means.

    A name alone means the identity that stands for its model on the board.

    Raises:
        UnknownModelError: no row is meant, or more than one.
    """
    name, _, revision = wanted.partition("@")
    rows = [*board.rows, *board.others]
    by_id = [row for row in rows if row.request.id == wanted]
    meant = by_id or [
        row
        for row in rows
        if row.request.model.name.lower() == name.lower() and row.request.model.revision.startswith(revision)
    ]
    standing = [row for row in meant if any(row is one for one in board.rows)]
    if len(meant) == 1 or len(standing) == 1:
        return (standing or meant)[0]
    if meant:
        listed = "\n".join(f"  {_identity(row)}" for row in meant)
        message = (
            f"{wanted} may mean several rows of the board. Name one by its revision or its request's id:\n{listed}"
        )
        raise UnknownModelError(message)
    message = f"The board has no model {wanted}. `python -m leaderboard board` lists those it has."
    raise UnknownModelError(message)


def comparison_table(comparison: Comparison) -> str:
    """Return a comparison as aligned columns, in points of 100: tasks as measured, means above chance."""
    header = ("task", "items", "A", "B", "A - B", "95 %", "p", "p (Holm)", "disagree", "A is")
    means = [
        *((f"view {view}", mean) for view, mean in comparison.views.items()),
        *((f"{language} {area}", mean) for (language, area), mean in comparison.areas.items()),
    ]
    parts = [
        f"A: {_identity(comparison.one)}\nB: {_identity(comparison.other)}",
        aligned(header, [_task_line(task) for task in comparison.tasks]),
    ]
    if means:
        parts.append(aligned(("mean above chance", "A - B", "95 %"), [_mean_line(name, mean) for name, mean in means]))
    return "\n\n".join([*parts, summary_of(comparison)])


def _task_line(task: TaskComparison) -> Sequence[str]:
    if task.obstacle is not None:
        return (task.task, str(task.items), "", "", "", "", "", "", "", f"not comparable: {task.obstacle}")
    return (
        task.task,
        str(task.items),
        _points(task.one),
        _points(task.other),
        _points(task.difference, signed=True),
        _range(task.interval),
        _p(task.p),
        _p(task.p_holm),
        str(len(task.disagreements)),
        str(task.verdict).replace("_", " "),
    )


def _mean_line(name: str, mean: MeanDifference) -> Sequence[str]:
    return name, _points(mean.difference, signed=True), _range(mean.interval)


def _identity(row: Row) -> str:
    request = row.request
    thinking = ", thinking" if request.thinking else ""
    revision = request.model.revision[:_SHORT_REVISION]
    template = f"chat template {request.chat_template}"
    return f"{request.model.name}@{revision}, {request.precision_label}, {template}{thinking}, request {request.id}"


def _points(score: float | None, *, signed: bool = False) -> str:
    return "" if score is None else f"{100 * score:{'+' if signed else ''}.1f}"


def _range(interval: Interval | None) -> str:
    return f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f}" if interval else ""


def _p(value: float | None) -> str:
    return "" if value is None else "< 0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - as is usual
