"""`python -m leaderboard rule …`: which tasks are in the means. A change is a version with its reason, and is kept."""

import argparse
import sys
from typing import Any

from leaderboard.board import Rule, rule_in_force
from leaderboard.board.rule import is_recorded
from leaderboard.cli.output import add_command, print_json
from leaderboard.cli.tables import aligned
from leaderboard.installation import Installation
from leaderboard.records import ExclusionReason, RuleHistory, RuleVersion, utc_now
from leaderboard.results.rules import RuleChange, exclusion_of, read_rule, record_rule

OK = 0


def add_rule_commands(commands: Any) -> None:
    """Describe the subcommands of `rule`."""
    summary = "which tasks are in the means, since when and why"
    actions = commands.add_parser("rule", help=summary, description=summary).add_subparsers(
        required=True, metavar="ACTION"
    )
    add_command(actions, "show", _show, "list every version of the rule, with its date, its note and what it left out")

    exclude = add_command(actions, "exclude", _exclude, "leave a task out of the means; its results stay to be seen")
    exclude.add_argument("task", metavar="TASK", help="a task's name, as `suite list` shows it")
    exclude.add_argument("--reason", required=True, choices=[str(one) for one in ExclusionReason])
    exclude.add_argument("--detail", required=True, metavar="TEXT", help="the evidence, for people; at most 300 signs")

    include = add_command(actions, "include", _include, "take a task back into the means")
    include.add_argument("task", metavar="TASK", help="a task that is left out, as `rule show` lists it")
    include.add_argument("--note", required=True, metavar="TEXT", help="why; at most 300 signs")

    summary = "log the suite as it stands, after its file was changed: boards of past days are told from it"
    record = add_command(actions, "record", _record, summary)
    record.add_argument("--note", required=True, metavar="TEXT", help="what was changed; at most 300 signs")


def _show(house: Installation, options: argparse.Namespace) -> int:
    history = read_rule(house.results)
    rule, recorded = rule_in_force(house.suite, history), is_recorded(house.suite, history)
    if options.json:
        print_json(_history_as_data(history, rule, recorded=recorded))
        return OK
    header = ("version", "date", "what changed", "left out")
    lines = [
        (str(one.version), f"{one.at:%Y-%m-%d}", one.note, " ".join(left.task for left in one.excluded))
        for one in history.versions
    ]
    print(aligned(header, lines))
    print(f"In force: {rule.label}.")
    for left in rule.excluded.values():
        print(f"Left out: {left.task} ({left.reason}){f': {left.detail}' if left.detail else ''}")
    if not recorded:
        sys.stderr.write("warning: the suite is not recorded as it stands: `rule record --note …` does it.\n")
    return OK


def _exclude(house: Installation, options: argparse.Namespace) -> int:
    reason = ExclusionReason(options.reason)
    exclusion = exclusion_of(house.suite, options.task, reason, options.detail)
    return _change(house, options, RuleChange(f"{options.task} left out: {reason}", exclude=exclusion))


def _include(house: Installation, options: argparse.Namespace) -> int:
    return _change(house, options, RuleChange(options.note, include=options.task))


def _record(house: Installation, options: argparse.Namespace) -> int:
    return _change(house, options, RuleChange(options.note))


def _change(house: Installation, options: argparse.Namespace, change: RuleChange) -> int:
    version = record_rule(house.results, house.suite, utc_now(), change)
    if options.json:
        print_json(_version_as_data(version))
    else:
        print(f"Version {version.version} of the rule: {version.note}")
    return OK


def _history_as_data(history: RuleHistory, rule: Rule, *, recorded: bool) -> dict[str, Any]:
    return {
        "rule": rule.label,
        "recorded": recorded,
        "excluded": [one.model_dump(mode="json") for one in rule.excluded.values()],
        "versions": [_version_as_data(one) for one in history.versions],
    }


def _version_as_data(version: RuleVersion) -> dict[str, Any]:
    return {
        "label": f"{version.suite.name}-{version.suite.version}.{version.version}",
        **version.model_dump(mode="json"),
    }
