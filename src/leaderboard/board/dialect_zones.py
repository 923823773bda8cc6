"""What a model understands of the Spanish of zones: countries with few items are read together with their neighbours.

The five American zones are those of Henríquez Ureña 1921, "Observaciones sobre el español de América", taken country by
country; Panama and Venezuela stand with the Caribbean and Colombia with the Andes, where the Real Academia's reference
corpus (CREA) has most of each. Spain and Equatorial Guinea stand alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean
from types import MappingProxyType

import numpy as np

from leaderboard.board.intervals import of_scores
from leaderboard.board.rows import Row
from leaderboard.board.scores import Score
from leaderboard.board.varieties import CountryScore
from leaderboard.records import TaskResult
from leaderboard.suite import Construct, Suite, Task
from leaderboard.suite.metrics import clustered_error

ENOUGH_ITEMS = 100
NARROW_ENOUGH = 0.10
"""Half the width of an interval of the normalised score, from which fewer items do too."""


class DialectZone(StrEnum):
    """Where Spanish is much alike."""

    MEXICO_AND_CENTRAL_AMERICA = "mexico_and_central_america"
    CARIBBEAN = "caribbean"
    ANDEAN = "andean"
    CHILE = "chile"
    RIO_DE_LA_PLATA = "rio_de_la_plata"
    SPAIN = "spain"
    EQUATORIAL_GUINEA = "equatorial_guinea"


COUNTRIES_OF: Mapping[DialectZone, tuple[str, ...]] = MappingProxyType(
    {
        DialectZone.MEXICO_AND_CENTRAL_AMERICA: ("MX", "GT", "SV", "HN", "NI", "CR"),
        DialectZone.CARIBBEAN: ("CU", "DO", "PR", "PA", "VE"),
        DialectZone.ANDEAN: ("CO", "EC", "PE", "BO"),
        DialectZone.CHILE: ("CL",),
        DialectZone.RIO_DE_LA_PLATA: ("AR", "UY", "PY"),
        DialectZone.SPAIN: ("ES",),
        DialectZone.EQUATORIAL_GUINEA: ("GQ",),
    }
)
"""ISO 3166 codes of the countries where Spanish is an official language, Puerto Rico among them, each in one zone."""

_ZONE_OF: Mapping[str, DialectZone] = MappingProxyType(
    {country: zone for zone, countries in COUNTRIES_OF.items() for country in countries}
)


@dataclass(frozen=True, kw_only=True)
class ZoneScore(Score):
    """One model on the items of all countries of a zone that measure how well it understands a variety."""

    zone: DialectZone
    items: int
    is_draft: bool
    """Whether a task in it still waits for native speakers' signatures."""


class Basis(StrEnum):
    """What a country's figure is made of."""

    OWN = "own"
    ZONE = "zone"
    NONE = "none"
    """Its items are too few, and so are its zone's: no figure."""


@dataclass(frozen=True, kw_only=True)
class CountryReading:
    """What can be said of one model on the Spanish of one country."""

    country: str
    zone: DialectZone | None
    """None for a country where Spanish is not official."""
    own: CountryScore | None
    """None without items of its own."""
    pooled: ZoneScore | None
    """None where its zone has no items."""

    @property
    def basis(self) -> Basis:
        """What its figure is made of: its own items where they are enough, else its zone's."""
        if is_enough(self.own):
            return Basis.OWN
        return Basis.ZONE if is_enough(self.pooled) else Basis.NONE

    @property
    def score(self) -> CountryScore | ZoneScore | None:
        """The figure to show; None where there are too few items."""
        return {Basis.OWN: self.own, Basis.ZONE: self.pooled, Basis.NONE: None}[self.basis]

    @property
    def items(self) -> int:
        """How many items the country has of its own."""
        return self.own.items if self.own else 0

    @property
    def is_draft(self) -> bool:
        """Whether what is shown of it rests on items that native speakers have not signed."""
        shown = self.score or self.own
        return shown is not None and shown.is_draft


def is_enough(score: CountryScore | ZoneScore | None) -> bool:
    """Return whether a score may be shown as a country's: by its number of items, or for its narrow interval."""
    if score is None:
        return False
    interval = score.normalised_interval
    narrow = interval is not None and (interval.high - interval.low) / 2 <= NARROW_ENOUGH
    return score.items >= ENOUGH_ITEMS or narrow


def readings(row: Row, suite: Suite) -> tuple[CountryReading, ...]:
    """Return what can be said of a model country by country, by zones: all official ones, then others with items."""
    own = {one.country: one for one in row.countries if one.construct is Construct.VARIETY_COMPREHENSION}
    zones = scores_by_zone((cell.result for cell in row.cells.values()), suite)
    others = sorted(own.keys() - _ZONE_OF.keys())
    return tuple(
        CountryReading(country=country, zone=zone, own=own.get(country), pooled=zones.get(zone) if zone else None)
        for country, zone in (*_ZONE_OF.items(), *((country, None) for country in others))
    )


def scores_by_zone(results: Iterable[TaskResult], suite: Suite) -> dict[DialectZone, ZoneScore]:
    """Return the scores of one model by zone, over the items that measure how well it understands a variety.

    Each item counts once, whatever its country, and items of one cluster are one unit wherever they stand, so the
    interval is that of the zone and not a mean of its countries'. Results with another configuration than the suite's
    present one are left out.
    """
    groups: dict[DialectZone, list[_Part]] = defaultdict(list)
    for task, result in _of_comprehension(results, suite):
        for zone, places in _places_by_zone(result).items():
            groups[zone].append(_Part(task, result, places))
    return {zone: _pooled(zone, groups[zone]) for zone in DialectZone if zone in groups}


@dataclass(frozen=True)
class _Part:
    """The items of one task in a zone."""

    task: Task
    result: TaskResult
    places: Sequence[int]

    @property
    def units(self) -> list[str]:
        table = self.result.items.table
        return [f"{self.task.id}/{table.clusters[place] or table.ids[place]}" for place in self.places]

    @property
    def scores(self) -> list[float]:
        return [float(one) for one in self.result.items.scores[list(self.places)]]

    @property
    def chances(self) -> list[float]:
        """What guessing gets on each: by its own options where they are known."""
        counts = (self.result.items.table.options[place] for place in self.places)
        return [1 / options if options else self.task.declaration.chance for options in counts]


def _of_comprehension(results: Iterable[TaskResult], suite: Suite) -> Iterator[tuple[Task, TaskResult]]:
    for result in results:
        task = suite.task(result.task)
        if task is None or task.config_hash != result.config_hash:
            continue
        if task.declaration.measured_construct is Construct.VARIETY_COMPREHENSION:
            yield task, result


def _places_by_zone(result: TaskResult) -> Mapping[DialectZone, list[int]]:
    by_zone: dict[DialectZone, list[int]] = defaultdict(list)
    for country, places in result.items.table.by_variety.items():
        if country in _ZONE_OF:
            by_zone[_ZONE_OF[country]] += places
    return by_zone


def _pooled(zone: DialectZone, parts: Sequence[_Part]) -> ZoneScore:
    scores = [score for part in parts for score in part.scores]
    units = [unit for part in parts for unit in part.units]
    return ZoneScore(
        zone=zone,
        items=len(scores),
        raw=fmean(scores),
        chance=fmean(chance for part in parts for chance in part.chances),
        stderr=clustered_error(list(zip(units, scores, strict=True))) or None,
        interval=of_scores(np.array(scores), np.unique(units, return_inverse=True)[1]),
        is_draft=any(part.task.is_draft for part in parts),
    )
