"""The last answer of a conversation about a text, which several people gave, each in their own words."""

from collections.abc import Iterable, Mapping
from typing import Any

from leaderboard.evaluation.task_functions import extractive


def score_catalan(doc: Mapping[str, Any], results: list[str]) -> dict[str, float]:
    """Return exact match and F1 of the answer to the last question; the reference it agrees with best counts."""
    return extractive.score_catalan({"answers": {"text": last_answers(doc)}}, results)


def last_answers(doc: Mapping[str, Any]) -> list[str]:
    """Return what people answered to the last question: once what several said alike, and nothing empty.

    `doc["answers"]["input_text"]` has one answer for each question. `doc["additional_answers"]`, which the training
    split lacks, has the same of other people, by a name for each of them.
    """
    last = len(doc["questions"]) - 1
    others = doc.get("additional_answers") or {}
    people = [doc["answers"], *(answers for answers in others.values() if answers)]
    return _distinct(person["input_text"][last] for person in people if len(person["input_text"]) > last)


def _distinct(answers: Iterable[str | None]) -> list[str]:
    stripped = (answer.strip() for answer in answers if answer)
    return list(dict.fromkeys(answer for answer in stripped if answer))
