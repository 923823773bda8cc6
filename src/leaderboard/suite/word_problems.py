"""Word problems in Spanish from a seeded generator: the items of the task `calculo`.

`python -m leaderboard.suite.word_problems test` prints the test items as JSON Lines, `fewshot` the examples. The
same seed gives the same bytes, so the committed files can be checked against the program.
"""

import json
import random
import sys
from collections.abc import Callable
from typing import NamedTuple

_SEEDS = {"test": 600, "fewshot": 601}
_COUNTS = {"test": 24, "fewshot": 4}

_PEOPLE = ("Ximena", "Mateo", "Rocío", "Lautaro", "Nayeli", "Iker", "Yolanda", "Wilmer", "Candela", "Nsue")
_CITIES = ("Oaxaca", "Rosario", "Cuenca", "Valparaíso", "Santiago de Cuba", "Arequipa", "Zaragoza", "Malabo")
_BANKNOTES = (100, 200)
_FRUITS = ("mangos", "naranjas", "guayabas", "duraznos", "papayas")


class Problem(NamedTuple):
    """A question with one whole number as its answer."""

    question: str
    answer: int


def _change_at_the_market(rng: random.Random) -> Problem:
    kilos, price = rng.randint(2, 6), rng.randint(7, 19)
    note = next(note for note in _BANKNOTES if note > kilos * price)
    question = (
        f"{rng.choice(_PEOPLE)} compra {kilos} kilos de {rng.choice(_FRUITS)} a {price} pesos el kilo "
        f"y paga con un billete de {note} pesos. ¿Cuántos pesos le devuelven?"
    )
    return Problem(question, note - kilos * price)


def _passengers(rng: random.Random) -> Problem:
    start, off, on = rng.randint(21, 45), rng.randint(5, 17), rng.randint(3, 14)
    question = (
        f"Un autobús sale de {rng.choice(_CITIES)} con {start} pasajeros. En la primera parada bajan {off} "
        f"y suben {on}. ¿Cuántos pasajeros siguen a bordo?"
    )
    return Problem(question, start - off + on)


def _pages_left(rng: random.Random) -> Problem:
    per_day, days = rng.randint(11, 24), rng.randint(4, 9)
    pages = per_day * days + rng.randint(15, 140)
    question = (
        f"{rng.choice(_PEOPLE)} lee cada día {per_day} páginas de una novela que tiene {pages}. "
        f"¿Cuántas páginas le quedan por leer después de {days} días?"
    )
    return Problem(question, pages - per_day * days)


def _desks(rng: random.Random) -> Problem:
    rooms, desks, stored = rng.randint(4, 12), rng.randint(18, 32), rng.randint(6, 40)
    question = (
        f"En una escuela de {rng.choice(_CITIES)} hay {rooms} aulas con {desks} pupitres cada una "
        f"y {stored} pupitres más en el almacén. ¿Cuántos pupitres hay en total?"
    )
    return Problem(question, rooms * desks + stored)


def _equal_shares(rng: random.Random) -> Problem:
    shops, loaves = rng.randint(3, 9), rng.randint(14, 48)
    question = (
        f"Una panadería de {rng.choice(_CITIES)} reparte {shops * loaves} panes en partes iguales "
        f"entre {shops} tiendas. ¿Cuántos panes recibe cada tienda?"
    )
    return Problem(question, loaves)


def _journey_minutes(rng: random.Random) -> Problem:
    start, end = rng.sample(_CITIES, 2)
    hours, minutes = rng.randint(2, 7), rng.choice((10, 15, 25, 35, 40, 50))
    question = (
        f"En un mapa de juego, el viaje de {start} a {end} dura {hours} horas y {minutes} minutos. "
        f"¿Cuántos minutos dura en total?"
    )
    return Problem(question, hours * 60 + minutes)


_TEMPLATES: tuple[Callable[[random.Random], Problem], ...] = (
    _change_at_the_market,
    _passengers,
    _pages_left,
    _desks,
    _equal_shares,
    _journey_minutes,
)


def generate(split: str) -> list[dict[str, str | int]]:
    """Return the items of `split` (`test` or `fewshot`), templates in turn, no question twice."""
    # Not cryptography: the seed makes the file reproducible.
    rng = random.Random(_SEEDS[split])  # noqa: S311
    rows: list[dict[str, str | int]] = []
    seen: set[str] = set()
    while len(rows) < _COUNTS[split]:
        problem = _TEMPLATES[len(rows) % len(_TEMPLATES)](rng)
        if problem.question in seen:
            continue
        seen.add(problem.question)
        number = f"{len(rows) + 1:02d}"
        rows.append({"id": f"calculo-{split}-{number}", "question": problem.question, "answer": problem.answer})
    return rows


def to_json_lines(split: str) -> str:
    """Return the items of `split` as the text of their file."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in generate(split))


if __name__ == "__main__":
    sys.stdout.write(to_json_lines(sys.argv[1]))
