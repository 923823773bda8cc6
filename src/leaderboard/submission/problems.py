"""Why a submission is refused: a code with parameters, which the page and the command line put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from leaderboard.records import LeaderboardError


class ProblemCode(StrEnum):
    """Each has a sentence under `problems` in every language's texts."""

    MODEL_MISSING = "model_missing"
    INVALID_MODEL_ID = "invalid_model_id"
    INVALID_REVISION = "invalid_revision"
    INVALID_CHOICE = "invalid_choice"
    LOCAL_NOT_ALLOWED = "local_not_allowed"
    LOCAL_WITH_REVISION = "local_with_revision"
    FOLDER_NOT_FOUND = "folder_not_found"
    FOLDER_NAME_UNUSABLE = "folder_name_unusable"
    CONFIG_MISSING = "config_missing"
    CONFIG_BROKEN = "config_broken"
    TOKENIZER_MISSING = "tokenizer_missing"
    WEIGHTS_MISSING = "weights_missing"
    WEIGHTS_NOT_SAFE = "weights_not_safe"
    WEIGHTS_BROKEN = "weights_broken"
    PROVENANCE_BROKEN = "provenance_broken"
    NEEDS_CODE = "needs_code"
    UNKNOWN_BASELINE = "unknown_baseline"
    EVALUATION_MISSING = "evaluation_missing"
    MODEL_NOT_FOUND = "model_not_found"
    MODEL_GATED = "model_gated"
    REVISION_NOT_FOUND = "revision_not_found"
    HUB_UNREACHABLE = "hub_unreachable"
    DUPLICATE = "duplicate"
    FORM_CLOSED = "form_closed"


@dataclass(frozen=True)
class Problem:
    """One reason, with what its sentence needs. Parameters are what people typed or what a store says: text."""

    code: ProblemCode
    parameters: Mapping[str, str] = field(default_factory=dict)


class SubmissionRefusedError(LeaderboardError):
    """The submission is not acceptable; nothing was queued."""

    def __init__(self, code: ProblemCode, **parameters: str) -> None:
        super().__init__(f"{code}: {parameters}")
        self.problem = Problem(code, parameters)
