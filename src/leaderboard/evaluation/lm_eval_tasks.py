"""From the registry's tasks to lm-eval's task objects. Only what is asked for is read; nothing is indexed."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import lm_eval.utils
from datasets import Dataset
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment
from lm_eval.api.task import ConfigurableTask

from leaderboard.evaluation.task_rows import TaskRows, load_rows
from leaderboard.evaluation.upstream import upstream_config
from leaderboard.suite import Task
from leaderboard.suite.lm_eval_config import FUNCTION_KEY


@dataclass(frozen=True)
class BuiltTask:
    """A task that lm-eval can run, and which data it is built on."""

    lm_eval_task: ConfigurableTask
    revision: str
    """The commit of the dataset, or the hash of the files."""


def build_task(task: Task) -> BuiltTask:
    """Return the lm-eval task: its configuration's prompt and options, the registry's rows, shots and sampler.

    Raises:
        LeaderboardError: the configuration or the rows are not what the registry says.
    """
    keep_templates_from_running_code()
    config = lm_eval_config(task)
    # Processed before examples are parted from what is scored: an example that processing drops would be missed.
    rows = load_rows(task, config.pop("process_docs", None))
    config |= {
        "task": task.id,
        "test_split": "test",
        "fewshot_split": "fewshot" if rows.examples is not None else None,
        "fewshot_config": {"sampler": str(task.declaration.sampler)},
        "num_fewshot": task.declaration.shots,
        "custom_dataset": _loader_of(rows),
        "metadata": {"version": task.declaration.version},
    }
    return BuiltTask(ConfigurableTask(config=config), rows.revision)


def keep_templates_from_running_code() -> None:
    """Make lm-eval render prompts in a sandbox: its own environment lets a template reach any function of Python's."""
    if not isinstance(lm_eval.utils.env, SandboxedEnvironment):
        sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
        sandbox.filters.update(lm_eval.utils.env.filters)
        lm_eval.utils.env = sandbox


def lm_eval_config(task: Task) -> dict[str, Any]:
    """Return the whole configuration of a task, its functions found, without what the registry decides."""
    below = upstream_config(task.upstream, task.upstream_sha256) if task.upstream else {}
    return {**below, **_with_functions(task.lm_eval_config)}


def _with_functions(value: Any) -> Any:
    """Return `value` with each function's name replaced by the function; loading the suite checked whose they are."""
    if isinstance(value, dict):
        name = value.get(FUNCTION_KEY)
        if name is not None:
            module, _, function = str(name).rpartition(".")
            return getattr(import_module(module), function)
        return {key: _with_functions(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_with_functions(child) for child in value]
    return value


def _loader_of(rows: TaskRows) -> Callable[..., dict[str, Dataset]]:
    splits = {"test": rows.scored} | ({} if rows.examples is None else {"fewshot": rows.examples})

    def load(**_metadata: Any) -> dict[str, Dataset]:
        return splits

    return load
