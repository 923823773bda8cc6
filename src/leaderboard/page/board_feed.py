"""The board and the queue that the page shows. Newer ones are made beside the old and then swapped.

No visitor waits for a store: a look that takes long goes on in the background, and the page shows what was read last.
"""

import hashlib
import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime

from leaderboard.canary import CanaryReport
from leaderboard.installation import BoardView, Installation, Money
from leaderboard.queue import QueueView
from leaderboard.records import InvalidRecordError, LeaderboardError, RuleHistory, sha256_hex, utc_now
from leaderboard.store import HUB_SCHEME, Version

logger = logging.getLogger(__name__)

_LOOK_INTO_FOLDERS_SECONDS = 1.0
"""Every open page asks now and then; the stores are looked at once for all of them."""

_PATIENCE_SECONDS = 0.5
"""A look that is over by then is waited for; most are."""

_NOTHING = QueueView(Version(""), {}, ())


@dataclass(frozen=True)
class Edition:
    """One version of the board. The version changes when a run is published, not with every step of the queue."""

    version: str
    view: BoardView


class BoardFeed:
    """Keeps the newest edition. When the stores cannot be read, the last good one stays."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        on_hub = any(place.startswith(HUB_SCHEME) for place in (house.settings.queue, house.settings.results))
        self._look_every = house.settings.poll_seconds if on_hub else _LOOK_INTO_FOLDERS_SECONDS
        self._edition = Edition("", house.empty_board())
        self._queue = _NOTHING
        self._money: Money | None = None
        self._canary: CanaryReport | None = None
        self._named: list[str] | None = None
        """What the edition was made of."""
        self._read_at: datetime | None = None
        self._in_trouble = False
        self._looked_at: float | None = None
        self._starting = threading.Lock()
        self._look: threading.Thread | None = None

    def newest(self) -> Edition:
        """Return the newest edition that could be built."""
        self._look_if_due()
        return self._edition

    def queue(self) -> QueueView:
        """Return the queue as it was read last."""
        self._look_if_due()
        return self._queue

    @property
    def money(self) -> Money | None:
        """What evaluations have cost, as it was read last; None where nothing is paid for."""
        return self._money

    @property
    def canary(self) -> CanaryReport | None:
        """How the canary was when the stores were read last; None where there is none to tell of."""
        return self._canary

    @property
    def in_trouble(self) -> bool:
        """Whether the stores cannot be read at present; the log says why."""
        return self._in_trouble

    @property
    def read_at(self) -> datetime | None:
        """When they were read last; None before the first time."""
        return self._read_at

    def look_now(self) -> None:
        """Look into the stores without waiting for the next time: somebody has just changed something."""
        self._looked_at = None
        self._look_if_due()

    def _look_if_due(self) -> None:
        with self._starting:
            is_due = self._looked_at is None or time.monotonic() - self._looked_at >= self._look_every
            if is_due and (self._look is None or not self._look.is_alive()):
                self._looked_at = time.monotonic()
                self._look = threading.Thread(target=self._read_stores, name="board feed", daemon=True)
                self._look.start()
            look = self._look
        if look is not None:
            look.join(_PATIENCE_SECONDS)

    def _read_stores(self) -> None:
        try:
            queue = self._house.queue.view()
            named = _what_makes_a_board(queue, *self._house.rules.read())
            # A file that was set aside may have been mended, or only not listed yet.
            if self._named != named or self._edition.view.set_aside:
                view = self._house.board(queue)
                self._named, self._edition = named, Edition(_version(named, view), view)
            self._queue, self._read_at, self._in_trouble = queue, utc_now(), False
            self._money = self._house.money(queue)
            self._canary = self._house.canary(queue)
        except LeaderboardError as error:
            logger.warning("%s The page keeps the board it has.", error)
            self._in_trouble = True
        except Exception:
            # Whatever it is, a page that shows the last good board is better than none.
            logger.exception("the board cannot be built anew; the page keeps the one it has")
            self._in_trouble = True


def _what_makes_a_board(queue: QueueView, rule: RuleHistory, broken: tuple[InvalidRecordError, ...]) -> list[str]:
    """Name what a board is made of: the rule, and of the queue runs, what was withdrawn, and what was set aside."""
    runs = [entry.state.run.model_dump_json() for entry in queue.with_results() if entry.state.run]
    gone = [f"withdrawn {entry.id}" for entry in queue.withdrawn()]
    return [
        f"rule {sha256_hex(rule.to_json())}",
        *(str(error) for error in broken),
        *sorted(runs),
        *sorted(gone),
        *sorted(str(error) for error in queue.set_aside),
    ]


def _version(named: list[str], view: BoardView) -> str:
    told = [*named, *(str(error) for error in view.set_aside)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
