"""The machines that jobs can run on: which has room for a model, and what an hour of it costs."""

from collections.abc import Sequence
from dataclasses import dataclass

_GIGABYTE = 10**9


@dataclass(frozen=True)
class Flavor:
    """One kind of machine. Only those with one card: our engine uses one."""

    name: str
    memory_bytes: int
    """Of its card."""
    dollars_an_hour: float

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
"""Prices of August 2026, in the Hub's documentation. The Hub is not asked for newer ones."""


def cheapest_with_room(memory_bytes: int | None, flavors: Sequence[Flavor] = FLAVORS) -> Flavor | None:
    """Return the cheapest machine whose card holds so much; None where none does, or nobody knows how much it takes."""
    if memory_bytes is None:
        return None
    fitting = [one for one in flavors if one.memory_bytes >= memory_bytes]
    return min(fitting, key=lambda one: (one.dollars_an_hour, one.memory_bytes), default=None)
