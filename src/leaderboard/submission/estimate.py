"""What an evaluation will ask of a machine: memory, and time as earlier evaluations took it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import EvalRequest, Precision, Status, TaskResult, WantedTask
from leaderboard.submission.findings import Facts

_BYTES = {Precision.FLOAT32: 4, Precision.BFLOAT16: 2, Precision.FLOAT16: 2}
_RUNTIME_BYTES = 600 * 2**20
"""What Python, PyTorch and lm-eval take before a model is loaded."""
_BESIDE_WEIGHTS = 1.05
_TYPICAL_TOKENS = 256
"""Of one option with its context. The logits of every one of them are computed, and once more as float32."""
_BYTES_OF_A_LOGIT = 8
_DEFAULT_VOCABULARY = 128_000
_LEAST_SHARE_OF_TIME = 0.25
"""A model a hundred times smaller is not a hundred times faster: what is not computing stays."""


def memory_needed(facts: Facts, precision: Precision, batch_size: int) -> int | None:
    """Return the bytes an evaluation needs of the memory its model lies in; None where the size is not known.

    Weights in the precision they are computed in (packed ones as they are stored), the logits of a batch, and what the
    programs take. `benchmarks/estimate.py` holds it against what is used.
    """
    if facts.quantisation is not None or facts.parameters is None:
        weights = facts.weights_bytes
    else:
        weights = facts.parameters * _BYTES.get(precision, 4)
    if weights is None:
        return None
    logits = batch_size * _TYPICAL_TOKENS * (facts.vocabulary or _DEFAULT_VOCABULARY) * _BYTES_OF_A_LOGIT
    return int(weights * _BESIDE_WEIGHTS) + logits + _RUNTIME_BYTES


@dataclass(frozen=True)
class TimeEstimate:
    """How long the tasks of a wish will take."""

    seconds: float
    """Of the tasks that it could be told of."""
    tasks: int
    unknown: int
    """Of those, tasks that nothing was learnt of yet."""


class Timed(Protocol):
    """A model, and results of its tasks, which say how long they took: an evaluation is one."""

    @property
    def request(self) -> EvalRequest:
        """Of what model."""

    @property
    def results(self) -> Sequence[TaskResult]:
        """Each of another task."""


class Speeds:
    """What earlier evaluations took, and what that says of another model: the nearest in size, and by its size."""

    def __init__(self, evaluations: Iterable[Timed], tokens: Mapping[str, int]) -> None:
        """`tokens` has how much each task asks, as `suite count` counts it, where it was counted."""
        self._tokens = tokens
        self._known: dict[str, list[tuple[int, float]]] = {}
        for evaluation in evaluations:
            size = evaluation.request.facts.parameters
            if size is None:
                continue
            for result in evaluation.results:
                if result.seconds > 0:
                    self._known.setdefault(result.task, []).append((size, result.seconds))

    def estimate(self, tasks: Sequence[WantedTask], parameters: int | None) -> TimeEstimate:
        """Add up the seconds of `tasks` for a model of so many parameters."""
        if parameters is None:
            return TimeEstimate(0.0, len(tasks), len(tasks))
        by_task = {one.task: self._of_task(one.task, parameters) for one in tasks}
        per_token = [
            seconds / self._tokens[task] for task, seconds in by_task.items() if seconds and self._tokens.get(task)
        ]
        for task, seconds in by_task.items():
            if seconds is None and per_token and task in self._tokens:
                by_task[task] = median(per_token) * self._tokens[task]
        told = [seconds for seconds in by_task.values() if seconds is not None]
        return TimeEstimate(sum(told), len(tasks), len(tasks) - len(told))

    def _of_task(self, task: str, parameters: int) -> float | None:
        known = self._known.get(task)
        if not known:
            return None
        size, seconds = min(known, key=lambda one: abs(math.log(one[0] / parameters)))
        return seconds * max(_LEAST_SHARE_OF_TIME, parameters / size)


def seconds_until_its_turn(view: QueueView, speeds: Speeds) -> float:
    """Return how long what is before a new request will take one worker, as far as can be told."""
    return sum(_time_left(entry, speeds).seconds for entry in view.entries.values())


def seconds_until_each_turn(view: QueueView, speeds: Speeds) -> dict[str, float]:
    """Return, by request, how long what is before it will take one worker.

    What stands behind something of which nobody can tell has no entry: a wait that leaves it out would be too short.
    """
    running = [entry for entry in view.entries.values() if entry.state.status is Status.RUNNING]
    waits: dict[str, float] = {}
    before = [_time_left(entry, speeds) for entry in running]
    for entry in view.pending():
        if any(one.unknown for one in before):
            break
        waits[entry.id] = sum(one.seconds for one in before)
        before.append(_time_left(entry, speeds))
    return waits


def _time_left(entry: QueueEntry, speeds: Speeds) -> TimeEstimate:
    """Return what an evaluation still takes: nothing where it has ended."""
    tasks, progress = entry.request.tasks, entry.state.progress
    if entry.state.status is Status.RUNNING and progress and progress.eta_seconds is not None:
        return TimeEstimate(progress.eta_seconds, len(tasks), 0)
    if entry.state.status in {Status.PENDING, Status.RUNNING}:
        return speeds.estimate(tasks, entry.request.facts.parameters)
    return TimeEstimate(0.0, 0, 0)
