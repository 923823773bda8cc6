"""Outlines of the countries where Spanish is spoken, laid out flat on one sheet. `NOTICE` says whose they are."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Line:
    """Rings one after the other, None between them, as plotly takes them."""

    x: tuple[float | None, ...]
    y: tuple[float | None, ...]


@dataclass(frozen=True)
class Sheet:
    """What the map is drawn from."""

    width: int
    height: int
    insets: tuple[tuple[int, int, int, int], ...]
    """Left, bottom, right, top of each part that is drawn at a scale of its own."""
    countries: dict[str, Line]
    """By ISO 3166 code."""
    around: Line
    """All other land in sight."""


@cache
def load_sheet() -> Sheet:
    """Return the outlines, read once."""
    stored = json.loads((files(__package__) / "spanish_speaking.json").read_text(encoding="utf-8"))
    width, height = stored["size"]
    return Sheet(
        width=width,
        height=height,
        insets=tuple((left, low, right, high) for left, low, right, high in stored["insets"]),
        countries={code: _line(rings) for code, rings in stored["countries"].items()},
        around=_line(stored["around"]),
    )


def _line(rings: list[list[int]]) -> Line:
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in rings:
        x += [*ring[::2], ring[0], None]
        y += [*ring[1::2], ring[1], None]
    return Line(tuple(x[:-1]), tuple(y[:-1]))
