"""Load the texts of a language and look them up by key."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from leaderboard.records import LeaderboardError

LANGUAGES = ("es", "en")
"""Spanish first. A language is a file here and an entry in this list."""


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
            message = f"texts/{self.language}.yaml: no text or no value for {error} at {key!r}"
            raise MissingTextError(message) from error

    def get(self, key: str) -> str | None:
        """Return the text of `key` as it stands, or None where there is none."""
        return self.by_key.get(key)

    def decimal(self, value: float, digits: int) -> str:
        """Return a number with so many digits after the mark that this language writes there."""
        return f"{value:.{digits}f}".replace(".", self("site.decimal_mark"))


@cache
def load_texts(language: str) -> Texts:
    """Return the texts of `language`, read once.

    Raises:
        MissingTextError: there is no such language.
    """
    if language not in LANGUAGES:
        message = f"There are no texts in {language!r}; there are {', '.join(LANGUAGES)}."
        raise MissingTextError(message)
    document = yaml.safe_load(files(__package__).joinpath(f"{language}.yaml").read_text(encoding="utf-8"))
    return Texts(language, dict(_flattened(document, "")))


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
