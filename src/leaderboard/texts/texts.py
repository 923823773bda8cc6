"""Load the texts of a language and look them up by key; numbers and dates in that language's form (Unicode CLDR)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import yaml
from babel.dates import format_date
from babel.numbers import format_decimal

from leaderboard.records import LeaderboardError

LANGUAGES = ("es", "en", "ca", "eu", "gl")
"""Spanish first. A language is a folder here, with one file for each part of the page, and an entry in this list."""


class MissingTextError(LeaderboardError):
    """A key without a text: a mistake of the program, never shown as an empty label."""


@dataclass(frozen=True)
class Texts:
    """The texts of one language."""

    language: str
    by_key: Mapping[str, str]

    def __call__(self, key: str, **values: str | float) -> str:
        """Return the text of `key` with `{names}` filled in. What is filled in is text, not markup."""
        try:
            return self.by_key[key].format(**values)
        except KeyError as error:
            message = f"texts/{self.language}: no text or no value for {error} at {key!r}"
            raise MissingTextError(message) from error

    def get(self, key: str) -> str | None:
        """Return the text of `key` as it stands, or None where there is none."""
        return self.by_key.get(key)

    def decimal(self, value: float, digits: int) -> str:
        """Return a number with so many digits after the mark that this language writes there."""
        return f"{value:.{digits}f}".replace(".", self("site.decimal_mark")).replace("-", "\N{MINUS SIGN}")

    def points(self, score: float | None) -> str:
        """Return a fraction of 1 as points of 100 with one decimal; empty where there is none."""
        return "" if score is None else self.decimal(round(100 * score, 1) + 0.0, 1)

    def signed_points(self, difference: float) -> str:
        """Return a difference of fractions of 1 in points of 100, with its sign."""
        shown = self.points(difference)
        return f"+{shown}" if round(100 * difference, 1) > 0 else shown

    def whole(self, count: int) -> str:
        """Return a whole number, its thousands set apart as this language does."""
        return str(format_decimal(count, locale=self.language))

    def date(self, moment: datetime) -> str:
        """Return the day of a moment (in UTC), as this language writes it in full."""
        return str(format_date(moment.astimezone(UTC).date(), "long", locale=self.language))

    def moment(self, moment: datetime) -> str:
        """Return day and time of a moment, in UTC."""
        at = moment.astimezone(UTC)
        return self("site.moment", date=self.date(at), time=f"{at:%H:%M}")


@cache
def load_texts(language: str) -> Texts:
    """Return the texts of `language`, read once.

    Raises:
        MissingTextError: there is no such language.
    """
    if language not in LANGUAGES:
        message = f"There are no texts in {language!r}; there are {', '.join(LANGUAGES)}."
        raise MissingTextError(message)
    by_key: dict[str, str] = {}
    for file in sorted(files(__package__).joinpath(language).iterdir(), key=lambda one: one.name):
        for key, text in _flattened(yaml.safe_load(file.read_text(encoding="utf-8")), ""):
            if key in by_key:
                message = f"texts/{language}/{file.name}: {key!r} stands in another file too."
                raise MissingTextError(message)
            by_key[key] = text
    return Texts(language, by_key)


def _flattened(node: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for key, value in node.items():
        if isinstance(value, Mapping):
            pairs += _flattened(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            pairs.append((f"{prefix}{key}", value.strip()))
        else:  # YAML takes a bare no for false, and 1 for a number
            message = f"The text of {prefix}{key} is read as {value!r}. Put it between quotes."
            raise MissingTextError(message)
    return pairs
