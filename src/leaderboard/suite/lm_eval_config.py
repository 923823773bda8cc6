"""A task's lm-eval configuration as the suite holds it: plain data, functions by name, nothing the registry decides."""

from pathlib import Path
from typing import Any

import yaml

from leaderboard.suite.registry import UPSTREAM_SCHEME, TaskDeclaration
from leaderboard.suite.strict_yaml import KeyPath, SafeLoader, SuiteError, line_of, read_yaml

FUNCTION_KEY = "!function"
"""A mapping of this one key stands for the function of that dotted name, until a task is built."""

FUNCTION_PACKAGE = "leaderboard.evaluation.task_functions."

OWNED_BY_THE_REGISTRY = frozenset(
    {
        *("num_fewshot", "dataset_path", "dataset_name", "dataset_kwargs", "custom_dataset", "metadata"),
        *("training_split", "validation_split", "test_split", "fewshot_split", "fewshot_config", "include", "tag"),
    }
)


def read_config(declaration: TaskDeclaration, suite_path: Path) -> tuple[str | None, dict[str, Any]]:
    """Return the path of lm-eval's own configuration that a task starts from, or None, and what is laid over it.

    Raises:
        SuiteError: the configuration cannot be used; the message names file, line and remedy.
    """
    if declaration.config.startswith(UPSTREAM_SCHEME):
        upstream = declaration.config.removeprefix(UPSTREAM_SCHEME)
        _check_upstream(upstream, suite_path, None)
        return upstream, {"task": declaration.id}
    path = suite_path.parent / declaration.config
    config, lines = read_yaml(path, loader=_loader(path))
    if not isinstance(config, dict) or config.get("task") != declaration.id:
        raise SuiteError(path, line_of(("task",), lines), f"`task` must be `{declaration.id}`.")
    for key in sorted(OWNED_BY_THE_REGISTRY & config.keys()):
        raise SuiteError(path, line_of((key,), lines), f"`{key}` is decided by the suite file. Delete it here.")
    _check_functions(config, (), path, lines)
    upstream = config.pop("upstream", None)
    if upstream is not None:
        _check_upstream(upstream, path, line_of(("upstream",), lines))
    return upstream, config


def _loader(path: Path) -> type[yaml.SafeLoader]:
    """Return a loader that also knows lm-eval's tag for functions, and reads it as a name, never as code."""

    class FunctionLoader(SafeLoader):  # type: ignore[misc]  # yaml carries no types
        """YAML's safe loader with that one tag more."""

    def name_of(loader: yaml.SafeLoader, node: yaml.Node) -> dict[str, str]:
        if not isinstance(node, yaml.ScalarNode):
            raise SuiteError(path, node.start_mark.line + 1, "`!function` wants a dotted name.")
        return {FUNCTION_KEY: str(loader.construct_scalar(node))}

    FunctionLoader.add_constructor(FUNCTION_KEY, name_of)
    return FunctionLoader


def _check_functions(value: Any, keys: KeyPath, path: Path, lines: dict[KeyPath, int]) -> None:
    """Refuse a function from anywhere but the package that is ours: a suite file names code, it brings none."""
    if isinstance(value, dict):
        name = value.get(FUNCTION_KEY)
        if name is not None and not str(name).startswith(FUNCTION_PACKAGE):
            reason = f"`{name}` is not one of {FUNCTION_PACKAGE}*, the functions a configuration may name."
            raise SuiteError(path, line_of(keys, lines), reason)
        for key, child in value.items():
            _check_functions(child, (*keys, str(key)), path, lines)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _check_functions(child, (*keys, index), path, lines)


def _check_upstream(upstream: Any, path: Path, line: int | None) -> None:
    parts = Path(str(upstream)).parts
    if not isinstance(upstream, str) or not parts or ".." in parts or Path(upstream).is_absolute():
        reason = f"`{upstream}` is not a path in lm-eval's tasks, such as xquad/xquad_es.yaml."
        raise SuiteError(path, line, reason)
