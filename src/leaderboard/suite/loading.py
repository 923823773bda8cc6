"""From a suite file to a validated suite: every reference is followed, every figure is checked."""

import math
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from leaderboard.records import SuiteLabel, canonical_json, sha256_hex
from leaderboard.records.base import first_reason
from leaderboard.suite.costs import read_costs
from leaderboard.suite.item_forms import FORMS, ItemStatus
from leaderboard.suite.items import analytic_chance, item_id, read_rows, scored_part
from leaderboard.suite.lm_eval_config import read_config
from leaderboard.suite.lock import Lock, lock_path, read_lock
from leaderboard.suite.probes import refuse_probes_of_nothing
from leaderboard.suite.registry import (
    EncoderDeclaration,
    Files,
    Suite,
    SuiteDeclaration,
    Task,
    TaskDeclaration,
)
from leaderboard.suite.rows import FolderRows, HubRows, OwnRows, Rows
from leaderboard.suite.strict_yaml import KeyPath, SuiteError, line_of, read_yaml
from leaderboard.suite.vocabulary import Metric

MAX_ID = 72
"""A record of an item has room for 80 characters; `evaluation.item_results` may add a number."""

EMBEDDED_SUITES = Path(__file__).resolve().parents[3] / "suites"

FIXTURES = EMBEDDED_SUITES / "fixtures"
"""A few rows for every task, written for this project in the columns of the real data."""


def load_suite(name_or_path: str, suites_dir: Path = EMBEDDED_SUITES, data: Path | None = None) -> Suite:
    """Load and validate a suite.

    Args:
        name_or_path: the name of a file in `suites_dir` (`muestra`), or the path of a suite file.
        suites_dir: where names are looked up.
        data: a folder of files that stand in the place of datasets on the Hub, `{task}/{split}.jsonl` or
            `{task}/{config}/{split}.jsonl`. A task without files there keeps its dataset. Results on such files have a
            configuration hash of their own: they never mix with results on the dataset.

    Raises:
        SuiteError: something in the suite is wrong; the message names file, line and remedy.
    """
    if data is not None and not data.is_dir():
        raise SuiteError(data, None, "there is no such folder of data. Correct LEADERBOARD_DATA, or unset it.")
    # Whole paths: the child that evaluates works in another folder.
    path = suite_path(name_or_path, suites_dir).resolve()
    declaration, lines = read_declaration(path)
    lock = read_lock(path)
    encoder = _locked(declaration.encoder, lock)
    tasks = tuple(
        _load_task(task, encoder, path, line_of(("tasks", index), lines), lock, data.resolve() if data else None)
        for index, task in enumerate(declaration.tasks)
    )
    label = SuiteLabel(name=declaration.name, version=declaration.version)
    costs = dict(read_costs(path))
    return Suite(label=label, weights=declaration.weights, encoder=encoder, tasks=tasks, tokens=costs)


def suite_path(name_or_path: str, suites_dir: Path = EMBEDDED_SUITES) -> Path:
    """Return the file of a suite.

    Raises:
        SuiteError: there is no suite of that name.
    """
    looks_like_path = name_or_path.endswith((".yaml", ".yml")) or "/" in name_or_path
    path = Path(name_or_path).expanduser() if looks_like_path else suites_dir / f"{name_or_path}.yaml"
    if not looks_like_path and not path.is_file():
        known = ", ".join(sorted(file.stem for file in suites_dir.glob("*.yaml"))) or "none"
        raise SuiteError(path, None, f"there is no suite {name_or_path!r}. Known suites: {known}.")
    return path


def read_declaration(path: Path) -> tuple[SuiteDeclaration, dict[KeyPath, int]]:
    """Return what a suite file says, and the line of each value; no other file is read.

    Raises:
        SuiteError: it says something that cannot be; the message names the line and the remedy.
    """
    document, lines = read_yaml(path)
    declaration = _validated(document, path, lines)
    _refuse_duplicate_tasks(declaration, path, lines)
    refuse_probes_of_nothing(declaration, path, lines)
    return declaration, lines


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
        if task.id.lower() in seen:  # results are files: some file systems do not tell letters' case apart
            reason = f"the task `{task.id}` is declared twice. Rename or delete one."
            raise SuiteError(path, line_of(("tasks", index, "id"), lines), reason)
        seen.add(task.id.lower())
    for index, task in enumerate(declaration.tasks):
        for alias in task.aliases:
            if alias.lower() in seen:
                reason = f"the alias `{alias}` of `{task.id}` is the name of a task already. Delete it."
                raise SuiteError(path, line_of(("tasks", index, "aliases"), lines), reason)
            seen.add(alias.lower())


def _locked(encoder: EncoderDeclaration | None, lock: Lock) -> EncoderDeclaration | None:
    if encoder is None or encoder.revision is not None:
        return encoder
    return encoder.replaced(revision=lock.encoders.get(encoder.id))


def _load_task(
    declaration: TaskDeclaration,
    encoder: EncoderDeclaration | None,
    path: Path,
    line: int | None,
    lock: Lock,
    data: Path | None,
) -> Task:
    upstream, config = read_config(declaration, path)
    upstream_sha256 = lock.upstream.get(upstream) if upstream else None
    if upstream and upstream_sha256 is None:
        reason = f"`{declaration.id}` starts from lm-eval's {upstream}, which {lock_path(path).name} does not fix."
        raise SuiteError(path, line, f"{reason} Run `python -m leaderboard suite lock`.")
    rows = (
        _own_rows(declaration, declaration.files, path, line)
        if declaration.files
        else _foreign_rows(declaration, lock, data)
    )
    used_encoder = encoder if declaration.metric is Metric.SEMANTIC_SIMILARITY else None
    return Task(
        declaration=declaration,
        upstream=upstream,
        upstream_sha256=upstream_sha256,
        lm_eval_config=config,
        rows=rows,
        encoder=used_encoder,
        floor=lock.floors.get(declaration.id),
        reviewed_items=_count_reviewed(declaration, rows) if isinstance(rows, OwnRows) else None,
        config_hash=_config_hash(declaration, upstream_sha256, config, rows, used_encoder),
    )


def _own_rows(declaration: TaskDeclaration, files: Files, suite_path: Path, line: int | None) -> OwnRows:
    test = suite_path.parent / files.test
    fewshot = suite_path.parent / files.fewshot if files.fewshot else None
    _check_items(declaration, test, suite_path, line)
    if fewshot is not None and len(read_rows(fewshot)) < declaration.shots:
        reason = f"`{declaration.id}` wants {declaration.shots} shots; {fewshot.name} has fewer examples."
        raise SuiteError(suite_path, line, reason)
    rows = [read_rows(file) for file in (test, fewshot) if file is not None]
    sha256 = sha256_hex(canonical_json([[scored_part(row) for row in split] for split in rows]))
    return OwnRows(test=test, fewshot=fewshot, sha256=sha256)


def _foreign_rows(declaration: TaskDeclaration, lock: Lock, data: Path | None) -> Rows:
    folder = data / declaration.id if data else None
    files = sorted(folder.rglob("*.jsonl")) if folder else []
    if folder is not None and files:
        content = [(str(file.relative_to(folder)), read_rows(file)) for file in files]
        return FolderRows(folder=folder, sha256=sha256_hex(canonical_json(content)))
    return HubRows(revision=lock.revision_of(declaration.dataset) if declaration.dataset else None)


def _check_items(declaration: TaskDeclaration, test_file: Path, suite_path: Path, line: int | None) -> None:
    rows = read_rows(test_file)
    if len(rows) != declaration.items:
        reason = f"`{declaration.id}` declares {declaration.items} items; {test_file.name} has {len(rows)}."
        raise SuiteError(suite_path, line, reason)
    for row in rows:
        if not isinstance(row.get("id"), str) or not 0 < len(row["id"]) <= MAX_ID:
            reason = f"an item needs an `id` of 1 to {MAX_ID} characters; one has {row.get('id')!r:.90}."
            raise SuiteError(test_file, None, reason)
    ids = [item_id(row) for row in rows]
    repeated = sorted({one for one in ids if ids.count(one) > 1})
    if repeated:
        raise SuiteError(test_file, None, f"the item {repeated[0]!r} stands there twice. Rename or delete one.")
    chance = analytic_chance(rows)
    expected = 0.0 if chance is None else chance
    if not math.isclose(declaration.chance, expected, abs_tol=1e-6):
        reason = f"`{declaration.id}` declares chance {declaration.chance}; its items give {expected:.6f}."
        raise SuiteError(suite_path, line, reason)


def _count_reviewed(declaration: TaskDeclaration, rows: OwnRows) -> int | None:
    """Check the suite's own items against their form and count the signed ones."""
    if declaration.item_form is None:
        return None
    form, reviewed = FORMS[declaration.item_form], 0
    for row in read_rows(rows.test):
        try:
            item = form.model_validate_json(canonical_json(row))
        except ValidationError as error:
            reason = f"the item {row.get('id')!r} is not of the form {declaration.item_form}: {first_reason(error)}."
            raise SuiteError(rows.test, None, reason) from error
        reviewed += item.status is ItemStatus.REVIEWED
    return reviewed


def _config_hash(
    declaration: TaskDeclaration,
    upstream_sha256: str | None,
    config: dict[str, Any],
    rows: Rows,
    encoder: EncoderDeclaration | None,
) -> str:
    """Hash what can move a score: not titles, citations or licences."""
    keys = {"id", "metric", "classes", "filter", "direction", "shots", "sampler", "chance", "chat_template", "dataset"}
    keys |= {"cluster_field"}  # which rows are shown, and so which are scored
    if not isinstance(rows, OwnRows):
        keys |= {"variety", "variety_field", "category_field"}  # what items say of themselves
    declared = declaration.model_dump(mode="json", include=keys | {"version"})
    if declared["dataset"]:
        del declared["dataset"]["columns"]  # a check, which moves nothing
    parts = {
        "declaration": declared,
        "upstream": upstream_sha256,
        "lm_eval": config,
        "data": rows.revision if isinstance(rows, HubRows) else rows.sha256,
        "encoder": encoder.model_dump(mode="json") if encoder else None,
    }
    return sha256_hex(canonical_json(parts))
