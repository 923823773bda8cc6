"""From what was typed to a request in the queue, or to the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from huggingface_hub import HfApi

from leaderboard.local_models import LocalModels
from leaderboard.queue import DuplicateRequestError, Queue
from leaderboard.records import (
    ChatTemplate,
    EvalRequest,
    ModelFacts,
    ModelReference,
    ModelSource,
    ModelType,
    Precision,
    new_request,
    utc_now,
)
from leaderboard.submission.hub_model import read_hub_model
from leaderboard.submission.local_folder import read_local_model
from leaderboard.submission.model_name import check_hub_id, check_revision, looks_like_folder, typed_folder
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError
from leaderboard.suite import Suite

BASELINES = ("dummy",)
"""lm-eval models that need no weights and may be submitted as baselines."""

_Choice = TypeVar("_Choice", Precision, ChatTemplate)

AUTO_PRECISION = "auto"
"""The format that most of the weights are stored in; resolved when a model is submitted."""

MODEL_PRECISIONS = (Precision.BFLOAT16, Precision.FLOAT16, Precision.FLOAT32)


@dataclass(frozen=True)
class Wish:
    """What somebody typed or chose. Nothing in it has been checked."""

    model: str
    revision: str = ""
    precision: str = AUTO_PRECISION
    chat_template: str = ChatTemplate.AUTO
    baseline: bool = False


@dataclass(frozen=True)
class SubmissionDesk:
    """Takes submissions: everything it needs, handed in once."""

    queue: Queue
    suite: Suite
    local_models: LocalModels
    hub: HfApi
    clock: Callable[[], datetime] = utc_now

    def submit(self, wish: Wish, *, folders_allowed: bool) -> EvalRequest:
        """Check a wish and queue it.

        Raises:
            SubmissionRefusedError: it cannot be accepted; nothing was queued.
        """
        chat_template = _chosen(ChatTemplate, wish.chat_template)
        if wish.baseline:
            precision = Precision.NONE
            model, facts = _baseline(wish.model.strip())
        else:
            chosen = None if wish.precision == AUTO_PRECISION else _chosen(Precision, wish.precision)
            if chosen is Precision.NONE:
                raise SubmissionRefusedError(ProblemCode.INVALID_CHOICE, choice=wish.precision)
            model, facts = self._read_model(wish.model.strip(), wish.revision.strip(), folders_allowed)
            # Quantised weights are computed in bfloat16, as their publishers' own code does.
            precision = chosen or facts.native_precision or Precision.BFLOAT16
        request = new_request(
            model=model,
            precision=precision,
            chat_template=chat_template,
            tasks=self.suite.wanted(),
            suite=self.suite.label,
            facts=facts,
            submitted_at=self.clock(),
        )
        try:
            self.queue.submit(request)
        except DuplicateRequestError as error:
            known = error.entry
            raise SubmissionRefusedError(
                ProblemCode.DUPLICATE, model=model.name, id=known.id, status=str(known.state.status)
            ) from error
        return request

    def _read_model(self, text: str, revision: str, folders_allowed: bool) -> tuple[ModelReference, ModelFacts]:
        if not text:
            raise SubmissionRefusedError(ProblemCode.MODEL_MISSING)
        if not looks_like_folder(text, folders_allowed=folders_allowed):
            return read_hub_model(self.hub, check_hub_id(text), check_revision(revision))
        if not folders_allowed:
            raise SubmissionRefusedError(ProblemCode.LOCAL_NOT_ALLOWED)
        if revision:
            raise SubmissionRefusedError(ProblemCode.LOCAL_WITH_REVISION, revision=revision[:100])
        folder = typed_folder(text)
        model, facts = read_local_model(folder)
        self.local_models.remember(model.revision, folder)
        return model, facts


def _chosen(kind: type[_Choice], text: str) -> _Choice:
    try:
        return kind(text)
    except ValueError:
        raise SubmissionRefusedError(ProblemCode.INVALID_CHOICE, choice=str(text)[:40]) from None


def _baseline(name: str) -> tuple[ModelReference, ModelFacts]:
    """A baseline's revision is the version of lm-eval, whose code is all there is to it."""
    if name not in BASELINES:
        raise SubmissionRefusedError(ProblemCode.UNKNOWN_BASELINE, baseline=name[:40], known=", ".join(BASELINES))
    try:
        revision = version("lm_eval")
    except PackageNotFoundError:
        raise SubmissionRefusedError(ProblemCode.EVALUATION_MISSING) from None
    model = ModelReference(source=ModelSource.BASELINE, name=name, revision=revision)
    return model, ModelFacts(type=ModelType.BASELINE)
