"""Two engines on the same model, task by task: how far apart their scores are, and on how many items they part."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lm_eval.api.model import LM

from leaderboard.evaluation.lm_eval_models import why_not_scored
from leaderboard.evaluation.lm_eval_runner import measure
from leaderboard.suite import Task


@dataclass(frozen=True)
class EngineOffset:
    """One task, scored by two engines."""

    task: str
    items: int
    first: float
    """Raw score of the first engine, a fraction of 1."""
    second: float | None
    """None: the second cannot score it."""
    changed: int
    """Items whose score is another."""
    refused: str | None = None
    """Why the second cannot."""

    @property
    def offset(self) -> float | None:
        """How much higher the second scores."""
        return None if self.second is None else self.second - self.first


def engine_offsets(
    tasks: Iterable[Task],
    first: LM,
    second: LM,
    *,
    limit: int | None = None,
    report: Callable[[str], None] = lambda _line: None,
) -> Iterator[EngineOffset]:
    """Score each task with both engines, without a chat template; `limit` takes only the first items."""
    for task in tasks:
        report(task.id)
        one = measure(task, first, limit=limit)
        refused = why_not_scored(second, task)
        if refused is not None:
            yield EngineOffset(task.id, len(one.items), one.raw, None, 0, refused)
            continue
        other = measure(task, second, limit=limit)
        scores = {item.id: item.score for item in one.items}
        changed = sum(scores.get(item.id) != item.score for item in other.items)
        yield EngineOffset(task.id, len(one.items), one.raw, other.raw, changed)
