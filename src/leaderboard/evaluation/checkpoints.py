"""What an earlier attempt has finished and left in the results store."""

import logging
from collections.abc import Callable

from leaderboard.records import Checkpoint, InvalidRecordError, TaskResult
from leaderboard.results import ResultsReader

logger = logging.getLogger(__name__)

_LOOKS = 2
_A_MOMENT_SECONDS = 2.0


def finished_before(
    checkpoint: Checkpoint, results: ResultsReader, wait: Callable[[float], object]
) -> tuple[TaskResult, ...]:
    """Return what a checkpoint names; a listing that is behind is given a moment.

    Raises:
        StoreError: the store cannot be read: no reason to measure anything again.
    """
    for _ in range(_LOOKS):
        try:
            return results.finished_tasks(checkpoint)
        except InvalidRecordError as error:
            logger.warning("%s: %s", checkpoint.run, error)
            wait(_A_MOMENT_SECONDS)
    logger.warning("%s: the tasks of that checkpoint are measured again", checkpoint.run)
    return ()
