"""Jobs of Hugging Face: a machine that is rented for one run, and brings back lines of its log.

A job carries the id of its request as a label, and its order in its environment. So whoever holds the request, also a
Space that has just restarted and remembers nothing, finds the job that is under way and goes on listening: none is
started twice. What a job says is foreign; it is checked like what a child says (`inspection.py`).
"""

import logging
import math
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
from huggingface_hub import HfApi, JobInfo, JobStage
from huggingface_hub.errors import HfHubHTTPError, JobNotFoundError

from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.executors.budget import Account, Budget, Waiting, WaitReason, dollars_spent
from leaderboard.evaluation.executors.flavors import FLAVORS, Flavor, cheapest_with_room
from leaderboard.evaluation.executors.frames import FrameError, FrameReader, Message
from leaderboard.evaluation.executors.order import VARIABLE, Order, OrderError
from leaderboard.evaluation.executors.port import CannotBeginError
from leaderboard.evaluation.job import RESULTS_FOLDER, Event
from leaderboard.evaluation.run import Run
from leaderboard.queue import QueueEntry
from leaderboard.records import (
    Cause,
    Failure,
    InvalidRecordError,
    ModelSource,
    TaskResult,
    WantedTask,
)
from leaderboard.submission.estimate import memory_needed
from leaderboard.submission.findings import Facts
from leaderboard.suite.vocabulary import Access

logger = logging.getLogger(__name__)

COMMAND = ("python", "-m", "leaderboard.evaluation.executors.courier")
"""What the image runs. Nothing of a request is in it: the order is a variable."""
REQUEST_LABEL, RUN_LABEL = "ranking600m-request", "ranking600m-run"

_LOOK_EVERY_SECONDS = 30.0
_PATIENCE_SECONDS = 12 * 3600.0
"""How long a job may wait for its machine."""
_TAIL_LINES = 400
_LOOKS_AT_A_FINISHED_LOG = 6
"""The last lines may come after the stage; what has not come by then is lost."""
_LOOKS_AT_NOTHING = 3
"""A job that is not found so often in a row is gone."""
_ENDED = frozenset({JobStage.COMPLETED, JobStage.CANCELED, JobStage.ERROR, JobStage.DELETED})
_OF_WHO_LISTENED = frozenset({Cause.LOST_WORKER, Cause.UNREACHABLE})
"""Causes of an attempt's end that say nothing against its job."""
_NEARLY = 0.98
_TIMED_OUT = re.compile(r"time ?out|timed out", re.IGNORECASE)
_OUT_OF_MEMORY = re.compile(r"\bOOM|out of memory", re.IGNORECASE)
_UNREACHABLE = (HfHubHTTPError, httpx.HTTPError, OSError)


class JobList:
    """The jobs under one name, looked at anew after a while: many requests ask at once what was spent."""

    def __init__(self, api: HfApi, namespace: str, keep_seconds: float = _LOOK_EVERY_SECONDS) -> None:
        self._api, self._namespace, self._keep_seconds = api, namespace, keep_seconds
        self._jobs: list[JobInfo] = []
        self._looked: float | None = None

    def all(self) -> list[JobInfo]:
        """Return them; raises what the client raises."""
        if self._looked is None or time.monotonic() - self._looked >= self._keep_seconds:
            self._jobs = list(self._api.list_jobs(namespace=self._namespace))
            self._looked = time.monotonic()
        return self._jobs

    def of_request(self, request_id: str) -> list[JobInfo]:
        """Return those of one request, as they are now."""
        return list(self._api.list_jobs(labels={REQUEST_LABEL: request_id}, namespace=self._namespace))

    def forget(self) -> None:
        """Look anew the next time: one has just been started."""
        self._looked = None


@dataclass(frozen=True)
class HfJobs:
    """Evaluates in jobs that run under one name on the Hub."""

    api: HfApi
    """With a token that may start jobs there. It never enters a job."""
    namespace: str
    """The user or organisation that pays."""
    jobs: JobList
    image: str
    """With the project installed, at one digest; or a Space, as `hf.co/spaces/ORGANISATION/NAME`."""
    suite: str
    """The suite's name within the image."""
    time_limit_seconds: float
    batch_size: int
    budget: Budget
    flavors: tuple[Flavor, ...] = FLAVORS
    read_token: str | None = field(default=None, repr=False)
    """For gated models and data: can only read. Without need it is not sent."""
    look_every_seconds: float = _LOOK_EVERY_SECONDS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def may_begin(self, entry: QueueEntry) -> bool:
        """Tell whether the budget has room for a request now."""
        return self.why_it_waits(entry) is None

    def why_it_waits(self, entry: QueueEntry) -> Waiting | None:
        """Return why a request is not begun, or None. It looks at what the Hub has charged so far.

        A model for which there is no machine is begun all the same: its attempt ends with that cause.
        """
        flavor = self._flavor(entry)
        if flavor is None:
            return None
        try:
            jobs = self.jobs.all()
        except _UNREACHABLE as error:
            logger.warning("what jobs have cost is not known now: %s", type(error).__name__)
            return Waiting(WaitReason.UNKNOWN)
        if any(_labels(job).get(REQUEST_LABEL) == entry.id and _stage(job) not in _ENDED for job in jobs):
            return None  # it is paid for already
        return self.budget.why_not(flavor, self.time_limit_seconds, jobs, self.flavors, self.clock())

    def account(self) -> Account | None:
        """Return what was spent and is left; None where the Hub does not say."""
        try:
            jobs = self.jobs.all()
        except _UNREACHABLE as error:
            logger.warning("what jobs have cost is not known now: %s", type(error).__name__)
            return None
        now = self.clock()
        left = self.budget.left(jobs, self.flavors, self.time_limit_seconds, now)
        return Account(dollars_spent(jobs, self.flavors, now), left, self.budget.dollars_a_day)

    def begin(self, run: Run) -> "EvaluationInJob":
        """Go on with a job that is under way or done for the request, or start one.

        Raises:
            CannotBeginError: the model is not the Hub's, no machine has room for it, or the Hub starts no job now.
        """
        run.write_job()
        for job in self._jobs_of(run.entry):
            order = _order_of(job)
            if order is not None and _answers(order, run):
                logger.info("%s: job %s of attempt %d goes on", run.name, job.id, order.attempt)
                return self._listening(run, job.id, order)
            if _stage(job) not in _ENDED:
                _cancel(self.api, job.id, self.namespace)
        order = Order(
            request=run.entry.request,
            attempt=run.entry.state.attempt,
            nonce=run.job.nonce,
            tasks=tuple(WantedTask(task=task.id, config_hash=task.config_hash) for task in run.unaccounted()),
            engine=run.job.engine,
            batch_size=run.job.batch_size,
        )
        return self._listening(run, self._start(run, order), order)

    def seconds_allowed(self) -> float:
        """Return the time limit, and how long a job may wait for its machine."""
        return self.time_limit_seconds + _PATIENCE_SECONDS

    def _listening(self, run: Run, job_id: str, order: Order) -> "EvaluationInJob":
        flavor = self._flavor(run.entry)
        limit = self.budget.seconds_for(flavor, self.time_limit_seconds) if flavor else self.time_limit_seconds
        return EvaluationInJob(self.api, self.namespace, job_id, run, order, limit, self.look_every_seconds)

    def _jobs_of(self, entry: QueueEntry) -> list[JobInfo]:
        """Return the jobs of a request that may still count, the newest first."""
        try:
            jobs = self.jobs.of_request(entry.id)
        except _UNREACHABLE as error:
            message = f"The Hub does not say which jobs there are: {one_line(str(error))}"
            raise CannotBeginError(message, Cause.UNREACHABLE) from error
        counting = [job for job in jobs if _stage(job) in {JobStage.COMPLETED, JobStage.RUNNING, JobStage.SCHEDULING}]
        return sorted(counting, key=lambda job: str(job.created_at), reverse=True)

    def _flavor(self, entry: QueueEntry) -> Flavor | None:
        known = entry.request.facts
        facts = Facts(parameters=known.parameters, weights_bytes=known.weights_bytes, quantisation=known.quantisation)
        return cheapest_with_room(memory_needed(facts, entry.request.precision, self.batch_size), self.flavors)

    def _start(self, run: Run, order: Order) -> str:
        request, flavor = run.entry.request, self._flavor(run.entry)
        if request.model.source is ModelSource.LOCAL:
            message = f"{request.model.name} is a folder of one machine; a job elsewhere cannot read it."
            raise CannotBeginError(message, Cause.NOT_FOUND)
        if flavor is None:
            message = f"No machine with one card has room for {request.model.name}, or nobody knows what it takes."
            raise CannotBeginError(message, Cause.OUT_OF_MEMORY)
        gated = any(task.declaration.access is Access.GATED for task in run.unaccounted())
        secrets = {"LEADERBOARD_READ_TOKEN": self.read_token} if self.read_token and gated else None
        try:
            job = self.api.run_job(
                image=self.image,
                command=list(COMMAND),
                env={VARIABLE: order.to_variable(), "LEADERBOARD_SUITE": self.suite},
                secrets=secrets,
                flavor=flavor.name,
                timeout=math.ceil(self.budget.seconds_for(flavor, self.time_limit_seconds)),
                labels={REQUEST_LABEL: order.request.id, RUN_LABEL: order.run, "name": f"ranking600m-{order.run[:12]}"},
                namespace=self.namespace,
            )
        except _UNREACHABLE as error:
            message = f"The Hub starts no job now: {one_line(str(error))}"
            raise CannotBeginError(message, Cause.UNREACHABLE) from error
        finally:
            self.jobs.forget()
        logger.info("%s: job %s on %s begins", run.name, job.id, flavor.name)
        return str(job.id)


@dataclass
class EvaluationInJob:
    """A run in a job: its log is looked at now and then, and its stage says when it has ended."""

    api: HfApi
    namespace: str
    job_id: str
    run: Run
    order: Order
    time_limit_seconds: float
    look_every_seconds: float
    excess: Failure | None = None
    _frames: FrameReader = field(init=False)
    _events: deque[Event] = field(default_factory=deque)
    _next_look: float = 0.0
    _job: JobInfo | None = None
    _is_over: bool = False
    _lost: str | None = None
    """Why nothing more will come, where the job did not end in order."""
    _looks_after_the_end: int = 0
    _not_found: int = 0

    def __post_init__(self) -> None:
        """Begin to listen at the first line."""
        self._frames = FrameReader(self.order.run)

    @property
    def silent(self) -> bool:
        """Whether the job has ended and all that came of its output was heard."""
        return self._is_over and not self._events

    def next_event(self, timeout_seconds: float) -> Event | None:
        """Return the next event, or None when the time is up. Looks at the job when it is time to."""
        if not self._events and not self._is_over:
            wait = self._next_look - time.monotonic()
            if wait > timeout_seconds:
                time.sleep(timeout_seconds)
                return None
            time.sleep(max(0.0, wait))
            self._look()
            self._next_look = time.monotonic() + self.look_every_seconds
        return self._events.popleft() if self._events else None

    def end(self, *, called_off: bool) -> None:
        """Cancel a job that nobody wants any more; else leave it to whoever holds the request next."""
        if called_off and not self._is_over:
            _cancel(self.api, self.job_id, self.namespace)

    def why_it_ended(self) -> Failure:
        """Say why from the stage that the Hub tells, which no exception does."""
        if self.excess is not None:
            return self.excess
        if self._lost is not None:
            return Failure(cause=Cause.LOST_WORKER, detail=self._lost)
        assert self._job is not None  # noqa: S101 - it was looked at, or it is lost
        return _failure_of(self._job, self.time_limit_seconds)

    def _look(self) -> None:
        """Look at the job once. What the Hub does not answer now is asked again at the next look."""
        try:
            self._job = self.api.inspect_job(job_id=self.job_id, namespace=self.namespace)
            self._not_found = 0
            has_ended = _stage(self._job) in _ENDED
            whole = has_ended or self._frames.has_gap
            tail = None if whole else _TAIL_LINES
            self._hear(self.api.fetch_job_logs(job_id=self.job_id, namespace=self.namespace, tail=tail))
            if not has_ended and self._frames.has_gap:  # more came at once than the tail holds
                self._hear(self.api.fetch_job_logs(job_id=self.job_id, namespace=self.namespace))
        except JobNotFoundError:
            self._not_found += 1
            if self._not_found >= _LOOKS_AT_NOTHING:
                self._is_over, self._lost = True, "the job is not on the Hub any more"
            return
        except _UNREACHABLE as error:
            logger.warning("%s: job %s cannot be looked at: %s", self.run.name, self.job_id, type(error).__name__)
            return
        except FrameError as error:
            self.excess = Failure(cause=Cause.ENGINE_ERROR, detail=one_line(f"the job's output: {error}"))
            return
        if has_ended:
            self._looks_after_the_end += 1
            self._is_over = self._frames.is_complete or self._looks_after_the_end >= _LOOKS_AT_A_FINISHED_LOG

    def _hear(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._frames.take(line)
        for message in self._frames.messages():
            self._events += self._taken(message)

    def _taken(self, message: Message) -> Iterator[Event]:
        """Put the result that a message brings into the run's folder; what is none is none to whoever inspects it."""
        if message.task is not None and message.result is not None:
            file = self.run.folder / RESULTS_FOLDER / f"{message.task}.json"
            file.write_bytes(self._as_of_this_attempt(message.result))
        if message.event is not None:
            yield message.event

    def _as_of_this_attempt(self, result: str) -> bytes:
        """Return a result of the job's attempt as one of the attempt that goes on listening; another as it is."""
        content, job = result.encode(), self.run.job
        if self.order.run == job.run:
            return content
        try:
            told = TaskResult.from_json(content, "result")
        except InvalidRecordError:
            return content
        if (told.run, told.nonce, told.request) != (self.order.run, self.order.nonce, self.order.request.id):
            return content
        return told.replaced(run=job.run, nonce=job.nonce).to_json()


def _failure_of(job: JobInfo, time_limit_seconds: float) -> Failure:
    """Return what the stage of a job that has ended says of its failure, and the Hub's words for it."""
    stage, told = _stage(job), one_line(job.status.message or "nothing was told")
    ran = float(job.durations.running_secs or 0) if job.durations else 0.0
    if _TIMED_OUT.search(told) or ran >= _NEARLY * time_limit_seconds:
        return Failure(cause=Cause.TIME_LIMIT, detail=f"longer than {time_limit_seconds:g} s in a job")
    if _OUT_OF_MEMORY.search(told):
        return Failure(cause=Cause.OUT_OF_MEMORY, detail=f"the job ended: {told}")
    if stage is JobStage.CANCELED:
        return Failure(cause=Cause.LOST_WORKER, detail="the job was cancelled")
    if stage is JobStage.COMPLETED:
        return Failure(cause=Cause.ENGINE_ERROR, detail="the job ended, and a part of its output never came")
    return Failure(cause=Cause.ENGINE_ERROR, detail=f"the job ended with {stage}: {told}")


def _answers(order: Order, run: Run) -> bool:
    """Tell whether what an order brings answers all that a run still lacks, and nobody has heard it yet."""
    wanted = {(task.id, task.config_hash) for task in run.unaccounted()}
    ordered = {(one.task, one.config_hash) for one in order.tasks}
    is_young_enough = order.attempt >= run.entry.state.fresh_from
    return order.request == run.entry.request and is_young_enough and wanted <= ordered and not _was_heard(order, run)


def _was_heard(order: Order, run: Run) -> bool:
    """Tell whether somebody has heard the job to a bad end: to listen once more would end the same way."""
    past = (one for one in run.entry.state.history if one.attempt >= order.attempt and one.failure is not None)
    return any(one.failure is not None and one.failure.cause not in _OF_WHO_LISTENED for one in past)


def _order_of(job: JobInfo) -> Order | None:
    """Return what a job was told to measure, or None where that is no order of ours."""
    try:
        return Order.from_variable(str((job.environment or {}).get(VARIABLE, "")))
    except OrderError:
        return None


def _labels(job: JobInfo) -> dict[str, str]:
    return job.labels or {}


def _stage(job: JobInfo) -> JobStage | str:
    """Return the stage; one that this version of the client does not know as it stands."""
    try:
        return JobStage(job.status.stage)
    except ValueError:
        return str(job.status.stage)


def _cancel(api: HfApi, job_id: str, namespace: str) -> None:
    try:
        api.cancel_job(job_id=job_id, namespace=namespace)
    except _UNREACHABLE as error:
        logger.warning("job %s could not be cancelled: %s", job_id, type(error).__name__)
