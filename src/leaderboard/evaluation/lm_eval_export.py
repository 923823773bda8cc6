"""A task as files that plain lm-evaluation-harness runs: for whoever wants to reproduce a score without this project.

What is left of this project are the functions of `task_functions` that a configuration names: they must be importable.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from datasets import Dataset

from leaderboard.evaluation.lm_eval_tasks import lm_eval_config
from leaderboard.evaluation.task_rows import load_rows
from leaderboard.suite import Task


def export_task(task: Task, folder: Path) -> Path:
    """Write a task's configuration and rows into `folder`; return the configuration's file.

    `lm_eval run --include_path FOLDER --tasks ID` then runs it. Rows are written as they are after processing, examples
    already chosen.

    Raises:
        LeaderboardError: the configuration or the rows are not what the registry says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = lm_eval_config(task)
    rows = load_rows(task, config.pop("process_docs", None))
    files = {"test": _write_rows(rows.scored, folder / f"{task.id}.test.jsonl")}
    if rows.examples is not None:
        files["fewshot"] = _write_rows(rows.examples, folder / f"{task.id}.fewshot.jsonl")
    config |= {
        "task": task.id,
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": files},
        "test_split": "test",
        "num_fewshot": task.declaration.shots,
        "metadata": {"version": task.declaration.version},
    }
    if "fewshot" in files:
        config |= {"fewshot_split": "fewshot", "fewshot_config": {"sampler": str(task.declaration.sampler)}}
    path = folder / f"{task.id}.yaml"
    path.write_text(yaml.dump(config, Dumper=_dumper(), allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def _write_rows(rows: Dataset, path: Path) -> str:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return str(path.resolve())


def _dumper() -> type[yaml.SafeDumper]:
    """Return a dumper that writes a function by lm-eval's tag and its dotted name."""

    class FunctionDumper(yaml.SafeDumper):  # type: ignore[misc]  # yaml carries no types
        """YAML's safe dumper with that one tag more."""

    def name_of(dumper: yaml.SafeDumper, function: Callable[..., Any]) -> yaml.Node:
        return dumper.represent_scalar("!function", f"{function.__module__}.{function.__qualname__}")

    FunctionDumper.add_representer(type(name_of), name_of)
    return FunctionDumper
