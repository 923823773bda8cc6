"""The notice that the stores do not answer, for every tab that shows what was read from them."""

from datetime import UTC

from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element
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
        words = texts("site.trouble", date=f"{moment:%Y-%m-%d}", time=f"{moment:%H:%M}")
    return element("p", words, {"class": "notice", "role": "status"})
