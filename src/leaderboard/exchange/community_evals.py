"""Scores as the Hub shows them on a model's page: a file for each model, to be reviewed by people and sent by them.

Nothing here sends anything. Only what others can check is in it: results on a dataset of the Hub at a known commit,
of a model of the Hub, under the identity that stands for it.

Source: the Hub's documentation, "Evaluation Results", and huggingface_hub's own writer.
"""

from collections import Counter
from collections.abc import Mapping

import yaml
from huggingface_hub import EvalResultEntry, eval_result_entries_to_yaml

from leaderboard.board import Board, Cell, Row
from leaderboard.exchange.passing_on import SOURCE_NAME, NotPassedOn, hub_dataset, model_id, results_passed_on
from leaderboard.exchange.score_table import finite
from leaderboard.records import ModelSource, visible
from leaderboard.suite import Suite, Task

FORMAT = "eval_results"

_HEADER = """\
# For review: nothing has been sent. Before it goes into the model's repository as .eval_results/*.yaml, compare each
# task_id with the dataset's own eval.yaml. Values are raw scores in points of 100, whatever guessing gets included.
"""
_DUMPER: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
"""Five times as fast where PyYAML was built with its C part."""

_DIGITS = 10
"""Enough for what was measured; without them 0.55 would be 55.00000000000001."""


def community_eval_files(
    board: Board, suite: Suite, source_url: str | None = None
) -> tuple[dict[str, bytes], list[NotPassedOn]]:
    """Return the files by name, `organisation--name.yaml`, and the models that have none.

    Two hyphens are what no name on the Hub holds, so that no two models can share a file.
    """
    files: dict[str, bytes] = {}
    left: list[NotPassedOn] = []
    for row in board.rows:
        if row.is_baseline:
            continue
        name = model_id(row)
        if row.request.model.source is not ModelSource.HUB or name is None:
            left.append(NotPassedOn(visible(row.request.model.name), FORMAT, "it is no model of the Hub"))
            continue
        entries = _entries(row, suite, board, source_url)
        if not entries:
            why = "none of its results that can be passed on is on a dataset of the Hub at a known commit"
            left.append(NotPassedOn(name, FORMAT, why))
            continue
        data = eval_result_entries_to_yaml(entries)
        text = yaml.dump(data, Dumper=_DUMPER, sort_keys=False, allow_unicode=True, width=1000)
        files[f"{name.replace('/', '--')}.yaml"] = f"{_HEADER}{text}".encode()
    return files, left


def _entries(row: Row, suite: Suite, board: Board, source_url: str | None) -> list[EvalResultEntry]:
    parts = Counter(_part(task) for task in suite.tasks)
    return [
        EvalResultEntry(
            dataset_id=dataset,
            task_id=_task_id(task, parts),
            value=_points(cell.raw),
            dataset_revision=cell.result.dataset.revision,
            date=row.evaluated_at.isoformat(),
            source_url=source_url,
            source_name=SOURCE_NAME if source_url else None,
            notes=_notes(row, task, cell, board),
        )
        for task, cell in results_passed_on(row, suite, board.rule)
        if task.id not in board.rule.excluded and (dataset := hub_dataset(task, cell)) is not None
    ]


def _task_id(task: Task, parts: Mapping[tuple[str, ...], int]) -> str:
    """Return the part of the dataset that was measured; our own name where a task is not the whole of one part."""
    part = _part(task)
    _, *configs = part
    if parts[part] > 1 or len(configs) > 1:
        return task.id
    return configs[0] if configs else "default"


def _part(task: Task) -> tuple[str, ...]:
    dataset = task.declaration.dataset
    return (dataset.id, *dataset.configs) if dataset else ()


def _notes(row: Row, task: Task, cell: Cell, board: Board) -> str:
    """Return what a bare value leaves out."""
    request, declared, result = row.request, task.declaration, cell.result
    interval, score, chance = cell.interval, finite(cell.normalised), _points(cell.chance)
    told = [
        f"{result.metric}, {result.shots}-shot",
        f"n={cell.items}{' of a fixed sample' if declared.dataset and declared.dataset.sample else ''}",
        f"95% CI [{_points(interval.low):.2f}, {_points(interval.high):.2f}] ({interval.method})"
        if interval
        else "no CI",
        f"chance {chance:g}, above chance {100 * score:.2f}" if score is not None else f"chance {chance:g}",
        request.precision_label,
        f"chat template {'applied' if result.chat_template_applied else 'not applied'}",
        *(["thinking"] if request.thinking else []),
        f"split {declared.dataset.split}" if declared.dataset else "",
        f"model commit {request.model.revision}",
        f"lm_eval {result.engine.versions.get('lm_eval', 'unknown')}, {cell.engine}",
        f"{board.rule.label}/{task.id}, config {result.config_hash[:12]}",
    ]
    return "; ".join(told)


def _points(score: float) -> float:
    return round(100 * score, _DIGITS)
