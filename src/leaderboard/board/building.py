"""From published evaluations to the board. What one model's results say is computed once, not with every board."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from leaderboard.board.cells import Cell, Deviations, measured_cell, spread
from leaderboard.board.identities import chosen_identities
from leaderboard.board.mean_intervals import interval_of_mean
from leaderboard.board.rank_sets import Part, degrees_of, rank_sets
from leaderboard.board.resampling import DRAWS, Resampling
from leaderboard.board.rows import Board, Mean, Row, Standing
from leaderboard.board.rule import Rule, rule_in_force
from leaderboard.board.varieties import scores_by_country
from leaderboard.board.views import Means, Shares, View, means_of, weighted
from leaderboard.records import Evaluation, ModelIdentity, RuleHistory, TaskFailure, TaskResult
from leaderboard.suite import Suite


@dataclass(frozen=True)
class _Measured:
    """A row before it is compared with others, and how its views' scores vary over the draws."""

    row: Row
    deviations: Mapping[View, Deviations]
    parts: Mapping[View, Mapping[str, Part]]
    """Of the same views."""


class BoardBuilder:
    """Builds boards of one suite, and keeps what it computed of each row for the next one."""

    def __init__(self, suite: Suite, draws: int = DRAWS) -> None:
        self._suite = suite
        self._tasks = {task.id: task for task in suite.tasks}
        self._resampling = Resampling(draws)
        self._known: dict[tuple[object, ...], _Measured] = {}

    def build(self, evaluations: Iterable[Evaluation], rule: Rule | None = None) -> Board:
        """Return the board of these evaluations; without a rule everything counts that the suite counts.

        Each task shows the newest result whose configuration is the rule's; the rest is history. Rows that lack a task
        of a view stand below with what they have.
        """
        rule = rule or rule_in_force(self._suite, RuleHistory())
        means = means_of(self._suite, rule)
        by_identity: dict[ModelIdentity, list[Evaluation]] = defaultdict(list)
        # The run decides between those that finished at once: the board does not follow from the order of reading.
        for evaluation in sorted(
            evaluations, key=lambda one: (one.manifest.finished_at, one.manifest.run), reverse=True
        ):
            by_identity[evaluation.request.identity].append(evaluation)
        known: dict[tuple[object, ...], _Measured] = {}
        for newest_first in by_identity.values():
            key = (*((one.manifest.run, one.manifest.results_sha256) for one in newest_first), _meaning(rule))
            measured = self._known.get(key) or self._measured(newest_first, rule, means)
            if measured is not None:
                known[key] = measured
        self._known = known
        return _board(list(known.values()), rule, means)

    def _measured(self, newest_first: Sequence[Evaluation], rule: Rule, means: Means) -> _Measured | None:
        """Return the row of one identity; None where all its results are history."""
        shown = _shown(newest_first, rule, self._tasks)
        if not shown:
            return None
        cells: dict[str, Cell] = {}
        deviations: dict[str, Deviations] = {}
        for task_id, result in shown.items():
            task = self._tasks[task_id]
            cells[task_id], of_raw = measured_cell(result, task, self._resampling)
            if of_raw is not None:
                deviations[task_id] = of_raw / np.float32(1 - result.chance)
        scores = {task: score for task, cell in cells.items() if (score := cell.normalised) is not None}
        areas = {key: _mean(shares, scores, cells, deviations) for key, shares in means.areas.items()}
        standings = {
            view: Standing(_mean(shares, scores, cells, deviations), sum(task in cells for task in shares), len(shares))
            for view, shares in means.views.items()
        }
        row = Row(
            request=newest_first[0].request,
            cells=cells,
            areas={key: mean for key, mean in areas.items() if mean is not None},
            standings=standings,
            countries=tuple(scores_by_country(shown.values(), self._suite)),
            tasks_in_suite=len(self._suite.tasks),
            failures=_failures(newest_first, self._tasks.keys() - cells.keys()),
            evaluated_at=newest_first[0].manifest.finished_at,
            submitted_at=min(one.request.submitted_at for one in newest_first),
            is_provisional=self._suite.is_provisional,
        )
        by_view = {
            view: found
            for view, shares in means.views.items()
            if standings[view].mean is not None and (found := _mixed(shares, deviations)) is not None
        }
        return _Measured(row, by_view, {view: _parts(means.views[view], deviations, shown) for view in by_view})


def build_board(evaluations: Iterable[Evaluation], suite: Suite, rule: Rule | None = None) -> Board:
    """Return the board of these evaluations, computed whole; see `BoardBuilder`."""
    return BoardBuilder(suite).build(evaluations, rule)


def _meaning(rule: Rule) -> tuple[object, ...]:
    """Return what of a rule decides on a row."""
    return (tuple(sorted(rule.configs.items())), tuple(sorted(rule.excluded)))


def _shown(newest_first: Sequence[Evaluation], rule: Rule, tasks: Mapping[str, object]) -> dict[str, TaskResult]:
    shown: dict[str, TaskResult] = {}
    for evaluation in newest_first:
        for result in evaluation.results:
            if result.task in tasks and rule.configs.get(result.task) == result.config_hash:
                shown.setdefault(result.task, result)
    return shown


def _failures(newest_first: Sequence[Evaluation], lacking: Iterable[str]) -> tuple[TaskFailure, ...]:
    """Return the newest failure of each task without a result."""
    failures: dict[str, TaskFailure] = {}
    for evaluation in newest_first:
        for failed in evaluation.manifest.failures:
            failures.setdefault(failed.task, failed)
    wanted = set(lacking)
    return tuple(failed for task, failed in failures.items() if task in wanted)


def _mean(
    shares: Shares, scores: Mapping[str, float], cells: Mapping[str, Cell], deviations: Mapping[str, Deviations]
) -> Mean | None:
    score = weighted(shares, scores)
    if score is None:
        return None
    mixed = _mixed(shares, deviations)
    intervals = {task: found for task in shares if (found := cells[task].normalised_interval) is not None}
    if mixed is None or len(intervals) < len(shares):
        return Mean(score, None, None)
    return Mean(score, interval_of_mean(shares, scores, intervals, deviations), spread(mixed) or None)


def _mixed(shares: Shares, deviations: Mapping[str, Deviations]) -> Deviations | None:
    """Return how a mean varies over the draws; None where a task in it cannot be drawn."""
    if not all(task in deviations for task in shares):
        return None
    mixed: NDArray[np.float32] = np.sum(
        [np.float32(share) * deviations[task] for task, share in shares.items()], axis=0
    )
    return mixed


def _parts(shares: Shares, deviations: Mapping[str, Deviations], shown: Mapping[str, TaskResult]) -> dict[str, Part]:
    """Return the parts of a mean; tasks over the same units are drawn together and make one, named by the first."""
    first: dict[str, str] = {}
    groups: dict[str, dict[str, float]] = defaultdict(dict)
    for task, share in shares.items():
        groups[first.setdefault(shown[task].items.table.units_sha256, task)][task] = share
    return {
        name: Part(float(mixed.var()), len(shown[name].items.table.unit_names))
        for name, group in groups.items()
        if (mixed := _mixed(group, deviations)) is not None
    }


def _board(measured: list[_Measured], rule: Rule, means: Means) -> Board:
    chosen = chosen_identities([one.row for one in measured], means.default_view)
    standing_for_models = [one for one in measured if id(one.row) in chosen]
    others = [replace(one.row, stands_for_model=False) for one in measured if id(one.row) not in chosen]
    rows = [one.row for one in standing_for_models]
    for view in means.views:
        rows = _ranked(rows, standing_for_models, view)
    board = Board(tuple(rows), tuple(sorted(others, key=lambda row: row.request.model.name)), rule, means)
    return replace(board, rows=tuple(board.ranking(means.default_view))) if means.default_view else board


def _ranked(rows: list[Row], measured: Sequence[_Measured], view: View) -> list[Row]:
    """Give the complete models of a view their ranks and rank sets; equals share a rank."""
    complete = [place for place, row in enumerate(rows) if row.score(view) is not None and not row.is_baseline]
    scores = {place: rows[place].score(view) or 0.0 for place in complete}
    drawn = [(place, one) for place in complete if (one := measured[place].deviations.get(view)) is not None]
    sets: dict[int, tuple[int, int]] = {}
    if drawn and len(drawn) == len(complete):  # a set without one of the models would claim too much
        found = rank_sets(
            np.array([scores[place] for place, _ in drawn]),
            np.stack([one for _, one in drawn]),
            degrees=degrees_of([measured[place].parts[view] for place, _ in drawn]),
        )
        sets = {place: pair for (place, _), pair in zip(drawn, zip(found.best, found.worst, strict=True), strict=True)}
    ranked = list(rows)
    for place in complete:
        rank = 1 + sum(score > scores[place] for score in scores.values())
        standing = replace(rows[place].standings[view], rank=rank, ranks=sets.get(place))
        ranked[place] = replace(rows[place], standings={**rows[place].standings, view: standing})
    return ranked
