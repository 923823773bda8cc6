"""A request: what is to be measured, on which model. Immutable; its id is the hash of the wish."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leaderboard.records.base import Record, Sha256, Timestamp, canonical_json, sha256_hex
from leaderboard.records.hub_names import HubUser, is_commit, is_model_id

RequestId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
TaskId = Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9_]{0,63}$")]


class ModelSource(StrEnum):
    """Where a model's weights come from."""

    HUB = "hub"
    LOCAL = "local"
    BASELINE = "baseline"
    """An lm-eval model without weights, such as `dummy`, which guesses."""


class ModelType(StrEnum):
    """What kind of model this is, as far as its files show."""

    BASE = "base"
    INSTRUCT = "instruct"
    """It carries a chat template."""
    BASELINE = "baseline"


class Precision(StrEnum):
    """The number format the weights are computed in."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    NONE = "none"
    """Baselines compute nothing."""


class ChatTemplate(StrEnum):
    """Whether the model's own chat template is used where a task allows one."""

    AUTO = "auto"
    NONE = "none"


class ModelReference(Record):
    """The model, exactly: a name and the revision that fixes its bytes.

    `revision` is the full commit sha for the Hub, the SHA-256 of the model's files for a local folder, and the
    version of lm-eval for a baseline. `name` is never a path of a machine.
    """

    source: ModelSource
    name: Annotated[str, Field(min_length=1, max_length=200)]
    revision: Annotated[str, Field(pattern=r"^[0-9A-Za-z.+-]{1,64}$")]

    @model_validator(mode="after")
    def _a_model_on_the_hub_is_one(self) -> Self:
        """Records are written by several hands: whatever becomes of a name, a link or a download, begins here."""
        if self.source is ModelSource.HUB and not (is_model_id(self.name) and is_commit(self.revision)):
            message = "a model on the Hub has a name organisation/model and the full sha of a commit"
            raise ValueError(message)
        return self


class Provenance(Record):
    """What the weights were made from, where they are a conversion: never pass for the original's weights."""

    file: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^/\\]+$")]
    sha256: Sha256
    precision: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[a-z0-9_]+$")]
    base_model: Annotated[str, Field(max_length=200)] | None = None


class ModelFacts(Record):
    """What was read from the model's files when it was submitted. Not part of its identity."""

    type: ModelType
    parameters: Annotated[int, Field(gt=0)] | None = None
    native_precision: Precision | None = None
    """The number format most of the weights are stored in, where it is one that can be computed in."""
    weights_sha256: Sha256 | None = None
    """Hash of the weights alone: equal for the same weights under another name."""
    licence: Annotated[str, Field(max_length=80)] | None = None
    provenance: Provenance | None = None
    architecture: Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9_]+$")] | None = None
    """The class of transformers that loads it."""
    weights_bytes: Annotated[int, Field(gt=0)] | None = None
    """What the weights take as they are stored."""
    quantisation: Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9_.-]+$")] | None = None
    """How the weights are packed, where they are: the method's name in transformers."""
    base_models: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=20)] = ()
    """What it was made from, as its card says: ids on the Hub."""
    is_merge: bool = False
    """Its card says that it was merged from others."""


class WantedTask(Record):
    """One task at one version of its configuration."""

    task: TaskId
    config_hash: Sha256


class SuiteLabel(Record):
    """Name and version of the suite a request was made from: a label, not identity."""

    name: str
    version: Annotated[int, Field(ge=1)]


ModelIdentity = tuple[ModelReference, Precision, ChatTemplate, bool]
"""Model, revision and all, precision, template policy, thinking."""


class EvalRequest(Record):
    """One wish to measure one model identity on a set of tasks. The same wish twice is one request."""

    schema_version: Literal[1] = 1
    id: RequestId
    model: ModelReference
    precision: Precision
    chat_template: ChatTemplate
    thinking: bool = False
    tasks: tuple[WantedTask, ...] = Field(min_length=1)
    suite: SuiteLabel
    facts: ModelFacts
    submitted_at: Timestamp
    submitted_by: HubUser | None = None
    """The account that was signed in; None for whoever runs the copy. Not part of the wish: two who wish the same wish
    it once."""

    @model_validator(mode="after")
    def _id_is_the_hash_of_the_wish(self) -> Self:
        expected = request_id(self.model, self.precision, self.chat_template, self.thinking, self.tasks)
        if self.id != expected:
            message = f"its id is {self.id} but its content hashes to {expected}"
            raise ValueError(message)
        return self

    @property
    def identity(self) -> ModelIdentity:
        """What makes one row of the board; the tasks that are asked for are no part of it."""
        return (self.model, self.precision, self.chat_template, self.thinking)

    @property
    def precision_label(self) -> str:
        """The precision as people read it: `q4_1→float32` where converted weights are computed in float32."""
        provenance = self.facts.provenance
        return f"{provenance.precision}→{self.precision}" if provenance else str(self.precision)


def request_id(
    model: ModelReference,
    precision: Precision,
    chat_template: ChatTemplate,
    thinking: bool,
    tasks: tuple[WantedTask, ...],
) -> str:
    """Return the 32 hexadecimal digits that name a wish: the hash of what is to be measured, and nothing else."""
    wish = {
        "model": model.model_dump(mode="json"),
        "precision": precision,
        "chat_template": chat_template,
        "thinking": thinking,
        "tasks": sorted((wanted.task, wanted.config_hash) for wanted in tasks),
    }
    return sha256_hex(canonical_json(wish))[:32]


def new_request(
    *,
    model: ModelReference,
    precision: Precision,
    chat_template: ChatTemplate,
    tasks: tuple[WantedTask, ...],
    suite: SuiteLabel,
    facts: ModelFacts,
    submitted_at: Timestamp,
    thinking: bool = False,
) -> EvalRequest:
    """Build a request with the id its content demands, tasks in sorted order."""
    ordered = tuple(sorted(tasks, key=lambda wanted: wanted.task))
    return EvalRequest(
        id=request_id(model, precision, chat_template, thinking, ordered),
        model=model,
        precision=precision,
        chat_template=chat_template,
        thinking=thinking,
        tasks=ordered,
        suite=suite,
        facts=facts,
        submitted_at=submitted_at,
    )
