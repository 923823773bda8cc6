"""The generator of word problems: the same for the same seed, and right by another way of reckoning."""

import json
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from leaderboard.suite import EMBEDDED_SUITES
from leaderboard.suite.word_problems import LANGUAGES, SPLITS, generate
from leaderboard.suite.word_problems.habits import BASQUE, HABITS
from leaderboard.suite.word_problems.wording import SUBJECTS

ALL = [(language, split) for language in LANGUAGES for split in SPLITS]


def committed(language: str, split: str) -> list[dict[str, Any]]:
    name = f"calculo_{language}.jsonl" if split == "test" else f"calculo_{language}_ejemplos.jsonl"
    text = (EMBEDDED_SUITES / "muestra" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(("language", "split"), ALL)
def test_the_committed_items_are_what_the_generator_makes(language: str, split: str) -> None:
    made = generate(language, split)
    assert [{key: row[key] for key in made[0]} for row in committed(language, split)] == made


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_subject_comes_equally_often_and_no_example_is_a_test_item(language: str) -> None:
    rows = generate(language, "test")
    assert set(Counter(row["phenomenon"] for row in rows).values()) == {len(rows) // len(SUBJECTS)}
    assert not {row["question"] for row in rows} & {row["question"] for row in generate(language, "fewshot")}


def test_the_spanish_items_take_turns_through_the_countries() -> None:
    assert {row["country"] for row in generate("es", "test")} == set(HABITS)


@pytest.mark.parametrize(("language", "split"), ALL)
def test_the_answers_are_right_reckoned_from_the_question_alone(language: str, split: str) -> None:
    for row in generate(language, split):
        assert row["answer"] == reckoned(language, row), row


def reckoned(language: str, row: dict[str, Any]) -> int:
    """Read the figures out of the finished text and reckon anew, by each subject's own sense."""
    habits = BASQUE if language == "eu" else HABITS[row["country"]]
    text, subject = str(row["question"]), row["phenomenon"]
    if subject == "minutes":
        begin, end = (_minutes(*match) for match in re.findall(r"(\d{1,2}):(\d{2})(?: (a|p)\. m\.)?", text))
        return end - begin
    if subject == "day_of_month":
        first, second, third = map(int, re.search(r"(\d+)/(\d+)/(\d+)", text).groups())  # type: ignore[union-attr]
        year, month, day = {"{y": (first, second, third), "{d": (third, second, first), "{m": (third, first, second)}[
            habits.date_form[:2]
        ]
        days = int(
            re.findall(
                r"\d+", text.split(f"/{third}", 1)[1] if language != "eu" else text.split(f"/{third:02d}", 1)[1]
            )[0]
        )
        return (date(year, month, day) + timedelta(days=days)).day
    figures = [
        int(figure.replace(habits.thousands, "")) for figure in re.findall(rf"\d+(?:\{habits.thousands}\d{{3}})*", text)
    ]
    return RECKONINGS[subject](
        figures if language != "eu" or subject != "pages" else [figures[1], figures[0], figures[2]]
    )


RECKONINGS: dict[str, Callable[[list[int]], int]] = {
    "change": lambda f: f[2] - f[0] * f[1],
    "passengers": lambda f: f[0] - f[1] + f[2],
    "pages": lambda f: f[1] - f[0] * f[2],
    "desks": lambda f: f[0] * f[1] + f[2],
    "shares": lambda f: f[0] // f[1],
    "inhabitants": sum,
}
"""From the figures in the order of the question. In Basque the book's length is told before the daily pages."""


def _minutes(hour: str, minute: str, half: str) -> int:
    hours = int(hour) % 12 + (12 if half == "p" else 0) if half else int(hour)
    return 60 * hours + int(minute)
