"""The worker: takes what is pending, has it evaluated in a child process, publishes, says how it ended."""

import logging
import os
import shutil
import signal
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.inspection import UnacceptableResultError, read_result
from leaderboard.evaluation.job import (
    JOB_FILE,
    RESULTS_FOLDER,
    Job,
    ModelLoaded,
    RunFailed,
    TaskFailed,
    TaskFinished,
    TaskProgress,
)
from leaderboard.evaluation.process import ChildProcess, child_environment
from leaderboard.evaluation.progress import ProgressMeter
from leaderboard.local_models import LocalModels
from leaderboard.queue import LostClaimError, Queue, QueueEntry
from leaderboard.records import (
    Cause,
    Claim,
    Failure,
    ModelSource,
    RunManifest,
    Status,
    TaskFailure,
    TaskResult,
    run_id,
    utc_now,
)
from leaderboard.results import list_results, publish
from leaderboard.store import Store
from leaderboard.suite import Suite, Task

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
PROGRESS_EVERY_SECONDS = 2.0
_LISTEN_SECONDS = 0.5
_SETTLE_SECONDS = 10.0


def new_worker_name() -> str:
    """Return a name for this worker, unlike any other's; it says nothing of the machine."""
    return f"worker-{uuid.uuid4().hex[:8]}"


def can_evaluate(entry: QueueEntry, suite: Suite, local_models: LocalModels) -> bool:
    """Tell whether a machine with this suite and these folders can evaluate a request."""
    request = entry.request
    if request.suite.name != suite.label.name:
        return False
    return request.model.source is not ModelSource.LOCAL or local_models.folder(request.model.revision) is not None


@dataclass
class _Run:
    """One attempt while it lasts."""

    job: Job
    entry: QueueEntry
    folder: Path
    meter: ProgressMeter
    started_at: datetime
    results: list[TaskResult] = field(default_factory=list)
    failures: list[TaskFailure] = field(default_factory=list)
    fatal: Failure | None = None

    def unaccounted(self) -> list[Task]:
        """Return the tasks of which nothing was heard."""
        known = {result.task for result in self.results} | {failed.task for failed in self.failures}
        return [task for task in self.job.tasks if task.id not in known]


@dataclass
class Worker:
    """Evaluates the requests of one queue, one at a time."""

    queue: Queue
    results: Store
    suite: Suite
    local_models: LocalModels
    work_dir: Path
    device: str | None
    batch_size: int
    time_limit_seconds: float
    name: str = field(default_factory=new_worker_name)
    clock: Callable[[], datetime] = utc_now
    _stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """End the evaluation in hand, if any, and give its request back to the queue."""
        self._stopping.set()

    def work_off(self) -> int:
        """Evaluate until nothing is pending that this machine can do; return how many were evaluated."""
        done = 0
        while not self._stopping.is_set() and self.work_once():
            done += 1
        return done

    def work_once(self) -> bool:
        """Evaluate the next request; False where there is none."""
        entry = self.queue.claim(self._can_evaluate, self._new_claim, self.clock())
        if entry is None:
            return False
        logger.info("%s: attempt %d begins", entry.request.model.name, entry.state.attempt)
        run = self._prepare(entry)
        try:
            self._evaluate(run)
            self._conclude(run)
        except LostClaimError:
            logger.warning("%s: the claim was lost; nothing is published", entry.request.model.name)
        finally:
            shutil.rmtree(run.folder, ignore_errors=True)
        return True

    def _can_evaluate(self, entry: QueueEntry) -> bool:
        return can_evaluate(entry, self.suite, self.local_models)

    def _new_claim(self) -> Claim:
        return Claim(worker=self.name, nonce=uuid.uuid4().hex, lease_until=self.clock() + LEASE)

    def _prepare(self, entry: QueueEntry) -> _Run:
        """Write the job. Tasks whose configuration has changed since the submission fail by name."""
        claim = entry.state.claim
        assert claim is not None  # noqa: S101 - the queue just gave it
        request = entry.request
        run = run_id(request.id, entry.state.attempt)
        present = {task.id: task for task in self.suite.tasks}
        wanted = {one.task: present.get(one.task) for one in request.tasks}
        hashes = {one.task: one.config_hash for one in request.tasks}
        runnable = tuple(task for task in wanted.values() if task and task.config_hash == hashes[task.id])
        outdated = [name for name, task in wanted.items() if task is None or task not in runnable]
        job = Job(
            run=run,
            nonce=claim.nonce,
            request=request.id,
            model=request.model,
            model_folder=self.local_models.folder(request.model.revision)
            if request.model.source is ModelSource.LOCAL
            else None,
            precision=request.precision,
            chat_template=request.chat_template,
            tasks=runnable,
            device=self.device,
            batch_size=self.batch_size,
        )
        folder = self.work_dir / "jobs" / run
        shutil.rmtree(folder, ignore_errors=True)
        (folder / RESULTS_FOLDER).mkdir(parents=True)
        (folder / "home").mkdir()
        (folder / JOB_FILE).write_bytes(job.to_json())
        changed = Failure(
            cause=Cause.TASK_ERROR, detail="the task's configuration changed since the submission; submit again"
        )
        return _Run(
            job=job,
            entry=entry,
            folder=folder,
            meter=ProgressMeter({task.id: task.declaration.items for task in self.suite.tasks if task.id in wanted}),
            started_at=self.clock(),
            failures=[TaskFailure(task=name, failure=changed) for name in outdated],
        )

    def _evaluate(self, run: _Run) -> None:
        """Start the child, listen until it ends, keep the lease; the child never outlives this call."""
        environment = child_environment(
            os.environ,
            run.folder.resolve() / "home",
            self.work_dir.resolve() / "hub",
            offline=run.job.needs_no_hub,
        )
        child = ChildProcess(run.folder, environment)
        deadline = time.monotonic() + self.time_limit_seconds
        try:
            self._listen(child, run, deadline)
            if child.silent:
                child.settle(_SETTLE_SECONDS)
        finally:
            child.kill()
        if run.fatal is None and run.unaccounted():
            run.fatal = _cause_of_end(child)

    def _listen(self, child: ChildProcess, run: _Run, deadline: float) -> None:
        next_renewal = 0.0
        while not child.silent:
            event = child.next_event(_LISTEN_SECONDS)
            match event:
                case ModelLoaded():
                    logger.info("%s: model loaded", run.job.model.name)
                case TaskProgress():
                    run.meter.progress(event.task, event.items_done, event.items)
                case TaskFinished():
                    self._take_result(run, event.task)
                case TaskFailed():
                    self._take_failure(run, event.failed)
                case RunFailed():
                    run.fatal = event.failure
            if self._stopping.is_set():
                self.queue.release(run.entry.id, run.job.nonce, self.clock())
                message = "The worker was stopped."
                raise LostClaimError(message)
            if time.monotonic() > deadline:
                run.fatal = Failure(cause=Cause.TIME_LIMIT, detail=f"longer than {self.time_limit_seconds:g} s")
                return
            if time.monotonic() >= next_renewal:
                next_renewal = time.monotonic() + PROGRESS_EVERY_SECONDS
                progress = run.meter.reading()
                self.queue.renew(run.entry.id, run.job.nonce, LEASE, progress, self.clock())
                logger.info("%s: %s", run.job.model.name, run.meter.in_words())

    def _take_result(self, run: _Run, task_id: str) -> None:
        task = next((one for one in run.unaccounted() if one.id == task_id), None)
        if task is None:  # not a task of this job, or one that was told of before
            return
        run.meter.finished(task_id)
        try:
            run.results.append(read_result(run.folder, run.job, task))
        except UnacceptableResultError as error:
            failure = Failure(cause=Cause.ENGINE_ERROR, detail=one_line(str(error)))
            run.failures.append(TaskFailure(task=task_id, failure=failure))

    def _take_failure(self, run: _Run, failed: TaskFailure) -> None:
        if all(task.id != failed.task for task in run.unaccounted()):
            return
        logger.warning("%s: %s failed: %s", run.job.model.name, failed.task, failed.failure.detail)
        run.failures.append(failed)
        run.meter.finished(failed.task)

    def _conclude(self, run: _Run) -> None:
        """Publish what there is, then say how the request ended. In this order: a state names what exists."""
        for task in run.unaccounted():
            failure = run.fatal or Failure(cause=Cause.ENGINE_ERROR, detail="no result and no word of why")
            run.failures.append(TaskFailure(task=task.id, failure=failure))
        name, nonce = run.job.model.name, run.job.nonce
        if not run.results:
            failure = run.fatal or run.failures[0].failure
            self.queue.fail(run.entry.id, nonce, failure, self.clock())
            logger.error("%s: %s: %s (%s)", name, Status.FAILED, failure.cause, failure.detail)
            return
        manifest = RunManifest(
            run=run.job.run,
            nonce=nonce,
            request=run.job.request,
            worker=self.name,
            started_at=run.started_at,
            finished_at=self.clock(),
            results=list_results(run.results),
            failures=tuple(run.failures),
        )
        reference = publish(self.results, manifest, run.results)
        summary = _summary_of_failures(run.failures)
        self.queue.finish(run.entry.id, nonce, reference, summary, self.clock())
        logger.info("%s: %s", name, Status.INCOMPLETE if summary else Status.FINISHED)


def _summary_of_failures(failures: list[TaskFailure]) -> Failure | None:
    if not failures:
        return None
    first, others = failures[0], len(failures) - 1
    more = f" (and {others} more tasks)" if others else ""
    return Failure(cause=first.failure.cause, detail=f"{first.task}{more}: {first.failure.detail}"[:500])


def _cause_of_end(child: ChildProcess) -> Failure:
    """Say why a child ended before its tasks did, from its exit status and its last words."""
    status, words = child.wait(), one_line(child.last_words())
    if status == -signal.SIGKILL:
        return Failure(
            cause=Cause.OUT_OF_MEMORY, detail="the evaluation was killed, as the system does when memory ends"
        )
    detail = f"the evaluation ended with status {status} before its tasks did: {words}"
    return Failure(cause=Cause.ENGINE_ERROR, detail=detail[:500])
