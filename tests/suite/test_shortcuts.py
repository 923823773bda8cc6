"""No shortcut wins: what can be had without understanding the item stays at chance, within two standard errors."""

import json
import re
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from rapidfuzz import fuzz

from leaderboard.suite import EMBEDDED_SUITES

Row = dict[str, Any]
Guess = Callable[[Row], list[float]]
"""Gives each option a figure; whoever takes the shortcut chooses the highest."""

OPTION_TASKS = ("expresiones", "gramatica", "catala", "euskara", "galego")
NEARLY_THE_SAME = 92.0
"""rapidfuzz's ratio, of 100: the closest pair of honestly different items seen is below it."""


def rows_of(task: str) -> list[Row]:
    lines = (EMBEDDED_SUITES / "muestra" / f"{task}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def shared_words(row: Row) -> list[float]:
    asked = words(str(row.get("sentence", "")))
    return [float(len(words(option) & asked)) for option in row["options"]]


SHORTCUTS: dict[str, Guess] = {
    "the longest option": lambda row: [float(len(option)) for option in row["options"]],
    "the shortest option": lambda row: [-float(len(option)) for option in row["options"]],
    "most words": lambda row: [float(len(words(option))) for option in row["options"]],
    "most words in common with the sentence": shared_words,
    "most words in common with the other options": lambda row: [
        float(sum(len(words(option) & words(other)) for other in row["options"])) for option in row["options"]
    ],
    **{
        f"always option {index}": lambda row, index=index: [float(one == index) for one in range(len(row["options"]))]
        for index in range(4)
    },
}


def share_won(rows: list[Row], guess: Guess) -> float:
    """Return the share of items won; where several options are highest, one is taken by lot."""
    won = 0.0
    for row in rows:
        figures = guess(row)
        highest = [index for index, figure in enumerate(figures) if figure == max(figures)]
        won += (row["answer"] in highest) / len(highest)
    return won / len(rows)


@pytest.mark.parametrize("shortcut", SHORTCUTS)
@pytest.mark.parametrize("task", OPTION_TASKS)
def test_a_shortcut_stays_at_chance(task: str, shortcut: str) -> None:
    rows = rows_of(task)
    chance = sum(1 / len(row["options"]) for row in rows) / len(rows)
    standard_error = (chance * (1 - chance) / len(rows)) ** 0.5

    share = share_won(rows, SHORTCUTS[shortcut])

    assert share <= chance + 2 * standard_error, f"{shortcut} wins {share:.3f} of {task}, chance is {chance:.3f}"


@pytest.mark.parametrize("task", OPTION_TASKS)
def test_no_two_items_are_nearly_the_same(task: str) -> None:
    def text(row: Row) -> str:
        return str(row.get("sentence") or row["options"][row["answer"]])

    close = [
        (one["id"], other["id"])
        for one, other in combinations(rows_of(task), 2)
        if fuzz.ratio(text(one), text(other)) > NEARLY_THE_SAME
    ]
    assert close == []
