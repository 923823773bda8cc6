"""Boards of models whose answers a test chooses item by item."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from leaderboard.records import EvalRequest, Evaluation, ItemResult, TaskResult
from leaderboard.suite import Suite, Task
from tests.builders import manifest, request_for, task_result

Answers = Sequence[ItemResult]
Thing = TypeVar("Thing")


def some_of(things: Sequence[Thing], number: int, seed: str) -> list[Thing]:
    """Draw some of what there is, the same for the same seed."""
    places = np.random.default_rng(list(seed.encode())).permutation(len(things))[:number]
    return [things[place] for place in places.tolist()]


def chosen(choices: Sequence[int], golds: Sequence[int] | None = None, name: str = "item", **fields: Any) -> Answers:
    """Return items of two options with these choices; without golds the right options take turns."""
    right = golds or [number % 2 for number in range(len(choices))]
    return tuple(
        ItemResult(id=f"{name}-{number}", options=2, choice=choice, gold=gold, score=float(choice == gold), **fields)
        for number, (choice, gold) in enumerate(zip(choices, right, strict=True))
    )


def right_on(items: Collection[int], of: int, name: str = "item") -> Answers:
    """Return so many items, right on these."""
    return chosen([number % 2 if number in items else 1 - number % 2 for number in range(of)], name=name)


def some_right(right: int, of: int, seed: str) -> Answers:
    """Return so many items of which some are right: which ones follows from the seed."""
    return right_on(some_of(range(of), right, seed), of)


def result(asked: EvalRequest, task: Task, items: Answers, **changes: Any) -> TaskResult:
    """Return the result of a task with these items."""
    raw = sum(item.score for item in items) / len(items)
    return task_result(asked, task, items=tuple(items), raw=raw, stderr=None, **changes)


def answered(
    suite: Suite,
    name: str,
    answers: Mapping[str, Answers],
    changes: Mapping[str, Mapping[str, Any]] | None = None,
    **of_request: Any,
) -> Evaluation:
    """Return the evaluation of a model with these items in each task."""
    asked = request_for(suite, name, **of_request)
    results = [
        result(asked, task, answers[task.id], **(changes or {}).get(task.id, {}))
        for task in suite.tasks
        if task.id in answers
    ]
    failed = [task.id for task in suite.tasks if task.id not in answers]
    return Evaluation(request=asked, manifest=manifest(asked, results, failed=failed), results=tuple(results))
