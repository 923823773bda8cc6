"""The floor of a task: what models with random weights reach, over seeds and over tokenizers.

Guessing among n options gives 1/n; a model that knows nothing still prefers some options, the shorter ones above all.
Where its floor is far from chance, a metric measures lengths.
"""

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from leaderboard.evaluation.lm_eval_runner import measure
from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_lm
from leaderboard.records import LeaderboardError, canonical_json, sha256_hex
from leaderboard.suite import Floor, Task

_BATCH_SIZE = 16


class NothingToMeasureError(LeaderboardError):
    """A task whose answers are generated has no floor that random weights could show: they never hit one."""


def calibrate(
    task: Task,
    seeds: Sequence[int],
    texts: Iterable[str],
    *,
    limit: int | None = None,
    report: Callable[[str], None] = lambda _line: None,
) -> Floor:
    """Measure the floor of a task of multiple choice with every seed on every kind of tokenizer.

    `texts` is what the word pieces are learned from; `limit` takes only the first items. `report` is told each figure
    as it comes.

    Raises:
        NothingToMeasureError: the task's answers are generated; its floor is 0.
        LeaderboardError: the task's configuration or rows are not what the registry says.
    """
    if build_task(task).lm_eval_task.OUTPUT_TYPE != "multiple_choice":
        message = f"{task.id}: its answers are generated, which random weights never get right; its floor is 0."
        raise NothingToMeasureError(message)
    corpus = list(texts)
    raws, ids = [], []
    for cut in Cut:
        tokenizer = make_tokenizer(cut, corpus)
        for seed in seeds:
            measured = measure(task, random_lm(tokenizer, seed, _BATCH_SIZE), limit=limit)
            raws.append(measured.raw)
            ids = [item.id for item in measured.items]
            report(f"{task.id}: {cut}, seed {seed}: {measured.raw:.4f}")
    return Floor(
        mean=round(fmean(raws), 6),
        low=round(min(raws), 6),
        high=round(max(raws), 6),
        models=len(raws),
        items=len(ids),
        data_sha256=sha256_hex(canonical_json(ids)),
    )
