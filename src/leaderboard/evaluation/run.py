"""One attempt at a request: its job, what it takes over from earlier ones, what it has brought, how it ended."""

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leaderboard.engine_choice import EngineChoice
from leaderboard.evaluation.inspection import UnacceptableResultError, check_result
from leaderboard.evaluation.job import JOB_FILE, RESULTS_FOLDER, Job
from leaderboard.evaluation.progress import ProgressMeter
from leaderboard.local_models import LocalModels
from leaderboard.queue import QueueEntry
from leaderboard.queue.retrying import can_pass
from leaderboard.records import (
    Cause,
    Checkpoint,
    Failure,
    ModelSource,
    RunManifest,
    TaskFailure,
    TaskResult,
    run_id,
)
from leaderboard.results import checkpoint_of
from leaderboard.suite import Suite, Task

logger = logging.getLogger(__name__)

_LONGEST_DETAIL = 500


@dataclass
class Run:
    """One attempt while it lasts, and until the queue knows how it ended."""

    entry: QueueEntry
    job: Job
    folder: Path
    meter: ProgressMeter
    started_at: datetime
    results: list[TaskResult] = field(default_factory=list)
    failures: list[TaskFailure] = field(default_factory=list)
    fatal: Failure | None = None
    ended_at: datetime | None = None
    checkpoint: Checkpoint | None = None
    """What of this run lies in the results store, for the queue to name."""
    safe_tasks: frozenset[str] = frozenset()
    """Tasks whose results another machine could find there."""

    @property
    def name(self) -> str:
        """The model's name, for the log."""
        return self.job.model.name

    def unaccounted(self) -> list[Task]:
        """Return the tasks of which nothing was heard."""
        known = {result.task for result in self.results} | {failed.task for failed in self.failures}
        return [task for task in self.job.tasks if task.id not in known]

    def seconds_at_risk(self) -> float:
        """Return how much computing the loss of this machine would cost."""
        return sum(result.seconds for result in self.results if result.task not in self.safe_tasks)

    def mark_safe(self) -> None:
        """Note that all results so far lie in the results store."""
        self.checkpoint = checkpoint_of(self.job.run, self.results)
        self.safe_tasks = frozenset(result.task for result in self.results)

    def take_over(self, results: Iterable[TaskResult]) -> None:
        """Take finished tasks of earlier attempts as this run's own; what does not answer the job is left out."""
        missing = {task.id: task for task in self.unaccounted()}
        for earlier in results:
            task = missing.get(earlier.task)
            origin = earlier.measured_in or earlier.run
            request, _, attempt = origin.rpartition("-")
            if task is None or request != self.entry.id or int(attempt) < self.entry.state.fresh_from:
                continue
            result = earlier.replaced(
                run=self.job.run, nonce=self.job.nonce, measured_in=None if origin == self.job.run else origin
            )
            try:
                check_result(result, self.job, task)
            except UnacceptableResultError as error:
                logger.warning("%s: a kept result is measured again: %s", self.name, error)
                continue
            del missing[task.id]
            self.results.append(result)
            self.meter.finished_before(task.id)

    def write_job(self) -> None:
        """Write what the child is to do: the tasks that are left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / RESULTS_FOLDER).mkdir(parents=True)
        (self.folder / "home").mkdir()
        left = self.job.replaced(tasks=tuple(self.unaccounted()))
        (self.folder / JOB_FILE).write_bytes(left.to_json())

    def close(self, now: datetime) -> None:
        """Account for every task, and throw the scratch folder away."""
        self.ended_at = now
        shutil.rmtree(self.folder, ignore_errors=True)
        for task in self.unaccounted():
            failure = self.fatal or Failure(cause=Cause.ENGINE_ERROR, detail="no result and no word of why")
            self.failures.append(TaskFailure(task=task.id, failure=failure))

    def summary_of_failures(self) -> Failure | None:
        """Return the failure that says most about what to do: one that may pass, if there is any."""
        if not self.failures:
            return None
        first = next((one for one in self.failures if can_pass(one.failure.cause)), self.failures[0])
        others = len(self.failures) - 1
        more = f" (and {others} more tasks)" if others else ""
        detail = f"{first.task}{more}: {first.failure.detail}"[:_LONGEST_DETAIL]
        return first.failure.replaced(detail=detail)

    def manifest(self, worker: str) -> RunManifest:
        """Return the list of what this run publishes, the same at every call once it is closed."""
        return RunManifest(
            run=self.job.run,
            nonce=self.job.nonce,
            request=self.job.request,
            worker=worker,
            started_at=self.started_at,
            finished_at=self.ended_at or self.started_at,
            tasks=tuple(result.task for result in self.results),
            results_sha256=checkpoint_of(self.job.run, self.results).sha256,
            failures=tuple(self.failures),
        )


def can_evaluate(entry: QueueEntry, suite: Suite, local_models: LocalModels) -> bool:
    """Tell whether a machine with this suite and these folders can evaluate a request."""
    request = entry.request
    if request.suite.name != suite.label.name:
        return False
    return request.model.source is not ModelSource.LOCAL or local_models.folder(request.model.revision) is not None


def new_run(
    entry: QueueEntry,
    suite: Suite,
    *,
    model_folder: Path | None,
    device: str | None,
    engines: EngineChoice,
    batch_size: int,
    jobs: Path,
    now: datetime,
) -> Run:
    """Begin an attempt at a claimed request. Tasks whose configuration has changed since it was made fail by name."""
    claim = entry.state.claim
    assert claim is not None  # noqa: S101 - the queue gave it with a claim
    request = entry.request
    present = {task.id: task for task in suite.tasks}
    wanted = {one.task: present.get(one.task) for one in request.tasks}
    hashes = {one.task: one.config_hash for one in request.tasks}
    runnable = tuple(task for task in wanted.values() if task and task.config_hash == hashes[task.id])
    outdated = [name for name, task in wanted.items() if task is None or task not in runnable]
    run = run_id(request.id, entry.state.attempt)
    job = Job(
        run=run,
        nonce=claim.nonce,
        request=request.id,
        model=request.model,
        model_folder=model_folder,
        precision=request.precision,
        chat_template=request.chat_template,
        tasks=runnable,
        device=device,
        engine=engines.of(request.facts.parameters),
        completions_url=engines.completions_url,
        batch_size=batch_size,
    )
    changed = Failure(
        cause=Cause.TASK_ERROR, detail="the task's configuration changed since the submission; submit again"
    )
    return Run(
        entry=entry,
        job=job,
        folder=jobs / run,
        meter=ProgressMeter({task.id: task.declaration.items for task in suite.tasks if task.id in wanted}),
        started_at=now,
        failures=[TaskFailure(task=name, failure=changed) for name in outdated],
    )
