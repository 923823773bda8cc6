"""The names of countries, as each language writes them (Unicode CLDR)."""

from babel import Locale

from leaderboard.texts import Texts


def country_name(code: str, texts: Texts) -> str:
    """Return the name of a country by its ISO 3166 code; the code itself where the language has no name for it."""
    return str(Locale(texts.language).territories.get(code, code))
