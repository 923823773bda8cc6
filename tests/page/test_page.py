"""The page as a whole, without a browser; with one it is in `tests/browser`."""

import asyncio

import pytest
from fastapi import Request
from gradio.data_classes import PredictBodyInternal

from leaderboard.installation import Installation
from leaderboard.page.page import build_page


@pytest.mark.filterwarnings("ignore:Setting .api_name=False.:DeprecationWarning")
def test_the_list_of_events_that_wait_has_an_end(house: Installation):
    page = build_page(house)
    waits = next(number for number, one in page.fns.items() if one.queue and one.concurrency_id == "examinations")

    async def push_all() -> list[str]:
        told = []
        for number in range(70):
            body = PredictBodyInternal(data=[], fn_index=waits, session_hash=f"{number}")
            told.append((await page._queue.push(body, Request({"type": "http", "headers": []}), None))[2])
        return told

    assert asyncio.run(push_all()) == ["success"] * 64 + ["queue_full"] * 6
