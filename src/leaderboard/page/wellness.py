"""Whether the leaderboard is well, for whatever watches it: `GET /health` answers 200, or 503 with the reasons."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from leaderboard.canary import drift_in_words
from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.pulse import last_tick
from leaderboard.queue import QueueView
from leaderboard.records import Status, utc_now

OLDEST_READING = timedelta(minutes=15)
"""The stores are looked at every half a minute."""
OLDEST_TICK = timedelta(minutes=15)
"""The scheduler ticks as often; within an evaluation it does not, but then something is RUNNING."""
LONGEST_WAIT = timedelta(days=2)
"""What waits so long while nothing ends waits for a maintainer."""


@dataclass(frozen=True)
class Wellness:
    """How the leaderboard is, at one moment."""

    reasons: tuple[str, ...]
    """Why it is not well, in words for maintainers; none where it is."""
    read_at: datetime | None
    newest_result: datetime | None
    last_tick: datetime | None
    queue: dict[str, int]

    def as_data(self) -> dict[str, Any]:
        """Return it for JSON; moments in UTC."""
        moments = {"read_at": self.read_at, "newest_result": self.newest_result, "last_tick": self.last_tick}
        told = {name: moment.isoformat() if moment else None for name, moment in moments.items()}
        return {"well": not self.reasons, "reasons": list(self.reasons), **told, "queue": self.queue}


def wellness(house: Installation, feed: BoardFeed, now: datetime) -> Wellness:
    """Judge by rule: stores that are silent or read long ago, a scheduler that does not tick, a queue that stands."""
    view, board = feed.queue(), feed.newest().view.board
    newest = max((row.evaluated_at for row in board.rows), default=None)
    tick = last_tick(house.settings.work_dir)
    counted = Counter(str(entry.state.status) for entry in view.entries.values())
    reasons = []
    if feed.in_trouble:
        reasons.append("the stores cannot be read; the log says why")
    if feed.read_at is None or now - feed.read_at > OLDEST_READING:
        reasons.append(f"the stores were read last {_when(feed.read_at)}")
    if house.evaluates and not counted[Status.RUNNING] and tick is not None and now - tick > OLDEST_TICK:
        reasons.append(f"the scheduler looked into the queue last {_when(tick)}")
    if _stands(view, newest, now):
        reasons.append("requests wait for two days, and no evaluation has ended since")
    if feed.canary is not None and feed.canary.drifts:
        reasons.append(drift_in_words(feed.canary))
    return Wellness(tuple(reasons), feed.read_at, newest, tick, dict(counted))


def health_route(house: Installation, feed: BoardFeed) -> Route:
    """Return the route. It reads what the page has before it, and asks no store."""

    def answer(_request: Request) -> JSONResponse:
        found = wellness(house, feed, utc_now())
        return JSONResponse(found.as_data(), status_code=503 if found.reasons else 200)

    return Route("/health", answer, methods=["GET"])


def _stands(view: QueueView, newest: datetime | None, now: datetime) -> bool:
    oldest = min((entry.submitted_at for entry in view.pending()), default=None)
    if oldest is None or now - oldest <= LONGEST_WAIT:
        return False
    return newest is None or now - newest > LONGEST_WAIT


def _when(moment: datetime | None) -> str:
    return f"at {moment:%Y-%m-%d %H:%M} UTC" if moment else "never"
