"""What the Hub says of a model, without downloading its weights. Asked without a token: public models only."""

import logging
from typing import Any

import httpx
from huggingface_hub import HfApi, ModelInfo
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    NotASafetensorsRepoError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    SafetensorsParsingError,
)

from leaderboard.records import ModelFacts, ModelReference, ModelSource, ModelType
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError
from leaderboard.submission.weights import summarise_weights

logger = logging.getLogger(__name__)

_TIMEOUT_SECONDS = 15.0


def read_hub_model(api: HfApi, model_id: str, revision: str) -> tuple[ModelReference, ModelFacts]:
    """Resolve `revision` to the commit that will be evaluated and return the model's identity and facts.

    Raises:
        SubmissionRefusedError: there is no such public model or revision, or it cannot be evaluated safely.
    """
    try:
        info = api.model_info(model_id, revision=revision, files_metadata=True, timeout=_TIMEOUT_SECONDS, token=False)
        if info.gated:
            raise SubmissionRefusedError(ProblemCode.MODEL_GATED, model=model_id)
        config: dict[str, Any] = info.config or {}
        if "auto_map" in config:
            raise SubmissionRefusedError(ProblemCode.NEEDS_CODE, model=model_id)
        _check_weights(info, model_id)
        metadata = api.get_safetensors_metadata(model_id, revision=info.sha, token=False)
    except RevisionNotFoundError as error:
        raise SubmissionRefusedError(ProblemCode.REVISION_NOT_FOUND, model=model_id, revision=revision) from error
    except GatedRepoError as error:
        raise SubmissionRefusedError(ProblemCode.MODEL_GATED, model=model_id) from error
    except RepositoryNotFoundError as error:
        raise SubmissionRefusedError(ProblemCode.MODEL_NOT_FOUND, model=model_id) from error
    except NotASafetensorsRepoError as error:
        raise SubmissionRefusedError(ProblemCode.WEIGHTS_MISSING, model=model_id) from error
    except SafetensorsParsingError as error:
        raise SubmissionRefusedError(ProblemCode.WEIGHTS_BROKEN, file=model_id, reason="safetensors header") from error
    except (HfHubHTTPError, httpx.HTTPError, OfflineModeIsEnabled) as error:
        logger.warning("the Hub did not answer for %s: %s", model_id, type(error).__name__)
        raise SubmissionRefusedError(ProblemCode.HUB_UNREACHABLE, model=model_id) from error
    if not info.sha:
        raise SubmissionRefusedError(ProblemCode.REVISION_NOT_FOUND, model=model_id, revision=revision)
    summary = summarise_weights({str(dtype): count for dtype, count in metadata.parameter_count.items()})
    facts = ModelFacts(
        type=ModelType.INSTRUCT if _has_chat_template(info, config) else ModelType.BASE,
        parameters=summary.parameters,
        native_precision=summary.native_precision,
        licence=_licence(info),
    )
    return ModelReference(source=ModelSource.HUB, name=model_id, revision=info.sha), facts


def _file_names(info: ModelInfo) -> list[str]:
    return [sibling.rfilename for sibling in info.siblings or ()]


def _check_weights(info: ModelInfo, model_id: str) -> None:
    names = _file_names(info)
    if any(name.endswith(".safetensors") for name in names):
        return
    unsafe = any(name.endswith((".bin", ".pt", ".pth", ".ckpt")) for name in names)
    code = ProblemCode.WEIGHTS_NOT_SAFE if unsafe else ProblemCode.WEIGHTS_MISSING
    raise SubmissionRefusedError(code, model=model_id)


def _has_chat_template(info: ModelInfo, config: dict[str, Any]) -> bool:
    in_config = bool((config.get("tokenizer_config") or {}).get("chat_template"))
    return in_config or "chat_template.jinja" in _file_names(info)


def _licence(info: ModelInfo) -> str | None:
    licence = info.card_data.get("license") if info.card_data else None
    return str(licence)[:80] if licence else None
