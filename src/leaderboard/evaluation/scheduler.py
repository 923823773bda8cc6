"""The scheduled backend: a thread of the Space's process that polls the queue and evaluates."""

import logging
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard.evaluation.worker import Worker

logger = logging.getLogger(__name__)


class EvaluationScheduler:
    """Polls the queue at an interval and works it off; one evaluation at a time."""

    def __init__(self, worker: Worker, poll_seconds: float) -> None:
        self._worker = worker
        self._scheduler = BackgroundScheduler(timezone=UTC)
        # At once, then at the interval; ticks that fall into a long evaluation are one tick when it ends.
        self._scheduler.add_job(
            worker.work_off,
            "interval",
            seconds=poll_seconds,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def start(self) -> None:
        """Begin to poll."""
        # It warns at every tick that falls into an evaluation, which is the normal course here.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()
        logger.info("%s polls the queue", self._worker.name)

    def stop(self) -> None:
        """Stop polling; an evaluation in hand ends at once and its request goes back to the queue."""
        self._worker.stop()
        self._scheduler.shutdown(wait=True)
