"""lm-eval's own task configurations, used by reference: read from the installed package, fixed by a hash."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lm_eval.tasks._yaml_loader import load_yaml  # private, and so pinned: no public way reads one file alone

from leaderboard.records import LeaderboardError, canonical_json, sha256_hex
from leaderboard.suite.lm_eval_config import OWNED_BY_THE_REGISTRY


class UpstreamChangedError(LeaderboardError):
    """lm-eval's configuration is not the one the suite was written for, or is not there."""


def upstream_config(path: str, expected_sha256: str | None) -> dict[str, Any]:
    """Return lm-eval's configuration at `path`, below its tasks, without what the registry decides.

    Raises:
        UpstreamChangedError: there is none, or it is not the one that the suite's lock file fixes.
    """
    found = upstream_sha256(path)
    if found != expected_sha256:
        message = f"lm-eval's {path} is not the one the suite's lock file fixes. Install the pinned lm-eval, or run "
        raise UpstreamChangedError(message + "`suite lock`, read what changed and raise the tasks' versions.")
    config: dict[str, Any] = load_yaml(_file(path))
    return {key: value for key, value in config.items() if key not in OWNED_BY_THE_REGISTRY}


def upstream_sha256(path: str) -> str:
    """Return the hash of a configuration with everything it includes and the files of the functions it names.

    Raises:
        UpstreamChangedError: there is no such configuration.
    """
    config = load_yaml(_file(path), resolve_func=False)
    functions: dict[str, str] = {}
    plain = _without_this_machine(config, functions)
    return sha256_hex(canonical_json({"config": plain, "functions": functions}))


def _file(path: str) -> Path:
    file = _tasks_folder() / path
    if not file.is_file():
        message = f"lm-eval has no configuration {path}. Install the pinned lm-eval, or correct the suite's `config`."
        raise UpstreamChangedError(message)
    return file


def _tasks_folder() -> Path:
    spec = find_spec("lm_eval.tasks")
    assert spec is not None  # noqa: S101 - this module imports from it
    assert spec.origin is not None  # noqa: S101 - likewise
    return Path(spec.origin).parent


def _without_this_machine(value: Any, functions: dict[str, str]) -> Any:
    """Return `value` with the names of functions relative to lm-eval's tasks, and note their files' hashes."""
    if isinstance(value, dict):
        return {str(key): _without_this_machine(child, functions) for key, child in value.items()}
    if isinstance(value, list):
        return [_without_this_machine(child, functions) for child in value]
    folder = f"{_tasks_folder().resolve()}/"
    if isinstance(value, str) and value.startswith(folder):
        name = value.removeprefix(folder)
        module = name.rpartition(".")[0] + ".py"
        functions[module] = sha256_hex((_tasks_folder() / module).read_bytes())
        return name
    return value
