"""The rows of the board: one for each model identity, with its standing in each view."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leaderboard.board.cells import Cell
from leaderboard.board.intervals import Interval
from leaderboard.board.rule import Rule
from leaderboard.board.varieties import CountryScore
from leaderboard.board.views import Means, View
from leaderboard.records import EvalRequest, ModelSource, TaskFailure
from leaderboard.suite import Area, Language

ModelKey = tuple[str, ...]
"""Source and name of a model; of a local folder its files too, for two folders of one name are two models."""


@dataclass(frozen=True)
class Mean:
    """A mean of normalised scores: of an area, of a language, of all."""

    score: float
    interval: Interval | None
    """Made of its tasks'; None where one of them has no items to draw."""
    stderr: float | None
    """What the joint draws show; None where they show none, which is not 0."""


@dataclass(frozen=True)
class Standing:
    """Where a row stands in one view."""

    mean: Mean | None
    """None while a task is missing: a mean of fewer tasks would be another quantity."""
    done: int
    """How many of the view's tasks have a result."""
    of: int
    rank: int | None = None
    """Equals share one; None for baselines, incomplete rows, and identities that do not stand for their model."""
    ranks: tuple[int, int] | None = None
    """The best and the worst rank it may have, with 95 % confidence for all rows of the view at once."""

    @property
    def may_be_best(self) -> bool:
        """Whether nothing shows that another model of the view is better."""
        return self.ranks is not None and self.ranks[0] == 1


@dataclass(frozen=True)
class Row:
    """One model identity: model, revision, precision, template policy, thinking."""

    request: EvalRequest
    cells: Mapping[str, Cell]
    areas: Mapping[tuple[Language, Area], Mean]
    """Those in which it has every task that counts."""
    standings: Mapping[View, Standing]
    """One for each view of the board."""
    countries: tuple[CountryScore, ...]
    """What it scores on the Spanish of each country, apart by what is measured."""
    tasks_in_suite: int
    failures: tuple[TaskFailure, ...]
    evaluated_at: datetime
    submitted_at: datetime
    """When this identity was first submitted; to evaluate an old revision again makes it no newer one."""
    is_provisional: bool = False
    """Whether its means are of drafts, for want of anything else."""
    stands_for_model: bool = True
    """Whether it is the one of its model's identities that may take ranks."""

    @property
    def model_key(self) -> ModelKey:
        """What its model's rows have in common."""
        model = self.request.model
        return str(model.source), model.name.lower(), *([model.revision] if model.source is ModelSource.LOCAL else [])

    @property
    def is_baseline(self) -> bool:
        """Baselines are shown beside the models and take no rank."""
        return self.request.model.source is ModelSource.BASELINE

    @property
    def is_complete(self) -> bool:
        """Whether every task of the suite has a result."""
        return len(self.cells) == self.tasks_in_suite

    def score(self, view: View) -> float | None:
        """Return its mean in a view; None where it is incomplete there, or the board has no such view."""
        standing = self.standings.get(view)
        return standing.mean.score if standing and standing.mean else None


@dataclass(frozen=True)
class Board:
    """Everything that can be said of what was evaluated, under one rule."""

    rows: tuple[Row, ...]
    """One for each model, baselines among them, in the order of the default view."""
    others: tuple[Row, ...]
    """The models' other identities (precision, template, thinking, earlier revisions), which take no ranks."""
    rule: Rule
    means: Means

    def ranking(self, view: View) -> list[Row]:
        """Return the rows in the order of a view: complete ones by score, then the others by how much they have."""
        return sorted(self.rows, key=lambda row: _place(row, view))


def _place(row: Row, view: View) -> tuple[float, int, str]:
    score, name = row.score(view), row.request.model.name
    if score is not None:
        return -score, 0, name
    standing = row.standings.get(view)
    return float("inf"), -(standing.done if standing else len(row.cells)), name
