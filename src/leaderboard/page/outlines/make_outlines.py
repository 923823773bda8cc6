"""Makes the outlines of the map of Spanish out of Natural Earth's countries, as npm's `world-atlas` ships them.

    npm pack world-atlas && tar xf world-atlas-*.tgz
    python -m leaderboard.page.outlines.make_outlines package/countries-50m.json

Each frame of the map has Lambert's azimuthal equal-area projection around a centre of its own; all frames are then laid
out on one sheet, the Americas in the main one, Spain, the Canaries and Equatorial Guinea enlarged in the Pacific.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, degrees, hypot, radians, sin, sqrt
from pathlib import Path
from typing import Any

Point = tuple[float, float]
Ring = list[Point]

TARGET = Path(__file__).with_name("spanish_speaking.json")

_CODES = {
    "032": "AR", "068": "BO", "152": "CL", "170": "CO", "188": "CR", "192": "CU", "214": "DO", "218": "EC",
    "222": "SV", "226": "GQ", "320": "GT", "340": "HN", "484": "MX", "558": "NI", "591": "PA", "600": "PY",
    "604": "PE", "630": "PR", "724": "ES", "858": "UY", "862": "VE",
}  # fmt: skip
_UNITS = 100
"""Of the sheet's whole numbers in one degree of the main frame: finer than a pixel."""


@dataclass(frozen=True)
class Frame:
    """A window onto the world and its place on the sheet, in degrees of arc from its centre."""

    centre: Point
    """Longitude and latitude."""
    low: Point
    high: Point
    """Corners of the window, from its centre."""
    corner: Point = (0.0, 0.0)
    """Where its lower left corner lies on the sheet."""
    scale: float = 1.0
    countries: tuple[str, ...] = ()
    """Those drawn in it; all others are its neighbours. Empty: all but those of the other frames."""

    @property
    def tolerance(self) -> float:
        """How far a simplified line may stray, in degrees: the same on the sheet whatever the scale."""
        return 0.07 / self.scale

    def projected(self, place: Point) -> Point | None:
        """Return a place in degrees of arc from the centre; None for what lies on the other side of the world."""
        turn = radians(place[0] - self.centre[0])
        here, middle = radians(place[1]), radians(self.centre[1])
        nearness = 1 + sin(middle) * sin(here) + cos(middle) * cos(here) * cos(turn)
        if nearness < 1:
            return None
        factor = degrees(sqrt(2 / nearness))
        return (
            factor * cos(here) * sin(turn),
            factor * (cos(middle) * sin(here) - sin(middle) * cos(here) * cos(turn)),
        )

    def on_sheet(self, ring: Ring) -> list[int]:
        """Return x and y of each point in turn, on the sheet."""
        return [
            round(_UNITS * (corner + self.scale * (value - low)))
            for point in ring
            for value, low, corner in zip(point, self.low, self.corner, strict=True)
        ]

    @property
    def box(self) -> list[int]:
        """Its own outline on the sheet: left, bottom, right, top."""
        return self.on_sheet([self.low, self.high])


MAIN = Frame((-84, -8), (-34, -49.5), (32, 43.5))
INSETS = (
    Frame((-3, 40), (-5.6, -4.5), (6.0, 4.3), (0.5, 24.5), 2.7, ("ES",)),
    Frame((-15.8, 28.4), (-2.3, -1.2), (2.3, 1.2), (0.5, 16.5), 2.7, ("ES",)),
    Frame((10, 2.4), (-1.9, -1.7), (1.7, 1.7), (15.5, 9.5), 4.2, ("GQ",)),
)


def outlines(atlas: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sheet: its size, the boxes of its insets, the rings of the countries, and those of what is around."""
    countries: dict[str, list[list[int]]] = {code: [] for code in sorted(_CODES.values())}
    around: list[list[int]] = []
    elsewhere = {code for inset in INSETS for code in inset.countries}
    for frame in (MAIN, *INSETS):
        arcs = [simplified(arc, frame.tolerance) for arc in decoded_arcs(atlas)]
        for shape in atlas["objects"]["countries"]["geometries"]:
            code = _CODES.get(shape.get("id"), "")
            is_here = code in frame.countries if frame.countries else bool(code) and code not in elsewhere
            rings = list(_drawn(_rings(shape, arcs), frame))
            (countries[code] if is_here else around).extend(rings)
    return {
        "source": "Natural Earth 4.1.0, 1:50m (public domain), by way of npm world-atlas 2.0.2",
        "size": [MAIN.box[2], MAIN.box[3]],
        "insets": [inset.box for inset in INSETS],
        "countries": countries,
        "around": around,
    }


def decoded_arcs(atlas: Mapping[str, Any]) -> list[Ring]:
    """Return the arcs of a TopoJSON in degrees: they are stored as whole steps, each from the point before."""
    (scale_x, scale_y), (left, low) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for steps in atlas["arcs"]:
        x, y, arc = 0, 0, []
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arc.append((left + x * scale_x, low + y * scale_y))
        arcs.append(arc)
    return arcs


def simplified(line: Ring, tolerance: float) -> Ring:
    """Return a line without the points that it can do without (Douglas and Peucker 1973); its ends stay.

    Arcs are simplified before they are joined, so that two countries keep one border.
    """
    kept = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        between = range(first + 1, last)
        farthest = max(between, key=lambda at: _distance(line[at], line[first], line[last]), default=None)
        if farthest is not None and _distance(line[farthest], line[first], line[last]) > tolerance:
            kept.add(farthest)
            spans += [(first, farthest), (farthest, last)]
    return [line[at] for at in sorted(kept)]


def clipped(ring: Ring, low: Point, high: Point) -> Ring:
    """Return the part of a ring within a rectangle (Sutherland and Hodgman 1974)."""
    for axis, limit, sign in ((0, low[0], 1), (1, low[1], 1), (0, high[0], -1), (1, high[1], -1)):
        inside = [sign * (point[axis] - limit) >= 0 for point in ring]
        cut: Ring = []
        for at, point in enumerate(ring):
            before = ring[at - 1]
            if inside[at] != inside[at - 1]:
                share = (limit - before[axis]) / (point[axis] - before[axis])
                cut.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
            if inside[at]:
                cut.append(point)
        ring = cut
    return ring


def _rings(shape: Mapping[str, Any], arcs: Sequence[Ring]) -> Iterator[Ring]:
    """Yield the outer rings of a shape; the few holes of the world's countries are none of Spanish's."""
    if "arcs" not in shape:
        return
    for polygon in shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]:
        ring: Ring = []
        for number in polygon[0]:
            ring += arcs[number] if number >= 0 else arcs[~number][::-1]
        yield ring


def _drawn(rings: Iterable[Ring], frame: Frame) -> Iterator[list[int]]:
    """Yield the rings on the sheet, without what is out of sight or too small to see."""
    smallest = (1.5 * frame.tolerance) ** 2
    for ring in rings:
        places = [frame.projected(place) for place in ring]
        if None in places:
            continue
        seen = clipped([place for place in places if place is not None], frame.low, frame.high)
        if _area(seen) > smallest:
            yield frame.on_sheet(seen)


def _area(ring: Ring) -> float:
    return abs(sum(ring[at - 1][0] * ring[at][1] - ring[at][0] * ring[at - 1][1] for at in range(len(ring)))) / 2


def _distance(point: Point, start: Point, end: Point) -> float:
    across, up = end[0] - start[0], end[1] - start[1]
    length = hypot(across, up)
    if not length:
        return hypot(point[0] - start[0], point[1] - start[1])
    along = ((point[0] - start[0]) * across + (point[1] - start[1]) * up) / length**2
    along = min(1.0, max(0.0, along))
    return hypot(point[0] - start[0] - along * across, point[1] - start[1] - along * up)


def main(atlas_file: str) -> None:
    """Write the outlines beside this module."""
    sheet = outlines(json.loads(Path(atlas_file).read_text(encoding="utf-8")))
    TARGET.write_text(json.dumps(sheet, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
