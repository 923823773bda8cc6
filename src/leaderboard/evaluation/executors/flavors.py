"""The machines that jobs can run on: which has room for a model, and what an hour of it costs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from huggingface_hub import JobHardwareInfo

_GIGABYTE = 10**9
_UNITS = {"second": 1 / 3600, "minute": 1 / 60, "hour": 1.0}
"""Hours in what the Hub's prices are per."""


@dataclass(frozen=True)
class Flavor:
    """One kind of machine."""

    name: str
    memory_bytes: int
    """Of all its cards together."""
    dollars_an_hour: float
    cards: int = 1

    def dollars(self, seconds: float) -> float:
        """Return what so many seconds cost."""
        return self.dollars_an_hour * seconds / 3600


FLAVORS = (
    Flavor("t4-small", 16 * _GIGABYTE, 0.40),
    Flavor("l4x1", 24 * _GIGABYTE, 0.80),
    Flavor("a10g-small", 24 * _GIGABYTE, 1.00),
    Flavor("l40sx1", 48 * _GIGABYTE, 1.80),
    Flavor("a100-large", 80 * _GIGABYTE, 2.50),
    Flavor("rtx-pro-6000", 96 * _GIGABYTE, 2.75),
    Flavor("h200", 141 * _GIGABYTE, 5.00),
)
"""Prices of August 2026, in the Hub's documentation: what counts while the Hub does not tell its own."""


def cheapest_with_room(
    memory_bytes: int | None, flavors: Sequence[Flavor] = FLAVORS, *, uses_all_cards: bool = False
) -> Flavor | None:
    """Return the cheapest machine that holds so much; None where none does, or nobody knows how much it takes.

    An engine that uses one card is given machines with one: the others would be paid for and stand idle.
    """
    if memory_bytes is None:
        return None
    fitting = [one for one in flavors if one.memory_bytes >= memory_bytes and (uses_all_cards or one.cards == 1)]
    return min(fitting, key=lambda one: (one.dollars_an_hour, one.memory_bytes), default=None)


def flavors_told(hardware: Iterable[JobHardwareInfo]) -> tuple[Flavor, ...]:
    """Return the machines with cards that the Hub offers, at its prices; what cannot be understood is left out."""
    return tuple(flavor for one in hardware if (flavor := _flavor(one)))


def _flavor(told: JobHardwareInfo) -> Flavor | None:
    hours = _UNITS.get(str(told.unit_label))
    if told.accelerator is None or told.accelerator.type != "gpu" or hours is None:
        return None
    memory = re.fullmatch(r"(\d+(?:\.\d+)?) ?GB", str(told.accelerator.vram))
    quantity = str(told.accelerator.quantity)
    if memory is None or not quantity.isdecimal() or int(quantity) < 1 or told.unit_cost_usd <= 0:
        return None
    return Flavor(told.name, int(float(memory[1]) * _GIGABYTE), told.unit_cost_usd / hours, int(quantity))
