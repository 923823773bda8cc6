"""One running copy of the leaderboard: its settings, stores, suite and desk, opened once and handed down."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from functools import cache, partial

from huggingface_hub import HfApi

from leaderboard.board import Board, BoardBuilder, Row, rule_in_force
from leaderboard.canary import CanaryReport, canary_report
from leaderboard.evaluation.executors.budget import Account, Budget, Waiting
from leaderboard.evaluation.executors.hf_jobs import HfJobs
from leaderboard.evaluation.executors.job_list import JobList
from leaderboard.evaluation.executors.job_output import job_output
from leaderboard.evaluation.executors.price_list import PriceList
from leaderboard.evaluation.installation import missing_packages
from leaderboard.evaluation.run import can_evaluate
from leaderboard.evaluation.smoke import SmokeTest
from leaderboard.evaluation.worker import Worker
from leaderboard.hardware import memory_for_a_model
from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue, QueueEntry, QueueView
from leaderboard.records import InvalidRecordError, WithdrawalReason
from leaderboard.results import ResultsReader
from leaderboard.results.rules import RuleReader
from leaderboard.settings import Settings
from leaderboard.store import HubAccess, Store, open_store
from leaderboard.submission import Candidate, CheckName, Finding, Premises, ProblemCode, Quota, Speeds, SubmissionDesk
from leaderboard.submission.findings import passed, refused, warned
from leaderboard.suite import Suite, load_suite

_LONGEST_DETAIL = 400
_ASKED_AFTER = 50
"""Requests whose price is looked at; those behind them wait for their turn."""


@dataclass(frozen=True)
class Tombstone:
    """A model that was in the ranking and was taken down."""

    model: str
    date: str


@dataclass(frozen=True)
class BoardView:
    """The board as it is now, with what could not be read."""

    board: Board
    set_aside: tuple[InvalidRecordError, ...]
    withdrawn: tuple[Tombstone, ...] = ()
    """What was taken down; of a past day, what was since: it is on no board any more."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """One row for each model, in the order of the default view."""
        return self.board.rows


@dataclass(frozen=True)
class Money:
    """What evaluations have cost, and what waits for want of it."""

    account: Account | None
    """None: the Hub does not say."""
    waiting: Mapping[str, Waiting]
    """By request."""


@dataclass(frozen=True)
class Installation:
    """Everything a command or a page needs; nothing else is global."""

    settings: Settings
    suite: Suite
    queue: Queue
    results: Store
    reader: ResultsReader
    rules: RuleReader
    builder: BoardBuilder
    local_models: LocalModels
    desk: SubmissionDesk
    jobs: HfJobs | None = None
    """Where evaluations compute, if not on this machine."""

    @property
    def missing_packages(self) -> tuple[str, ...]:
        """What the engines of the settings need and this environment lacks."""
        return missing_packages(self.settings.engines.all)

    @property
    def evaluates(self) -> bool:
        """Whether a worker of this process can have anything evaluated: here, or in jobs."""
        return self.jobs is not None or not self.missing_packages

    def money(self, view: QueueView) -> Money | None:
        """Return what jobs have cost and which of the first requests wait for money; None where nothing is paid for."""
        if self.jobs is None:
            return None
        pending = view.pending()[:_ASKED_AFTER]
        waiting = {entry.id: found for entry in pending if (found := self.jobs.why_it_waits(entry))}
        return Money(self.jobs.account(), waiting)

    def board(self, view: QueueView | None = None) -> BoardView:
        """Build the board from what the queue's states name, under the rule in force."""
        view = view or self.queue.view()
        published = self.reader.published(view)
        history, broken = self.rules.read()
        board = self.builder.build(published.evaluations, rule_in_force(self.suite, history))
        return BoardView(board, (*published.set_aside, *broken), tuple(tombstones(view.withdrawn())))

    def empty_board(self) -> BoardView:
        """Return the board before anything was read."""
        return BoardView(self.builder.build(()), ())

    def canary(self, view: QueueView) -> CanaryReport | None:
        """Return how the canary is; None where there is none, or it has not been measured."""
        return canary_report(view, self.reader, self.settings.canary)

    def can_evaluate(self, entry: QueueEntry) -> bool:
        """Tell whether this machine could evaluate a request: its suite and, for a local model, its folder are here."""
        return can_evaluate(entry, self.suite, self.local_models)

    def smoke_test(self, candidate: Candidate) -> Finding:
        """Try a candidate on a few items, where this machine can: the last check, and the only one that computes."""
        if self.missing_packages:
            return warned(CheckName.SMOKE, ProblemCode.SMOKE_NOT_HERE)
        trial = SmokeTest(
            work_dir=self.settings.work_dir,
            device=self.settings.device,
            engine=self.settings.engines.of(candidate.request.facts.parameters),
            completions_url=self.settings.engines.completions_url,
            batch_size=self.settings.batch_size,
            memory_limit_bytes=self.settings.memory_limit_bytes,
        ).of(candidate.request, candidate.folder)
        model = candidate.request.model.name
        if trial.failure is not None:
            cause, detail = str(trial.failure.cause), trial.failure.detail[:_LONGEST_DETAIL]
            return refused(CheckName.SMOKE, ProblemCode.SMOKE_FAILED, model=model, cause=cause, detail=detail)
        return passed(CheckName.SMOKE, model=model, items=str(trial.items), seconds=f"{trial.seconds:.1f}")

    def new_workers(self) -> list[Worker]:
        """Return a worker for each evaluation that may be under way at once: one here, in jobs as many as is said."""
        told = self.settings.jobs
        return [self.new_worker() for _ in range(told.at_once if told else 1)]

    def new_worker(self) -> Worker:
        """Return a worker for this machine; it does nothing until it is told to."""
        return Worker(
            queue=self.queue,
            results=self.results,
            suite=self.suite,
            local_models=self.local_models,
            work_dir=self.settings.work_dir,
            device=self.settings.device,
            engines=self.settings.engines,
            batch_size=self.settings.batch_size,
            time_limit_seconds=self.settings.time_limit_seconds,
            memory_limit_bytes=self.settings.memory_limit_bytes,
            read_token=self.settings.read_token,
            executor=self.jobs,
        )


def open_installation(settings: Settings) -> Installation:
    """Open the stores and load the suite that `settings` name.

    Raises:
        LeaderboardError: a store or the suite cannot be used; the message says which and why.
    """
    suite = load_suite(settings.suite, data=settings.data)
    access = HubAccess(
        cache=settings.work_dir / "store",
        endpoint=settings.hub_endpoint,
        token=settings.hub_token,
        timeout_seconds=settings.hub_timeout_seconds,
    )
    queue = Queue(open_store(settings.queue, access))
    results = open_store(settings.results, access)
    local_models = LocalModels(settings.work_dir)
    reader = ResultsReader(results)
    jobs = _jobs(settings)
    premises = Premises(
        queue=queue,
        suite=suite,
        local_models=local_models,
        hub=HfApi(endpoint=settings.hub_endpoint, token=False),
        quota=Quota(settings.quota_per_user, settings.quota_per_organisation, timedelta(days=settings.quota_days)),
        batch_size=settings.batch_size,
        time_limit_seconds=settings.time_limit_seconds,
        quantisations=settings.quantisations,
        memory_bytes=cache(partial(_memory_for_a_model, settings, jobs)),
        speeds=lambda view: Speeds(reader.published(view).evaluations, suite.tokens),
    )
    return Installation(
        settings=settings,
        suite=suite,
        queue=queue,
        results=results,
        reader=reader,
        rules=RuleReader(results),
        builder=BoardBuilder(suite),
        local_models=local_models,
        desk=SubmissionDesk(premises),
        jobs=jobs,
    )


def _jobs(settings: Settings) -> HfJobs | None:
    told = settings.jobs
    if told is None:
        return None
    api = HfApi(endpoint=settings.hub_endpoint, token=told.token or False)
    return HfJobs(
        api=api,
        namespace=told.namespace,
        jobs=JobList(api, told.namespace),
        image=told.image,
        suite=settings.suite,
        time_limit_seconds=settings.time_limit_seconds,
        batch_size=settings.batch_size,
        budget=Budget(told.dollars_a_day, told.dollars_a_model),
        read_token=settings.read_token,
        look_every_seconds=told.look_every_seconds,
        output=job_output(api, told.namespace, told.bucket),
        prices=PriceList(api),
        engines=settings.engines,
    )


def tombstones(withdrawn: Iterable[QueueEntry]) -> Iterator[Tombstone]:
    """Name each model that was taken down once, however many of its requests were."""
    named = set()
    for entry in withdrawn:
        withdrawal, model = entry.state.withdrawal, entry.request.model.name
        if withdrawal and withdrawal.reason is WithdrawalReason.TAKEDOWN and model not in named:
            named.add(model)
            yield Tombstone(model, f"{withdrawal.at.astimezone(UTC):%Y-%m-%d}")


def _memory_for_a_model(settings: Settings, jobs: HfJobs | None) -> int:
    if settings.model_memory_bytes:
        return settings.model_memory_bytes
    if jobs is not None:
        return jobs.largest_memory()
    return memory_for_a_model(settings.device)
