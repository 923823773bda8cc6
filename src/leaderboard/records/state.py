"""The state of a request: who holds it, how far it is, how it ended. Kept in few shard files."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leaderboard.records.base import Record, Sha256, SharedRecord, Timestamp
from leaderboard.records.hub_names import HubUser
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
    WITHDRAWN = "WITHDRAWN"
    """Taken back by whoever submitted it, or taken down: it leaves the ranking, and a line that says so stays."""


class WithdrawalReason(StrEnum):
    """Why a request was withdrawn."""

    SUBMITTER = "submitter"
    """Whoever submitted it took it back before anything was published."""
    TAKEDOWN = "takedown"
    """Maintainers took it down: its authors asked, or it should not have been there."""


class Cause(StrEnum):
    """Why an evaluation, or one task of it, did not come to its end."""

    GATED = "gated"
    NOT_FOUND = "not_found"
    OUT_OF_MEMORY = "out_of_memory"
    TIME_LIMIT = "time_limit"
    TOKENIZER = "tokenizer"
    CHAT_TEMPLATE = "chat_template"
    UNSUPPORTED_ARCHITECTURE = "unsupported_architecture"
    TASK_ERROR = "task_error"
    ENGINE_ERROR = "engine_error"
    LOST_WORKER = "lost_worker"
    UNREACHABLE = "unreachable"
    """The Hub, or a host of data, did not answer."""


class Failure(Record):
    """A cause class and one line for people: no test items, no paths of the machine, no secrets."""

    cause: Cause
    detail: Annotated[str, Field(max_length=500)]
    log: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=20)] = ()
    """The last lines of the evaluation's log that tell of no item: where it broke, and in what."""


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


class Checkpoint(Record):
    """Finished tasks of a run that has not ended: the next worker goes on from there."""

    run: RunId
    sha256: Sha256
    """Of the file that holds them, which its name carries too: a worker that lost its claim can replace nothing."""


class Withdrawal(Record):
    """The tombstone: that there was a submission, and who took it back when."""

    reason: WithdrawalReason
    at: Timestamp


class Resubmission(Record):
    """A submission that was taken back, and made again by somebody."""

    by: HubUser | None
    at: Timestamp


class HistoryEntry(Record):
    """One transition that happened: the status entered, by whom, why."""

    at: Timestamp
    status: Status
    attempt: Annotated[int, Field(ge=0)]
    worker: str | None = None
    failure: Failure | None = None
    by: HubUser | None = None
    """The account of the person who did it; None for workers, and for whoever runs the copy."""
    run: RunReference | None = None
    """What was published then, so that what a later run takes the place of can still be found."""


class RequestState(Record):
    """The state of one request. Only the transition table makes new ones.

    A RUNNING state has a claim: without one it could never expire, and the request would run for ever.
    """

    status: Status = Status.PENDING
    attempt: Annotated[int, Field(ge=0)] = 0
    claim: Claim | None = None
    progress: Progress | None = None
    run: RunReference | None = None
    checkpoint: Checkpoint | None = None
    failure: Failure | None = None
    retry_at: Timestamp | None = None
    """When a request that failed for a cause that can pass is to be tried again."""
    failures_in_a_row: Annotated[int, Field(ge=0)] = 0
    """Attempts that ended for causes that can pass, since the request was last put into the queue by a person."""
    fresh_from: Annotated[int, Field(ge=1)] = 1
    """The first attempt whose results a later one may take over: a re-evaluation begins with nothing."""
    withdrawal: Withdrawal | None = None
    resubmission: Resubmission | None = None
    """The last one, where there was any: from then on it is that person's."""
    history: tuple[HistoryEntry, ...] = ()

    @model_validator(mode="after")
    def _running_is_claimed(self) -> Self:
        if self.status is Status.RUNNING and self.claim is None:
            message = "it is RUNNING without a claim"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _withdrawn_says_why(self) -> Self:
        if (self.status is Status.WITHDRAWN) != (self.withdrawal is not None):
            message = "a withdrawal belongs to WITHDRAWN, and to nothing else"
            raise ValueError(message)
        return self


class StateShard(SharedRecord):
    """One file of states, by request id."""

    schema_version: Literal[1] = 1
    states: dict[RequestId, RequestState]


def run_id(request_id: str, attempt: int) -> str:
    """Name one attempt at a request."""
    return f"{request_id}-{attempt}"
