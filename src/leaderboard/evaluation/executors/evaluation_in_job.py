"""One run in a job: its log is listened to, its results are put where they are inspected, its end becomes a cause."""

import logging
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from huggingface_hub import HfApi, JobInfo, JobStage
from huggingface_hub.errors import JobNotFoundError

from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.executors.frames import FrameError, FrameReader, Message
from leaderboard.evaluation.executors.job_list import ENDED, UNREACHABLE, cancel, stage_of
from leaderboard.evaluation.executors.job_output import JobOutput
from leaderboard.evaluation.executors.order import Order
from leaderboard.evaluation.job import RESULTS_FOLDER, Event
from leaderboard.evaluation.run import Run
from leaderboard.records import Cause, Failure, InvalidRecordError, TaskResult

logger = logging.getLogger(__name__)

_TAIL_LINES = 400
_LOOKS_AT_A_FINISHED_LOG = 6
"""The last lines may come after the stage; what has not come by then is lost."""
_LOOKS_AT_NOTHING = 3
"""A job that is not found so often in a row is gone."""
_NEARLY = 0.98
_TIMED_OUT = re.compile(r"time ?out|timed out", re.IGNORECASE)
_OUT_OF_MEMORY = re.compile(r"\bOOM|out of memory", re.IGNORECASE)


@dataclass
class EvaluationInJob:
    """A run in a job: its log is looked at now and then, and its stage says when it has ended."""

    api: HfApi
    namespace: str
    output: JobOutput
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
            cancel(self.api, self.job_id, self.namespace)

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
            has_ended = stage_of(self._job) in ENDED
            whole = has_ended or self._frames.has_gap
            tail = None if whole else _TAIL_LINES
            self._hear(self.output.lines(self.job_id, self.order.run, tail=tail))
            if not has_ended and self._frames.has_gap:  # more came at once than the tail holds
                self._hear(self.output.lines(self.job_id, self.order.run, tail=None))
        except JobNotFoundError:
            self._not_found += 1
            if self._not_found >= _LOOKS_AT_NOTHING:
                self._is_over, self._lost = True, "the job is not on the Hub any more"
            return
        except UNREACHABLE as error:
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
    stage, told = stage_of(job), one_line(job.status.message or "nothing was told")
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
