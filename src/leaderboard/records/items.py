"""The items of a result, packed: what all models share is kept once, and what a model did is kept in arrays.

A board of two thousand models has a hundred million items. Read one at a time they are `ItemResult`s like any other.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Self, overload

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from leaderboard.records.base import Record, canonical_json, sha256_hex


class ItemResult(Record):
    """One item: ids, choices and scores, never the text of the data or of the answer."""

    id: Annotated[str, Field(min_length=1, max_length=80)]
    """The item's own id where its data set gives one, else a hash of the row."""
    cluster: str | None = None
    """What it shares with other items (a passage, a template); None: nothing."""
    variety: str | None = None
    """ISO 3166 country whose Spanish the item is in; None: none in particular."""
    category: str | None = None
    """The part of its task it belongs to (an exam, a kind of bias), where the registry names one."""
    options: Annotated[int, Field(ge=2)] | None = None
    choice: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    gold: Annotated[int, Field(ge=0)] | None = None
    score: float
    """What the task's metric gives this item, in its own unit; under one over all items, whether it is right."""
    statistics: tuple[float, ...] | None = None
    """What recomputes a metric that is no mean of scores and takes more than choice and gold: BLEU's counts."""


@dataclass(frozen=True)
class ItemTable:
    """What the items of a task are, whoever answers them: the same for all models, in the same order."""

    ids: tuple[str, ...]
    clusters: tuple[str | None, ...]
    varieties: tuple[str | None, ...]
    categories: tuple[str | None, ...]
    options: tuple[int | None, ...]
    golds: tuple[int | None, ...]

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self.ids)

    def __hash__(self) -> int:
        """Hash the ids alone, which nearly always tell tables apart."""
        return hash(self.ids)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """For each item the name of what is drawn as one: its cluster, or the item itself."""
        pairs = zip(self.ids, self.clusters, strict=True)
        return tuple(f"item {item}" if cluster is None else f"cluster {cluster}" for item, cluster in pairs)

    @cached_property
    def unit_names(self) -> tuple[str, ...]:
        """The units in sorted order, each once."""
        return tuple(sorted(set(self.units)))

    @cached_property
    def unit_index(self) -> NDArray[np.intp]:
        """For each item the place of its unit in `unit_names`."""
        places = {unit: place for place, unit in enumerate(self.unit_names)}
        return np.array([places[unit] for unit in self.units], dtype=np.intp)

    @cached_property
    def by_variety(self) -> Mapping[str, tuple[int, ...]]:
        """The places of the items in each country's variety; items in none in particular are not in it."""
        places: dict[str, list[int]] = {}
        for place, variety in enumerate(self.varieties):
            if variety:
                places.setdefault(variety, []).append(place)
        return {variety: tuple(found) for variety, found in places.items()}

    @cached_property
    def units_sha256(self) -> str:
        """Hash of the units' names: tasks that share all their passages have the same."""
        return sha256_hex(canonical_json(self.unit_names))


class Items(Sequence[ItemResult]):
    """The items of one result. Arrays are read-only; their first axis is the item."""

    __slots__ = ("_choices", "scores", "statistics", "table")

    table: ItemTable
    scores: NDArray[Any]
    """What the metric gives each item: float64, or uint8 where all are 0 or 1."""
    statistics: NDArray[np.float64] | tuple[tuple[float, ...] | None, ...] | None
    """None where no item has any; an array of shape [items, numbers] where all have as many."""

    def __init__(self, items: Iterable[ItemResult]) -> None:
        listed = tuple(items)
        self.table = ItemTable(
            ids=tuple(item.id for item in listed),
            clusters=tuple(item.cluster for item in listed),
            varieties=tuple(item.variety for item in listed),
            categories=tuple(item.category for item in listed),
            options=tuple(item.options for item in listed),
            golds=tuple(item.gold for item in listed),
        )
        self.scores = _packed_scores([item.score for item in listed])
        self._choices = _read_only(np.array([-1 if item.choice is None else item.choice for item in listed], np.int32))
        if self._choices.size and self._choices.max() < np.iinfo(np.int8).max:
            self._choices = _read_only(self._choices.astype(np.int8))
        self.statistics = _packed_statistics([item.statistics for item in listed])

    @property
    def choices(self) -> NDArray[Any]:
        """The place of the option that was chosen, -1 where nothing was chosen among options."""
        return self._choices

    def with_table(self, table: ItemTable) -> Self:
        """Return the same items with an equal table, so that many results can share one.

        Raises:
            ValueError: the table is of other items.
        """
        if table is not self.table and table != self.table:
            message = "the table is of other items"
            raise ValueError(message)
        shared = object.__new__(type(self))
        shared.table, shared.scores, shared._choices = table, self.scores, self._choices
        shared.statistics = self.statistics
        return shared

    @overload
    def __getitem__(self, index: int) -> ItemResult: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ItemResult, ...]: ...
    def __getitem__(self, index: int | slice) -> ItemResult | tuple[ItemResult, ...]:
        """Return an item, or several."""
        if isinstance(index, slice):
            return tuple(self._item(place) for place in range(*index.indices(len(self))))
        return self._item(range(len(self))[index])

    def __len__(self) -> int:
        """Return how many items there are."""
        return len(self.table)

    def __iter__(self) -> Iterator[ItemResult]:
        """Yield the items in their order."""
        return map(self._item, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Compare with other items, packed or not."""
        if isinstance(other, Items):
            return (
                self.table == other.table
                and np.array_equal(self.scores, other.scores, equal_nan=True)
                and np.array_equal(self._choices, other._choices)
                and _plain(self.statistics) == _plain(other.statistics)
            )
        return tuple(self) == other if isinstance(other, tuple) else NotImplemented

    def __hash__(self) -> int:
        """Hash as the tuple of the items, which is equal."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Name the first item only: a task has thousands."""
        return f"<{len(self)} items from {self.table.ids[0]!r}>" if len(self) else "<no items>"

    def _item(self, place: int) -> ItemResult:
        table, choice = self.table, int(self._choices[place])
        statistics = None if self.statistics is None else self.statistics[place]
        return ItemResult.model_construct(
            id=table.ids[place],
            cluster=table.clusters[place],
            variety=table.varieties[place],
            category=table.categories[place],
            options=table.options[place],
            choice=None if choice < 0 else choice,
            gold=table.golds[place],
            score=float(self.scores[place]),
            statistics=None if statistics is None else tuple(float(number) for number in statistics),
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read a list of items, at least one; write it as one."""
        listed = handler.generate_schema(Annotated[tuple[ItemResult, ...], Field(min_length=1)])
        packed = core_schema.no_info_after_validator_function(cls, listed)
        return core_schema.json_or_python_schema(
            json_schema=packed,
            python_schema=core_schema.union_schema([_packed_already(cls), packed], mode="left_to_right"),
            serialization=core_schema.plain_serializer_function_ser_schema(tuple, return_schema=listed),
        )


def _packed_already(kind: type[Items]) -> CoreSchema:
    return core_schema.no_info_after_validator_function(_at_least_one, core_schema.is_instance_schema(kind))


def _at_least_one(items: Items) -> Items:
    if not len(items):
        message = "a result needs at least one item"
        raise ValueError(message)
    return items


def _packed_scores(scores: list[float]) -> NDArray[Any]:
    exact = np.array(scores, dtype=np.float64)
    # Minus nought, which a similarity can be, is written with its sign: only a float keeps it.
    is_small = np.isin(exact, (0.0, 1.0)).all() and not np.signbit(exact).any()
    return _read_only(exact.astype(np.uint8) if is_small else exact)


def _packed_statistics(
    statistics: list[tuple[float, ...] | None],
) -> NDArray[np.float64] | tuple[tuple[float, ...] | None, ...] | None:
    if all(one is None for one in statistics):
        return None
    if len({None if one is None else len(one) for one in statistics}) == 1:
        return _read_only(np.array(statistics, dtype=np.float64))
    return tuple(statistics)


def _plain(statistics: Any) -> Any:
    return statistics.tolist() if isinstance(statistics, np.ndarray) else statistics


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
