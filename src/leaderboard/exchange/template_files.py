"""The request files of the usual leaderboard template: bytes to a wish for the queue, or the reason why not."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from leaderboard.records import LeaderboardError, ModelFacts, ModelReference, ModelSource, ModelType, Precision
from leaderboard.records.base import first_reason
from leaderboard.submission import MODEL_PRECISIONS, SubmissionRefusedError
from leaderboard.submission.model_name import check_hub_id

_FULL_SHA = re.compile(r"[0-9a-f]{40}")

_WAITING = {"PENDING", "RUNNING", "RERUN", "PENDING_NEW_EVAL"}
_FAILED = {"FAILED", "CANCELLED"}
_FINISHED = "FINISHED"

_CHAT_WORDS = {"chat", "instruct", "instruction", "rl", "rlhf", "dpo"}
"""Words of the template's model types that say a model was made to converse: `instruction-tuned`, `RL-tuned`."""

_MAX_PARAMETERS = 1e14
_MAX_LICENCE = 80


class NotTakenError(LeaderboardError):
    """A file of another leaderboard is not taken; the message says why, for people."""


class NothingToDoError(NotTakenError):
    """A file asks for nothing any more."""


@dataclass(frozen=True)
class QueuedThere:
    """What a waiting request of another leaderboard asks for, checked."""

    model: ModelReference
    precision: Precision
    facts: ModelFacts
    submitted_at: datetime | None
    """None where the file does not say when, with its time zone."""


class _RequestFile(BaseModel):
    """The keys of a request file that decide; the rest of it, likes and jobs, is no matter of ours."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", allow_inf_nan=False, protected_namespaces=())

    model: str
    status: str
    revision: str | None = None
    precision: str
    weight_type: str = "Original"
    private: bool = False


def strict_json(content: bytes) -> dict[str, Any]:
    """Read a JSON object in which no key stands twice.

    Raises:
        NotTakenError: it is not one.
    """
    try:
        document = json.loads(content.decode(), object_pairs_hook=_without_duplicates)
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
        raise NotTakenError(reason) from None
    except json.JSONDecodeError as error:
        reason = f"it is not JSON: {error.msg}, line {error.lineno}"
        raise NotTakenError(reason) from None
    except RecursionError:
        reason = "it is nested too deep to be read"
        raise NotTakenError(reason) from None
    except ValueError:  # a whole number of more digits than Python converts
        reason = "it holds a number of thousands of digits"
        raise NotTakenError(reason) from None
    if not isinstance(document, dict):
        reason = "it is not a JSON object"
        raise NotTakenError(reason)
    return document


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            reason = f"the key {shortened(key)} stands twice in one object, and nothing says which counts"
            raise NotTakenError(reason)
        found[key] = value
    return found


def shortened(value: object) -> str:
    """Show what a file says inside a message: short, and without what could move a cursor."""
    return ascii(value)[:60]


def is_hub_id(text: str) -> bool:
    """Tell whether `text` is the id of a model on the Hub, organisation/name."""
    try:
        check_hub_id(text)
    except SubmissionRefusedError:
        return False
    return True


def is_full_sha(value: object) -> bool:
    """Tell whether `value` is a whole commit sha: not a branch, a tag or the beginning of one."""
    return isinstance(value, str) and _FULL_SHA.fullmatch(value) is not None


def read_request(content: bytes) -> QueuedThere:
    """Return what a request file asks for.

    Raises:
        NothingToDoError: it finished there.
        NotTakenError: it cannot be queued here; the message says why and what to do.
    """
    document = strict_json(content)
    try:
        request = _RequestFile.model_validate(document)
    except ValidationError as error:
        raise NotTakenError(first_reason(error)) from None
    _check_status(request.status)
    return QueuedThere(
        model=_model(request),
        precision=_precision(request.precision),
        facts=ModelFacts(
            type=_model_type(document.get("model_type")),
            parameters=_parameters(document.get("params")),
            licence=_licence(document.get("license")),
        ),
        submitted_at=_moment(document.get("submitted_time")),
    )


def _check_status(status: str) -> None:
    if status == _FINISHED:
        reason = "it finished there; its scores come from its result file"
        raise NothingToDoError(reason)
    if status in _FAILED:
        reason = f"it is {status} there; submit it again if it is to be measured here"
        raise NotTakenError(reason)
    if status not in _WAITING:
        reason = f"its status {shortened(status)} is not one of the template's"
        raise NotTakenError(reason)


def _model(request: _RequestFile) -> ModelReference:
    if not is_hub_id(request.model):
        reason = f"its model {shortened(request.model)} is not an id on the Hub (organisation/name)"
        raise NotTakenError(reason)
    if request.private:
        reason = "its model is private; only public models are evaluated here"
        raise NotTakenError(reason)
    if request.weight_type != "Original":
        reason = (
            f"its weights are of type {shortened(request.weight_type)}; only whole weights (Original) are evaluated"
        )
        raise NotTakenError(reason)
    if request.revision is None or not is_full_sha(request.revision):
        reason = f"it names no full commit sha ({shortened(request.revision)}); submit it again with its commit"
        raise NotTakenError(reason)
    return ModelReference(source=ModelSource.HUB, name=request.model, revision=request.revision)


def _precision(text: str) -> Precision:
    known = {str(one): one for one in MODEL_PRECISIONS}
    precision = known.get(text.removeprefix("torch."))
    if precision is None:
        reason = f"its precision {shortened(text)} is not one of {', '.join(known)}"
        raise NotTakenError(reason)
    return precision


def _model_type(value: object) -> ModelType:
    words = re.findall(r"[a-z]+", value.lower()) if isinstance(value, str) else []
    return ModelType.INSTRUCT if _CHAT_WORDS & set(words) else ModelType.BASE


def _parameters(value: object) -> int | None:
    """Return how many parameters `value` thousands of millions are; 0 is how the template says it does not know."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return round(value * 1e9) or None if 0 < value <= _MAX_PARAMETERS / 1e9 else None


def _licence(value: object) -> str | None:
    fits = isinstance(value, str) and value.isprintable() and 0 < len(value) <= _MAX_LICENCE
    return str(value) if fits else None


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.replace(microsecond=0) if moment.tzinfo else None
