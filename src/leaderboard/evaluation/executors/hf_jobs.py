"""Jobs of Hugging Face: a machine that is rented for one run, and brings back lines of its log.

A job carries the id of its request as a label, and its order in its environment. So whoever holds the request, also a
Space that has just restarted and remembers nothing, finds the job that is under way and goes on listening: none is
started twice. What a job says is foreign; it is checked like what a child says (`inspection.py`).
"""

import logging
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from huggingface_hub import HfApi, JobInfo, JobStage

from leaderboard.engine_choice import EngineChoice
from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.executors.budget import Account, Budget, Waiting, WaitReason, dollars_spent
from leaderboard.evaluation.executors.evaluation_in_job import EvaluationInJob
from leaderboard.evaluation.executors.flavors import FLAVORS, Flavor, cheapest_with_room
from leaderboard.evaluation.executors.job_list import ENDED, REQUEST_LABEL, UNREACHABLE, JobList, cancel, stage_of
from leaderboard.evaluation.executors.job_output import JobOutput
from leaderboard.evaluation.executors.order import VARIABLE, Order, OrderError
from leaderboard.evaluation.executors.port import CannotBeginError
from leaderboard.evaluation.run import Run
from leaderboard.queue import QueueEntry
from leaderboard.records import (
    Cause,
    EngineName,
    ModelSource,
    WantedTask,
)
from leaderboard.submission.estimate import memory_needed
from leaderboard.submission.findings import Facts
from leaderboard.suite.vocabulary import Access

logger = logging.getLogger(__name__)

COMMAND = ("python", "-m", "leaderboard.evaluation.executors.courier")
"""What the image runs. Nothing of a request is in it: the order is a variable."""
RUN_LABEL = "ranking600m-run"

_LOOK_EVERY_SECONDS = 30.0
_PATIENCE_SECONDS = 12 * 3600.0
"""How long a job may wait for its machine."""
_OF_WHO_LISTENED = frozenset({Cause.LOST_WORKER, Cause.UNREACHABLE})
"""Causes of an attempt's end that say nothing against its job."""


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
    output: JobOutput
    """How its lines come back."""
    prices: Callable[[], tuple[Flavor, ...]] = lambda: FLAVORS
    """The machines there are."""
    engines: EngineChoice = field(default_factory=EngineChoice)
    read_token: str | None = field(default=None, repr=False)
    """For gated data: can only read. A job without such data does not get it."""
    look_every_seconds: float = _LOOK_EVERY_SECONDS
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    _starting: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)
    """Two who look at the budget at once would both find room."""

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
        except UNREACHABLE as error:
            logger.warning("what jobs have cost is not known now: %s", type(error).__name__)
            return Waiting(WaitReason.UNKNOWN)
        if any(_labels(job).get(REQUEST_LABEL) == entry.id and stage_of(job) not in ENDED for job in jobs):
            return None  # it is paid for already
        return self.budget.why_not(flavor, self.time_limit_seconds, jobs, self.prices(), self.clock())

    def largest_memory(self) -> int:
        """Return how many bytes the largest machine holds that an engine of the settings can use."""
        several = EngineName.VLLM in self.engines.all
        return max((one.memory_bytes for one in self.prices() if several or one.cards == 1), default=0)

    def account(self) -> Account | None:
        """Return what was spent and is left; None where the Hub does not say."""
        try:
            jobs = self.jobs.all()
        except UNREACHABLE as error:
            logger.warning("what jobs have cost is not known now: %s", type(error).__name__)
            return None
        now = self.clock()
        left = self.budget.left(jobs, self.prices(), self.time_limit_seconds, now)
        return Account(dollars_spent(jobs, self.prices(), now), left, self.budget.dollars_a_day)

    def begin(self, run: Run) -> EvaluationInJob:
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
            if stage_of(job) not in ENDED:
                cancel(self.api, job.id, self.namespace)
        order = Order(
            request=run.entry.request,
            attempt=run.entry.state.attempt,
            nonce=run.job.nonce,
            tasks=tuple(WantedTask(task=task.id, config_hash=task.config_hash) for task in run.unaccounted()),
            engine=run.job.engine,
            batch_size=run.job.batch_size,
        )
        with self._starting:
            waiting = self.why_it_waits(run.entry)
            if waiting is not None:  # another worker of this process was quicker
                message = f"The budget has no room for {run.name} by now; it is tried again."
                raise CannotBeginError(message, Cause.UNREACHABLE)
            return self._listening(run, self._start(run, order), order)

    def seconds_allowed(self) -> float:
        """Return the time limit, and how long a job may wait for its machine."""
        return self.time_limit_seconds + _PATIENCE_SECONDS

    def _listening(self, run: Run, job_id: str, order: Order) -> EvaluationInJob:
        flavor = self._flavor(run.entry)
        limit = self.budget.seconds_for(flavor, self.time_limit_seconds) if flavor else self.time_limit_seconds
        return EvaluationInJob(
            self.api, self.namespace, self.output, job_id, run, order, limit, self.look_every_seconds
        )

    def _jobs_of(self, entry: QueueEntry) -> list[JobInfo]:
        """Return the jobs of a request that may still count, the newest first."""
        try:
            jobs = self.jobs.of_request(entry.id)
        except UNREACHABLE as error:
            message = f"The Hub does not say which jobs there are: {one_line(str(error))}"
            raise CannotBeginError(message, Cause.UNREACHABLE) from error
        counting = [job for job in jobs if stage_of(job) in {JobStage.COMPLETED, JobStage.RUNNING, JobStage.SCHEDULING}]
        return sorted(counting, key=lambda job: str(job.created_at), reverse=True)

    def _flavor(self, entry: QueueEntry) -> Flavor | None:
        known = entry.request.facts
        facts = Facts(parameters=known.parameters, weights_bytes=known.weights_bytes, quantisation=known.quantisation)
        uses_all_cards = self.engines.of(known.parameters) is EngineName.VLLM
        needed = memory_needed(facts, entry.request.precision, self.batch_size)
        return cheapest_with_room(needed, self.prices(), uses_all_cards=uses_all_cards)

    def _start(self, run: Run, order: Order) -> str:
        request, flavor = run.entry.request, self._flavor(run.entry)
        if request.model.source is ModelSource.LOCAL:
            message = f"{request.model.name} is a folder of one machine; a job elsewhere cannot read it."
            raise CannotBeginError(message, Cause.NOT_FOUND)
        if run.job.engine is EngineName.COMPLETIONS:
            message = "The engine completions is a server of this machine's network; a job elsewhere cannot reach it."
            raise CannotBeginError(message, Cause.UNSUPPORTED_ARCHITECTURE)
        if flavor is None:
            message = f"No machine has room for {request.model.name}, or nobody knows what it takes."
            raise CannotBeginError(message, Cause.OUT_OF_MEMORY)
        gated = any(task.declaration.access is Access.GATED for task in run.unaccounted())
        secrets = {"LEADERBOARD_READ_TOKEN": self.read_token} if self.read_token and gated else None
        try:
            job = self.api.run_job(
                image=self.image,
                command=list(COMMAND),
                env={VARIABLE: order.to_variable(), "LEADERBOARD_SUITE": self.suite, **self.output.environment()},
                volumes=self.output.volumes(),
                secrets=secrets,
                flavor=flavor.name,
                timeout=math.ceil(self.budget.seconds_for(flavor, self.time_limit_seconds)),
                labels={REQUEST_LABEL: order.request.id, RUN_LABEL: order.run, "name": f"ranking600m-{order.run[:12]}"},
                namespace=self.namespace,
            )
        except UNREACHABLE as error:
            message = f"The Hub starts no job now: {one_line(str(error))}"
            raise CannotBeginError(message, Cause.UNREACHABLE) from error
        finally:
            self.jobs.forget()
        logger.info("%s: job %s on %s begins", run.name, job.id, flavor.name)
        return str(job.id)


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
