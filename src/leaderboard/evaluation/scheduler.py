"""The scheduled backend: a thread of the Space's process that polls the queue and evaluates."""

import logging
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from leaderboard.evaluation.worker import Worker
from leaderboard.pulse import note_tick
from leaderboard.records import LeaderboardError

logger = logging.getLogger(__name__)


class EvaluationScheduler:
    """Polls the queue at an interval and works it off; one evaluation at a time."""

    def __init__(self, worker: Worker, poll_seconds: float) -> None:
        self._worker = worker
        self._poll_seconds = poll_seconds
        self._scheduler = BackgroundScheduler(timezone=UTC)
        # At once, then at the interval; ticks that fall into a long evaluation are one tick when it ends.
        self._scheduler.add_job(
            self._tick,
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
        # Here the worker sits down, before the first tick could do so in another thread, at another desk.
        logger.info("%s polls the queue", self._worker.name)
        self._scheduler.start()

    def _tick(self) -> None:
        """Work off what waits. What the stores refuse is told in a line; the next tick tries again."""
        note_tick(self._worker.work_dir, datetime.now(UTC))
        try:
            self._worker.work_off()
        except LeaderboardError as error:
            logger.warning("%s The next look is in %g s.", error, self._poll_seconds)
        except Exception:
            logger.exception("the worker stumbled; the next look is in %g s", self._poll_seconds)

    def stop(self) -> None:
        """Stop polling; an evaluation in hand ends at once and its request goes back to the queue."""
        self._worker.stop()
        self._scheduler.shutdown(wait=True)
        self._worker.leave()
