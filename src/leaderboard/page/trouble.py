"""What is said where the stores do not answer: above what was read from them, and of what could not be changed."""

from datetime import UTC

from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element
from leaderboard.records import LeaderboardError
from leaderboard.store import StoreError
from leaderboard.texts import Texts


def trouble_notice(feed: BoardFeed, texts: Texts) -> str:
    """Return a notice that what is shown may be old, and how old; empty where all is well."""
    if not feed.in_trouble:
        return ""
    read_at = feed.read_at
    if read_at is None:
        words = texts("site.nothing_read")
    else:
        moment = read_at.astimezone(UTC)
        words = texts("site.trouble", date=texts.date(moment), time=f"{moment:%H:%M}")
    return element("p", words, {"class": "notice", "role": "status"})


def why_unchanged(error: LeaderboardError, texts: Texts) -> str:
    """Return what a visitor is told of an error whose own words are for whoever reads the log."""
    return texts("site.store_silent" if isinstance(error, StoreError) else "site.queue_hinders")
