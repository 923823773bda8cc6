"""What a child brings back is untrusted: each result is checked against the job before it is published."""

import math
from pathlib import Path

from leaderboard.evaluation.job import RESULTS_FOLDER, Job
from leaderboard.records import InvalidRecordError, LeaderboardError, TaskResult
from leaderboard.suite import Metric, Task, item_id, read_rows

_MAX_RESULT_BYTES = 64 * 2**20
_LOWEST, _HIGHEST = 0.0, 1.0
"""Every metric of the registry is a fraction."""


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
    if path.stat().st_size > _MAX_RESULT_BYTES:
        message = f"{path.name}: larger than {_MAX_RESULT_BYTES} bytes"
        raise UnacceptableResultError(message)
    try:
        result = TaskResult.from_json(path.read_bytes(), path.name)
    except InvalidRecordError as error:
        raise UnacceptableResultError(str(error)) from error
    wrong = _first_mismatch(result, job, task)
    if wrong:
        message = f"{path.name}: {wrong}"
        raise UnacceptableResultError(message)
    return result


def _first_mismatch(result: TaskResult, job: Job, task: Task) -> str | None:
    declared = task.declaration
    if (result.run, result.nonce, result.request, result.task) != (job.run, job.nonce, job.request, task.id):
        return "it belongs to another run"
    if result.config_hash != task.config_hash:
        return "it was made with another configuration"
    if (result.metric, result.shots, result.chance) != (declared.metric, declared.shots, declared.chance):
        return "its metric, shots or chance are not the task's"
    if result.dataset.revision != task.data_sha256:
        return "it was made with other data"
    if not all(_LOWEST <= score <= _HIGHEST for score in (result.raw, *(item.score for item in result.items))):
        return "a score is not a fraction"
    return _item_mismatch(result, task) or _mean_mismatch(result)


def _item_mismatch(result: TaskResult, task: Task) -> str | None:
    if len(result.items) != task.declaration.items:
        return f"it has {len(result.items)} items instead of {task.declaration.items}"
    ids = {item.id for item in result.items}
    if len(ids) != len(result.items):
        return "an item stands there twice"
    if ids != {item_id(row) for row in read_rows(task.test_file)}:
        return "it has items that the task does not have"
    if task.declaration.metric is Metric.ACC:
        for item in result.items:
            if item.choice is not None and item.gold is not None and item.score != float(item.choice == item.gold):
                return f"the score of item {item.id} is not what its choice gives"
    return None


def _mean_mismatch(result: TaskResult) -> str | None:
    mean = math.fsum(item.score for item in result.items) / len(result.items)
    if not math.isclose(mean, result.raw, abs_tol=1e-9):
        return f"its raw score {result.raw} is not what its items give ({mean})"
    return None
