"""The state of a request: who holds it, how far it is, how it ended. Kept in few shard files."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leaderboard.records.base import Record, Sha256, Timestamp
from leaderboard.records.request import RequestId, TaskId

RunId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}-[1-9][0-9]*$")]
Nonce = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]


class Status(StrEnum):
    """Where a request stands. A request without a state is PENDING."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    INCOMPLETE = "INCOMPLETE"
    """Some tasks have results, others failed: shown, never ranked."""
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Cause(StrEnum):
    """Why an evaluation, or one task of it, did not come to its end."""

    GATED = "gated"
    NOT_FOUND = "not_found"
    OUT_OF_MEMORY = "out_of_memory"
    TIME_LIMIT = "time_limit"
    TOKENIZER = "tokenizer"
    UNSUPPORTED_ARCHITECTURE = "unsupported_architecture"
    TASK_ERROR = "task_error"
    ENGINE_ERROR = "engine_error"
    LOST_WORKER = "lost_worker"


class Failure(Record):
    """A cause class and one line for people: no test items, no paths of the machine, no secrets."""

    cause: Cause
    detail: Annotated[str, Field(max_length=500)]


class Claim(Record):
    """Who holds a RUNNING request, and until when. The nonce tells this claim from every other."""

    worker: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    nonce: Nonce
    lease_until: Timestamp


class Progress(Record):
    """How far a running evaluation is, in items of the suite."""

    task: TaskId | None = None
    """None while the model is loading."""
    items_done: Annotated[int, Field(ge=0)]
    items_total: Annotated[int, Field(ge=0)]
    eta_seconds: Annotated[float, Field(ge=0)] | None = None
    """None until there is a speed to tell it from."""


class RunReference(Record):
    """The run whose results count, and the hash of the manifest that lists them."""

    id: RunId
    manifest_sha256: Sha256


class HistoryEntry(Record):
    """One transition that happened: the status entered, by whom, why."""

    at: Timestamp
    status: Status
    attempt: Annotated[int, Field(ge=0)]
    worker: str | None = None
    failure: Failure | None = None


class RequestState(Record):
    """The state of one request. Only the transition table makes new ones.

    A RUNNING state has a claim: without one it could never expire, and the request would run for ever.
    """

    status: Status = Status.PENDING
    attempt: Annotated[int, Field(ge=0)] = 0
    claim: Claim | None = None
    progress: Progress | None = None
    run: RunReference | None = None
    failure: Failure | None = None
    history: tuple[HistoryEntry, ...] = ()

    @model_validator(mode="after")
    def _running_is_claimed(self) -> Self:
        if self.status is Status.RUNNING and self.claim is None:
            message = "it is RUNNING without a claim"
            raise ValueError(message)
        return self


class StateShard(Record):
    """One file of states, by request id."""

    schema_version: Literal[1] = 1
    states: dict[RequestId, RequestState]


def run_id(request_id: str, attempt: int) -> str:
    """Name one attempt at a request."""
    return f"{request_id}-{attempt}"
