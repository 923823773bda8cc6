"""What a check found: its name, its outcome, the words' parameters, and the facts it brought to light."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from leaderboard.records import ModelFacts, ModelType, Precision, Record
from leaderboard.submission.problems import ProblemCode


class CheckName(StrEnum):
    """Each has a label under `checks` in every language's texts, in the order in which they are made."""

    NAME = "name"
    PUBLIC = "public"
    FILES = "files"
    CONFIG = "config"
    CODE = "code"
    ARCHITECTURE = "architecture"
    WEIGHTS = "weights"
    TOKENIZER = "tokenizer"
    CHAT_TEMPLATE = "chat_template"
    CARD = "card"
    LINEAGE = "lineage"
    SIZE = "size"
    TIME = "time"
    DUPLICATE = "duplicate"
    SAME_WEIGHTS = "same_weights"
    QUOTA = "quota"
    SMOKE = "smoke"


class Outcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    WARNED = "warned"
    """Worth knowing; it hinders nothing."""
    REFUSED = "refused"
    SKIPPED = "skipped"
    """It needs what an earlier check did not find."""


_Word = Annotated[str, Field(max_length=400)]
_WordName = Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]


class Facts(Record):
    """What is known of a model so far. Every check adds to it."""

    parameters: Annotated[int, Field(gt=0, le=10**16)] | None = None
    native_precision: Precision | None = None
    weights_bytes: Annotated[int, Field(gt=0, le=10**16)] | None = None
    quantisation: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_.-]+$")] | None = None
    architecture: Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9_]+$")] | None = None
    vocabulary: Annotated[int, Field(ge=0, le=10**8)] | None = None
    has_chat_template: bool = False
    licence: Annotated[str, Field(max_length=80)] | None = None
    base_models: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=20)] = ()
    is_merge: bool = False

    def with_those_of(self, later: "Facts") -> "Facts":
        """Return these facts with whatever `later` says beside: what it does not know changes nothing."""
        known = {name: value for name, value in later if value != type(later).model_fields[name].default}
        return self.replaced(**known)

    def as_model_facts(self, **more: Any) -> ModelFacts:
        """Return what goes into a request."""
        return ModelFacts(
            type=ModelType.INSTRUCT if self.has_chat_template else ModelType.BASE,
            parameters=self.parameters,
            native_precision=self.native_precision,
            licence=self.licence,
            architecture=self.architecture,
            weights_bytes=self.weights_bytes,
            quantisation=self.quantisation,
            base_models=self.base_models,
            is_merge=self.is_merge,
            **more,
        )


class Finding(Record):
    """The result of one check. What stands in `words` is text: what people typed or what a repository says."""

    check: CheckName
    outcome: Outcome
    problem: ProblemCode | None = None
    """Why it was refused, or what the warning is about."""
    words: Annotated[dict[_WordName, _Word], Field(max_length=12)] = Field(default_factory=dict)
    facts: Facts = Facts()


def passed(check: CheckName, facts: Facts | None = None, /, **words: str) -> Finding:
    """Return that a check found nothing wrong; `words` are for the sentence that says what it found."""
    return Finding(check=check, outcome=Outcome.PASSED, words=words, facts=facts or Facts())


def warned(check: CheckName, problem: ProblemCode, facts: Facts | None = None, /, **words: str) -> Finding:
    """Return that a check found what is worth knowing."""
    return Finding(check=check, outcome=Outcome.WARNED, problem=problem, words=words, facts=facts or Facts())


def refused(check: CheckName, problem: ProblemCode, facts: Facts | None = None, /, **words: str) -> Finding:
    """Return that a model cannot be accepted."""
    return Finding(check=check, outcome=Outcome.REFUSED, problem=problem, words=words, facts=facts or Facts())


def skipped(check: CheckName) -> Finding:
    """Return that a check could not be made, for what it needs was not found."""
    return Finding(check=check, outcome=Outcome.SKIPPED)
