"""What an evaluation brings back: one record per task with its items, and one manifest per run."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from leaderboard.records.base import Record, Sha256, Timestamp
from leaderboard.records.items import Items
from leaderboard.records.request import EvalRequest, RequestId, TaskId
from leaderboard.records.state import Failure, Nonce, RunId

Label = Annotated[str, Field(max_length=100)]


class Hardware(Record):
    """What a task ran on."""

    device: str
    """Device type, `cpu` or `cuda`."""
    name: str
    """What the maker calls it."""
    threads: Annotated[int, Field(gt=0)]


class Energy(Record):
    """What a task took of the machine's electricity."""

    kwh: Annotated[float, Field(ge=0)]
    metered: tuple[Label, ...]
    """Parts of the machine whose share comes from a meter: cpu, gpu."""
    estimated: tuple[Label, ...]
    """Parts whose share is estimated from what their makers say."""


class EngineName(StrEnum):
    """What computes scores here."""

    SHARED_PREFIX = "hf-shared-prefix"
    """What requests begin with in common is computed once."""
    HF = "hf"
    """lm-eval's own, request by request."""
    VLLM = "vllm"
    """vLLM, on all cards of the machine."""
    COMPLETIONS = "completions"
    """A server that speaks OpenAI's completions protocol."""
    DUMMY = "dummy"
    """lm-eval's baseline, which answers at random."""


class SelfCheck(Record):
    """What came of answering a handful of requests both with shared beginnings and request by request."""

    requests: Annotated[int, Field(gt=0)]
    longest: Annotated[int, Field(gt=0)]
    """Tokens of the longest of them."""
    largest_difference: Annotated[float, Field(ge=0)] | None
    """Of two log-probabilities, in nats; None: one of two was not a number."""
    changes: Annotated[int, Field(ge=0)]
    """How often the likeliest token, or whether an option is the likeliest, was another."""
    agrees: bool


class Engine(Record):
    """What computed the scores, with the versions that could change them."""

    name: Label
    """`EngineName`, or one of other people's."""
    version: Label
    versions: dict[Label, Label]
    """Package to version: lm_eval, transformers, torch, datasets, tokenizers, leaderboard."""
    sharing: Label | None = None
    """How requests shared what they begin with; None: each was computed by itself."""
    self_check: SelfCheck | None = None
    """None where nothing was shared, and nothing tried."""
    not_shared_because: Annotated[str, Field(max_length=300)] | None = None
    """Why the engine that shares left the task to the one that does not."""


class DatasetReference(Record):
    """Which data, exactly: a Hub id or the suite's own files, and the commit or hash that fixes the bytes."""

    id: str
    revision: str


class TaskResult(Record):
    """The result of one task in one run."""

    schema_version: Literal[1] = 1
    run: RunId
    nonce: Nonce
    request: RequestId
    measured_in: RunId | None = None
    """The earlier run that measured it, where this one took its result over; None: this run itself."""
    task: TaskId
    config_hash: Sha256
    dataset: DatasetReference
    metric: str
    raw: float
    """The metric over all items; a fraction of 1."""
    stderr: Annotated[float, Field(ge=0)] | None
    """Standard error of `raw`, clustered where items share something; None where it is no mean, which is not 0."""
    secondary: dict[str, float] = Field(default_factory=dict)
    """Other metrics of the same answers, by name: to be read, never ranked."""
    floor: float | None = None
    """Where the metric is semantic similarity: the cosine below which an answer scores nothing."""
    encoder: str | None = None
    """Likewise: the sentence encoder, `id@commit`."""
    chance: Annotated[float, Field(ge=0, lt=1)]
    shots: Annotated[int, Field(ge=0)]
    chat_template_applied: bool
    rendered_prompts_sha256: Sha256
    """Hash over every prompt as the model received it."""
    items: Items
    engine: Engine
    hardware: Hardware
    seconds: Annotated[float, Field(ge=0)]
    energy: Energy | None = None
    """None: nobody measured or estimated it."""


class TaskFailure(Record):
    """A task that gave no result, and why."""

    task: TaskId
    failure: Failure


class RunManifest(Record):
    """What one run published: written with its results, named by the state that ends the request."""

    schema_version: Literal[2] = 2
    run: RunId
    nonce: Nonce
    request: RequestId
    worker: str
    started_at: Timestamp
    finished_at: Timestamp
    tasks: tuple[TaskId, ...]
    """The tasks with a result, in the order of the lines of the file of results."""
    results_sha256: Sha256
    """Of that file, whose name begins with it."""
    failures: tuple[TaskFailure, ...] = ()


class Evaluation(Record):
    """One published run, whole: what was asked, what was published, and every result."""

    request: EvalRequest
    manifest: RunManifest
    results: tuple[TaskResult, ...]
