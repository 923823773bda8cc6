"""Run one task on a loaded model through lm-evaluation-harness, and turn what it returns into our record."""

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from lm_eval import evaluate
from lm_eval.api.model import LM, CacheHook
from lm_eval.api.task import ConfigurableTask

from leaderboard.evaluation.energy import EnergyMeter, Reading
from leaderboard.evaluation.item_results import Sample, item_results, unparsed_share
from leaderboard.evaluation.job import Job
from leaderboard.evaluation.lm_eval_models import chosen_device, describe_engine
from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.sentence_encoders import SentenceEncoders, Similarities
from leaderboard.records import (
    ChatTemplate,
    Hardware,
    ItemResult,
    Items,
    LeaderboardError,
    ModelSource,
    TaskResult,
    canonical_json,
    sha256_hex,
)
from leaderboard.suite import UNPARSED, Metric, Task, TemplatePolicy
from leaderboard.suite.metrics import aggregate, clustered_error

Report = Callable[[int, int], None]
"""Told how many items are done, and of how many."""

_SEED = 1234
"""lm-eval's own default, so that its command line draws the same few-shot examples."""

_MEANS = frozenset({Metric.ACC, Metric.ACC_NORM, Metric.EXACT_MATCH, Metric.F1, Metric.ROUGE1}) | frozenset(
    {Metric.SEMANTIC_SIMILARITY, Metric.STEREOTYPE_PREFERENCE, Metric.MICRO_F1}
)


class MissingMetricError(LeaderboardError):
    """lm-eval's answer lacks the metric the registry names."""


class MetricMismatchError(LeaderboardError):
    """lm-eval and the items disagree on the score."""


class ProgressHook(CacheHook):  # type: ignore[misc]  # lm-eval carries no types
    """Counts the requests a model has answered: lm-eval calls it once for each, as it would to cache it."""

    def __init__(self, task: ConfigurableTask, report: Report) -> None:
        super().__init__(None)
        self._task = task
        self._report = report
        self._answered = 0

    def add_partial(self, attr: str, req: Any, res: Any) -> None:
        """Note one answer and report how many items that makes."""
        del attr, req, res
        self._answered += 1
        requests, items = len(self._task.instances), len(self._task.eval_docs)
        self._report(min(items, self._answered * items // max(1, requests)), items)


@dataclass(frozen=True)
class Measurement:
    """One model on one task."""

    items: tuple[ItemResult, ...]
    raw: float
    figures: dict[str, float]
    """What lm-eval says, metric by metric, behind the task's filter, as fractions of 1; and what was unparsed."""
    similarities: Similarities | None
    rendered_prompts_sha256: str
    revision: str
    """The commit of the data, or the hash of their files."""


def measure(
    task: Task,
    model: LM,
    *,
    templated: bool = False,
    encoders: SentenceEncoders | None = None,
    report: Report | None = None,
    limit: int | None = None,
) -> Measurement:
    """Evaluate `task` on a loaded model; `limit` takes only the first items, for a trial.

    Raises:
        Exception: whatever the task, its data or the model raise; the caller names the cause and goes on.
    """
    encoders = encoders or SentenceEncoders("cpu")
    if task.encoder is not None:
        encoders.prepare(task.encoder)
    built = build_task(task)
    model.set_cache_hook(ProgressHook(built.lm_eval_task, report or (lambda _done, _of: None)))
    # Python's generator is what the guessing baseline draws from: another seed for each task, or it would give the same
    # answers to every task of the same shape.
    random.seed(int(task.config_hash[:8], 16))
    np.random.seed(_SEED)
    torch.manual_seed(_SEED)
    built.lm_eval_task.set_fewshot_seed(seed=_SEED)
    # Not simple_evaluate: for every task it would list the installed packages, which takes longer than a small task.
    answer = evaluate(
        lm=model,
        task_dict={task.id: built.lm_eval_task},
        log_samples=True,
        apply_chat_template=templated,
        fewshot_as_multiturn=templated,
        limit=limit,
        bootstrap_iters=0,  # intervals are the board's matter, from the items
    )
    samples = _samples_in_order(answer["samples"][task.id], task.declaration.filter)
    similar = _similarities(task, samples, encoders)
    items = item_results(task, built.lm_eval_task, samples, similar.scores if similar else None)
    raw = aggregate(task.declaration.metric, items, task.declaration.classes)
    figures = _figures(answer["results"][task.id], task.declaration.filter)
    _check_against_lm_eval(task, raw, figures)
    unparsed = unparsed_share(built.lm_eval_task, samples)
    if unparsed is not None:
        figures[UNPARSED] = unparsed
    return Measurement(items, raw, figures, similar, _hash_of_prompts(samples), built.revision)


class TaskRunner:
    """Runs the tasks of one job on one model."""

    def __init__(self, job: Job, model: LM, hardware: Hardware, meter: EnergyMeter | None = None) -> None:
        self._job, self._model, self._hardware = job, model, hardware
        is_baseline = job.model.source is ModelSource.BASELINE
        self._meter = meter
        self._encoders = SentenceEncoders("cpu" if is_baseline else chosen_device(job.device))

    def run(self, task: Task, report: Report) -> TaskResult:
        """Evaluate `task` and return its record.

        Raises:
            Exception: see `measure`.
        """
        started = time.monotonic()
        templated = self._uses_chat_template(task)
        with self._meter.measuring(task.id) if self._meter else nullcontext(Reading()) as reading:
            measured = measure(task, self._model, templated=templated, encoders=self._encoders, report=report)
        similar, metric = measured.similarities, task.declaration.metric
        return TaskResult(
            run=self._job.run,
            nonce=self._job.nonce,
            request=self._job.request,
            task=task.id,
            config_hash=task.config_hash,
            dataset=task.dataset_reference(measured.revision),
            metric=str(metric),
            raw=measured.raw,
            stderr=_standard_error(metric, measured.items),
            secondary={name: value for name, value in measured.figures.items() if name != metric},
            floor=similar.floor if similar else None,
            encoder=similar.encoder if similar else None,
            chance=task.declaration.chance,
            shots=task.declaration.shots,
            chat_template_applied=templated,
            rendered_prompts_sha256=measured.rendered_prompts_sha256,
            items=Items(measured.items),
            engine=describe_engine(self._model),
            hardware=self._hardware,
            seconds=round(time.monotonic() - started, 3),
            energy=reading.energy,
        )

    def _uses_chat_template(self, task: Task) -> bool:
        job = self._job
        if job.chat_template is ChatTemplate.NONE or task.declaration.chat_template is TemplatePolicy.NEVER:
            return False
        tokenizer = getattr(self._model, "tokenizer", None) if job.model_folder or job.model.source == "hub" else None
        return bool(getattr(tokenizer, "chat_template", None))


def _similarities(task: Task, samples: Sequence[Sample], encoders: SentenceEncoders) -> Similarities | None:
    if task.encoder is None:
        return None
    pairs = [sample[str(Metric.SEMANTIC_SIMILARITY)] for sample in samples]
    references, answers = ([str(text) for text in column] for column in zip(*pairs, strict=True))
    return encoders.score(task.encoder, references, answers)


def _samples_in_order(samples: list[dict[str, Any]], filter_name: str) -> list[dict[str, Any]]:
    wanted = [sample for sample in samples if sample["filter"] == filter_name]
    return sorted(wanted, key=lambda sample: int(sample["doc_id"]))


def _figures(results: Mapping[str, Any], filter_name: str) -> dict[str, float]:
    """Return lm-eval's figures behind one filter, as fractions of 1; what it gives as text is no figure."""
    figures = {}
    for key, value in results.items():
        name, _, used_filter = key.partition(",")
        is_figure = isinstance(value, int | float) and math.isfinite(value)
        if used_filter == filter_name and is_figure and not name.endswith("_stderr"):
            figures[name] = float(value) / 100 if name == Metric.BLEU else float(value)
    return figures


def _check_against_lm_eval(task: Task, raw: float, figures: dict[str, float]) -> None:
    """Make sure that the items say what lm-eval says: two ways of counting that must agree."""
    metric = str(task.declaration.metric)
    if metric not in figures:
        wanted = f"{metric!r} behind the filter {task.declaration.filter!r}"
        message = f"lm-eval gave no {wanted} for {task.id}, only {sorted(figures)}; mend metric or filter in the suite."
        raise MissingMetricError(message)
    if metric == Metric.SEMANTIC_SIMILARITY:  # lm-eval cannot count it: what it gives is a placeholder
        del figures[metric]
    elif not math.isclose(raw, figures[metric], abs_tol=1e-9):
        message = f"{task.id}: lm-eval's {metric} is {figures[metric]}, its items give {raw}; mend the configuration."
        raise MetricMismatchError(message)


def _standard_error(metric: Metric, items: Sequence[ItemResult]) -> float | None:
    """Return the standard error of a mean over items, clustered where they share something; None for other metrics."""
    if metric not in _MEANS:
        return None
    return clustered_error([(item.cluster or item.id, item.score) for item in items])


def _hash_of_prompts(samples: list[dict[str, Any]]) -> str:
    """Hash what the model was asked: contexts and options, or contexts and generation settings."""
    return sha256_hex(canonical_json([[list(map(_plain, args)) for args in one["arguments"]] for one in samples]))


def _plain(argument: Any) -> Any:
    return argument if isinstance(argument, str | int | float | bool | dict | list) else str(argument)
