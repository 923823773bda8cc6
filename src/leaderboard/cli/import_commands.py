"""`python -m leaderboard import-template | imported`: take over another leaderboard's files, and see what was kept."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leaderboard.cli.tables import aligned
from leaderboard.exchange import ImportReport, Outcome, import_template
from leaderboard.installation import Installation
from leaderboard.records import ImportedEvaluation, utc_now
from leaderboard.results.imported import read_imported


def add_import_commands(commands: Any) -> None:
    """Describe `import-template` and `imported`."""
    summary = "take over the requests and results of a leaderboard made from the usual template"
    importing = commands.add_parser(
        "import-template",
        help=summary,
        description=f"{summary}: says of every file what became of it; status 1 if one was not taken",
    )
    importing.add_argument("requests", type=Path, metavar="REQUESTS_DIR", help="{org}/{model}_eval_request_*.json")
    importing.add_argument("results", type=Path, metavar="RESULTS_DIR", help="JSON files with `config` and `results`")
    importing.add_argument("--dry-run", action="store_true", help="only say what would become of each file")
    importing.add_argument("--json", action="store_true", help="print JSON instead of lines")
    importing.set_defaults(command=_import)

    summary = "list what was imported from other leaderboards"
    imported = commands.add_parser("imported", help=summary, description=summary)
    imported.add_argument("--json", action="store_true", help="print JSON, with every figure, instead of a table")
    imported.set_defaults(command=_imported)


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
        for one in report.files:
            print(f"{one.outcome:<13}  {one.kind:<7}  {one.path}: {one.reason}")
        print(_summary(report, is_dry=options.dry_run))
    return 1 if report.counts[Outcome.NOT_TAKEN] else 0


def _summary(report: ImportReport, *, is_dry: bool) -> str:
    counts = ", ".join(f"{count} {outcome}" for outcome, count in report.counts.items())
    others = f"; not looked at, because they are no JSON: {report.others}" if report.others else ""
    return f"{len(report.files)} files: {counts}{others}.{' Nothing was written.' if is_dry else ''}"


def _imported(house: Installation, options: argparse.Namespace) -> int:
    evaluations, set_aside = read_imported(house.results)
    for error in set_aside:
        sys.stderr.write(f"warning: {error}\n")
    if options.json:
        rows = [{**one.model_dump(mode="json"), "rankable": one.is_rankable} for one in evaluations]
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        header = ("model", "revision", "precision", "tasks", "file")
        print(aligned(header, [_line(one) for one in evaluations]))
    return 0


def _line(evaluation: ImportedEvaluation) -> tuple[str, ...]:
    tasks = len({one.task for one in evaluation.tasks})
    revision = evaluation.revision[:12] if evaluation.revision else "unknown"
    return evaluation.model, revision, evaluation.precision or "", str(tasks), evaluation.source
