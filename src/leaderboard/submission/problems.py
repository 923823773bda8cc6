"""Why a submission is refused or warned of: a code with parameters, which page and command line put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from leaderboard.records import LeaderboardError


class ProblemCode(StrEnum):
    """Each has a sentence under `problems` in every language's texts; most have a remedy in `remedies`."""

    MODEL_MISSING = "model_missing"
    INVALID_MODEL_ID = "invalid_model_id"
    INVALID_REVISION = "invalid_revision"
    INVALID_CHOICE = "invalid_choice"
    LOCAL_NOT_ALLOWED = "local_not_allowed"
    LOCAL_WITH_REVISION = "local_with_revision"
    FOLDER_NOT_FOUND = "folder_not_found"
    FOLDER_NAME_UNUSABLE = "folder_name_unusable"
    PROVENANCE_BROKEN = "provenance_broken"
    UNKNOWN_BASELINE = "unknown_baseline"
    EVALUATION_MISSING = "evaluation_missing"

    MODEL_NOT_FOUND = "model_not_found"
    MODEL_GATED = "model_gated"
    MODEL_DISABLED = "model_disabled"
    REVISION_NOT_FOUND = "revision_not_found"
    HUB_UNREACHABLE = "hub_unreachable"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_FILES = "too_many_files"
    READING_FAILED = "reading_failed"
    UNREADABLE = "unreadable"
    NOT_ON_A_BRANCH = "not_on_a_branch"

    CONFIG_MISSING = "config_missing"
    CONFIG_BROKEN = "config_broken"
    NEEDS_CODE = "needs_code"
    ARCHITECTURE_UNKNOWN = "architecture_unknown"
    QUANTISATION_UNKNOWN = "quantisation_unknown"
    WEIGHTS_MISSING = "weights_missing"
    WEIGHTS_NOT_SAFE = "weights_not_safe"
    WEIGHTS_BROKEN = "weights_broken"
    ADAPTER = "adapter"
    PARAMETERS_UNKNOWN = "parameters_unknown"
    TOKENIZER_MISSING = "tokenizer_missing"
    TOKENIZER_BROKEN = "tokenizer_broken"
    CHAT_TEMPLATE_BROKEN = "chat_template_broken"
    CHAT_TEMPLATE_TOO_LONG = "chat_template_too_long"
    CARD_MISSING = "card_missing"
    LICENCE_MISSING = "licence_missing"

    TOO_BIG = "too_big"
    TOO_LONG = "too_long"
    SIZE_UNKNOWN = "size_unknown"
    TIME_UNKNOWN = "time_unknown"
    DUPLICATE = "duplicate"
    ENDED_BEFORE = "ended_before"
    WITHDRAWN = "withdrawn"
    SAME_WEIGHTS = "same_weights"
    QUOTA_OF_USER = "quota_of_user"
    QUOTA_OF_ORGANISATION = "quota_of_organisation"
    SMOKE_FAILED = "smoke_failed"
    SMOKE_NOT_HERE = "smoke_not_here"

    FORM_CLOSED = "form_closed"
    SIGN_IN_FIRST = "sign_in_first"
    MAINTAINERS_ONLY = "maintainers_only"


@dataclass(frozen=True)
class Problem:
    """One reason, with what its sentence needs. Parameters are what people typed or what a store says: text."""

    code: ProblemCode
    parameters: Mapping[str, str] = field(default_factory=dict)


class SubmissionRefusedError(LeaderboardError):
    """The submission is not acceptable; nothing was queued."""

    def __init__(self, code: ProblemCode, /, **parameters: str) -> None:
        super().__init__(f"{code}: {parameters}")
        self.problem = Problem(code, parameters)
