"""What the Hub says of a model, without downloading its weights. Asked without a token: public models only."""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar
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
from pydantic import BaseModel, RootModel, ValidationError

from leaderboard.model_files import hash_of_weights, loaded_weights
from leaderboard.records import ModelReference, ModelSource, is_commit, is_model_id
from leaderboard.records.base import Sha256, first_reason
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 15.0
_LONGEST_ANSWER = 16 * 2**20
"""Ten thousand files take three million bytes."""
_LONGEST_REFUSAL = 64 * 2**10
_HISTORY = 1000
"""Commits of the main branch, the newest first, among which a commit is looked for that is no branch's head."""


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


class _Ref(BaseModel):
    targetCommit: str  # noqa: N815 - the Hub's name


class _Refs(BaseModel):
    branches: tuple[_Ref, ...] = ()
    tags: tuple[_Ref, ...] = ()


class _Commit(BaseModel):
    id: str


class _History(RootModel[tuple[_Commit, ...]]):
    """The newest commits of a branch."""


_Told = TypeVar("_Told", bound=BaseModel)


@dataclass(frozen=True)
class PublicModel:
    """A public model on the Hub at one commit."""

    reference: ModelReference
    files: frozenset[str]
    """The names of what lies in its root folder: all that transformers looks at."""
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
    with hub_refusals(model_id, revision):
        if not _is_on_a_branch(api, model_id, told.sha):
            raise SubmissionRefusedError(ProblemCode.NOT_ON_A_BRANCH, model=model_id, revision=revision)
    # The Hub answers to an old name, or to one in other capitals, too. Here a model has one name, that of the Hub.
    name = told.id if is_model_id(told.id) else model_id
    in_root = [one for one in told.siblings if "/" not in one.rfilename]
    return PublicModel(
        reference=ModelReference(source=ModelSource.HUB, name=name, revision=told.sha),
        files=frozenset(one.rfilename for one in in_root),
        weights_sha256=_weights_sha256(in_root),
    )


def _ask(api: HfApi, model_id: str, revision: str) -> _Answer:
    address = f"{api.endpoint}/api/models/{model_id}/revision/{quote(revision, safe='')}?blobs=true"
    return _parsed(_Answer, _get(address, model_id), model_id)


def _is_on_a_branch(api: HfApi, model_id: str, sha: str) -> bool:
    """Tell whether its owners put a commit there: under a pull request's ref lies whatever a stranger proposes."""
    address = f"{api.endpoint}/api/models/{model_id}"
    refs = _parsed(_Refs, _get(f"{address}/refs", model_id), model_id)
    if any(ref.targetCommit == sha for ref in (*refs.branches, *refs.tags)):
        return True
    history = _parsed(_History, _get(f"{address}/commits/main?limit={_HISTORY}", model_id), model_id)
    return any(commit.id == sha for commit in history.root)


def _get(address: str, model_id: str) -> bytes:
    """Return an answer of the Hub, as far as its limits of length and time."""
    ends_at, content = time.monotonic() + _TIMEOUT_SECONDS, bytearray()
    with get_session().stream("GET", address, timeout=_TIMEOUT_SECONDS) as answer:
        raise_for_answer(answer)
        for piece in answer.iter_bytes():
            content += piece
            if len(content) > _LONGEST_ANSWER or time.monotonic() > ends_at:
                logger.warning("what the Hub tells of %s has no end", model_id)
                raise SubmissionRefusedError(ProblemCode.HUB_UNREACHABLE, model=model_id)
    return bytes(content)


def raise_for_answer(answer: httpx.Response) -> None:
    """Raise the error that a refusal of the Hub is; of its words no more is read than needs to be."""
    if not answer.is_error:
        return
    said = bytearray()
    for piece in answer.iter_bytes():
        said += piece
        if len(said) > _LONGEST_REFUSAL:
            break
    told = httpx.Response(answer.status_code, headers=_without_length(answer.headers), content=bytes(said))
    told.request = answer.request
    hf_raise_for_status(told)


def _without_length(headers: httpx.Headers) -> dict[str, str]:
    left_out = {"content-length", "content-encoding", "transfer-encoding"}
    return {name: value for name, value in headers.items() if name not in left_out}


def _parsed(kind: type[_Told], content: bytes, model_id: str) -> _Told:
    try:
        return kind.model_validate_json(content)
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
    except (HfHubHTTPError, httpx.HTTPError, OfflineModeIsEnabled) as error:
        logger.warning("the Hub did not answer for %s: %s", model_id, type(error).__name__)
        raise SubmissionRefusedError(ProblemCode.HUB_UNREACHABLE, model=model_id) from error


def _weights_sha256(in_root: Sequence[_File]) -> str | None:
    loaded = loaded_weights({one.rfilename for one in in_root})
    known = [one.lfs.sha256 for one in in_root if one.rfilename in loaded and one.lfs is not None]
    return hash_of_weights(known) if known and len(known) == len(loaded) else None
