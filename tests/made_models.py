"""Runs of made models over the embedded suite's own items: right as often as their skill says, item by item."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from leaderboard.queue import Queue
from leaderboard.records import Evaluation, ItemResult, ModelSource, ModelType, Precision
from leaderboard.results import finished_run, reference_to
from leaderboard.store import FolderStore
from leaderboard.suite import OwnRows, Suite, Task, load_suite, read_rows
from tests.builders import facts, finish, manifest, model, request_for, task_result

MODELS = (
    ("casa-andina/condor-8b", 8.0, 0.72),
    ("casa-andina/condor-1b", 1.2, 0.45),
    ("taller-ibero/encina-7b", 7.2, 0.66),
    ("taller-ibero/encina-2b", 2.3, 0.5),
    ("etxe-lab/haritz-13b", 13.0, 0.7),
    ("obradoiro/carballo-3b", 3.1, 0.55),
)
"""Name, parameters in thousand millions, and how likely it is to have an item right."""


def publish_made_models(root: Path, models: Sequence[tuple[str, float, float]] = MODELS, first_seed: int = 0) -> None:
    """Publish a run of each model in the stores under `root`, as workers would."""
    suite = load_suite("muestra")
    for number, (name, size, skill) in enumerate(models, start=first_seed):
        made = made_run(suite, name, size, skill, seed=number)
        finished_run(made.manifest, made.results).commit(FolderStore(root / "results"), "publish")
        finish(Queue(FolderStore(root / "eval_queue")), made.request, reference_to(made.manifest))


def made_run(suite: Suite, name: str, size: float, skill: float, seed: int) -> Evaluation:
    """Return a run that has every task of the suite; the same seed gives the same."""
    draw = random.Random(seed)  # noqa: S311 - made data
    asked = request_for(
        suite,
        model=model(name, source=ModelSource.HUB),
        precision=Precision.BFLOAT16,
        facts=facts(
            ModelType.INSTRUCT if seed % 2 else ModelType.BASE,
            native_precision=Precision.BFLOAT16,
            parameters=int(size * 1e9),
            licence=("apache-2.0", "llama3.1", "gemma", "cc-by-nc-4.0")[seed % 4],
        ),
    )
    results = []
    for task in suite.tasks:
        ease = skill + draw.gauss(0, 0.04)
        items = tuple(_answered(row, draw.random() < ease, draw) for row in _rows(task))
        raw = sum(item.score for item in items) / len(items)
        results.append(task_result(asked, task, items=items, raw=raw, seconds=size * len(items) / 40))
    return Evaluation(request=asked, manifest=manifest(asked, results), results=tuple(results))


def _rows(task: Task) -> list[dict[str, Any]]:
    assert isinstance(task.rows, OwnRows)
    return read_rows(task.rows.test)


def _answered(row: dict[str, Any], right: bool, draw: random.Random) -> ItemResult:
    known: dict[str, Any] = {"id": row["id"], "variety": row.get("country"), "score": float(right)}
    if "options" not in row:
        return ItemResult(**known)
    wrong = [place for place in range(len(row["options"])) if place != row["answer"]]
    choice = row["answer"] if right else draw.choice(wrong)
    return ItemResult(**known, options=len(row["options"]), choice=choice, gold=row["answer"])
