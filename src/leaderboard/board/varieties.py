"""What a model scores on the Spanish of each country, kept apart by what the items measure.

Only variety comprehension says that a model understands a country's Spanish: culture, schooling, bias and the veracity
of a country's news are other things, and nothing here adds them up.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from leaderboard.board.intervals import of_scores
from leaderboard.board.scores import Score
from leaderboard.records import ItemResult, TaskResult
from leaderboard.suite import Construct, Suite, Task
from leaderboard.suite.metrics import clustered_error


@dataclass(frozen=True, kw_only=True)
class CountryScore(Score):
    """One model on the items of one country that measure one thing."""

    country: str
    """ISO 3166 code."""
    construct: Construct
    items: int
    is_draft: bool
    """Whether a task in it still waits for native speakers' signatures."""


def scores_by_country(results: Iterable[TaskResult], suite: Suite) -> list[CountryScore]:
    """Return the scores of one model by country and construct, over the items of all tasks that carry a country.

    Results with another configuration than the suite's present one are left out.
    """
    groups: dict[tuple[str, Construct], list[tuple[Task, ItemResult]]] = defaultdict(list)
    for result in results:
        task = suite.task(result.task)
        if task is None or task.config_hash != result.config_hash:
            continue
        for country, places in result.items.table.by_variety.items():
            groups[country, task.declaration.measured_construct] += [(task, result.items[place]) for place in places]
    return [_score(country, construct, members) for (country, construct), members in sorted(groups.items())]


def _score(country: str, construct: Construct, members: list[tuple[Task, ItemResult]]) -> CountryScore:
    scores = [item.score for _, item in members]
    units = [f"{task.id}/{item.cluster or item.id}" for task, item in members]
    unit_index = np.unique(units, return_inverse=True)[1]
    return CountryScore(
        country=country,
        construct=construct,
        items=len(members),
        raw=fmean(scores),
        chance=fmean(1 / item.options if item.options else task.declaration.chance for task, item in members),
        stderr=clustered_error(list(zip(units, scores, strict=True))) or None,
        interval=of_scores(np.array(scores), unit_index),
        target=members[0][0].declaration.target,
        is_draft=any(task.is_draft for task, _ in members),
    )
