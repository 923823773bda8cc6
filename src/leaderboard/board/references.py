"""What others measured, under our tasks' names: rows to look something up in, which take no rank and enter no mean.

A figure becomes a cell only where its metric is the task's own. Its prompt and its examples may still be others than
ours: the cell says how many examples were shown, there and here, and which file it comes from.
"""

import math
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import PurePosixPath

from leaderboard.board.intervals import Interval, IntervalMethod, around, wilson
from leaderboard.board.scores import Score
from leaderboard.records import ImportedEvaluation, ImportedTask, ModelSource
from leaderboard.suite import Metric, Suite, Task
from leaderboard.suite.metrics import bounds

_PER_CENT = 100.0
_SHARES = frozenset({Metric.ACC, Metric.ACC_NORM, Metric.EXACT_MATCH})
"""Shares of right answers."""
_FEW_ITEMS = 300
"""Below this, a share's standard error times a normal quantile is too narrow near 0 and 1; Wilson's interval is not."""

_MICRO_F1 = "micro_f1_score"
_MACRO_F1: Mapping[tuple[int, ...] | None, str] = {None: "macro_f1_score", (0, 2): "vaxx_f1_score"}
"""By the classes that count: lm-eval calls all of these `f1` and tells them apart by how they are aggregated."""

_SHOTS = re.compile(r"(.+)_\d+-shot")
_NEVER = datetime.min.replace(tzinfo=UTC)

WHY_UNRANKED = "it was measured elsewhere, and nobody here saw with which prompts and on which machine"
"""Of what could stand in a ranking by what it says of itself."""


@dataclass(frozen=True, kw_only=True)
class ReferenceCell(Score):
    """One model on one task of ours, as somebody else measured it."""

    metric: Metric
    items: int | None
    shots: int | None
    own_shots: int
    """How many examples the same task shows here."""
    task_there: str
    """The name of the task in the file."""
    precision: str | None
    harness_version: str | None
    evaluated_at: datetime | None
    source: str


@dataclass(frozen=True)
class ReferenceRow:
    """A model as others measured it: its figures from one or several files."""

    model: str
    """Its id on the Hub; else what the file's name calls it, or its folder."""
    on_hub: bool
    revision: str | None
    precision: str | None
    """The one that its files name; None where none does. Each cell has that of its own file."""
    limit: float | None
    """Where only the first items of each task were measured."""
    why_unranked: str
    sources: tuple[str, ...]
    """The files, in sorted order: also those without any task of ours."""
    harness_versions: tuple[str, ...]
    cells: Mapping[str, ReferenceCell]
    """By the id of our task."""


def reference_rows(evaluations: Iterable[ImportedEvaluation], suite: Suite) -> tuple[ReferenceRow, ...]:
    """Return a row for each model that others measured, by name.

    Files of one model are one row where they name the same commit, or none, and no two precisions. A folder, whose last
    part may be `global_step1000` for several models, is known by what the file's name calls it
    (`{model}_{task}_{n}-shot.json`); it joins the model of the Hub of that name which the same folder of files holds.
    """
    ordered = sorted(evaluations, key=lambda one: (one.source, one.id))
    names = _names(ordered)
    keyed = sorted(zip(names, ordered, strict=True), key=lambda pair: _key(*pair))
    rows = []
    for (name, _, _, _), pairs in groupby(keyed, key=lambda pair: _key(*pair)):
        rows += [_row(name, group, suite) for group in _by_precision([one for _, one in pairs])]
    return tuple(sorted(rows, key=lambda row: (row.model.casefold(), row.revision or "", row.precision or "")))


def reference_cells(evaluation: ImportedEvaluation, suite: Suite) -> dict[str, ReferenceCell]:
    """Return the figures of one file that are scores of our tasks, by our names."""
    own_names = {alias: task for task in suite.tasks for alias in (task.id, *task.declaration.aliases)}
    cells: dict[str, ReferenceCell] = {}
    # A task under its own name goes before one under an alias.
    for figure in sorted(evaluation.tasks, key=lambda one: suite.task(one.task) is None):
        task = own_names.get(figure.task)
        if task is not None and task.id not in cells and _is_own_metric(figure, task):
            cell = _cell(evaluation, figure, task)
            if cell is not None:
                cells[task.id] = cell
    return cells


def _is_own_metric(figure: ImportedTask, task: Task) -> bool:
    declared = task.declaration
    if (figure.filter or "none") != declared.filter:
        return False
    match declared.metric:
        case Metric.MICRO_F1:
            return figure.metric == "f1" and figure.aggregation == _MICRO_F1
        case Metric.MACRO_F1:
            return figure.metric == "f1" and figure.aggregation == _MACRO_F1.get(declared.classes, "")
        case Metric.F1:  # lm-eval's aggregation `f1` is that of classes, and an unnamed one may be per cent
            return figure.metric == "f1" and figure.aggregation == "mean"
        case Metric.BLEU:
            return figure.metric == "bleu" and figure.aggregation == "bleu"
        case metric:
            return figure.metric == str(metric)


def _cell(evaluation: ImportedEvaluation, figure: ImportedTask, task: Task) -> ReferenceCell | None:
    """Return the cell of a figure; None where it lies outside what the metric can be, and so is another one."""
    declared = task.declaration
    unit = _PER_CENT if declared.metric is Metric.BLEU else 1.0
    raw = figure.value / unit
    stderr = None if figure.stderr is None else figure.stderr / unit
    low, high = bounds(declared.metric)
    if not low <= raw <= high:
        return None
    scores = _scores(evaluation, figure)
    interval = _interval(raw, stderr, scores, figure.items, declared.metric)
    return ReferenceCell(
        raw=raw,
        metric=declared.metric,
        chance=declared.chance,
        stderr=stderr,
        interval=None if interval is None else interval.within(low, high),
        items=len(scores) or figure.items,
        shots=figure.shots,
        own_shots=declared.shots,
        task_there=figure.task,
        precision=evaluation.precision,
        harness_version=evaluation.harness_version,
        evaluated_at=evaluation.evaluated_at,
        source=evaluation.source,
        target=declared.target,
    )


def _scores(evaluation: ImportedEvaluation, figure: ImportedTask) -> tuple[float, ...]:
    for samples in evaluation.samples:
        if (samples.task, samples.filter) == (figure.task, figure.filter):
            return samples.scores.get(figure.metric, ())
    return ()


def _interval(
    raw: float, stderr: float | None, scores: Sequence[float], items: int | None, metric: Metric
) -> Interval | None:
    """Return an interval over items where they are known, else from the file's own standard error.

    Of a share of few items, their number says more than the standard error does.
    Which items share a passage no file says, so each counts as a draw of its own.
    """
    if scores and set(scores) <= {0.0, 1.0}:
        return wilson(raw, len(scores))
    if len(scores) > 1 and (spread := statistics.stdev(scores)):
        return around(raw, spread / math.sqrt(len(scores)), len(scores) - 1, IntervalMethod.STUDENT)
    if items and items < _FEW_ITEMS and metric in _SHARES:
        return wilson(raw, items)
    if stderr:
        return around(raw, stderr, math.inf, IntervalMethod.STANDARD_ERROR)
    # Without spread, a standard error of 0 is no certainty; a share is known from its items, anything else is not.
    return wilson(raw, items) if stderr is not None and items and metric in _SHARES else None


def _names(evaluations: Sequence[ImportedEvaluation]) -> list[str]:
    """Return what each evaluation's model is called, before its commit is asked for."""
    on_hub: dict[tuple[str, str], set[str]] = {}
    for one in evaluations:
        if one.model_source is ModelSource.HUB:
            on_hub.setdefault((_folder(one), one.model.rpartition("/")[2]), set()).add(one.model)
    return [_name(one, on_hub) for one in evaluations]


def _name(evaluation: ImportedEvaluation, on_hub: Mapping[tuple[str, str], set[str]]) -> str:
    if evaluation.model_source is ModelSource.HUB:
        return evaluation.model
    called = called_in_file_name(evaluation)
    same = on_hub.get((_folder(evaluation), called), set()) if called else set()
    return next(iter(same)) if len(same) == 1 else called or evaluation.model


def called_in_file_name(evaluation: ImportedEvaluation) -> str | None:
    """Return the model in a file name such as `latxa-7b-v1_bhtc_v2_5-shot.json`; None where there is no such one.

    What stands before the number is the name of a task of the file, or what the names of all its tasks begin with.
    """
    match = _SHOTS.fullmatch(PurePosixPath(evaluation.source).name.removesuffix(".json"))
    parts = match[1].split("_") if match else []
    for place in range(1, len(parts)):
        if all(one.task.startswith("_".join(parts[place:])) for one in evaluation.tasks):
            return "_".join(parts[:place]) or None
    return None


def _folder(evaluation: ImportedEvaluation) -> str:
    return str(PurePosixPath(evaluation.source).parent)


def _key(name: str, evaluation: ImportedEvaluation) -> tuple[str, str, str, float]:
    """Return what must be the same for two files to be of one row; a folder of files of its own, where it has no id."""
    folder = "" if "/" in name else _folder(evaluation)
    return name, folder, evaluation.revision or "", evaluation.limit or 0.0


def _by_precision(evaluations: Sequence[ImportedEvaluation]) -> Iterator[list[ImportedEvaluation]]:
    """Yield what is one row: all of them where they name one precision at most, else each precision for itself."""
    precisions = {one.precision for one in evaluations}
    if len(precisions - {None}) <= 1:
        yield list(evaluations)
        return
    for precision in sorted(precisions, key=str):
        yield [one for one in evaluations if one.precision == precision]


def _row(name: str, evaluations: Sequence[ImportedEvaluation], suite: Suite) -> ReferenceRow:
    cells: dict[str, ReferenceCell] = {}
    # Where two files have the same task: the one whose items are known, then the later one.
    for one in sorted(evaluations, key=lambda one: (bool(one.samples), one.evaluated_at or _NEVER)):
        cells |= reference_cells(one, suite)
    precisions = {one.precision for one in evaluations} - {None}
    return ReferenceRow(
        model=name,
        on_hub=any(one.model == name and one.model_source is ModelSource.HUB for one in evaluations),
        revision=evaluations[0].revision,
        precision=next(iter(precisions), None),
        limit=evaluations[0].limit,
        why_unranked=next((one.why_unranked for one in evaluations if one.why_unranked), WHY_UNRANKED),
        sources=tuple(sorted({one.source for one in evaluations})),
        harness_versions=tuple(sorted({one.harness_version for one in evaluations if one.harness_version})),
        cells=dict(sorted(cells.items())),
    )
