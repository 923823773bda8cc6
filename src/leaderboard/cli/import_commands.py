"""`python -m leaderboard import-template | import-lm-eval | imported`: take over others' files, see what was kept."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leaderboard.board.references import ReferenceCell, ReferenceRow, reference_cells, reference_rows
from leaderboard.cli.tables import aligned
from leaderboard.exchange import ImportReport, Kind, Outcome, import_lm_eval, import_template
from leaderboard.installation import Installation
from leaderboard.records import ImportedEvaluation, utc_now
from leaderboard.results.imported import read_imported
from leaderboard.suite import Suite


def add_import_commands(commands: Any) -> None:
    """Describe `import-template`, `import-lm-eval` and `imported`."""
    summary = "take over the requests and results of a leaderboard made from the usual template"
    importing = commands.add_parser(
        "import-template",
        help=summary,
        description=f"{summary}: says of every file what became of it; status 1 if one was not taken",
    )
    importing.add_argument("requests", type=_path, metavar="REQUESTS_DIR", help="{org}/{model}_eval_request_*.json")
    importing.add_argument("results", type=_path, metavar="RESULTS_DIR", help="JSON files with `config` and `results`")
    importing.add_argument("--dry-run", action="store_true", help="only say what would become of each file")
    importing.add_argument("--json", action="store_true", help="print JSON instead of lines")
    importing.set_defaults(command=_import)

    summary = "take over result files of lm-eval, old or new, with the samples beside them, as unranked references"
    results = commands.add_parser(
        "import-lm-eval",
        help=summary,
        description=f"{summary}: says of every file what became of it; status 1 if one was left",
    )
    results.add_argument("paths", type=_path, nargs="+", metavar="PATH", help="a result file, or a folder of them")
    results.add_argument("--dry-run", action="store_true", help="only say what would become of each file")
    results.add_argument(
        "--json", action="store_true", help='print {"taken": results taken or known, "left": [{"file", "why"}]}'
    )
    results.set_defaults(command=_import_lm_eval)

    summary = "list what was imported from other leaderboards"
    imported = commands.add_parser("imported", help=summary, description=summary)
    shapes = imported.add_mutually_exclusive_group()
    shapes.add_argument("--json", action="store_true", help="print JSON, with every figure, instead of a table")
    shapes.add_argument("--rows", action="store_true", help="print JSON, a row for each model, under our tasks' names")
    imported.set_defaults(command=_imported)


def _path(text: str) -> Path:
    if not text:
        # An empty variable of a script would stand for the working directory.
        reason = "a path is empty. Write `.` for the working directory."
        raise argparse.ArgumentTypeError(reason)
    return Path(text)


def _import(house: Installation, options: argparse.Namespace) -> int:
    report = import_template(
        options.requests,
        options.results,
        queue=house.queue,
        store=house.results,
        suite=house.suite,
        now=utc_now(),
        is_dry=options.dry_run,
    )
    if options.json:
        print(json.dumps([asdict(one) for one in report.files], ensure_ascii=False, indent=1))
    else:
        _print_lines(report, is_dry=options.dry_run)
    return 1 if report.counts[Outcome.NOT_TAKEN] else 0


def _import_lm_eval(house: Installation, options: argparse.Namespace) -> int:
    report = import_lm_eval(options.paths, store=house.results, is_dry=options.dry_run)
    left = [one for one in report.files if one.outcome is Outcome.NOT_TAKEN]
    if options.json:
        taken = sum(one.kind is Kind.RESULT and one.outcome is not Outcome.NOT_TAKEN for one in report.files)
        why = [{"file": one.path, "why": one.reason} for one in left]
        print(json.dumps({"taken": taken, "left": why}, ensure_ascii=False, indent=1))
    else:
        _print_lines(report, is_dry=options.dry_run)
    return 1 if left else 0


def _print_lines(report: ImportReport, *, is_dry: bool) -> None:
    for one in report.files:
        print(f"{one.outcome:<13}  {one.kind:<7}  {one.path}: {one.reason}")
    print(_summary(report, is_dry=is_dry))


def _summary(report: ImportReport, *, is_dry: bool) -> str:
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
    others = f"; not looked at, because they are no JSON: {report.others}" if report.others else ""
    return f"{len(report.files)} files: {counts}{others}.{' Nothing was written.' if is_dry else ''}"


def _imported(house: Installation, options: argparse.Namespace) -> int:
    evaluations, set_aside = read_imported(house.results)
    for error in set_aside:
        sys.stderr.write(f"warning: {error}\n")
    if options.json:
        listed = [_as_data(one, house.suite) for one in evaluations]
        print(json.dumps(listed, ensure_ascii=False, indent=1))
    elif options.rows:
        rows = [_row_as_data(one) for one in reference_rows(evaluations, house.suite)]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        header = ("model", "revision", "precision", "tasks", "file")
        print(aligned(header, [_line(one) for one in evaluations]))
    return 0


def _as_data(evaluation: ImportedEvaluation, suite: Suite) -> dict[str, Any]:
    """Return what a file says, without its items, and which of its figures are scores of tasks of ours."""
    return {
        **evaluation.model_dump(mode="json", exclude={"samples"}),
        "rankable": evaluation.is_rankable,
        "tasks_with_items": sorted({one.task for one in evaluation.samples}),
        "cells": {task: _cell_as_data(cell) for task, cell in reference_cells(evaluation, suite).items()},
    }


def _row_as_data(row: ReferenceRow) -> dict[str, Any]:
    return {**asdict(row), "cells": {task: _cell_as_data(cell) for task, cell in row.cells.items()}}


def _cell_as_data(cell: ReferenceCell) -> dict[str, Any]:
    moment = cell.evaluated_at.isoformat() if cell.evaluated_at else None
    return {**asdict(cell), "normalised": cell.normalised, "evaluated_at": moment}


def _line(evaluation: ImportedEvaluation) -> tuple[str, ...]:
    tasks = len({one.task for one in evaluation.tasks})
    revision = evaluation.revision[:12] if evaluation.revision else "unknown"
    return evaluation.model, revision, evaluation.precision or "", str(tasks), evaluation.source
