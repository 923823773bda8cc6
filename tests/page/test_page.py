"""The page as a whole, without a browser; with one it is in `tests/browser`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

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

    # In a thread of its own: a browser that was driven here before leaves a loop that runs.
    with ThreadPoolExecutor(1) as thread:
        told = thread.submit(asyncio.run, push_all()).result()
    assert told == ["success"] * 64 + ["queue_full"] * 6
