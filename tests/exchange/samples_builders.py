"""Results of lm-eval 0.4.13 with the samples beside them, as `--log_samples` writes them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.exchange.template_builders import put

DATE = "2026-11-23T22-05-52.676559"
RESULT = f"results_{DATE}.json"


def samples_name(task: str, date: str = DATE) -> str:
    """Return the name of a samples file."""
    return f"samples_{task}_{date}.jsonl"


def doc_hash(number: int) -> str:
    """Return the hash of an item's row."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def sample(number: int, score: Any, **changes: Any) -> dict[str, Any]:
    """Return what lm-eval logs of an item; a change to None leaves a key out."""
    fields = {
        "doc_id": number,
        "doc": {"question": f"the secret text {number}"},
        "target": "0",
        "arguments": {"gen_args_0": {"arg_0": "the secret text", "arg_1": " a"}},
        "resps": [[["-0.5", "False"]]],
        "filtered_resps": [["-0.5", "False"]],
        "filter": "none",
        "metrics": ["acc", "mcc"],
        "doc_hash": doc_hash(number),
        "prompt_hash": doc_hash(number),
        "target_hash": doc_hash(number),
        "acc": score,
        "mcc": [0, 1],
        **changes,
    }
    return {key: value for key, value in fields.items() if value is not None}


def as_lines(samples: Sequence[dict[str, Any]]) -> bytes:
    """Return samples as JSON Lines."""
    return b"".join(json.dumps(one).encode() + b"\n" for one in samples)


def logged_result(scores: Sequence[float], task: str = "copa_es", **changes: Any) -> dict[str, Any]:
    """Return a result whose `acc` is the mean of `scores`."""
    metrics = [{"metric": "acc", "aggregation": "mean"}, {"metric": "mcc", "aggregation": "matthews_corrcoef"}]
    return {
        "results": {
            task: {
                "alias": task,
                "acc,none": sum(scores) / len(scores),
                "acc_stderr,none": 0.1,
                "mcc,none": 0.25,
                "mcc_stderr,none": 0.2,
            }
        },
        "configs": {task: {"task": task, "metric_list": metrics}},
        "config": {"model": "hf", "model_args": {"pretrained": "org/meiga-1b"}},
        "n-samples": {task: {"original": len(scores), "effective": len(scores)}},
        "n-shot": {task: 0},
        "lm_eval_version": "0.4.13",
        **changes,
    }


def put_run(
    folder: Path, scores: Sequence[float], samples: Sequence[dict[str, Any]] | None = None
) -> tuple[Path, Path]:
    """Write a result and its samples; return both files."""
    logged = [sample(number, score) for number, score in enumerate(scores)] if samples is None else samples
    return (
        put(folder, RESULT, logged_result(scores)),
        put(folder, samples_name("copa_es"), as_lines(logged)),
    )
