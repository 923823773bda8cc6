"""`python -m leaderboard health`: what speaks against a task, and for which models something is to be said."""

import argparse
import shlex
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from leaderboard.board import Board
from leaderboard.board.flags import Flag, FlagKind, flag_as_data, flags
from leaderboard.board.health import Finding, Health, assess, health_as_data
from leaderboard.cli.output import add_command, print_json, warn_of
from leaderboard.cli.tables import aligned
from leaderboard.installation import Installation
from leaderboard.records import ExclusionReason, ModelReference

_WORDS: Mapping[ExclusionReason, tuple[str, ...]] = MappingProxyType(
    {
        ExclusionReason.DEAD: ("all score {score}",),
        ExclusionReason.DEGENERATE: (
            "{constant_models} models give one option to {constant_share} or more of the items",
            "{sharing_models} models score exactly {shared_score}",
        ),
        ExclusionReason.UNPARSEABLE: ("{failing_models} models left most answers unreadable", "median {median_share}"),
        ExclusionReason.AT_CHANCE: (
            "the best score is {best}",
            "guessing gets {chance}",
            "random weights reach {floor}",
        ),
        ExclusionReason.SATURATED: (
            "three quarters score {lower_quarter} or more",
            "the median is {median}",
            "people reach {human}",
        ),
        ExclusionReason.TOO_SMALL: ("{items} items tell no two models apart", "scores go from {worst} to {best}"),
        ExclusionReason.CONTRADICTING: (
            "rank correlation {correlation} with the {other_tasks} other tasks of its language",
            "p = {p}",
        ),
    }
)


def add_health_commands(commands: Any) -> None:
    """Describe `health`."""
    add_command(commands, "health", _health, "say of each task what speaks against it, and what models stand out by")


def _health(house: Installation, options: argparse.Namespace) -> int:
    view = house.board()
    warn_of(view.set_aside)
    found, flagged = assess(view.board, house.suite), flags(view.board, house.suite)
    if options.json:
        print_json(_as_data(view.board, found, flagged))
        return 0
    print(_health_table(view.board, found))
    for one in found.values():
        if one.is_advised_against:
            print(f"\nTo leave {one.task} out of the means:\n  {exclusion_command(one)}")
    if flagged:
        print("\nWhat stands out of models; evidence, no accusation:")
        print(aligned(("model", "flag", "evidence"), _flag_lines(flagged)))
    return 0


def exclusion_command(health: Health) -> str:
    """Return what a maintainer types to leave a task out for its first finding."""
    finding = health.findings[0]
    detail = f"{_evidence(finding)} ({health.models} models of {health.owners} owners)"
    words = ["rule", "exclude", health.task, "--reason", str(finding.reason), "--detail", detail]
    return f"python -m leaderboard {shlex.join(words)}"


def _as_data(
    board: Board, found: Mapping[str, Health], flagged: Mapping[ModelReference, tuple[Flag, ...]]
) -> dict[str, Any]:
    return {
        "rule": board.rule.label,
        "tasks": [
            {**health_as_data(one), "command": exclusion_command(one) if one.is_advised_against else None}
            for one in found.values()
        ],
        "flags": [
            {"model": model.name, "source": str(model.source), "revision": model.revision, **flag_as_data(flag)}
            for model, several in flagged.items()
            for flag in several
        ],
    }


def _health_table(board: Board, found: Mapping[str, Health]) -> str:
    lines = [
        (one.task, _place(one, board), str(one.state), str(one.models), str(one.owners), _all_evidence(one))
        for one in found.values()
    ]
    return aligned(("task", "in the means", "state", "models", "owners", "evidence"), lines)


def _place(health: Health, board: Board) -> str:
    if health.left_out:
        return f"left out: {health.left_out.reason} ({board.rule.label})"
    return "yes" if health.is_counted else "no"


def _all_evidence(health: Health) -> str:
    return "; ".join(f"{finding.reason}: {_evidence(finding)}" for finding in health.findings)


def _evidence(finding: Finding) -> str:
    """Return the figures of a finding in words; what needs a figure it has not is left unsaid."""
    figures = {name: f"{number:.4g}" for name, number in finding.figures.items()}
    parts = []
    for words in _WORDS.get(finding.reason, ()):
        with suppress(KeyError):
            parts.append(words.format_map(figures))
    return ", ".join(parts)


def _flag_lines(flagged: Mapping[ModelReference, tuple[Flag, ...]]) -> list[tuple[str, str, str]]:
    return [
        (model.name, str(flag.kind), _flag_evidence(flag))
        for model, several in sorted(flagged.items(), key=lambda pair: pair[0].name)
        for flag in several
    ]


def _flag_evidence(flag: Flag) -> str:
    if flag.kind is FlagKind.IDENTICAL_WEIGHTS:
        return f"the weights of {', '.join(flag.others)}"
    between = f" [{flag.interval.low:.3f}, {flag.interval.high:.3f}]" if flag.interval else ""
    compared = f"{flag.score:.3f} beside {flag.compared_with:.3f}"
    return f"{flag.task}: {compared}, {flag.difference:+.3f}{between}, usual {flag.usual:+.3f} of {flag.models} models"
