"""Models that answered so many questions about the Spanish of some countries."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaderboard.board import Board, build_board
from leaderboard.records import Evaluation, ItemResult
from leaderboard.suite import Suite
from tests.builders import declaration, manifest, request_for, task_result, tiny_suite

Answers = Mapping[str, tuple[int, int]]
"""Country to how many of its items are right, and how many there are."""


def suite_of_varieties(folder: Path, **changes: Any) -> Suite:
    """Return a suite of one task that asks what a country's words mean."""
    asks = {"construct": "variety_comprehension", "variety_field": "country", "area": "comprehension"}
    return tiny_suite(folder, [declaration("dichos", **{**asks, **changes})])


def board_of_varieties(suite: Suite, models: Mapping[str, Answers]) -> Board:
    """Return a board with a row for each model."""
    return build_board([_evaluated(suite, name, answers) for name, answers in models.items()], suite)


def _evaluated(suite: Suite, name: str, answers: Answers) -> Evaluation:
    asked = request_for(suite, name)
    items = tuple(
        ItemResult(
            id=f"{country}-{number}",
            variety=country,
            options=2,
            choice=0,
            gold=int(number >= right),
            score=float(number < right),
        )
        for country, (right, count) in answers.items()
        for number in range(count)
    )
    raw = sum(item.score for item in items) / len(items)
    results = (task_result(asked, suite.tasks[0], items=items, raw=raw),)
    return Evaluation(request=asked, manifest=manifest(asked, results), results=results)
