"""YAML read strictly: a duplicate key is an error, and every value knows its line."""

from pathlib import Path
from typing import Any

import yaml

from leaderboard.records import LeaderboardError


class SuiteError(LeaderboardError):
    """A suite file, or a file it names, cannot be used: says which file, which line, and the remedy."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        place = path.name if line is None else f"{path.name}, line {line}"
        super().__init__(f"{place}: {reason}")
        self.line = line


KeyPath = tuple[str | int, ...]

SafeLoader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""YAML's safe loader, the one in C where there is one: a registry of 2,000 lines takes a tenth of the time."""


def read_text(path: Path) -> str:
    """Return the text of a file of the suite.

    Raises:
        SuiteError: the file is missing or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SuiteError(path, None, "there is no such file. Check the path.") from None
    except OSError as error:
        raise SuiteError(path, None, f"it cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise SuiteError(path, None, "it is not UTF-8. Save it in that encoding.") from error


def read_yaml(path: Path, loader: type[yaml.SafeLoader] = SafeLoader) -> tuple[Any, dict[KeyPath, int]]:
    """Return the document of `path` and the line (from 1) of each value, by its path of keys and indexes.

    `loader` may know more tags than YAML's safe loader does.

    Raises:
        SuiteError: the file is missing, is not YAML, or repeats a key in one mapping.
    """
    lines: dict[KeyPath, int] = {}
    try:
        node = yaml.compose(read_text(path), Loader=loader)
        if node is None:
            raise SuiteError(path, None, "the file is empty.")
        _collect_lines(node, (), lines, path)
        return loader("").construct_document(node), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = f"this is not YAML ({getattr(error, 'problem', error)})."
        raise SuiteError(path, mark.line + 1 if mark else None, reason) from error


def _collect_lines(node: yaml.Node, keys: KeyPath, lines: dict[KeyPath, int], path: Path) -> None:
    lines[keys] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in seen:
                reason = f"the key `{key}` stands here and on line {seen[key]}. Delete one of them."
                raise SuiteError(path, line, reason)
            seen[key] = line
            _collect_lines(value_node, (*keys, key), lines, path)
            lines[(*keys, key)] = line
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            _collect_lines(child, (*keys, index), lines, path)


def line_of(keys: KeyPath, lines: dict[KeyPath, int]) -> int | None:
    """Return the line of the value at `keys`, or of the nearest value around it."""
    while keys and keys not in lines:
        keys = keys[:-1]
    return lines.get(keys)
