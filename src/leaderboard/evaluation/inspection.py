"""What a child brings back is untrusted: each result is checked against the job before it is published."""

import math
from pathlib import Path

from leaderboard.evaluation.job import RESULTS_FOLDER, Job
from leaderboard.records import EngineName, InvalidRecordError, LeaderboardError, ModelSource, TaskResult
from leaderboard.suite import FolderRows, HubRows, Metric, OwnRows, Task, item_id, read_rows
from leaderboard.suite.metrics import UncountableItemsError, aggregate, bounds, guessing_score

LARGEST_RESULT_BYTES = 64 * 2**20
_SHARING = frozenset({"tree", "branches"})
_CHANCE_TOLERANCE = 0.05
"""A wrong number of options shows; that a published level of guessing is rounded is for `suite check --hub` to tell."""


_LEAST_SHARE_OF_ITEMS = 0.9
"""What is published of a dataset's size is not always its size, but a result on a part of it is another thing."""


class UnacceptableResultError(LeaderboardError):
    """A result file is missing, malformed or does not answer the job."""


def read_result(folder: Path, job: Job, task: Task) -> TaskResult:
    """Return the result of `task`, if it can be believed.

    Raises:
        UnacceptableResultError: says what is wrong with it.
    """
    path = folder / RESULTS_FOLDER / f"{task.id}.json"
    if not path.is_file() or path.is_symlink():
        message = f"{path.name}: the evaluation said it was done but left no result"
        raise UnacceptableResultError(message)
    if path.stat().st_size > LARGEST_RESULT_BYTES:
        message = f"{path.name}: larger than {LARGEST_RESULT_BYTES} bytes"
        raise UnacceptableResultError(message)
    try:
        result = TaskResult.from_json(path.read_bytes(), path.name)
    except InvalidRecordError as error:
        raise UnacceptableResultError(str(error)) from error
    if result.measured_in is not None:
        message = f"{task.id}: it says that it was measured in another run"
        raise UnacceptableResultError(message)
    check_result(result, job, task)
    return result


def check_result(result: TaskResult, job: Job, task: Task) -> None:
    """Check a result against the job it is to count for.

    Raises:
        UnacceptableResultError: says what is wrong with it.
    """
    wrong = _first_mismatch(result, job, task)
    if wrong:
        message = f"{task.id}: {wrong}"
        raise UnacceptableResultError(message)


def _first_mismatch(result: TaskResult, job: Job, task: Task) -> str | None:
    declared = task.declaration
    lowest, highest = bounds(declared.metric)
    scores = (result.raw, *(item.score for item in result.items))
    asked = (job.run, job.nonce, job.request, task.id)
    figures = (declared.metric, declared.shots, declared.chance)
    checks = (
        ("it belongs to another run", (result.run, result.nonce, result.request, result.task) != asked),
        ("it was made with another configuration", result.config_hash != task.config_hash),
        ("it was made by an engine that the job does not name", not _is_engine_of(result, job)),
        ("its metric, shots or chance are not the task's", (result.metric, result.shots, result.chance) != figures),
        ("it was made with other data", result.dataset != task.dataset_reference(_expected_revision(result, task))),
        (
            "it was made with another sentence encoder",
            _encoder_of(result) != (task.encoder.id if task.encoder else None),
        ),
        (f"a score is not one that {declared.metric} can be", not all(lowest <= one <= highest for one in scores)),
    )
    first = next((reason for reason, wrong in checks if wrong), None)
    return first or _item_mismatch(result, task) or _raw_mismatch(result, task)


_ON_THEIR_OWN = frozenset({EngineName.VLLM, EngineName.COMPLETIONS})
"""Engines whose place no other takes."""


def _is_engine_of(result: TaskResult, job: Job) -> bool:
    """Say whether the job's engine made a result, or `hf` in the place of ours, or lm-eval's baseline."""
    name, sharing = result.engine.name, result.engine.sharing
    if job.engine in _ON_THEIR_OWN and name != EngineName.DUMMY:
        return name == job.engine and sharing is None
    if name == EngineName.SHARED_PREFIX:
        return job.engine is EngineName.SHARED_PREFIX and sharing in _SHARING
    if name == EngineName.DUMMY and job.model.source is not ModelSource.BASELINE:
        return False
    return name in {EngineName.HF, EngineName.DUMMY} and sharing is None


def _encoder_of(result: TaskResult) -> str | None:
    """Return the encoder a result names, without its commit."""
    return None if result.encoder is None else result.encoder.partition("@")[0]


def _expected_revision(result: TaskResult, task: Task) -> str:
    """Return the revision a result must name; a dataset that no lock file fixes may be at any commit."""
    if not isinstance(task.rows, HubRows):
        return task.rows.sha256
    return task.rows.revision or result.dataset.revision


def _item_mismatch(result: TaskResult, task: Task) -> str | None:
    ids = {item.id for item in result.items}
    if len(ids) != len(result.items):
        return "an item stands there twice"
    if isinstance(task.rows, HubRows) and len(ids) < _LEAST_SHARE_OF_ITEMS * (task.declaration.items or 1):
        return f"it has {len(ids)} items, the suite says {task.declaration.items}"
    if isinstance(task.rows, OwnRows) and ids != {item_id(row) for row in read_rows(task.rows.test)}:
        return "its items are not those of the task"
    if task.declaration.metric in {Metric.ACC, Metric.ACC_NORM}:
        return _choice_mismatch(result, task)
    return None


def _choice_mismatch(result: TaskResult, task: Task) -> str | None:
    for item in result.items:
        if item.choice is not None and item.gold is not None and item.score != float(item.choice == item.gold):
            return f"the score of item {item.id} is not what its choice gives"
    options = [item.options for item in result.items if item.options]
    if len(options) == len(result.items) and not isinstance(task.rows, FolderRows):  # a few rows may be of any kind
        chance = guessing_score(task.declaration.metric, [], options)
        if not math.isclose(chance, task.declaration.chance, abs_tol=_CHANCE_TOLERANCE):
            return f"guessing among its options gives {chance:.4f}, the suite says {task.declaration.chance}"
    return None


def _raw_mismatch(result: TaskResult, task: Task) -> str | None:
    try:
        expected = aggregate(task.declaration.metric, result.items, task.declaration.classes)
    except UncountableItemsError as error:
        return str(error)
    if not math.isclose(expected, result.raw, abs_tol=1e-9):
        return f"its raw score {result.raw} is not what its items give ({expected})"
    return None
