"""The result files of the usual leaderboard template and of lm-eval: bytes to a record, or the reason why not.

The template writes `config` and `results` with plain metric names; lm-eval 0.4 writes `metric,filter` keys and says
shots, items and versions beside them. Both are read here, with whatever either leaves out left open.
"""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from leaderboard.exchange.template_files import NotTakenError, is_full_sha, is_hub_id, shortened, strict_json
from leaderboard.records import (
    ImportedEvaluation,
    ImportedTask,
    ModelSource,
    new_imported_evaluation,
    sha256_hex,
)
from leaderboard.records.base import first_reason

_NO_METRICS = {"alias", "name", "sample_len", "sample_count", " "}
"""Keys that lm-eval writes among a task's metrics."""
_STDERR = "_stderr"
_UNKNOWN_VERSIONS = {"N/A", "Yaml"}
"""What lm-eval wrote in the place of a task's version."""

_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_PRECISION = re.compile(r"[a-z0-9_]{1,20}")
_QUANTISED = {
    "load_in_4bit": "4bit",
    "load_in_8bit": "8bit",
    "autogptq": "gptq",
    "gptqmodel": "gptq",
    "gguf_file": "gguf",
}
"""lm-eval's model arguments that change the weights, and what to call the precision then."""
_WITHOUT_NAME = {"dummy"}
"""Models of lm-eval's own that take no arguments: the word for the kind is their name."""
_OTHER_WEIGHTS = ("peft", "delta")
_OFF = ("", "false", "none", "0")

_FUNCTION = re.compile(r"(?:<function |!function (?:\w+\.)*|def )(\w{1,80})")
"""How lm-eval writes a function of a task's own: as it prints, by its name in YAML, or the beginning of its source."""

_EARLIEST = datetime(2018, 1, 1, tzinfo=UTC).timestamp()
_LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

Json = Mapping[str, Any]


def read_result(content: bytes, source: str) -> ImportedEvaluation:
    """Return the evaluation that a result file holds; `source` is where the file lies in the imported folder.

    Raises:
        NotTakenError: it cannot be read, or contradicts itself.
    """
    return read_finite(content, source)[0]


def read_finite(content: bytes, source: str) -> tuple[ImportedEvaluation, tuple[str, ...]]:
    """Return the evaluation of `read_result`, and the figures left out of it because they are no finite numbers.

    A task that came to NaN takes none of the file's other figures with it.

    Raises:
        NotTakenError: it cannot be read, contradicts itself, or holds no figure at all.
    """
    document = strict_json(content)
    config = _object(document, "config") or _object(document, "config_general")  # the latter: lighteval
    if not config:
        reason = "it has no `config`, which says what was measured"
        raise NotTakenError(reason)
    arguments = _arguments(config.get("model_args"))
    _check_weights(arguments)
    model, model_source = _model(document, config, arguments)
    left_out: list[str] = []
    tasks = tuple(_tasks(document, config, left_out))
    if not tasks:
        infinite = f" but what is no finite number: {', '.join(left_out)}" if left_out else ""
        reason = f"its `results` hold no score{infinite}"
        raise NotTakenError(reason)
    limit = config.get("limit")
    try:
        evaluation = new_imported_evaluation(
            source=source,
            source_sha256=sha256_hex(content),
            model=model,
            model_source=model_source,
            revision=_revision(config, arguments),
            precision=_precision(config, arguments),
            evaluated_at=_evaluated_at(document.get("date")),
            harness_version=document.get("lm_eval_version"),
            limit=_smallest_part(document) if limit is None else limit,
            tasks=tasks,
        )
    except ValidationError as error:
        raise NotTakenError(first_reason(error)) from None
    return evaluation, tuple(left_out)


def _object(document: Json, key: str) -> Json:
    """Return an object of the file; an absent one is empty."""
    value = document.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        reason = f"its `{key}` is not an object"
        raise NotTakenError(reason)
    return value


def _arguments(value: object) -> Json:
    """Return lm-eval's model arguments, which are an object or `key=value,key=value`."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        return {}
    parts = (part.partition("=") for part in value.split(","))
    return {key.strip(): argument.strip() for key, _, argument in parts}


def _is_set(arguments: Json, key: str) -> bool:
    value = arguments.get(key)
    return value is not None and str(value).lower() not in _OFF


def _check_weights(arguments: Json) -> None:
    """An adapter's scores must not stand under the name of the model it was put on."""
    for key in _OTHER_WEIGHTS:
        if _is_set(arguments, key):
            reason = f"it measured weights put on top of another model's ({key}), which are neither model's own"
            raise NotTakenError(reason)


def _model(document: Json, config: Json, arguments: Json) -> tuple[str, ModelSource]:
    told = (config.get("model_name"), arguments.get("pretrained"), arguments.get("model"), document.get("model_name"))
    names = [name for name in told if name is not None and name != ""]
    if not names and str(config.get("model")) in _WITHOUT_NAME:
        names = [config["model"]]
    if not names:
        reason = "it names no model"
        raise NotTakenError(reason)
    if not all(isinstance(name, str) for name in names):
        reason = "its model's name is not text"
        raise NotTakenError(reason)
    ids = sorted({name for name in names if is_hub_id(name)})
    if len(ids) > 1:
        reason = f"it names two models, {shortened(ids[0])} and {shortened(ids[1])}"
        raise NotTakenError(reason)
    if names[0] in ids:
        return names[0], ModelSource.HUB
    return _folder_name(names[0]), ModelSource.LOCAL


def _folder_name(text: str) -> str:
    """Return the name alone of a model that has no id on the Hub: the rest of a path tells of somebody's machine."""
    parts = [part for part in text.split("/") if part]
    is_path = text.startswith("/") or len(parts) == 1
    if not is_path or ".." in parts or not _FOLDER_NAME.fullmatch(parts[-1]):
        reason = f"its model {shortened(text)} is neither an id on the Hub nor the name of a folder"
        raise NotTakenError(reason)
    return parts[-1]


def _revision(config: Json, arguments: Json) -> str | None:
    """Return the commit that the file names; a branch, a tag or a part of a sha is none."""
    told = (config.get("model_sha"), config.get("model_revision"), arguments.get("revision"))
    commits = sorted({str(value) for value in told if is_full_sha(value)})
    if len(commits) > 1:
        reason = f"it names two commits of its model, {commits[0][:12]} and {commits[1][:12]}"
        raise NotTakenError(reason)
    return commits[0] if commits else None


def _precision(config: Json, arguments: Json) -> str | None:
    """Return the number format as the file gives it; None for none, and for `auto`, which is not one."""
    for key, name in _QUANTISED.items():
        if _is_set(arguments, key):
            return name
    for value in (config.get("model_dtype"), arguments.get("dtype")):
        if isinstance(value, str):
            text = value.lower().removeprefix("torch.")
            if _PRECISION.fullmatch(text) and text not in {"auto", "none"}:
                return text
    return None


def _evaluated_at(value: object) -> datetime | None:
    """Return lm-eval's `date`, seconds since 1970; a text without time zone names no moment."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _EARLIEST < value < _LATEST:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _tasks(document: Json, config: Json, left_out: list[str]) -> Iterator[ImportedTask]:
    """Yield the figures, and add the names of those that are no finite numbers to `left_out`."""
    results = _object(document, "results")
    for task in results:
        metrics = _object_of_task(results, task)
        beside: dict[str, Any] = {
            "shots": _count(_object(document, "n-shot").get(task, config.get("num_fewshot")), f"n-shot of {task}"),
            "items": _items(document, task, metrics),
            "version": _version(_object(document, "versions").get(task)),
        }
        for key in metrics:
            metric, _, name = key.partition(",")
            if key in _NO_METRICS or metric.endswith(_STDERR):
                continue
            value = _number(metrics[key], task, key)
            if value is None:
                continue
            if not _is_finite(value):
                left_out.append(f"{shortened(task)} {shortened(key)}")
                continue
            comma = "," if "," in key else ""
            stderr_key = f"{metric}{_STDERR}{comma}{name}"
            stderr = _number(metrics.get(stderr_key), task, stderr_key)
            if stderr is not None and not _is_finite(stderr):
                stderr = None
            beside["aggregation"] = _aggregation(document, task, metric)
            yield _task(task, metric, name if comma else None, value, stderr, beside)


def _task(
    task: str, metric: str, filter_name: str | None, value: float, stderr: float | None, beside: Json
) -> ImportedTask:
    fields = {"task": task, "metric": metric, "filter": filter_name, "value": value, "stderr": stderr, **beside}
    try:
        return ImportedTask.model_validate(fields)
    except ValidationError as error:
        reason = f"{shortened(task)}, {shortened(metric)}: {first_reason(error)}"
        raise NotTakenError(reason) from None


def _object_of_task(results: Json, task: str) -> Json:
    metrics = results[task]
    if not isinstance(metrics, dict):
        reason = f"the results of {shortened(task)} are not an object of metrics"
        raise NotTakenError(reason)
    return metrics


def _number(value: object, task: str, key: str) -> float | None:
    """Return a figure; None where lm-eval says that there is none."""
    if value is None or value == "N/A":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        reason = f"{shortened(task)}, {shortened(key)}: {shortened(value)} is not a number"
        raise NotTakenError(reason)
    return value


def _is_finite(value: float) -> bool:
    # `math.isfinite` makes a float of a whole number, and fails where that is too large to be one.
    return isinstance(value, int) or math.isfinite(value)


def _smallest_part(document: Json) -> int | None:
    """Return the fewest items measured of a task that has more; None where no task is known to have more.

    lm-eval leaves `limit` empty where items were chosen in another way.
    """
    parts = []
    for task, samples in _object(document, "n-samples").items():
        if isinstance(samples, dict):
            effective = _count(samples.get("effective"), f"n-samples of {task}")
            original = _count(samples.get("original"), f"n-samples of {task}")
            if effective is not None and original is not None and effective != original:
                parts.append(effective)
    return min(parts, default=None)


def _items(document: Json, task: str, metrics: Json) -> int | None:
    samples = _object(document, "n-samples").get(task)
    told = samples.get("effective") if isinstance(samples, dict) else metrics.get("sample_len")
    return _count(told, f"n-samples of {task}")


def _count(value: object, what: str) -> int | None:
    if value is None or value == "N/A":
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        reason = f"{shortened(what)}: {shortened(value)} is not a whole number"
        raise NotTakenError(reason)
    return value


def _version(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return None if value in _UNKNOWN_VERSIONS else str(value)


def _aggregation(document: Json, task: str, metric: str) -> str | None:
    """Return the name of what made one figure of the items'; None where the file's copy of the task does not say."""
    config = _object(document, "configs").get(task)
    declared = config.get("metric_list") if isinstance(config, dict) else None
    for one in declared if isinstance(declared, list) else ():
        if isinstance(one, dict) and one.get("metric") == metric and isinstance(one.get("aggregation"), str):
            text = one["aggregation"]
            function = _FUNCTION.match(text)
            name = function[1] if function else text
            return name if re.fullmatch(r"\w{1,80}", name) else None
    return None
