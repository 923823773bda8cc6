"""What lm-eval logs of the items of a task, `samples_{task}_{date}.jsonl`: which they are and their scores, no text.

Scores are kept where a figure of the result is their mean, and only after that mean was computed again. What a metric
such as Matthews' correlation logs of an item is no score, and text such as BLEU's would be somebody's data.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from leaderboard.exchange.template_files import NotTakenError, shortened, strict_json
from leaderboard.records import ImportedEvaluation, ImportedSamples, ImportedTask
from leaderboard.records.base import first_reason
from leaderboard.records.imported import MAX_ITEMS

_DATE = r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d+)?"
_NAME = re.compile(rf"samples_(.+)_({_DATE})\.jsonl")
_RESULT_NAME = re.compile(rf".*_({_DATE})\.json")
_DOC_HASH = re.compile(r"[0-9a-f]{64}")

_TOLERANCE = 1e-6
"""Of a mean of up to 100,000 scores, relative to the larger of it and 1: what files with rounded scores show."""


def task_and_date(file_name: str) -> tuple[str, str] | None:
    """Return the task and the moment in the name of a samples file; None where it has no such name."""
    match = _NAME.fullmatch(file_name)
    return (match[1], match[2]) if match else None


def date_of_result(file_name: str) -> str | None:
    """Return the moment in the name of a result file, which its samples share; None where it has none."""
    match = _RESULT_NAME.fullmatch(file_name)
    return match[1] if match else None


@dataclass
class _Filtered:
    """The items under one filter, while they are read."""

    doc_ids: set[int] = field(default_factory=set)
    hashes: dict[str, int] = field(default_factory=dict)
    """How often each was seen."""
    ids: list[str] = field(default_factory=list)
    values: dict[str, list[Any]] = field(default_factory=dict)


def read_samples(lines: Iterable[bytes], evaluation: ImportedEvaluation, task: str) -> tuple[ImportedSamples, ...]:
    """Return the items of a task by filter; none where no figure of it is a mean of items' scores.

    Raises:
        NotTakenError: the samples cannot be read, or contradict the result.
    """
    figures = [one for one in evaluation.tasks if one.task == task]
    if not figures:
        reason = f"its result holds no task {shortened(task)}"
        raise NotTakenError(reason)
    filters = _by_filter(lines, figures)
    if not filters:
        reason = "it holds no item"
        raise NotTakenError(reason)
    found = (_checked(task, name, items, figures) for name, items in filters.items())
    return tuple(one for one in found if one is not None)


def _by_filter(lines: Iterable[bytes], figures: Sequence[ImportedTask]) -> dict[str | None, _Filtered]:
    metrics: dict[str | None, list[str]] = {}
    for one in figures:
        metrics.setdefault(one.filter, []).append(one.metric)
    only = next(iter(metrics)) if len(metrics) == 1 else None
    filters: dict[str | None, _Filtered] = {}
    for number, line in enumerate(lines, start=1):
        try:
            sample = strict_json(line)
            name = sample.get("filter", only)
            if not isinstance(name, str | None) or name not in metrics:
                reason = f"its result has no filter {shortened(name)}"
                raise NotTakenError(reason)  # noqa: TRY301 - every reason gets the number of its line
            _add(sample, filters.setdefault(name, _Filtered()), metrics[name])
        except NotTakenError as refused:
            reason = f"line {number}: {refused}"
            raise NotTakenError(reason) from None
    return filters


def _add(sample: Mapping[str, Any], items: _Filtered, metrics: Sequence[str]) -> None:
    doc_id, doc_hash = sample.get("doc_id"), sample.get("doc_hash")
    if isinstance(doc_id, bool) or not isinstance(doc_id, int):
        reason = f"its `doc_id` {shortened(doc_id)} is not a whole number"
        raise NotTakenError(reason)
    if doc_id in items.doc_ids:
        reason = f"the item {doc_id} stands twice under one filter"
        raise NotTakenError(reason)
    if not isinstance(doc_hash, str) or not _DOC_HASH.fullmatch(doc_hash):
        reason = f"its `doc_hash` {shortened(doc_hash)} is not one"
        raise NotTakenError(reason)
    if len(items.ids) == MAX_ITEMS:
        reason = f"there are more than {MAX_ITEMS} items"
        raise NotTakenError(reason)
    items.doc_ids.add(doc_id)
    seen = items.hashes[doc_hash] = items.hashes.get(doc_hash, 0) + 1
    items.ids.append(doc_hash if seen == 1 else f"{doc_hash}-{seen}")
    for metric in metrics:
        items.values.setdefault(metric, []).append(_score(sample.get(metric), metric))


def _score(value: object, metric: str) -> float | None:
    """Return an item's score; None for what is no number: a pair of classes, or texts, and so no score."""
    if isinstance(value, bool | int | float):
        try:
            score = float(value)
        except OverflowError:
            score = math.inf
        if math.isfinite(score):
            return score
        reason = f"its {shortened(metric)} is no finite number"
        raise NotTakenError(reason)
    return None


def _checked(task: str, name: str | None, items: _Filtered, figures: Sequence[ImportedTask]) -> ImportedSamples | None:
    scores: dict[str, tuple[float, ...]] = {}
    for figure in figures:
        if figure.filter != name:
            continue
        if figure.items is not None and figure.items != len(items.ids):
            reason = f"it holds {len(items.ids)} items of {shortened(task)}; its result says {figure.items}"
            raise NotTakenError(reason)
        values = items.values[figure.metric]
        numbers = tuple(value for value in values if value is not None)
        if not numbers or figure.aggregation not in {"mean", None}:
            continue
        try:
            _check_mean(figure, numbers, len(values))
        except NotTakenError:
            # Nobody said that the figure is a mean: where it is none, nothing is wrong with the other metrics.
            if figure.aggregation is None:
                continue
            raise
        scores[figure.metric] = numbers
    if not scores:
        return None
    try:
        return ImportedSamples(task=task, filter=name, ids=tuple(items.ids), scores=scores)
    except ValidationError as error:
        raise NotTakenError(first_reason(error)) from None


def _check_mean(figure: ImportedTask, numbers: Sequence[float], items: int) -> None:
    if len(numbers) != items:
        reason = f"{items - len(numbers)} of its {items} items have no {shortened(figure.metric)}"
        raise NotTakenError(reason)
    mean = math.fsum(numbers) / len(numbers)
    if abs(mean - figure.value) > _TOLERANCE * max(1.0, abs(figure.value)):
        reason = f"the mean {shortened(figure.metric)} of its items is {mean:.6g}; its result says {figure.value:.6g}"
        raise NotTakenError(reason)
