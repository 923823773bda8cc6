"""Scores: what is above chance, and the means that make a language's score and the average."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean

from leaderboard.suite import Area, Language, Suite, Weights


def normalised(raw: float, chance: float) -> float:
    """Return the share of what guessing leaves open that was won: 0 at chance, 1 at best, negative below chance."""
    return (raw - chance) / (1 - chance)


def language_scores(scores: Mapping[str, float], suite: Suite) -> dict[Language, float | None]:
    """Return each language's score: the mean of its areas' means, so that many tasks of one area weigh as one.

    Args:
        scores: task to normalised score.
        suite: whose counted tasks are averaged, by its weights; drafts and tasks with a target are left out. A language
            that lacks a task has None: no mean of fewer tasks is shown.
    """
    return {language: _language_score(scores, suite, language) for language in suite.languages}


def overall_average(languages: Mapping[Language, float | None], weights: Weights) -> float | None:
    """Return the mean of the languages' scores, never of tasks; None while one is missing."""
    present = {language: score for language, score in languages.items() if score is not None}
    if not present or len(present) < len(languages):
        return None
    return fmean(present.values(), [weights.languages.get(language, 1.0) for language in present])


def _language_score(scores: Mapping[str, float], suite: Suite, language: Language) -> float | None:
    areas: dict[Area, list[tuple[float, float]]] = defaultdict(list)
    for task in suite.counted:
        if task.declaration.language is language:
            if task.id not in scores:
                return None
            areas[task.declaration.area].append((scores[task.id], task.declaration.weight))
    means = [fmean(*zip(*area, strict=True)) for area in areas.values()]
    return fmean(means, [suite.weights.areas.get(area, 1.0) for area in areas])
