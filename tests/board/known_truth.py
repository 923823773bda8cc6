"""How often what a board says is true of the population it was drawn from, beside what the usual way says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from leaderboard.board import Board, Row, View
from leaderboard.board.comparison import Comparison, Verdict, compare
from tests.board.population import EQUALS, Design, Floats, Population

USUAL = 1.96
"""Standard errors on either side that the usual way takes."""


@dataclass
class Tally:
    """How often something held: by the board's method, and by the usual one on the same data."""

    ours: list[bool] = field(default_factory=list)
    naive: list[bool] = field(default_factory=list)

    def add(self, *, ours: bool, naive: bool) -> None:
        self.ours.append(bool(ours))
        self.naive.append(bool(naive))

    def shares(self) -> dict[str, float]:
        return {"ours": _rounded(self.ours), "naive": _rounded(self.naive), "of": len(self.ours)}


Tallies = dict[str, Tally]


def tallies_of(population: Population, numbers: Iterable[int], pairs: Iterable[tuple[int, int]] = EQUALS) -> Tallies:
    """Return every tally over the boards of these numbers."""
    raw = population.truths()
    tallies: Tallies = defaultdict(Tally)
    pairs = tuple(pairs)
    for number in numbers:
        board = population.draw(number)
        rows = {int(row.request.model.name.rpartition("-")[2]): row for row in board.rows}
        naive = {model: _naive_errors(row, population) for model, row in rows.items()}
        true = _true_means(raw, board, population)
        for model, row in rows.items():
            _tally_cells(tallies, row, raw[model], naive[model], population)
            _tally_means(tallies, row, true[model], naive[model], board)
        _tally_ranks(tallies, rows, true, naive, board)
        for one, other in pairs:
            compared = compare(rows[one], rows[other], population.suite, means=board.means)
            _tally_comparison(tallies, compared, population)
            _tally_differences(tallies, compared, true[one], true[other], naive[one], naive[other], board)
    return tallies


def _naive_errors(row: Row, population: Population) -> dict[str, float]:
    """Return the usual standard error of each score: items independent, and any metric a mean of right and wrong."""
    errors: dict[str, float] = {}
    for task in population.suite.tasks:
        result = row.cells[task.id].result
        errors[task.id] = float(np.sqrt(max(result.raw * (1 - result.raw), 0) / len(result.items)))
    return errors


def _true_means(raw: Floats, board: Board, population: Population) -> dict[int, dict[Any, float]]:
    found: dict[int, dict[Any, float]] = {}
    for model, scores in enumerate(raw):
        normalised = {
            task.id: (score - one.kind.chance) / (1 - one.kind.chance)
            for task, score, one in zip(population.suite.tasks, scores, population.designs, strict=True)
        }
        shares = {**board.means.areas, **board.means.views}
        found[model] = {key: sum(part * normalised[task] for task, part in of.items()) for key, of in shares.items()}
    return found


def _tally_cells(tallies: Tallies, row: Row, true: Floats, naive: Mapping[str, float], population: Population) -> None:
    for task, truth, design in zip(population.suite.tasks, true, population.designs, strict=True):
        cell = row.cells[task.id]
        assert cell.interval is not None
        ours = cell.interval.low <= truth <= cell.interval.high
        held = abs(cell.raw - truth) <= USUAL * naive[task.id]
        for key in ("cells", f"cells of {design.kind.metric}", f"cells {_named(design)}"):
            tallies[key].add(ours=ours, naive=held)


def _tally_means(
    tallies: Tallies, row: Row, true: Mapping[Any, float], naive: Mapping[str, float], board: Board
) -> None:
    for key, mean in row.areas.items():
        assert mean.interval is not None
        held = abs(mean.score - true[key]) <= USUAL * _naive_mean_error(board.means.areas[key], naive, row)
        tallies["areas"].add(ours=mean.interval.low <= true[key] <= mean.interval.high, naive=held)
    for view, standing in row.standings.items():
        mean = standing.mean
        assert mean is not None
        assert mean.interval is not None
        held = abs(mean.score - true[view]) <= USUAL * _naive_mean_error(board.means.views[view], naive, row)
        key = "overall" if view is View.ALL else "languages"
        tallies[key].add(ours=mean.interval.low <= true[view] <= mean.interval.high, naive=held)


def _naive_mean_error(shares: Mapping[str, float], naive: Mapping[str, float], row: Row) -> float:
    return float(
        np.sqrt(sum((part * naive[task] / (1 - row.cells[task].chance)) ** 2 for task, part in shares.items()))
    )


def _tally_ranks(
    tallies: Tallies,
    rows: Mapping[int, Row],
    true: Mapping[int, Mapping[Any, float]],
    naive: Mapping[int, Mapping[str, float]],
    board: Board,
) -> None:
    for view in board.means.views:
        truths = {model: true[model][view] for model in rows}
        held = []
        for model, row in rows.items():
            ranks = row.standings[view].ranks
            assert ranks is not None
            best = 1 + sum(other > truths[model] for other in truths.values())
            worst = len(rows) - sum(other < truths[model] for other in truths.values())
            held.append(ranks[0] <= best and worst <= ranks[1])
        tallies["rank sets"].add(ours=all(held), naive=_naive_intervals_order(rows, truths, naive, board, view))
        leaders = [model for model, truth in truths.items() if truth == max(truths.values())]
        scores = {model: row.score(view) or 0.0 for model, row in rows.items()}
        tallies["the best may be best"].add(
            ours=all(rows[model].standings[view].may_be_best for model in leaders),
            naive=all(scores[model] == max(scores.values()) for model in leaders),
        )
        # The order of scores says of every two models which is better; of equals it cannot be wrong here.
        ordered = all(
            (scores[one] - scores[other]) * (truths[one] - truths[other]) >= 0 for one, other in combinations(rows, 2)
        )
        tallies["rank sets, strict order"].add(ours=all(held), naive=ordered)


def _naive_intervals_order(
    rows: Mapping[int, Row],
    truths: Mapping[int, float],
    naive: Mapping[int, Mapping[str, float]],
    board: Board,
    view: View,
) -> bool:
    """Return whether unpaired tests of each two models at 5 % separate none falsely."""
    for one, other in combinations(rows, 2):
        apart = (rows[one].score(view) or 0.0) - (rows[other].score(view) or 0.0)
        shares = board.means.views[view]
        error = np.hypot(
            _naive_mean_error(shares, naive[one], rows[one]), _naive_mean_error(shares, naive[other], rows[other])
        )
        if abs(apart) > USUAL * error and apart * (truths[one] - truths[other]) <= 0:
            return False
    return True


def _tally_comparison(tallies: Tallies, compared: Comparison, population: Population) -> None:
    """Tally false positives: the two are equal in truth on every task."""
    for task, design in zip(compared.tasks, population.designs, strict=True):
        assert task.p is not None
        one, other = (row.cells[task.task].result for row in (compared.one, compared.other))
        differences = one.items.scores.astype(float) - other.items.scores
        error = differences.std(ddof=1) / np.sqrt(len(differences))
        unclustered = 2 * stats.t.sf(abs(differences.mean() / error), len(differences) - 1) if error else 1.0
        for key in ("false positives", f"false positives {_named(design)}"):
            tallies[key].add(ours=task.p < 0.05, naive=unclustered < 0.05)
        if design.has_passages:
            tallies["false positives, with passages"].add(ours=task.p < 0.05, naive=unclustered < 0.05)
    shown = any(task.verdict is not Verdict.NOT_SHOWN for task in compared.tasks)
    tallies["comparisons with any false verdict"].add(ours=shown, naive=any(_p(task) < 0.05 for task in compared.tasks))


def _tally_differences(
    tallies: Tallies,
    compared: Comparison,
    first: Mapping[Any, float],
    second: Mapping[Any, float],
    naive_first: Mapping[str, float],
    naive_second: Mapping[str, float],
    board: Board,
) -> None:
    for key, shares in {**board.means.areas, **board.means.views}.items():
        found = compared.views[key] if isinstance(key, View) else compared.areas[key]
        error = np.hypot(
            _naive_mean_error(shares, naive_first, compared.one),
            _naive_mean_error(shares, naive_second, compared.other),
        )
        truth = first[key] - second[key]
        kind = "views" if isinstance(key, View) else "areas"
        tallies[f"differences of {kind}"].add(
            ours=found.interval.low <= truth <= found.interval.high,
            naive=abs(found.difference - truth) <= USUAL * error,
        )


def _p(task: Any) -> float:
    return 1.0 if task.p is None else float(task.p)


def _named(design: Design) -> str:
    kind, passages = design.kind, " in passages" if design.has_passages else ""
    options = "" if kind.metric in {"f1", "bleu"} else f" of {kind.options}"
    return f"{kind.metric}{options}, {design.items} items{passages}"


def _rounded(held: list[bool]) -> float:
    return round(float(np.mean(held)), 4)


def figures_of(tallies: Tallies) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield every tally by name."""
    for name in sorted(tallies):
        yield name, tallies[name].shares()
