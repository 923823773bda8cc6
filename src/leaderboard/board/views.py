"""The views of the ranking, and which tasks make the mean of each: fixed by suite and rule, never by who is on it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import fsum

from leaderboard.board.rule import Rule
from leaderboard.suite import Area, Language, Suite

Shares = Mapping[str, float]
"""Task to its share of a mean; the shares of a mean add up to 1."""


class View(StrEnum):
    """What a ranking is by: one language, or all of them."""

    ES = "es"
    CA = "ca"
    EU = "eu"
    GL = "gl"
    ALL = "all"


@dataclass(frozen=True)
class Means:
    """Every mean of the board: what each area of a language and each view is made of."""

    views: Mapping[View, Shares]
    """Those that have tasks, in the order of `View`. With one language there is no other view than its own."""
    areas: Mapping[tuple[Language, Area], Shares]

    @property
    def tasks(self) -> tuple[str, ...]:
        """Every task that enters a mean."""
        return tuple(dict.fromkeys(task for shares in self.areas.values() for task in shares))

    @property
    def default_view(self) -> View | None:
        """Spanish, or what there is in its place; None where nothing is counted."""
        return next(iter(self.views), None)


def means_of(suite: Suite, rule: Rule) -> Means:
    """Return the means of a suite under a rule.

    The score of a language is the mean of its areas' means, so that many tasks of one area weigh as one; that of all
    languages is the mean of theirs, never of tasks. Weights are the suite's.
    """
    areas: dict[tuple[Language, Area], list[tuple[str, float]]] = defaultdict(list)
    for task in suite.counted:
        if task.id not in rule.excluded:
            areas[task.declaration.language, task.declaration.area].append((task.id, task.declaration.weight))
    of_areas = {key: _shares(members) for key, members in areas.items()}
    languages: dict[Language, Shares] = {}
    for language in Language:
        parts = [
            (shares, suite.weights.areas.get(area, 1.0)) for (of, area), shares in of_areas.items() if of is language
        ]
        if parts:
            languages[language] = _mixed(parts)
    views = {View(str(language)): shares for language, shares in languages.items()}
    if len(languages) > 1:
        weights = suite.weights.languages
        views[View.ALL] = _mixed([(shares, weights.get(language, 1.0)) for language, shares in languages.items()])
    return Means(views, of_areas)


def weighted(shares: Shares, scores: Mapping[str, float]) -> float | None:
    """Return a mean of normalised scores; None while one is missing: no mean of fewer tasks is shown."""
    if not all(task in scores for task in shares):
        return None
    # Summed exactly, so that equal scores in another order of tasks are equal means and share a rank.
    return fsum(share * scores[task] for task, share in shares.items())


def _shares(members: Iterable[tuple[str, float]]) -> Shares:
    return _mixed([({name: 1.0}, weight) for name, weight in members])


def _mixed(parts: list[tuple[Shares, float]]) -> Shares:
    """Return the shares of a weighted mean of means."""
    total = sum(weight for _, weight in parts)
    return {task: share * weight / total for shares, weight in parts for task, share in shares.items()}
