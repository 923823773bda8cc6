"""Reading environment variables: numbers within bounds, lists, and errors that name the variable."""

from collections.abc import Mapping

from leaderboard.records import LeaderboardError


class SettingsError(LeaderboardError):
    """An environment variable holds something that cannot be used."""


def listed(environment: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return what a variable lists with commas between."""
    return tuple(filter(None, (part.strip() for part in environment.get(name, "").split(","))))


def gigabytes(environment: Mapping[str, str], name: str) -> int | None:
    """Return a variable in thousand millions as a whole number; None where it is not set."""
    if not environment.get(name):
        return None
    return int(number(environment, name, 0, low=0.1, high=100_000) * 10**9)


def number(environment: Mapping[str, str], name: str, default: float, *, low: float, high: float) -> float:
    """Return a variable as a number between two; raises SettingsError for anything else."""
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        message = f"{name} is {text!r}; it must be a number from {low:g} to {high:g}."
        raise SettingsError(message)
    return value


def whole_number(environment: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    """Return a variable as a whole number between two; raises SettingsError for anything else."""
    value = number(environment, name, default, low=low, high=high)
    if value != int(value):
        message = f"{name} is {environment[name]!r}; it must be a whole number from {low} to {high}."
        raise SettingsError(message)
    return int(value)
