"""The arithmetic: draws the figures of each question and computes its answer, the same for the same seed."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from leaderboard.suite.word_problems.habits import BASQUE, HABITS, Habits
from leaderboard.suite.word_problems.wording import BASQUE as BASQUE_WORDING
from leaderboard.suite.word_problems.wording import CATALAN, GALICIAN, SPANISH, SUBJECTS, Wording

SPLITS = ("test", "fewshot")

_COUNTS = {"test": 24, "fewshot": 4}
_SEED = 600
_ONE_O_CLOCK = 13


@dataclass(frozen=True)
class _Language:
    wording: Wording
    habits: Mapping[str, Habits]


_LANGUAGES: Mapping[str, _Language] = {
    "es": _Language(SPANISH, HABITS),
    "ca": _Language(CATALAN, {"ES": HABITS["ES"]}),
    "eu": _Language(BASQUE_WORDING, {"ES": BASQUE}),
    "gl": _Language(GALICIAN, {"ES": HABITS["ES"]}),
}

LANGUAGES = tuple(_LANGUAGES)

Figures = tuple[dict[str, str | int], int]
"""What fills a template, and the answer."""


def _change(rng: random.Random, habits: Habits) -> Figures:
    note = rng.choice(habits.notes)
    count = rng.randint(2, 6)
    # A price that the smallest coins can pay, and change that is never zero.
    unit = max(1, note // 100)
    price = unit * rng.randint(3, (note // unit - 1) // count)
    figures: dict[str, str | int] = {
        "count": count,
        "price": habits.number(price),
        "note": habits.number(note),
        "currency": habits.currency,
    }
    return figures, note - count * price


def _passengers(rng: random.Random, _habits: Habits) -> Figures:
    start, off, on = rng.randint(21, 45), rng.randint(5, 17), rng.randint(3, 14)
    return {"start": start, "off": off, "on": on}, start - off + on


def _pages(rng: random.Random, _habits: Habits) -> Figures:
    rate, days = rng.randint(11, 24), rng.randint(4, 9)
    total = rate * days + rng.randint(15, 140)
    return {"rate": rate, "days": days, "total": total}, total - rate * days


def _desks(rng: random.Random, _habits: Habits) -> Figures:
    rooms, each, more = rng.randint(4, 12), rng.randint(18, 32), rng.randint(6, 40)
    return {"rooms": rooms, "each": each, "more": more}, rooms * each + more


def _shares(rng: random.Random, _habits: Habits) -> Figures:
    shops, each = rng.randint(3, 9), rng.randint(14, 48)
    return {"shops": shops, "total": shops * each}, each


def _minutes(rng: random.Random, habits: Habits) -> Figures:
    while True:
        begin_minute, length = rng.randrange(8 * 60, 17 * 60, 5), rng.randrange(35, 200, 5)
        begin, end = (time(minute // 60, minute % 60) for minute in (begin_minute, begin_minute + length))
        # One o'clock takes another article in the four languages; every other hour reads the same.
        if _ONE_O_CLOCK not in {begin.hour, end.hour}:
            return {"begin": habits.hour(begin), "end": habits.hour(end)}, length


def _inhabitants(rng: random.Random, habits: Habits) -> Figures:
    before, more = rng.randint(11_000, 98_000), rng.randint(1_050, 9_800)
    return {"before": habits.number(before), "more": habits.number(more)}, before + more


def _day_of_month(rng: random.Random, habits: Habits) -> Figures:
    # Days up to the twelfth, where the order of day and month cannot be guessed; the sum may pass the month's end.
    day, days = date(2026, rng.randint(1, 12), rng.randint(1, 12)), rng.randint(15, 40)
    return {"date": habits.date(day), "days": days}, (day + timedelta(days=days)).day


_ARITHMETIC: Mapping[str, Callable[[random.Random, Habits], Figures]] = {
    "change": _change,
    "passengers": _passengers,
    "pages": _pages,
    "desks": _desks,
    "shares": _shares,
    "minutes": _minutes,
    "inhabitants": _inhabitants,
    "day_of_month": _day_of_month,
}


def generate(language: str, split: str) -> list[dict[str, str | int | None]]:
    """Return the problems of a language (`es`, `ca`, `eu`, `gl`) and split (`test`, `fewshot`), no question twice.

    Subjects and countries take turns, so that each appears about equally often.
    """
    spoken = _LANGUAGES[language]
    # Not cryptography: the seed makes the file reproducible. A text, so that no two lists share their draws.
    rng = random.Random(f"{_SEED} {language} {split}")  # noqa: S311
    countries = sorted(spoken.habits)
    rng.shuffle(countries)
    rows: list[dict[str, str | int | None]] = []
    seen: set[str] = set()
    while len(rows) < _COUNTS[split]:
        number = len(rows)
        subject, country = SUBJECTS[number % len(SUBJECTS)], countries[number % len(countries)]
        figures, answer = _ARITHMETIC[subject](rng, spoken.habits[country])
        names: dict[str, str | int] = {
            "person": rng.choice(spoken.wording.people),
            "goods": rng.choice(spoken.wording.goods),
            "city": rng.choice(spoken.wording.cities[country]),
        }
        question = spoken.wording.templates[subject].format(**figures, **names)
        if question in seen:
            continue
        seen.add(question)
        rows.append({"country": country, "phenomenon": subject, "question": question, "answer": answer})
    return rows
