"""What is said where something could not be changed; the notice above the board is in `test_board_feed`."""

import pytest

from leaderboard.page.trouble import why_unchanged
from leaderboard.queue import QueueError
from leaderboard.records import LeaderboardError
from leaderboard.store import ConflictError, StoreError, StoreUnavailableError
from leaderboard.texts import LANGUAGES, load_texts


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (StoreError, "site.store_silent"),
        (StoreUnavailableError, "site.store_silent"),
        (ConflictError, "site.store_silent"),
        (QueueError, "site.queue_hinders"),
        (LeaderboardError, "site.queue_hinders"),
    ],
)
def test_an_error_is_told_in_the_pages_language_and_not_in_its_own(
    kind: type[LeaderboardError], key: str, language: str
):
    assert why_unchanged(kind("what happened"), load_texts(language)) == load_texts(language)(key)
