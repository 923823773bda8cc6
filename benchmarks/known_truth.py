"""Boards drawn from a population whose truth is known: how often intervals, rank sets and paired tests are right.

    python benchmarks/known_truth.py [BOARDS]

Prints JSON. Coverage of nominal 95 % intervals: of cells (by metric, and by task), areas, languages, the overall, and
of differences of two models. The share of boards on which all rank sets of a view hold their ranks, and on which the
truly best model is among those that may be best. The false positives of the paired test between models that are equal
in truth, by task at 5 %, and the share of comparisons with any false verdict after Holm's correction. Beside each
stands what the usual way gives on the same data: normal intervals that take every item for independent, unpaired or
unclustered tests, and the order of scores taken for the order of models. A second population lies at the ends of the
scale, where a model answers nearly nothing or nearly everything. In a third all models are equal and tasks small, so
that every two told apart are so falsely. The same BOARDS gives the same figures.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what is shared with the tests

from tests.board.known_truth import figures_of, tallies_of
from tests.board.population import ABILITIES, ALIKE, FEW_UNITS, Population

AT_THE_ENDS = (-3.0, 2.5, 3.2, 4.0)
"""Abilities that few items of these tasks separate."""


def main(boards: int = 300) -> None:
    """Print the figures."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tallies = tallies_of(Population(Path(folder) / "middle"), range(boards))
        equals = Population(Path(folder) / "alike", designs=FEW_UNITS, abilities=ALIKE)
        alike = tallies_of(equals, range(boards), pairs=())
        ends = tallies_of(Population(Path(folder) / "ends", abilities=AT_THE_ENDS), range(boards // 2), pairs=())
    figures = {"boards": boards, "models": len(ABILITIES), "figures": dict(figures_of(tallies))}
    figures["at the ends of the scale"] = dict(figures_of(ends))
    figures["equal models, few units"] = dict(figures_of(alike))
    print(json.dumps({"seconds": round(time.monotonic() - began), **figures}, indent=1))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
