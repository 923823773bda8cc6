"""Scores: what is above chance, and the means that make a language's score and the average."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean

from leaderboard.suite import Area, Language, Suite


def normalised(raw: float, chance: float) -> float:
    """Return the share of what guessing leaves open that was won: 0 at chance, 1 at best, negative below chance."""
    return (raw - chance) / (1 - chance)


def language_scores(scores: Mapping[str, float], suite: Suite) -> dict[Language, float | None]:
    """Return each language's score: the mean of its areas' means, so that many tasks of one area weigh as one.

    Args:
        scores: task to normalised score.
        suite: whose counted tasks are averaged; drafts are left out. A language that lacks a task has None: no mean of
            fewer tasks is shown.
    """
    return {language: _language_score(scores, suite, language) for language in suite.languages}


def overall_average(languages: Mapping[Language, float | None]) -> float | None:
    """Return the mean of the languages' scores, never of tasks; None while one is missing."""
    present = [score for score in languages.values() if score is not None]
    return fmean(present) if present and len(present) == len(languages) else None


def _language_score(scores: Mapping[str, float], suite: Suite, language: Language) -> float | None:
    areas: dict[Area, list[float]] = defaultdict(list)
    for task in suite.counted:
        if task.declaration.language is language:
            if task.id not in scores:
                return None
            areas[task.declaration.area].append(scores[task.id])
    return fmean(fmean(area) for area in areas.values())
