"""Scores in the format of Every Eval Ever 0.3.0: one JSON file for each model identity.

Samples, which the format keeps in a file of their own, are not written: each of theirs holds the text of its item, and
ours hold none. Nor are means: the collection holds what was measured; what a board makes of it is in the board's table.

Source: https://github.com/evaleval/every_eval_ever, `eval.schema.json` of 0.3.0 and the package's validator.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leaderboard.board import Board, Cell, IntervalMethod, Row
from leaderboard.board.intervals import LEVEL
from leaderboard.board.resampling import DRAWS
from leaderboard.exchange.passing_on import SOURCE_NAME, NotPassedOn, hub_dataset, model_id, results_passed_on
from leaderboard.exchange.score_table import above_chance, finite
from leaderboard.records import ModelSource, canonical_json, sha256_hex, visible
from leaderboard.suite import Metric, Suite, Task
from leaderboard.suite.metrics import bounds

FORMAT = "Every Eval Ever"
SCHEMA_VERSION = "0.3.0"

_METRIC_IDS = {
    Metric.ACC: "accuracy",
    Metric.MICRO_F1: "f1_micro",
    Metric.MACRO_F1: "f1_macro",
    Metric.SEMANTIC_SIMILARITY: "ranking600m.semantic_similarity",
}
"""Where the collection calls a metric otherwise than lm-eval."""

Json = dict[str, Any]


def every_eval_ever_files(
    board: Board, suite: Suite, source_url: str | None = None
) -> tuple[dict[str, bytes], list[NotPassedOn]]:
    """Return the files by path, as the collection lays them out, and the models that have none.

    The same results make the same file under the same name, whenever they are exported. Baselines have none: they are
    no models.
    """
    files: dict[str, bytes] = {}
    left: list[NotPassedOn] = []
    for row in (*board.rows, *board.others):
        if row.is_baseline:
            continue
        name = model_id(row)
        measured = list(results_passed_on(row, suite, board.rule))
        if name is None or not measured:
            why = "it has no result that can be passed on" if name else "its name cannot be a path organisation/name"
            left.append(NotPassedOn(visible(row.request.model.name), FORMAT, why))
            continue
        document = _document(row, name, measured, board, source_url)
        path = f"data/{board.rule.suite.name}/{name}/{_file_id(row, measured)}.json"
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
        files[path] = f"{text}\n".encode()
    return files, left


def _file_id(row: Row, measured: Iterable[tuple[Task, Cell]]) -> uuid.UUID:
    """Return an id that follows from the wish and the runs; the collection takes none but those of version 4."""
    runs = sorted((task.id, cell.result.run) for task, cell in measured)
    digest = sha256_hex(canonical_json([row.request.id, runs]))
    return uuid.UUID(hex=digest[:32], version=4)


def _document(row: Row, name: str, measured: Sequence[tuple[Task, Cell]], board: Board, source_url: str | None) -> Json:
    moment = str(int(row.evaluated_at.timestamp()))
    is_local = row.request.model.source is ModelSource.LOCAL
    return {
        "schema_version": SCHEMA_VERSION,
        "evaluation_id": f"{board.rule.label}-{row.request.id}/{name}/{moment}",
        "evaluation_timestamp": row.evaluated_at.isoformat(),
        # When it was measured, not now: two exports of the same results are the same bytes.
        "retrieved_timestamp": moment,
        "source_metadata": {
            "source_name": SOURCE_NAME,
            "source_type": "evaluation_run",
            "source_organization_name": SOURCE_NAME,
            **({"source_organization_url": source_url} if source_url else {}),
            "evaluator_relationship": "other" if is_local else "third_party",
            "additional_details": {"suite": _suite_name(board), "rule": board.rule.label},
        },
        "eval_library": {"name": "lm_eval", "version": _version("lm_eval", measured)},
        "model_info": _model_info(row, name, measured),
        "evaluation_results": [_result(task, cell, board) for task, cell in measured],
    }


def _model_info(row: Row, name: str, measured: Sequence[tuple[Task, Cell]]) -> Json:
    request, facts = row.request, row.request.facts
    engines = {(cell.result.engine.name, cell.result.engine.version) for _, cell in measured}
    engine = dict(zip(("name", "version"), next(iter(engines)), strict=True)) if len(engines) == 1 else None
    return {
        "name": name,
        "id": name,
        "developer": name.partition("/")[0],
        **({"inference_engine": engine} if engine else {}),
        "additional_details": _texts(
            {
                "deployment_type": "self_deployed",
                "model_availability": "open_weights" if request.model.source is ModelSource.HUB else "unknown",
                "source": str(request.model.source),
                "revision": request.model.revision,
                "precision": request.precision_label,
                "native_precision": facts.native_precision and str(facts.native_precision),
                "quantisation": facts.quantisation,
                "chat_template": str(request.chat_template),
                "thinking": request.thinking,
                "parameters": facts.parameters,
                "architecture": facts.architecture,
                "licence": visible(facts.licence) if facts.licence else None,
                "weights_sha256": facts.weights_sha256,
                "request": request.id,
            }
        ),
    }


def _result(task: Task, cell: Cell, board: Board) -> Json:
    declared, result = task.declaration, cell.result
    return {
        "evaluation_result_id": f"{result.run}/{task.id}",
        "evaluation_name": task.id,
        "source_data": _source_data(task, cell),
        "metric_config": _metric(task, cell),
        "score_details": {
            "score": cell.raw,
            "details": _texts(_above_chance(cell) | _standing(task, board)),
            "uncertainty": _uncertainty(cell),
        },
        "generation_config": {
            "additional_details": _texts(
                {
                    "shots": result.shots,
                    "sampler": str(declared.sampler),
                    "chat_template_applied": result.chat_template_applied,
                    "rendered_prompts_sha256": result.rendered_prompts_sha256,
                    "config_hash": result.config_hash,
                    "task_version": declared.version,
                    "filter": declared.filter,
                    "engine": cell.engine,
                    "device": f"{result.hardware.device} ({result.hardware.name})",
                    "run": result.run,
                    **{f"version_{package}": version for package, version in sorted(result.engine.versions.items())},
                }
            )
        },
    }


def _metric(task: Task, cell: Cell) -> Json:
    declared = task.declaration
    metric = declared.metric
    lowest, highest = bounds(metric)
    named = _METRIC_IDS.get(metric, str(metric))
    titles = declared.about or declared.title
    return {
        "evaluation_description": titles.get("en") or titles.get("es") or task.id,
        "metric_id": named,
        "metric_name": str(metric),
        "metric_kind": named,
        "metric_unit": "proportion",
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": lowest,
        "max_score": highest,
        "additional_details": _texts(
            {
                "language": str(declared.language),
                "variety": declared.variety,
                "area": str(declared.area),
                "construct": str(declared.measured_construct),
                "chance": cell.chance,
                "encoder": cell.result.encoder,
                "floor": cell.result.floor,
            }
        ),
    }


def _above_chance(cell: Cell) -> Json:
    """Return what stands beside the raw score, which is the score of the file."""
    interval = cell.normalised_interval
    return {
        "score_is": "raw",
        "chance": cell.chance,
        "normalised": finite(cell.normalised),
        "normalised_is": "(raw - chance) / (1 - chance)",
        "normalised_low": finite(interval.low) if interval else None,
        "normalised_high": finite(interval.high) if interval else None,
        "normalised_stderr": finite(above_chance(cell.stderr, cell)),
    }


def _standing(task: Task, board: Board) -> Json:
    exclusion = board.rule.excluded.get(task.id)
    return {
        "draft": task.is_draft,
        "excluded": exclusion is not None,
        "excluded_reason": str(exclusion.reason) if exclusion else None,
        "rule": board.rule.label,
    }


def _uncertainty(cell: Cell) -> Json:
    interval, stderr = cell.interval, finite(cell.stderr)
    is_drawn = cell.result.stderr is None
    uncertainty: Json = {"num_samples": cell.items}
    if stderr is not None:
        uncertainty["standard_error"] = {"value": stderr, "method": "bootstrap" if is_drawn else "analytic, clustered"}
    if interval is not None and finite(interval.low) is not None and finite(interval.high) is not None:
        uncertainty["confidence_interval"] = {
            "lower": interval.low,
            "upper": interval.high,
            "confidence_level": LEVEL,
            "method": str(interval.method),
        }
        is_drawn = is_drawn or interval.method is IntervalMethod.BOOTSTRAP
    if is_drawn:
        uncertainty["num_bootstrap_samples"] = DRAWS
    return uncertainty


def _source_data(task: Task, cell: Cell) -> Json:
    measured, declared = cell.result.dataset, task.declaration.dataset
    hub_id = hub_dataset(task, cell)
    if hub_id is None or declared is None:
        details = {"revision": measured.revision, "licence": task.declaration.licence}
        return {"dataset_name": measured.id, "source_type": "other", "additional_details": details}
    return {
        "dataset_name": task.declaration.source.title,
        "source_type": "hf_dataset",
        "hf_repo": hub_id,
        "hf_split": declared.split,
        "samples_number": cell.items,
        "additional_details": _texts(
            {
                "revision": measured.revision,
                "configs": ", ".join(declared.configs) or None,
                "sampled": declared.sample is not None,
                "licence": task.declaration.licence,
            }
        ),
    }


def _suite_name(board: Board) -> str:
    return f"{board.rule.suite.name}-{board.rule.suite.version}"


def _version(package: str, measured: Iterable[tuple[Task, Cell]]) -> str:
    """Return the version that all results were made with, several where they differ, `unknown` for none."""
    versions = {cell.result.engine.versions.get(package) for _, cell in measured} - {None}
    return ", ".join(sorted(str(version) for version in versions)) or "unknown"


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Return what is known as the texts that the format wants; numbers keep all their digits."""
    return {key: _text(value) for key, value in values.items() if value is not None}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, allow_nan=False)
