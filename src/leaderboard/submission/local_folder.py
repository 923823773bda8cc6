"""What a model folder of this machine says of itself. Reads headers and JSON; runs nothing of it."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from huggingface_hub import ModelCard
from safetensors import SafetensorError, safe_open

from leaderboard.local_models import WEIGHTS_SUFFIX, hash_model_folder
from leaderboard.records import (
    InvalidRecordError,
    ModelFacts,
    ModelReference,
    ModelSource,
    ModelType,
    Provenance,
)
from leaderboard.submission.model_name import is_folder
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError
from leaderboard.submission.weights import summarise_weights

_TOKENIZER_FILES = ("tokenizer.json", "tokenizer.model", "vocab.json", "spiece.model")
_UNSAFE_SUFFIXES = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}
_MAX_JSON_BYTES = 4 * 2**20
_MAX_NAME = 120


def read_local_model(folder: Path) -> tuple[ModelReference, ModelFacts]:
    """Check a folder and return the model's identity and facts.

    Raises:
        SubmissionRefusedError: the folder is not a model this project can evaluate.
    """
    if not is_folder(folder):
        raise SubmissionRefusedError(ProblemCode.FOLDER_NOT_FOUND, folder=str(folder)[:200])
    name = folder.resolve().name
    if not name or len(name) > _MAX_NAME or not name.isprintable():
        raise SubmissionRefusedError(ProblemCode.FOLDER_NAME_UNUSABLE, folder=name[:_MAX_NAME])
    config = _read_json(folder, "config.json")
    if "auto_map" in config:
        raise SubmissionRefusedError(ProblemCode.NEEDS_CODE, model=name)
    weights = _weight_files(folder)
    summary = summarise_weights(_count_by_dtype(weights))
    if not any((folder / file).is_file() for file in _TOKENIZER_FILES):
        raise SubmissionRefusedError(ProblemCode.TOKENIZER_MISSING, folder=name)
    facts_of_provenance = _provenance(folder)
    hashes = hash_model_folder(folder)
    facts = ModelFacts(
        type=ModelType.INSTRUCT if _has_chat_template(folder) else ModelType.BASE,
        parameters=summary.parameters,
        native_precision=summary.native_precision,
        weights_sha256=hashes.weights,
        licence=_licence(folder),
        provenance=facts_of_provenance,
    )
    return ModelReference(source=ModelSource.LOCAL, name=name, revision=hashes.files), facts


def _weight_files(folder: Path) -> list[Path]:
    weights = sorted(folder.glob(f"*{WEIGHTS_SUFFIX}"))
    if weights:
        return weights
    if any(file.suffix in _UNSAFE_SUFFIXES for file in folder.iterdir()):
        raise SubmissionRefusedError(ProblemCode.WEIGHTS_NOT_SAFE, model=folder.resolve().name)
    raise SubmissionRefusedError(ProblemCode.WEIGHTS_MISSING, model=folder.resolve().name)


def _count_by_dtype(files: list[Path]) -> Counter[str]:
    """Return how many numbers of each format the files hold, from their headers."""
    counts: Counter[str] = Counter()
    for file in files:
        try:
            with safe_open(file, framework="numpy") as tensors:
                for key in tensors.keys():  # noqa: SIM118 - this is no mapping
                    tensor = tensors.get_slice(key)
                    counts[tensor.get_dtype()] += math.prod(tensor.get_shape())
        except (SafetensorError, OSError) as error:
            reason = str(error)[:200]
            raise SubmissionRefusedError(ProblemCode.WEIGHTS_BROKEN, file=file.name, reason=reason) from error
    return counts


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    path = folder / name
    if not path.is_file():
        raise SubmissionRefusedError(ProblemCode.CONFIG_MISSING, folder=folder.resolve().name, file=name)
    if path.stat().st_size > _MAX_JSON_BYTES:
        raise SubmissionRefusedError(ProblemCode.CONFIG_BROKEN, file=name, reason="> 4 MiB")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:  # not JSON, not UTF-8, or a number without end
        raise SubmissionRefusedError(ProblemCode.CONFIG_BROKEN, file=name, reason=str(error)[:200]) from error
    if not isinstance(content, dict):
        raise SubmissionRefusedError(ProblemCode.CONFIG_BROKEN, file=name, reason="not a JSON object")
    return content


def _has_chat_template(folder: Path) -> bool:
    if (folder / "chat_template.jinja").is_file():
        return True
    return (folder / "tokenizer_config.json").is_file() and "chat_template" in _read_json(
        folder, "tokenizer_config.json"
    )


def _licence(folder: Path) -> str | None:
    card = folder / "README.md"
    if not card.is_file() or card.stat().st_size > _MAX_JSON_BYTES:
        return None
    try:
        licence = ModelCard.load(card).data.get("license")
    except (ValueError, TypeError, yaml.YAMLError):  # a card without a readable head says nothing of the licence
        return None
    return str(licence)[:80] if licence else None


def _provenance(folder: Path) -> Provenance | None:
    """Read `provenance.json`, with which whoever converts weights says what they were made from."""
    path = folder / "provenance.json"
    if not path.is_file():
        return None
    try:
        return Provenance.from_json(path.read_bytes(), path.name)
    except InvalidRecordError as error:
        raise SubmissionRefusedError(ProblemCode.PROVENANCE_BROKEN, reason=error.reason) from error
