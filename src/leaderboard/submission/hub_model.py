"""What the Hub says of a model, without downloading its weights. Asked without a token: public models only."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx
from huggingface_hub import HfApi
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import get_session, hf_raise_for_status  # type: ignore[attr-defined]
from pydantic import BaseModel, ValidationError

from leaderboard.local_models import WEIGHTS_SUFFIX, hash_of_weights
from leaderboard.records import ModelReference, ModelSource, is_commit, is_model_id
from leaderboard.records.base import Sha256, first_reason
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 15.0


class _LargeFile(BaseModel):
    sha256: Sha256


class _File(BaseModel):
    rfilename: str
    size: int | None = None
    lfs: _LargeFile | None = None


class _Answer(BaseModel):
    """What is read of the Hub's answer, and no more: its client builds objects of the model's card, a stranger's."""

    id: str
    sha: str | None = None
    private: bool | None = None
    gated: bool | str | None = None
    disabled: bool | None = None
    siblings: tuple[_File, ...] = ()


@dataclass(frozen=True)
class PublicModel:
    """A public model on the Hub at one commit."""

    reference: ModelReference
    sizes: Mapping[str, int]
    """The files of its root folder, with their bytes: all that transformers looks at."""
    weights_sha256: str | None
    """Of its safetensors files, as `local_models` hashes a folder's; None where the Hub does not tell their hashes."""


def find_public_model(api: HfApi, model_id: str, revision: str) -> PublicModel:
    """Resolve `revision` to the commit that will be evaluated, and list what lies there.

    Raises:
        SubmissionRefusedError: there is no such public model or revision, or the Hub does not answer.
    """
    with hub_refusals(model_id, revision):
        told = _ask(api, model_id, revision)
    if told.private or told.gated:
        raise SubmissionRefusedError(ProblemCode.MODEL_GATED, model=model_id)
    if told.disabled:
        raise SubmissionRefusedError(ProblemCode.MODEL_DISABLED, model=model_id)
    if told.sha is None or not is_commit(told.sha):
        raise SubmissionRefusedError(ProblemCode.REVISION_NOT_FOUND, model=model_id, revision=revision)
    # The Hub answers to an old name, or to one in other capitals, too. Here a model has one name, that of the Hub.
    name = told.id if is_model_id(told.id) else model_id
    in_root = [one for one in told.siblings if "/" not in one.rfilename]
    return PublicModel(
        reference=ModelReference(source=ModelSource.HUB, name=name, revision=told.sha),
        sizes={one.rfilename: one.size or 0 for one in in_root},
        weights_sha256=_weights_sha256(in_root),
    )


def _ask(api: HfApi, model_id: str, revision: str) -> _Answer:
    address = f"{api.endpoint}/api/models/{model_id}/revision/{quote(revision, safe='')}"
    answer = get_session().get(address, params={"blobs": True}, timeout=_TIMEOUT_SECONDS)
    hf_raise_for_status(answer)
    try:
        return _Answer.model_validate_json(answer.content)
    except ValidationError as error:  # the page of a proxy, say
        logger.warning("what was answered for %s is not the Hub's: %s", model_id, first_reason(error))
        raise SubmissionRefusedError(ProblemCode.HUB_UNREACHABLE, model=model_id) from error


@contextmanager
def hub_refusals(model_id: str, revision: str) -> Iterator[None]:
    """Turn what the Hub answers to the calls of this block into refusals with words."""
    try:
        yield
    except RevisionNotFoundError as error:
        raise SubmissionRefusedError(ProblemCode.REVISION_NOT_FOUND, model=model_id, revision=revision) from error
    except GatedRepoError as error:
        raise SubmissionRefusedError(ProblemCode.MODEL_GATED, model=model_id) from error
    except DisabledRepoError as error:
        raise SubmissionRefusedError(ProblemCode.MODEL_DISABLED, model=model_id) from error
    except RepositoryNotFoundError as error:
        raise SubmissionRefusedError(ProblemCode.MODEL_NOT_FOUND, model=model_id) from error
    except (HfHubHTTPError, httpx.HTTPError, OfflineModeIsEnabled, OSError) as error:
        logger.warning("the Hub did not answer for %s: %s", model_id, type(error).__name__)
        raise SubmissionRefusedError(ProblemCode.HUB_UNREACHABLE, model=model_id) from error


def _weights_sha256(in_root: Sequence[_File]) -> str | None:
    weights = [one for one in in_root if one.rfilename.endswith(WEIGHTS_SUFFIX)]
    known = {one.rfilename: one.lfs.sha256 for one in weights if one.lfs is not None}
    return hash_of_weights(known) if known and len(known) == len(weights) else None
