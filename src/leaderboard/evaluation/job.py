"""What the worker tells its child process, and what the child says back: one JSON record a line."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from leaderboard.records import ChatTemplate, EngineName, ModelReference, ModelSource, Precision, Record, TaskFailure
from leaderboard.records.request import RequestId, TaskId
from leaderboard.records.state import Failure, Nonce, RunId
from leaderboard.suite import HubRows, Task

JOB_FILE = "job.json"
RESULTS_FOLDER = "results"


class Job(Record):
    """One run, complete: the child reads nothing else of the project's files."""

    run: RunId
    nonce: Nonce
    request: RequestId
    model: ModelReference
    model_folder: Path | None
    """Where a local model lies; None for others."""
    precision: Precision
    chat_template: ChatTemplate
    tasks: tuple[Task, ...]
    device: str | None
    engine: EngineName = EngineName.SHARED_PREFIX
    completions_url: str | None = None
    """Where the server is that scores, if the engine is one."""
    batch_size: Annotated[int, Field(ge=1)]

    @property
    def needs_no_hub(self) -> bool:
        """Whether model, data and encoders all lie on this machine."""
        encoders = (task.encoder for task in self.tasks if task.encoder)
        return (
            self.model.source is not ModelSource.HUB
            and not any(isinstance(task.rows, HubRows) for task in self.tasks)
            and all(Path(encoder.id).is_dir() for encoder in encoders)
        )


class ModelLoaded(Record):
    """The model is in memory; the tasks begin."""

    event: Literal["model_loaded"] = "model_loaded"


class TaskProgress(Record):
    """How far one task is."""

    event: Literal["task_progress"] = "task_progress"
    task: TaskId
    items_done: Annotated[int, Field(ge=0)]
    items: Annotated[int, Field(ge=1)] | None = None
    """Of how many, as soon as the data are read."""


class TaskFinished(Record):
    """A task's result lies in the results folder, as `{task}.json`."""

    event: Literal["task_finished"] = "task_finished"
    task: TaskId


class TaskFailed(Record):
    """A task gave no result; the others go on."""

    event: Literal["task_failed"] = "task_failed"
    failed: TaskFailure


class RunFailed(Record):
    """The model could not be loaded: no task was tried."""

    event: Literal["run_failed"] = "run_failed"
    failure: Failure


Event = Annotated[
    ModelLoaded | TaskProgress | TaskFinished | TaskFailed | RunFailed,
    Field(discriminator="event"),
]

_EVENTS: TypeAdapter[Event] = TypeAdapter(Event)


def parse_event(line: bytes) -> Event:
    """Read one line of the child's output; raises pydantic.ValidationError for anything else."""
    return _EVENTS.validate_json(line)
