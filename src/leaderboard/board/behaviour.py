"""How models answered a task, beside how well: constant answers, and answers that several models have in common."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from leaderboard.board.intervals import LEVEL
from leaderboard.records import Items, ItemTable, TaskResult

FEWEST_ITEMS = 20
"""Below that many answers a constant one is no evidence: of four questions with two options every eighth guesser
gives the same one four times."""

CONSTANT = 0.95
"""The share of the items from which on one option counts as the constant answer."""

_COINCIDENCE = 0.01
"""How likely chance may be to make models share a score before that is no evidence."""


@dataclass(frozen=True)
class ConstantAnswer:
    """One option that a model gives to nearly every item, while the right answers vary."""

    option: int
    share: float
    """Of the items, how many got it."""
    gold_share: float
    """Of the items, for how many it is right."""


@dataclass(frozen=True)
class SharedScore:
    """Models that have exactly the same score, by more than chance."""

    score: float
    models: tuple[str, ...]
    is_item_by_item: bool
    """Whether they also score the same on every single item."""


def constant_answers(results: Mapping[str, TaskResult]) -> dict[str, ConstantAnswer]:
    """Return the models that give one option to nearly every item of a task, by name.

    Items whose right option is not known, or that are no choice among options, are not looked at.
    """
    golds: dict[int, NDArray[np.int64]] = {}
    found: dict[str, ConstantAnswer] = {}
    for model, result in results.items():
        table = result.items.table
        if id(table) not in golds:
            golds[id(table)] = _golds(table)
        answer = _constant_answer(result.items, golds[id(table)])
        if answer is not None:
            found[model] = answer
    return found


def shared_score(results: Mapping[str, TaskResult], fewest: int) -> SharedScore | None:
    """Return the largest group of at least `fewest` models with exactly the same score.

    On few items honest models meet on one score by chance. So a group counts where its models score the same on every
    item, or where chance would make such a group on less than one board in a hundred, were all models equally good.
    """
    by_score: dict[float, list[str]] = defaultdict(list)
    for model in sorted(results):
        by_score[results[model].raw].append(model)
    found = [
        group
        for score, models in by_score.items()
        if len(models) >= fewest and (group := _shared(score, models, results, fewest)) is not None
    ]
    return max(found, key=lambda group: (len(group.models), group.score), default=None)


def p_above(lead: float, reach: float, units: int) -> float:
    """Return the one-sided p value of a score's lead, from how far its interval reaches down.

    So it follows from Wilson's interval where that is what the score has. Student's distribution, over the units that
    the interval rests on.
    """
    if lead <= 0 or units < 2:  # noqa: PLR2004 - a spread takes two
        return 1.0
    if reach <= 0:
        return 0.0
    errors = lead / reach * float(stats.t.ppf((1 + LEVEL) / 2, units - 1))
    return float(stats.t.sf(errors, units - 1))


def _golds(table: ItemTable) -> NDArray[np.int64]:
    return np.array([-1 if gold is None else gold for gold in table.golds], dtype=np.int64)


def _constant_answer(items: Items, golds: NDArray[np.int64]) -> ConstantAnswer | None:
    looked_at = (golds >= 0) & (items.choices >= 0)
    number = int(looked_at.sum())
    if number < FEWEST_ITEMS:
        return None
    counts = np.bincount(items.choices[looked_at])
    option = int(counts.argmax())
    share = float(counts[option]) / number
    gold_share = float((golds[looked_at] == option).mean())
    return ConstantAnswer(option, share, gold_share) if share >= CONSTANT > gold_share else None


def _shared(score: float, models: list[str], results: Mapping[str, TaskResult], fewest: int) -> SharedScore | None:
    by_items: dict[bytes, list[str]] = defaultdict(list)
    for model in models:
        by_items[results[model].items.scores.tobytes()].append(model)
    alike = max(by_items.values(), key=len)
    if len(alike) >= fewest and len(results[alike[0]].items) >= FEWEST_ITEMS:
        return SharedScore(score, tuple(alike), is_item_by_item=True)
    if _chance_of_sharing(len(results), len(models), results[models[0]].items) < _COINCIDENCE:
        return SharedScore(score, tuple(models), is_item_by_item=False)
    return None


def _chance_of_sharing(models: int, sharing: int, items: Items) -> float:
    """Return at most how likely so many of equally good models are to share one score of right answers over items."""
    right = min(1.0, max(0.0, float(items.scores.mean())))
    variance = len(items) * right * (1 - right)
    if not variance:
        return 1.0
    likeliest = min(1.0, 1 / math.sqrt(2 * math.pi * variance))
    groups = special.gammaln(models + 1) - special.gammaln(sharing + 1) - special.gammaln(models - sharing + 1)
    return math.exp(min(0.0, float(groups) + (sharing - 1) * math.log(likeliest)))
