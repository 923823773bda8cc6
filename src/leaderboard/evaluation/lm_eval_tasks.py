"""From the registry's tasks to lm-eval's task objects. Nothing is indexed, nothing is downloaded."""

from collections.abc import Callable
from typing import Any

from datasets import Dataset
from lm_eval.api.task import ConfigurableTask

from leaderboard.suite import Task, read_rows


def build_task(task: Task) -> ConfigurableTask:
    """Return the lm-eval task with the registry's shots and the suite's own rows."""
    config = {
        **task.lm_eval_config,
        "num_fewshot": task.declaration.shots,
        "custom_dataset": _dataset_of(task),
        "metadata": {"version": task.declaration.version},
    }
    return ConfigurableTask(config=config)


def _dataset_of(task: Task) -> Callable[..., dict[str, Dataset]]:
    files = {"test": task.test_file, "fewshot": task.fewshot_file}
    splits = {split: Dataset.from_list(read_rows(file)) for split, file in files.items() if file is not None}

    def load(**_metadata: Any) -> dict[str, Dataset]:
        return splits

    return load
