"""A short trial before a submission: a few items of the embedded suite, answered by the real engine, kept nowhere."""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaderboard.confinement import child_environment
from leaderboard.evaluation.causes import cleaned, one_line
from leaderboard.evaluation.inspection import UnacceptableResultError, read_result
from leaderboard.evaluation.job import JOB_FILE, RESULTS_FOLDER, Job, RunFailed, TaskFailed, TaskFinished
from leaderboard.evaluation.process import CHILD_COMMAND, ChildLimits, ChildProcess, cause_of_end
from leaderboard.records import Cause, EngineName, EvalRequest, Failure, run_id
from leaderboard.suite import OwnRows, Suite, Task, load_suite, read_rows
from leaderboard.suite.review import write_rows

_TASKS = ("expresiones", "calculo_es")
"""One that is answered by choosing and one by writing: the two ways a model is asked."""

_ITEMS = 4
_NONCE = "0" * 32
_SETTLE_SECONDS = 10.0
_LISTEN_SECONDS = 0.5


@dataclass(frozen=True)
class SmokeResult:
    """How a trial went."""

    items: int
    """How many were answered."""
    seconds: float
    """From the start of the process to its end, the loading of the model included."""
    failure: Failure | None
    """Why it did not go well."""


@dataclass(frozen=True)
class SmokeTest:
    """Tries models on this machine, within the limits of an evaluation."""

    work_dir: Path
    device: str | None
    batch_size: int
    memory_limit_bytes: int | None
    seconds: float = 600.0
    """As long as a trial may take, its download included."""
    engine: EngineName = EngineName.SHARED_PREFIX
    completions_url: str | None = None
    child_command: Sequence[str] = CHILD_COMMAND

    def of(self, request: EvalRequest, model_folder: Path | None) -> SmokeResult:
        """Have a child load the model and answer a few items."""
        hub_cache = self.work_dir.resolve() / "hub"
        trials = self.work_dir.resolve() / "trials"
        for folder in (hub_cache, trials):
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=trials) as place:
            folder = Path(place)
            for inner in (RESULTS_FOLDER, "home"):
                (folder / inner).mkdir()
            job = self._job(request, model_folder, folder)
            (folder / JOB_FILE).write_bytes(job.to_json())
            environment = child_environment(os.environ, folder / "home", hub_cache, offline=job.needs_no_hub)
            began = time.monotonic()
            items, failure = self._run(job, folder, environment)
            return SmokeResult(items, time.monotonic() - began, failure)

    def _job(self, request: EvalRequest, model_folder: Path | None, folder: Path) -> Job:
        return Job(
            run=run_id(request.id, 1),
            nonce=_NONCE,
            request=request.id,
            model=request.model,
            model_folder=model_folder.resolve() if model_folder else None,
            precision=request.precision,
            chat_template=request.chat_template,
            tasks=tuple(_shortened(load_suite("muestra"), folder)),
            device=self.device,
            engine=self.engine,
            completions_url=self.completions_url,
            batch_size=self.batch_size,
        )

    def _run(self, job: Job, folder: Path, environment: dict[str, str]) -> tuple[int, Failure | None]:
        limits = ChildLimits(memory_bytes=self.memory_limit_bytes)
        child = ChildProcess(folder, environment, self.child_command, limits)
        deadline = time.monotonic() + self.seconds
        finished: set[str] = set()
        failure: Failure | None = None
        try:
            while not child.silent and failure is None:
                match child.next_event(_LISTEN_SECONDS):
                    case TaskFinished(task=task):
                        finished.add(task)
                    case TaskFailed(failed=failed):
                        failure = cleaned(failed.failure)
                    case RunFailed(failure=fatal):
                        failure = cleaned(fatal)
                failure = failure or child.excess
                if time.monotonic() > deadline:
                    failure = Failure(cause=Cause.TIME_LIMIT, detail=f"longer than {self.seconds:g} s")
            if failure is None:
                child.settle(_SETTLE_SECONDS)
        finally:
            child.kill()
        items, wrong = _answered(job, folder, finished)
        return items, failure or wrong or (cause_of_end(child) if len(finished) < len(job.tasks) else None)


def _shortened(suite: Suite, folder: Path) -> Iterator[Task]:
    """Yield a few tasks with a few items each, written into `folder`."""
    for name in _TASKS:
        task = suite.task(name)
        if task is None or not isinstance(task.rows, OwnRows):
            continue
        path = folder / f"{name}.jsonl"
        rows = read_rows(task.rows.test)[:_ITEMS]
        write_rows(path, rows)
        yield task.replaced(rows=task.rows.replaced(test=path), declaration=task.declaration.replaced(items=len(rows)))


def _answered(job: Job, folder: Path, finished: set[str]) -> tuple[int, Failure | None]:
    """Count the items of results that can be believed."""
    items = 0
    for task in job.tasks:
        if task.id not in finished:
            continue
        try:
            items += len(read_result(folder, job, task).items)
        except UnacceptableResultError as error:
            return items, Failure(cause=Cause.ENGINE_ERROR, detail=one_line(str(error)))
    return items, None
