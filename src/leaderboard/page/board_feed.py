"""The board that the page shows, and whether there is a newer one. Built beside the old one, then swapped."""

import hashlib
import logging
import threading
import time
from dataclasses import dataclass

from leaderboard.installation import BoardView, Installation
from leaderboard.queue import QueueView

logger = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 1.0
"""Every open page asks now and then; the stores are looked at once for all of them."""


@dataclass(frozen=True)
class Edition:
    """One version of the board. The version changes when a run is published, not with every step of the queue."""

    version: str
    view: BoardView


class BoardFeed:
    """Keeps the newest edition. When the stores cannot be read, the last good one stays."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._lock = threading.Lock()
        self._edition: Edition | None = None
        self._looked_at = -_LOOK_EVERY_SECONDS

    def newest(self) -> Edition:
        """Return the newest edition that could be built."""
        with self._lock:
            if self._edition is not None and time.monotonic() - self._looked_at < _LOOK_EVERY_SECONDS:
                return self._edition
            self._looked_at = time.monotonic()
            try:
                queue = self._house.queue.view()
                version = _version(queue)
                if self._edition is None or self._edition.version != version:
                    self._edition = Edition(version, self._house.board(queue))
            except Exception:
                # Whatever it is, a page that shows the last good board is better than none.
                if self._edition is None:
                    raise
                logger.exception("the board cannot be built anew; the page keeps the one it has")
            return self._edition


def _version(queue: QueueView) -> str:
    """Name what the board is made of: the runs that states name, and the files set aside."""
    runs = [entry.state.run.model_dump_json() for entry in queue.entries.values() if entry.state.run]
    broken = [str(error) for error in queue.set_aside]
    return hashlib.sha256("\n".join(sorted(runs) + sorted(broken)).encode()).hexdigest()[:16]
