"""How each place writes numbers, dates and hours, and what it pays with."""

from dataclasses import dataclass
from datetime import date, time

_NOON = 12


@dataclass(frozen=True)
class Habits:
    """The habits of one country, as its everyday texts show them. `currency` is the plural of its money's name."""

    currency: str
    notes: tuple[int, int]
    """Two banknotes that change is given from, the smaller one first."""
    thousands: str
    date_form: str = "{day:02d}/{month:02d}/{year}"
    twelve_hours: bool = False

    def number(self, value: int) -> str:
        """Write a whole number with the country's separator of thousands."""
        return f"{value:,}".replace(",", self.thousands)

    def date(self, day: date) -> str:
        """Write a date in figures, in the country's order."""
        return self.date_form.format(day=day.day, month=day.month, year=day.year)

    def hour(self, moment: time) -> str:
        """Write an hour with 24 hours, or with 12 and its half of the day."""
        if not self.twelve_hours:
            return f"{moment.hour}:{moment.minute:02d}"
        half = "a. m." if moment.hour < _NOON else "p. m."
        return f"{(moment.hour - 1) % _NOON + 1}:{moment.minute:02d} {half}"


HABITS: dict[str, Habits] = {
    "AR": Habits("pesos", (5000, 10000), "."),
    "CL": Habits("pesos", (5000, 10000), "."),
    "CO": Habits("pesos", (50000, 100000), ".", twelve_hours=True),
    "CR": Habits("colones", (5000, 10000), ".", twelve_hours=True),
    "DO": Habits("pesos", (500, 1000), ",", twelve_hours=True),
    "ES": Habits("euros", (50, 100), "."),
    "GT": Habits("quetzales", (50, 100), ",", twelve_hours=True),
    "MX": Habits("pesos", (200, 500), ",", twelve_hours=True),
    "PE": Habits("soles", (50, 100), ",", twelve_hours=True),
    "PR": Habits("dólares", (50, 100), ",", date_form="{month:02d}/{day:02d}/{year}", twelve_hours=True),
    "UY": Habits("pesos", (500, 1000), "."),
    "VE": Habits("bolívares", (200, 500), "."),
}
"""Spanish-speaking countries by ISO code. Catalan and Galician items follow Spain's habits; Basque ones write the year
first, as Basque does."""

BASQUE = Habits("euro", (50, 100), ".", date_form="{year}/{month:02d}/{day:02d}")
