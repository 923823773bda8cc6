"""The worker: takes what is pending, has it evaluated in a child process, publishes, says how it ended.

What it says and takes goes into turns, each one commit of results and one of states, at an interval that keeps all
workers together within what the store allows. Between turns it needs nobody: its leases are longer than that.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from leaderboard.engine_choice import EngineChoice
from leaderboard.evaluation.causes import cleaned, one_line
from leaderboard.evaluation.checkpoints import finished_before
from leaderboard.evaluation.desk import Desk, sit_down
from leaderboard.evaluation.executors import CannotBeginError, Evaluation, Executor, Here
from leaderboard.evaluation.inspection import UnacceptableResultError, read_result
from leaderboard.evaluation.job import Event, ModelLoaded, RunFailed, TaskFailed, TaskFinished, TaskProgress
from leaderboard.evaluation.kept_results import KeptResults
from leaderboard.evaluation.process import CHILD_COMMAND
from leaderboard.evaluation.reports import conclusion, unsafe_tasks, word_of
from leaderboard.evaluation.rhythm import Rhythm
from leaderboard.evaluation.run import Run, can_evaluate, new_run
from leaderboard.local_models import LocalModels
from leaderboard.queue import LostClaimError, Queue, QueueEntry, QueueError, Released, Turn, TurnPlan
from leaderboard.records import (
    Cause,
    Failure,
    ModelSource,
    Status,
    TaskFailure,
    TaskResult,
    utc_now,
)
from leaderboard.results import Publication, ResultsReader
from leaderboard.store import Store, StoreError
from leaderboard.suite import Suite

logger = logging.getLogger(__name__)

_LISTEN_SECONDS = 0.5
_LOG_EVERY_SECONDS = 2.0
_MOST_STARTS = 5


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
    engines: EngineChoice = field(default_factory=EngineChoice)
    memory_limit_bytes: int | None = None
    read_token: str | None = field(default=None, repr=False)
    clock: Callable[[], datetime] = utc_now
    child_command: Sequence[str] = CHILD_COMMAND
    executor: Executor | None = None
    """Where it computes; None: in a child process of this machine."""
    stopping: threading.Event = field(default_factory=threading.Event)
    _desk: Desk | None = None
    _waiting: deque[QueueEntry] = field(default_factory=deque)
    """Claimed and not begun."""
    _current: Run | None = None
    _ended: list[Run] = field(default_factory=list)
    """Evaluated, and the queue does not know yet."""
    _rhythm: Rhythm | None = None

    @property
    def desk(self) -> Desk:
        """Where this worker sits; taken when it is first needed."""
        if self._desk is None:
            self._desk = sit_down(self.work_dir)
            self._kept.tidy()
        return self._desk

    @property
    def name(self) -> str:
        """Unlike any other worker's."""
        return self.desk.identity.name

    @property
    def rhythm(self) -> Rhythm:
        """When its turns are."""
        if self._rhythm is None:
            self._rhythm = Rhythm(self.queue.store, self.results)
        return self._rhythm

    @property
    def _kept(self) -> KeptResults:
        return KeptResults(self.work_dir)

    def leave(self) -> None:
        """Free the desk for another process of this machine."""
        if self._desk is not None:
            self._desk.leave()
            self._desk = None

    def stop(self) -> None:
        """End the evaluation in hand, if any, and give back to the queue what is not done."""
        self.stopping.set()

    def work_off(self) -> int:
        """Evaluate until nothing is pending that this machine can do; return how many were evaluated.

        Raises:
            StoreError: the stores cannot be reached. What was evaluated meanwhile is published at the next call.
        """
        done = 0
        while not self.stopping.is_set():
            if not self._waiting and self.rhythm.must_wait(self.clock()):
                return done
            if not self._waiting:
                self._take_turn()
            if not self._waiting:
                break
            done += self._evaluate(self._waiting.popleft())
        if self._waiting or self._ended:
            self._take_turn()
        return done

    def _evaluate(self, entry: QueueEntry) -> bool:
        """Have one request evaluated; False where the claim was lost or the worker stopped."""
        logger.info("%s: attempt %d begins", entry.request.model.name, entry.state.attempt)
        try:
            run = self._current = self._prepare(entry)
        except StoreError:
            self._waiting.appendleft(entry)
            raise
        try:
            if run.unaccounted():
                self._try_to_measure(run)
        except LostClaimError:
            run.close(self.clock())
            return False
        finally:
            self._current = None
        run.close(self.clock())
        self._ended.append(run)
        return True

    def _try_to_measure(self, run: Run) -> None:
        """Have a child measure what is left, unless every worker of this machine that tried has died of it."""
        starts = self._kept.note_start(run.entry.id)
        try:
            if starts > _MOST_STARTS:
                detail = f"workers died {_MOST_STARTS} times in a row before a task of it was finished"
                run.fatal = Failure(cause=Cause.LOST_WORKER, detail=detail)
                return
            self._measure(run)
        finally:
            self._kept.note_end(run.entry.id)
        self.rhythm.last_took = self.clock() - run.started_at

    def _prepare(self, entry: QueueEntry) -> Run:
        """Begin an attempt with whatever earlier ones have finished."""
        model = entry.request.model
        run = new_run(
            entry,
            self.suite,
            model_folder=self.local_models.folder(model.revision) if model.source is ModelSource.LOCAL else None,
            device=self.device,
            engines=self.engines,
            batch_size=self.batch_size,
            jobs=self.work_dir / "jobs",
            now=self.clock(),
        )
        run.take_over(self._kept.of(entry.id))
        for result in run.results:
            if not self._kept.has(result):  # a killed worker's child wrote it: its folder is about to go
                self._keep(result)
        checkpoint = entry.state.checkpoint
        if checkpoint is not None:
            finished = finished_before(checkpoint, ResultsReader(self.results), self.stopping.wait)
            run.take_over(finished)
            run.safe_tasks = frozenset(one.task for one in finished) & {result.task for result in run.results}
        if run.results:
            logger.info("%s: %d tasks were finished before", run.name, len(run.results))
        return run

    @property
    def _executor(self) -> Executor:
        if self.executor is not None:
            return self.executor
        return Here(
            self.work_dir, self.time_limit_seconds, self.memory_limit_bytes, self.read_token, self.child_command
        )

    def _measure(self, run: Run) -> None:
        """Begin the evaluation, listen until it ends, keep the lease."""
        executor = self._executor
        try:
            evaluation = executor.begin(run)
        except CannotBeginError as error:
            run.fatal = Failure(cause=error.cause, detail=one_line(str(error)))
            return
        deadline = time.monotonic() + executor.seconds_allowed()
        try:
            self._listen(evaluation, run, deadline)
        finally:
            # One elsewhere that is not heard to its end, is wanted and has no fault, is another worker's to go on with.
            evaluation.end(called_off=run.fatal is not None or self._is_unwanted(run))
        if run.fatal is None and run.unaccounted():
            run.fatal = evaluation.why_it_ended()

    def _is_unwanted(self, run: Run) -> bool:
        """Tell whether a maintainer or its submitter took a request back while it was evaluated."""
        if not run.unaccounted():
            return False
        try:
            entry = self.queue.view().entries.get(run.entry.id)
        except (StoreError, QueueError):
            return False
        return entry is not None and entry.state.status in {Status.CANCELLED, Status.WITHDRAWN}

    def _listen(self, evaluation: Evaluation, run: Run, deadline: float) -> None:
        next_word = 0.0
        while not evaluation.silent:
            self._take_word(run, evaluation.next_event(_LISTEN_SECONDS))
            if self.stopping.is_set():
                self._take_turn()
                raise LostClaimError
            run.fatal = run.fatal or evaluation.excess
            if time.monotonic() > deadline:
                run.fatal = Failure(cause=Cause.TIME_LIMIT, detail=f"longer than {self.time_limit_seconds:g} s")
            if run.fatal is not None:
                return
            if time.monotonic() >= next_word:
                next_word = time.monotonic() + _LOG_EVERY_SECONDS
                logger.info("%s: %s", run.name, run.meter.in_words())
            self._take_turn_if_due(run)

    def _take_word(self, run: Run, event: Event | None) -> None:
        """Take what the child says, which may be foreign code's word."""
        match event:
            case ModelLoaded():
                logger.info("%s: model loaded", run.name)
            case TaskProgress():
                run.meter.progress(event.task, event.items_done, event.items)
            case TaskFinished():
                self._take_result(run, event.task)
            case TaskFailed():
                self._take_failure(run, event.failed)
            case RunFailed():
                run.fatal = cleaned(event.failure)

    def _take_result(self, run: Run, task_id: str) -> None:
        task = next((one for one in run.unaccounted() if one.id == task_id), None)
        if task is None:  # not a task of this job, or one that was told of before
            return
        run.meter.finished(task_id)
        logger.info("%s: %s", run.name, run.meter.in_words())
        try:
            run.results.append(read_result(run.folder, run.job, task))
        except UnacceptableResultError as error:
            failure = Failure(cause=Cause.ENGINE_ERROR, detail=one_line(str(error)))
            run.failures.append(TaskFailure(task=task_id, failure=failure))
        else:
            self._keep(run.results[-1])

    def _keep(self, result: TaskResult) -> None:
        """Keep a result on this machine's disk; a disk that is full costs that and nothing else."""
        try:
            self._kept.keep(result)
        except OSError as error:
            logger.warning("%s cannot be kept on this machine: %s", result.task, error.strerror)

    def _take_failure(self, run: Run, failed: TaskFailure) -> None:
        if all(task.id != failed.task for task in run.unaccounted()):
            return
        failed = failed.replaced(failure=cleaned(failed.failure))
        logger.warning("%s: %s failed: %s", run.name, failed.task, failed.failure.detail)
        run.failures.append(failed)
        run.meter.finished(failed.task)

    def _take_turn_if_due(self, run: Run) -> None:
        """Take a turn while a child is at work. A store that cannot be reached stops nothing but the turn."""
        if not self.rhythm.is_due(self.clock()):
            return
        try:
            turn = self._take_turn()
        except (StoreError, QueueError) as error:
            logger.warning("%s The evaluation goes on.", error)
            return
        if run.entry.id in turn.lost:
            logger.warning("%s: the claim was lost; nothing of this attempt is published", run.name)
            raise LostClaimError

    def _take_turn(self) -> Turn:
        """Take a turn; where the stores refuse it, take none before they said."""
        try:
            turn = self._publish_and_report()
        except (StoreError, QueueError) as error:
            self.rhythm.refused(error, self.clock())
            raise
        foreign = [entry for entry in turn.held if not self._is_current(entry, turn) and not self._can_evaluate(entry)]
        if foreign:  # claimed by whoever sat at this desk before: with another suite, or another folder of models
            released = [Released(entry.id, entry.state.attempt) for entry in foreign]
            self.queue.turn(TurnPlan(self.desk.identity, self.clock(), self.rhythm.lease(), released))
            self._waiting = deque(entry for entry in self._waiting if entry not in foreign)
        return turn

    def _publish_and_report(self) -> Turn:
        """Publish what has ended, say everything, take new requests: one commit of results, one of states.

        In this order: a state names what exists.
        """
        ended, stopping = list(self._ended), self.stopping.is_set()
        publication, reports = Publication(), []
        for run in ended:
            files, report = conclusion(run, self.name)
            publication |= files
            reports.append(report)
        to_keep = unsafe_tasks(self._current, stopping=stopping) if self._current else Publication()
        (publication | to_keep).commit(self.results, f"results of {self.name}")
        if self._current is not None and to_keep.files:
            self._current.mark_safe()
        lasts = self.clock() - self._current.started_at if self._current else None
        hold = 0 if stopping else self.rhythm.wanted(lasts)
        plan = TurnPlan(
            worker=self.desk.identity,
            now=self.clock(),
            lease=self.rhythm.lease(),
            reports=[*reports, *word_of(self._current, self._waiting, hold)],
            hold=hold,
            wanted=self._can_evaluate,
        )
        turn = self.queue.turn(plan)
        self._forget(ended, turn)
        self.rhythm.taken(plan, turn)
        self._waiting = deque(entry for entry in turn.held if not stopping and not self._is_current(entry, turn))
        return turn

    def _is_current(self, entry: QueueEntry, turn: Turn) -> bool:
        return self._current is not None and entry.id == self._current.entry.id and entry.id not in turn.lost

    def _can_evaluate(self, entry: QueueEntry) -> bool:
        return can_evaluate(entry, self.suite, self.local_models) and self._executor.may_begin(entry)

    def _forget(self, ended: Sequence[Run], turn: Turn) -> None:
        """Let go of runs the queue knows the end of."""
        for run in ended:
            self._ended.remove(run)
            if run.entry.id in turn.lost:
                logger.warning("%s: the claim was lost; nothing of this attempt counts", run.name)
                continue
            status = turn.changes[run.entry.id].status if run.entry.id in turn.changes else "known"
            logger.info("%s: %s", run.name, status)
            if not run.failures:
                self._kept.forget(run.entry.id)
