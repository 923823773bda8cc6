"""What runs in a job elsewhere: `python -m leaderboard.evaluation.executors.courier`.

It reads its order from the environment, has the same confined child measure as on a worker's own machine, and says on
standard output what happens and what was measured (`frames.py`). It has no token that writes; the child none at all,
unless a read token was given for gated data. Whoever reads its output believes nothing of it unchecked.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from leaderboard.confinement import child_environment
from leaderboard.evaluation.executors.frames import FrameWriter, Message
from leaderboard.evaluation.executors.job_output import FOLDER_VARIABLE, file_name
from leaderboard.evaluation.executors.order import VARIABLE, Order
from leaderboard.evaluation.job import (
    JOB_FILE,
    RESULTS_FOLDER,
    Event,
    Job,
    RunFailed,
    TaskFailed,
    TaskFinished,
    TaskProgress,
)
from leaderboard.evaluation.process import CHILD_COMMAND, ChildProcess, cause_of_end
from leaderboard.records import Cause, Failure, LeaderboardError, TaskFailure
from leaderboard.suite import Suite, load_suite

_LISTEN_SECONDS = 0.5
_SETTLE_SECONDS = 10.0
_PROGRESS_EVERY_SECONDS = 15.0
"""A log is no place for two lines a second."""
_READ_TOKEN = "LEADERBOARD_READ_TOKEN"  # noqa: S105 - the name of a variable
_SUITE, _DEVICE = "LEADERBOARD_SUITE", "LEADERBOARD_DEVICE"
_DEFAULT_SUITE = "muestra"


def carry_out(
    order: Order,
    environment: Mapping[str, str],
    folder: Path,
    writer: FrameWriter,
    command: Sequence[str] = CHILD_COMMAND,
) -> None:
    """Have a child measure what is ordered, and tell of it; ends with the message that ends a run's output."""
    suite = load_suite(environment.get(_SUITE) or _DEFAULT_SUITE)
    job, missing = _job(order, suite, environment.get(_DEVICE) or None)
    for failed in missing:
        writer.say(Message(event=TaskFailed(failed=failed)))
    if job.tasks:
        _measure(job, environment, folder, writer, command)
    writer.say(Message())


def _job(order: Order, suite: Suite, device: str | None) -> tuple[Job, list[TaskFailure]]:
    """Return the job, and of each task that this suite has otherwise why it cannot be measured."""
    tasks, missing = [], []
    for wanted in order.tasks:
        task = suite.task(wanted.task)
        if task is not None and task.config_hash == wanted.config_hash:
            tasks.append(task)
            continue
        detail = "the job's image has another configuration of this task; bring the image up to date"
        missing.append(TaskFailure(task=wanted.task, failure=Failure(cause=Cause.ENGINE_ERROR, detail=detail)))
    job = Job(
        run=order.run,
        nonce=order.nonce,
        request=order.request.id,
        model=order.request.model,
        model_folder=None,
        precision=order.request.precision,
        chat_template=order.request.chat_template,
        tasks=tuple(tasks),
        device=device,
        engine=order.engine,
        batch_size=order.batch_size,
    )
    return job, missing


def _measure(
    job: Job, environment: Mapping[str, str], folder: Path, writer: FrameWriter, command: Sequence[str]
) -> None:
    (folder / RESULTS_FOLDER).mkdir(parents=True)
    home, hub_cache = folder / "home", folder.parent / "hub"
    home.mkdir()
    hub_cache.mkdir(exist_ok=True)
    (folder / JOB_FILE).write_bytes(job.to_json())
    of_the_child = child_environment(
        environment, home, hub_cache, offline=job.needs_no_hub, read_token=environment.get(_READ_TOKEN) or None
    )
    child = ChildProcess(folder, of_the_child, command)
    left = {task.id for task in job.tasks}
    tell = _teller(folder, writer)
    is_over = False
    try:
        while not child.silent and not is_over:
            event = child.next_event(_LISTEN_SECONDS)
            if event is not None:
                left -= _accounted_by(event)
                is_over = isinstance(event, RunFailed)
                tell(event)
            if child.excess is not None:
                tell(RunFailed(failure=child.excess))
                is_over = True
        if not is_over:
            child.settle(_SETTLE_SECONDS)
    finally:
        child.kill()
    if left and not is_over:
        tell(RunFailed(failure=cause_of_end(child)))


def _accounted_by(event: Event) -> set[str]:
    match event:
        case TaskFinished():
            return {event.task}
        case TaskFailed():
            return {event.failed.task}
        case _:
            return set()


def _teller(folder: Path, writer: FrameWriter) -> Callable[[Event], None]:
    """Return what passes events on: progress now and then, and with the end of a task its result."""
    last = -_PROGRESS_EVERY_SECONDS

    def tell(event: Event) -> None:
        nonlocal last
        if isinstance(event, TaskProgress) and event.items_done:
            if time.monotonic() - last < _PROGRESS_EVERY_SECONDS:
                return
            last = time.monotonic()
        if isinstance(event, TaskFinished):
            path = folder / RESULTS_FOLDER / f"{event.task}.json"
            result = path.read_text(encoding="utf-8") if path.is_file() and not path.is_symlink() else None
            writer.say(Message(event=event, task=event.task, result=result))
            return
        writer.say(Message(event=event))

    return tell


def line_writer(folder: str | None, run: str) -> Callable[[str], None]:
    """Return what writes a line: into the run's file in a folder that outlives the job, or on standard output."""

    def to_file(line: str) -> None:
        with (Path(str(folder)) / file_name(run)).open("a", encoding="ascii") as file:
            file.write(line)

    def to_log(line: str) -> None:
        sys.stdout.write(line)
        sys.stdout.flush()

    return to_log if folder is None else to_file


def main() -> int:
    """Carry out the order in the environment; 1 where there is none that can be."""
    try:
        order = Order.from_variable(os.environ.get(VARIABLE, ""))
        write = line_writer(os.environ.get(FOLDER_VARIABLE) or None, order.run)
        with tempfile.TemporaryDirectory(prefix="order-") as folder:
            carry_out(order, os.environ, Path(folder).resolve() / "job", FrameWriter(write, order.run))
    except LeaderboardError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
