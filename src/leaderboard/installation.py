"""One running copy of the leaderboard: its settings, stores, suite and desk, opened once and handed down."""

from dataclasses import dataclass

from huggingface_hub import HfApi

from leaderboard.board import Row, build_board
from leaderboard.evaluation.run import can_evaluate
from leaderboard.evaluation.worker import Worker
from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue, QueueEntry, QueueView
from leaderboard.records import InvalidRecordError
from leaderboard.results import ResultsReader
from leaderboard.settings import Settings
from leaderboard.store import HubAccess, Store, open_store
from leaderboard.submission import SubmissionDesk
from leaderboard.suite import Suite, load_suite


@dataclass(frozen=True)
class BoardView:
    """The board as it is now, with what could not be read."""

    rows: tuple[Row, ...]
    set_aside: tuple[InvalidRecordError, ...]


@dataclass(frozen=True)
class Installation:
    """Everything a command or a page needs; nothing else is global."""

    settings: Settings
    suite: Suite
    queue: Queue
    results: Store
    reader: ResultsReader
    local_models: LocalModels
    desk: SubmissionDesk

    def board(self, view: QueueView | None = None) -> BoardView:
        """Build the board from what the queue's states name."""
        published = self.reader.published(view or self.queue.view())
        return BoardView(tuple(build_board(published.evaluations, self.suite)), published.set_aside)

    def can_evaluate(self, entry: QueueEntry) -> bool:
        """Tell whether this machine could evaluate a request: its suite and, for a local model, its folder are here."""
        return can_evaluate(entry, self.suite, self.local_models)

    def new_worker(self) -> Worker:
        """Return a worker for this machine; it does nothing until it is told to."""
        return Worker(
            queue=self.queue,
            results=self.results,
            suite=self.suite,
            local_models=self.local_models,
            work_dir=self.settings.work_dir,
            device=self.settings.device,
            batch_size=self.settings.batch_size,
            time_limit_seconds=self.settings.time_limit_seconds,
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
    return Installation(
        settings=settings,
        suite=suite,
        queue=queue,
        results=results,
        reader=ResultsReader(results),
        local_models=local_models,
        desk=SubmissionDesk(
            queue=queue, suite=suite, local_models=local_models, hub=HfApi(endpoint=settings.hub_endpoint)
        ),
    )
