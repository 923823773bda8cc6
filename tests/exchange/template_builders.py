"""Files as the usual leaderboard template and lm-eval write them."""

import json
from pathlib import Path
from typing import Any

SHA = "0123456789abcdef" * 2 + "01234567"
OTHER_SHA = "f" * 40


def request_file(**changes: Any) -> dict[str, Any]:
    """Return a waiting request for a public model at a commit."""
    fields: dict[str, Any] = {
        "model": "org/meiga-1b",
        "base_model": "",
        "revision": SHA,
        "private": False,
        "precision": "bfloat16",
        "weight_type": "Original",
        "status": "PENDING",
        "submitted_time": "2024-03-01T10:00:00Z",
        "model_type": "🟢 : pretrained",
        "likes": 3,
        "params": 1.24,
        "license": "apache-2.0",
        "job_id": -1,
    }
    return {**fields, **changes}


def template_result(results: dict[str, Any] | None = None, **config: Any) -> dict[str, Any]:
    """Return a result file of the template; a key of `config` that is None is left out."""
    fields = {"model_dtype": "torch.float16", "model_name": "org/meiga-1b", "model_sha": SHA, **config}
    return {
        "config": {key: value for key, value in fields.items() if value is not None},
        "results": {"copa_es": {"acc": 0.25, "acc_stderr": 0.02}} if results is None else results,
    }


def lm_eval_result(arguments: str | dict[str, Any], **config: Any) -> dict[str, Any]:
    """Return a result file of lm-eval 0.4."""
    return {
        "results": {
            "copa_es": {"alias": "copa_es", "acc,none": 0.5, "acc_stderr,none": 0.01, "sample_len": 7},
            "bhtc": {"alias": " - bhtc", "name": "bhtc", "f1,strict": 0.75, "f1_stderr,strict": "N/A"},
            "group": {" ": " ", "alias": "group"},
        },
        "config": {"model": "hf", "model_args": arguments, "limit": None, **config},
        "n-shot": {"copa_es": 5, "bhtc": 0, "group": "N/A"},
        "n-samples": {"copa_es": {"original": 490, "effective": 490}},
        "versions": {"copa_es": 1.0, "bhtc": "Yaml", "group": "N/A"},
        "date": 1714564800.75,
        "git_hash": "abc",
        "lm_eval_version": "0.4.9",
    }


def as_bytes(document: Any) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document).encode()


def put(root: Path, path: str, document: Any) -> Path:
    """Write a document, or bytes as they are, below `root`."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(document if isinstance(document, bytes) else as_bytes(document))
    return file
