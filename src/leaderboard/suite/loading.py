"""From a suite file to a validated suite: every reference is followed, every figure is checked."""

import math
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.records import SuiteLabel, canonical_json, sha256_hex
from leaderboard.records.base import first_reason
from leaderboard.suite.item_forms import FORMS, ItemStatus
from leaderboard.suite.items import analytic_chance, item_id, read_rows, scored_part
from leaderboard.suite.registry import Suite, SuiteDeclaration, Task, TaskDeclaration
from leaderboard.suite.strict_yaml import KeyPath, SuiteError, line_of, read_yaml

EMBEDDED_SUITES = Path(__file__).resolve().parents[3] / "suites"

_OWNED_BY_THE_REGISTRY = ("num_fewshot", "dataset_path", "dataset_name", "custom_dataset", "metadata")


def load_suite(name_or_path: str, suites_dir: Path = EMBEDDED_SUITES) -> Suite:
    """Load and validate a suite.

    Args:
        name_or_path: the name of a file in `suites_dir` (`muestra`), or the path of a suite file.
        suites_dir: where names are looked up.

    Raises:
        SuiteError: something in the suite is wrong; the message names file, line and remedy.
    """
    looks_like_path = name_or_path.endswith((".yaml", ".yml")) or "/" in name_or_path
    path = Path(name_or_path).expanduser() if looks_like_path else suites_dir / f"{name_or_path}.yaml"
    if not looks_like_path and not path.is_file():
        known = ", ".join(sorted(file.stem for file in suites_dir.glob("*.yaml"))) or "none"
        raise SuiteError(path, None, f"there is no suite {name_or_path!r}. Known suites: {known}.")
    document, lines = read_yaml(path)
    declaration = _validated(document, path, lines)
    _refuse_duplicate_tasks(declaration, path, lines)
    tasks = tuple(
        _load_task(task, path, line_of(("tasks", index), lines)) for index, task in enumerate(declaration.tasks)
    )
    return Suite(label=SuiteLabel(name=declaration.name, version=declaration.version), tasks=tasks)


def _validated(document: Any, path: Path, lines: dict[KeyPath, int]) -> SuiteDeclaration:
    _refuse_what_json_lacks(document, (), path, lines)
    # Through JSON: a YAML list is to become a tuple and a word an enum, which strict Python input refuses.
    try:
        return SuiteDeclaration.model_validate_json(canonical_json(document))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        keys = tuple(first["loc"])
        name = ".".join(str(key) for key in keys)
        reason = f"`{name}`: {first['msg']} (found: {str(first['input'])[:60]!r})."
        raise SuiteError(path, line_of(keys, lines), reason) from error


def _refuse_what_json_lacks(value: Any, keys: KeyPath, path: Path, lines: dict[KeyPath, int]) -> None:
    """Refuse a date and an infinite number, which YAML has without being asked and records do not."""
    if isinstance(value, dict):
        for key, child in value.items():
            _refuse_what_json_lacks(child, (*keys, str(key)), path, lines)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            _refuse_what_json_lacks(child, (*keys, index), path, lines)
    elif not isinstance(value, str | int | float | None) or (isinstance(value, float) and not math.isfinite(value)):
        name = ".".join(map(str, keys))
        reason = f"`{name}` is {value}, read as {type(value).__name__}. Put quotes around it, or write another value."
        raise SuiteError(path, line_of(keys, lines), reason)


def _refuse_duplicate_tasks(declaration: SuiteDeclaration, path: Path, lines: dict[KeyPath, int]) -> None:
    seen: set[str] = set()
    for index, task in enumerate(declaration.tasks):
        if task.id in seen:
            reason = f"the task `{task.id}` is declared twice. Rename or delete one."
            raise SuiteError(path, line_of(("tasks", index, "id"), lines), reason)
        seen.add(task.id)


def _load_task(declaration: TaskDeclaration, suite_path: Path, line: int | None) -> Task:
    folder = suite_path.parent
    config_path = folder / declaration.config
    config = _read_config(config_path, declaration)
    test_file = folder / declaration.files.test
    fewshot_file = folder / declaration.files.fewshot if declaration.files.fewshot else None
    _check_items(declaration, test_file, suite_path, line)
    if fewshot_file is not None and len(read_rows(fewshot_file)) < declaration.shots:
        reason = f"`{declaration.id}` wants {declaration.shots} shots; {fewshot_file.name} has fewer examples."
        raise SuiteError(suite_path, line, reason)
    rows = [read_rows(file) for file in (test_file, fewshot_file) if file is not None]
    data_sha256 = sha256_hex(canonical_json([[scored_part(row) for row in split] for split in rows]))
    return Task(
        declaration=declaration,
        lm_eval_config=config,
        test_file=test_file,
        fewshot_file=fewshot_file,
        data_sha256=data_sha256,
        reviewed_items=_count_reviewed(declaration, test_file),
        config_hash=_config_hash(declaration, config, data_sha256),
    )


def _read_config(path: Path, declaration: TaskDeclaration) -> dict[str, Any]:
    config, lines = read_yaml(path)
    if not isinstance(config, dict) or config.get("task") != declaration.id:
        raise SuiteError(path, line_of(("task",), lines), f"`task` must be `{declaration.id}`.")
    for key in _OWNED_BY_THE_REGISTRY:
        if key in config:
            reason = f"`{key}` is decided by the suite file. Delete it here."
            raise SuiteError(path, line_of((key,), lines), reason)
    return config


def _check_items(declaration: TaskDeclaration, test_file: Path, suite_path: Path, line: int | None) -> None:
    rows = read_rows(test_file)
    if len(rows) != declaration.items:
        reason = f"`{declaration.id}` declares {declaration.items} items; {test_file.name} has {len(rows)}."
        raise SuiteError(suite_path, line, reason)
    ids = [item_id(row) for row in rows]
    repeated = sorted({one for one in ids if ids.count(one) > 1})
    if repeated:
        raise SuiteError(test_file, None, f"the item {repeated[0]!r} stands there twice. Rename or delete one.")
    chance = analytic_chance(rows)
    expected = 0.0 if chance is None else chance
    if not math.isclose(declaration.chance, expected, abs_tol=1e-6):
        reason = f"`{declaration.id}` declares chance {declaration.chance}; its items give {expected:.6f}."
        raise SuiteError(suite_path, line, reason)


def _count_reviewed(declaration: TaskDeclaration, test_file: Path) -> int | None:
    """Check the suite's own items against their form and count the signed ones."""
    if declaration.item_form is None:
        return None
    form, reviewed = FORMS[declaration.item_form], 0
    for row in read_rows(test_file):
        try:
            item = form.model_validate_json(canonical_json(row))
        except ValidationError as error:
            reason = f"the item {row.get('id')!r} is not of the form {declaration.item_form}: {first_reason(error)}."
            raise SuiteError(test_file, None, reason) from error
        reviewed += item.status is ItemStatus.REVIEWED
    return reviewed


def _config_hash(declaration: TaskDeclaration, config: dict[str, Any], data_sha256: str) -> str:
    """Hash what can move a score: not titles, citations or licences."""
    scored = declaration.model_dump(
        mode="json",
        include={"id", "metric", "filter", "direction", "shots", "chance", "items", "chat_template", "version"},
    )
    return sha256_hex(canonical_json({"declaration": scored, "lm_eval": config, "data": data_sha256}))
