"""A population of items and models whose truth is known, and boards drawn from it.

An item has a difficulty; the items of a passage share part of it, and each model knows more or less of what a passage
is about. So items of a passage are dependent, also in what sets two models apart. Models of equal ability are equal in
truth on every task, and differ on every board.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaderboard.board import Board, BoardBuilder
from leaderboard.board.resampling import metric_of
from leaderboard.records import Evaluation, ItemResult, Items
from leaderboard.suite import Metric, Suite, Task
from tests.builders import declaration, manifest, request_for, task_result, tiny_suite

Floats = NDArray[np.float64]

ABILITIES = (-0.8, 0.0, 0.0, 0.0, 0.6, 0.6, 1.75, 1.8)
"""Of the models; those of one ability are equal in truth."""
EQUALS = ((1, 2), (2, 3), (4, 5))
PASSAGE_SHARES = 0.7
"""Standard deviation of what the items of a passage share, once in difficulty and once in what a model knows of it."""
OWN = 0.8
_SETS_OF_DRAWS = 8
"""So many sets of bootstrap draws take turns over the boards: more would only take longer."""


@dataclass(frozen=True)
class Kind:
    """What the items of a task are like."""

    metric: Metric
    options: int = 4

    @property
    def chance(self) -> float:
        """What guessing gets, as a suite would declare it."""
        return 1 / self.options if self.metric is Metric.ACC else 0.0


@dataclass(frozen=True)
class Design:
    """One task of the boards."""

    kind: Kind
    items: int
    has_passages: bool
    language: str
    area: str


DESIGNS = (
    Design(Kind(Metric.ACC, 4), 30, has_passages=False, language="es", area="comprehension"),
    Design(Kind(Metric.ACC, 4), 120, has_passages=True, language="es", area="comprehension"),
    Design(Kind(Metric.MCC, 2), 100, has_passages=False, language="es", area="inference"),
    Design(Kind(Metric.MACRO_F1, 3), 300, has_passages=False, language="es", area="inference"),
    Design(Kind(Metric.ACC, 5), 500, has_passages=True, language="es", area="knowledge"),
    Design(Kind(Metric.F1), 60, has_passages=False, language="es", area="mathematics"),
    Design(Kind(Metric.BLEU), 50, has_passages=False, language="es", area="summarising"),
    Design(Kind(Metric.ACC, 2), 200, has_passages=True, language="ca", area="comprehension"),
    Design(Kind(Metric.ACC, 3), 60, has_passages=True, language="ca", area="comprehension"),
    Design(Kind(Metric.MCC, 3), 400, has_passages=True, language="ca", area="inference"),
    Design(Kind(Metric.F1), 150, has_passages=True, language="ca", area="mathematics"),
    Design(Kind(Metric.MACRO_F1, 3), 60, has_passages=True, language="ca", area="language"),
    Design(Kind(Metric.BLEU), 200, has_passages=True, language="ca", area="summarising"),
)


FEW_UNITS = (
    Design(Kind(Metric.ACC, 4), 20, has_passages=False, language="es", area="comprehension"),
    Design(Kind(Metric.ACC, 4), 90, has_passages=True, language="ca", area="comprehension"),
    Design(Kind(Metric.ACC, 2), 40, has_passages=False, language="gl", area="inference"),
    Design(Kind(Metric.ACC, 4), 90, has_passages=True, language="gl", area="knowledge"),
)
"""Tasks so small that a spread over draws is itself unsure: twenty passages, or twenty items."""
ALIKE = (0.3,) * 12
"""Abilities of models that are all equal in truth: whoever is told apart from another is so falsely."""


@dataclass(frozen=True)
class Answers:
    """What all models did on the items of one task; the first axis is the model, the second the item."""

    scores: Floats
    golds: NDArray[np.int64] | None = None
    choices: NDArray[np.int64] | None = None
    statistics: Floats | None = None

    def of(self, model: int) -> "Answers":
        """Return those of one model."""
        return Answers(
            *(None if one is None else one[model] for one in (self.scores, self.golds, self.choices, self.statistics))
        )


def answers(kind: Kind, knows: Floats, rng: np.random.Generator) -> Answers:
    """Return how models answer items that they know so well, between 0 and 1."""
    if kind.metric is Metric.F1:
        return Answers(_overlaps(knows, rng))
    if kind.metric is Metric.BLEU:
        statistics = _ngrams(knows, rng)
        return Answers(statistics[..., 2] / statistics[..., 0], statistics=statistics)
    right = rng.random(knows.shape) < 1 / kind.options + (1 - 1 / kind.options) * knows
    prior = np.full(kind.options, 1 / kind.options) if kind.metric is Metric.ACC else _UNEVEN[kind.options]
    golds = np.broadcast_to(rng.choice(kind.options, size=knows.shape[1], p=prior), knows.shape)
    wrong = (golds + rng.integers(1, kind.options, size=knows.shape)) % kind.options
    return Answers(right.astype(np.float64), golds, np.where(right, golds, wrong))


_UNEVEN = {2: np.array([0.65, 0.35]), 3: np.array([0.5, 0.35, 0.15])}


def _overlaps(knows: Floats, rng: np.random.Generator) -> Floats:
    """Return an overlap of words for each answer: some none, some whole, the others between."""
    chance = rng.random(knows.shape)
    between = rng.beta(4 * knows + 0.3, 4 * (1 - knows) + 0.3)
    return np.where(chance < 0.3 * (1 - knows), 0.0, np.where(chance > 1 - 0.3 * knows, 1.0, between))


def _ngrams(knows: Floats, rng: np.random.Generator) -> Floats:
    length = 6 + rng.poisson(14, knows.shape)
    reference = np.broadcast_to(6 + rng.poisson(14, knows.shape[1]), knows.shape)
    totals = [length - order for order in range(4)]
    matches = [rng.binomial(totals[0], 0.25 + 0.6 * knows)]
    for order, (least, more) in enumerate(((0.2, 0.65), (0.35, 0.5), (0.4, 0.5)), start=1):
        matches.append(rng.binomial(np.minimum(matches[-1], totals[order]), least + more * knows))
    return np.stack([length, reference, *matches, *totals], axis=-1).astype(np.float64)


def knowledge(
    abilities: Sequence[float], passage_of: NDArray[np.intp] | None, items: int, rng: np.random.Generator
) -> Floats:
    """Return how well each model knows each item."""
    passage_of = np.arange(items) if passage_of is None else passage_of
    passages = int(passage_of.max()) + 1
    hardness = rng.normal(0, OWN, items) + rng.normal(0, PASSAGE_SHARES, passages)[passage_of]
    topic = rng.normal(0, PASSAGE_SHARES, (len(abilities), passages))[:, passage_of]
    return np.asarray(1 / (1 + np.exp(-1.5 * (np.array(abilities)[:, None] - hardness + topic))))


@cache
def true_score(kind: Kind, ability: float, items: int) -> float:
    """Return the metric over the population, from so many items of it: what every board estimates."""
    rng = np.random.default_rng([items, round(1000 * (ability + 10)), kind.options, list(Metric).index(kind.metric)])
    drawn = answers(kind, knowledge([ability], None, items, rng), rng)
    return float(metric_of(_sums(drawn.of(0), kind), kind.metric))


def _sums(drawn: Answers, kind: Kind) -> Floats:
    if kind.metric is Metric.BLEU and drawn.statistics is not None:
        return drawn.statistics.sum(axis=0)
    if drawn.golds is None or drawn.choices is None or kind.metric is Metric.ACC:
        return np.array([drawn.scores.sum(), float(len(drawn.scores))])
    labels = range(kind.options)
    gold = np.array([(drawn.golds == label).sum() for label in labels], dtype=np.float64)
    chosen = np.array([(drawn.choices == label).sum() for label in labels], dtype=np.float64)
    if kind.metric is Metric.MCC:
        return np.array([drawn.scores.sum(), *gold, *chosen])
    hits = [float(((drawn.golds == label) & (drawn.choices == label)).sum()) for label in labels]
    return np.array([1.0, *hits, *(gold + chosen)])


@dataclass
class Population:
    """A suite, its models, and what is true of them."""

    folder: Path
    designs: Sequence[Design] = DESIGNS
    abilities: Sequence[float] = ABILITIES
    truth_from: int = 200_000
    draws: int = 1000
    suite: Suite = field(init=False)

    def __post_init__(self) -> None:
        self.suite = _suite(self.folder, self.designs)
        self._builder = BoardBuilder(self.suite, self.draws)
        self._requests = [request_for(self.suite, f"model-{number}") for number in range(len(self.abilities))]
        self._results = [[task_result(asked, task) for task in self.suite.tasks] for asked in self._requests]

    def truths(self) -> Floats:
        """Return the true raw scores, of shape [models, tasks]."""
        return np.array(
            [[true_score(one.kind, ability, self.truth_from) for one in self.designs] for ability in self.abilities]
        )

    def draw(self, number: int) -> Board:
        """Return the board of that number; it is the same each time."""
        rng = np.random.default_rng([8, number])
        drawn = [self._items(design, number, rng) for design in self.designs]
        evaluations = []
        for model, (asked, results) in enumerate(zip(self._requests, self._results, strict=True)):
            found = [
                result.model_copy(update={"items": items, "raw": raw, "stderr": None})
                for result, (items, raw) in zip(results, (of_task[model] for of_task in drawn), strict=True)
            ]
            told = manifest(asked, results[:1]).model_copy(update={"results_sha256": f"{number:064d}"})
            evaluations.append(Evaluation.model_construct(request=asked, manifest=told, results=tuple(found)))
        return self._builder.build(evaluations)

    def _items(self, design: Design, number: int, rng: np.random.Generator) -> list[tuple[Items, float]]:
        passage_of = _passages(design.items) if design.has_passages else None
        given = answers(design.kind, knowledge(self.abilities, passage_of, design.items, rng), rng)
        name = f"{number % _SETS_OF_DRAWS}-{design.area}-{design.items}"
        found: list[tuple[Items, float]] = []
        for model in range(len(self.abilities)):
            own = given.of(model)
            items = Items(_item_results(own, name, passage_of))
            items = items.with_table(found[0][0].table) if found else items
            found.append((items, float(metric_of(_sums(own, design.kind), design.kind.metric))))
        return found


def _passages(items: int) -> NDArray[np.intp]:
    """Return for each item the passage it belongs to: four and five questions in turn."""
    sizes = np.tile([4, 5], items)
    return np.repeat(np.arange(len(sizes)), sizes)[:items]


def _item_results(own: Answers, name: str, passage_of: NDArray[np.intp] | None) -> list[ItemResult]:
    return [
        ItemResult.model_construct(
            id=f"{name}-{place}",
            cluster=None if passage_of is None else f"{name}-{passage_of[place]}",
            gold=None if own.golds is None else int(own.golds[place]),
            choice=None if own.choices is None else int(own.choices[place]),
            score=float(own.scores[place]),
            statistics=None if own.statistics is None else tuple(own.statistics[place].tolist()),
        )
        for place in range(len(own.scores))
    ]


def _suite(folder: Path, designs: Sequence[Design]) -> Suite:
    plain = tiny_suite(
        folder,
        [declaration(f"task_{number}", language=one.language, area=one.area) for number, one in enumerate(designs)],
    )
    tasks = tuple(_as_designed(task, one) for task, one in zip(plain.tasks, designs, strict=True))
    return plain.model_copy(update={"tasks": tasks})


def _as_designed(task: Task, design: Design) -> Task:
    kind = design.kind
    changes: Mapping[str, Any] = {
        "metric": kind.metric,
        "chance": kind.chance,
        "items": design.items,
        "classes": tuple(range(kind.options)) if kind.metric is Metric.MACRO_F1 else None,
    }
    return task.model_copy(update={"declaration": task.declaration.model_copy(update=changes), "reviewed_items": None})
