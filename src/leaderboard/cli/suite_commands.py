"""`python -m leaderboard suite …`: look into the suite, make its generated items anew, review its items."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from leaderboard.cli.review import review_in_terminal
from leaderboard.cli.suite_maintenance import add_maintenance_commands, task_as_data
from leaderboard.cli.tables import aligned
from leaderboard.installation import Installation
from leaderboard.suite import EMBEDDED_SUITES, read_rows
from leaderboard.suite.counts import count_items
from leaderboard.suite.item_forms import CANARY
from leaderboard.suite.review import keep_signatures, places, reviewable_items, write_rows
from leaderboard.suite.word_problems import LANGUAGES, SPLITS, generate
from leaderboard.texts import load_texts


def add_suite_commands(commands: Any) -> None:
    """Describe the subcommands of `suite`."""
    suite = commands.add_parser("suite", help="the tasks and their items", description="the tasks and their items")
    actions = suite.add_subparsers(required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="every task with what the registry declares")
    listing.add_argument("--json", action="store_true", help="print JSON instead of a table")
    listing.set_defaults(command=_list)

    items = actions.add_parser("items", help="the suite's own items by task, place, phenomenon and status, as JSON")
    items.set_defaults(command=_items)

    generating = actions.add_parser("generate", help="write the calculation tasks' items anew from their seed")
    generating.add_argument("--into", type=Path, default=EMBEDDED_SUITES / "muestra", metavar="FOLDER")
    generating.set_defaults(standalone=_generate)

    add_maintenance_commands(actions)

    review = actions.add_parser("review", help="walk through the items of a place, sign or correct them")
    review.add_argument("--place", help="a country (MX), a region (ES-canarias) or a language (ca)")
    review.add_argument("--reviewer", default="", help="the name you sign with")
    review.set_defaults(command=_review)


def _list(house: Installation, options: argparse.Namespace) -> int:
    entries = [task_as_data(task) for task in house.suite.tasks]
    if options.json:
        print(json.dumps(entries, ensure_ascii=False, indent=1))
    else:
        keys = ("id", "language", "area", "metric", "shots", "chance", "items", "draft")
        print(aligned(keys, [tuple(str(entry[key]) for key in keys) for entry in entries]))
    return 0


def _items(house: Installation, _options: argparse.Namespace) -> int:
    print(json.dumps(count_items(house.suite), ensure_ascii=False, indent=1))
    return 0


def _generate(options: argparse.Namespace) -> int:
    for language in LANGUAGES:
        for split in SPLITS:
            path = options.into / (
                f"calculo_{language}.jsonl" if split == "test" else f"calculo_{language}_ejemplos.jsonl"
            )
            marks = {
                "register": "neutral",
                "status": "draft",
                "reviewer": None,
                "evidence": "Reckoned by the seeded generator, and another way by its tests",
                "canary": CANARY,
            }
            rows = [
                {"id": f"calculo_{language}-{split}-{number:02d}", **row, **marks}
                for number, row in enumerate(generate(language, split), start=1)
            ]
            write_rows(path, keep_signatures(rows, read_rows(path) if path.exists() else []))
            print(f"{path.name}: {len(rows)} items")
    return 0


def _review(house: Installation, options: argparse.Namespace) -> int:
    items = reviewable_items(house.suite)
    known = places(items)
    if options.place not in known:
        sys.stderr.write(f"Name a place with --place: {', '.join(known)}\n")
        return 2
    chosen = [item for item in items if item.place == options.place and item.is_draft]
    return review_in_terminal(chosen, options.reviewer, load_texts("es"), input, print)
