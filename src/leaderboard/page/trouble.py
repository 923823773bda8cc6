"""What is said where something is wrong: the stores do not answer, the canary has drifted, a change was not made."""

from datetime import UTC

from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element
from leaderboard.records import LeaderboardError
from leaderboard.store import StoreError
from leaderboard.texts import Texts

_NAMED = 5
"""Tasks; who wants to know the others asks /health."""


def trouble_notice(feed: BoardFeed, texts: Texts) -> str:
    """Return what is wrong with what is shown: that it may be old, or measured otherwise; empty where all is well."""
    return _drift(feed, texts) + _silence(feed, texts)


def _drift(feed: BoardFeed, texts: Texts) -> str:
    report = feed.canary
    if report is None or not report.drifts:
        return ""
    tasks = ", ".join(drift.task for drift in report.drifts[:_NAMED])
    words = texts("site.drift", model=report.model, count=len(report.drifts), of=report.tasks, tasks=tasks)
    return element("p", words, {"class": "notice", "role": "status"})


def _silence(feed: BoardFeed, texts: Texts) -> str:
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
