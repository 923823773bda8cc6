"""`python -m leaderboard export`: the board in the formats of others, as files to look at; nothing is sent anywhere."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from leaderboard.cli.output import add_command, print_json, warn_of
from leaderboard.installation import Installation
from leaderboard.records import utc_now


def add_export_commands(commands: Any) -> None:
    """Describe `export`."""
    summary = "write the board as CSV, parquet and JSON, and each model's scores for the collections of others"
    export = add_command(commands, "export", _export, summary)
    export.add_argument("folder", type=Path, metavar="DIR", help="replaced whole; refused if it holds anything else")
    export.add_argument("--source-url", metavar="URL", help="where people find this board, named in each model's file")


def _export(house: Installation, options: argparse.Namespace) -> int:
    # pandas takes longer to import than most commands take to run, and no other one needs it.
    from leaderboard.exchange.export_folder import write_export
    from leaderboard.exchange.exports import export_of

    view = house.board()
    warn_of(view.set_aside)
    now = utc_now()
    export = export_of(view.board, house.suite, now, options.source_url)
    rule = view.board.rule.label
    write_export(options.folder, export.files, rule=rule, generated_at=now)
    if options.json:
        counts = {"rows": export.rows, "every_eval_ever": export.every_eval_ever, "eval_results": export.eval_results}
        left = [asdict(one) for one in export.left]
        print_json({"folder": str(options.folder), "rule": rule, "files": len(export.files), **counts, "left": left})
        return 0
    for one in export.left:
        print(f"not in {one.format}: {one.model}: {one.why}")
    print(
        f"{options.folder}: {export.rows} scores under {rule}; files for Every Eval Ever: {export.every_eval_ever}, "
        f"for .eval_results, to be reviewed: {export.eval_results}. Nothing was sent."
    )
    return 0
