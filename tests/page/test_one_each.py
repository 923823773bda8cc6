"""One thing at a time for each account."""

import threading
import time
from collections.abc import Iterator

import gradio as gr
import httpx
import pytest

from leaderboard.page.one_each import OneEach


def test_an_account_has_one_turn_at_a_time_and_another_account_has_its_own():
    one_each = OneEach()
    with one_each.turn("ana") as first, one_each.turn("ana") as second, one_each.turn("berta") as others:
        assert (first, second, others) == (True, False, True)
    with one_each.turn("ana") as again:
        assert again


def test_a_turn_that_was_refused_ends_nobodys():
    one_each = OneEach()
    with one_each.turn("ana"):
        for _ in range(3):
            with one_each.turn("ana") as may_begin:
                assert not may_begin


def test_a_turn_ends_with_its_error():
    one_each = OneEach()
    with pytest.raises(ZeroDivisionError), one_each.turn("ana"):
        _ = 1 / 0
    with one_each.turn("ana") as again:
        assert again


def test_who_sits_at_the_machine_waits_for_nobody():
    one_each = OneEach()
    with one_each.turn(None) as first, one_each.turn(None) as second:
        assert (first, second) == (True, True)


def test_of_many_at_once_one_begins():
    one_each, together, began = OneEach(), threading.Barrier(8), list[bool]()

    def ask() -> None:
        together.wait()
        with one_each.turn("ana") as may_begin:
            began.append(may_begin)
            together.wait()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(began) == [False] * 7 + [True]


def test_who_closes_the_page_has_no_turn_any_more():
    """Gradio goes on with what nobody hears until its next word, and closes it then."""
    one_each = OneEach()

    def examine() -> Iterator[str]:
        with one_each.turn("ana"):
            while True:
                time.sleep(0.02)
                yield "under way"

    def may_begin() -> bool:
        with one_each.turn("ana") as may:
            return may

    with gr.Blocks() as page:
        gr.Button().click(examine, outputs=gr.Textbox())
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False, server_name="127.0.0.1")
    try:
        with httpx.Client(base_url=f"{url}gradio_api", timeout=10) as client:
            client.post("/queue/join", json={"data": [], "fn_index": 0, "session_hash": "0a"}).raise_for_status()
            with client.stream("GET", "/queue/data", params={"session_hash": "0a"}) as told:
                assert any("process_generating" in line for line in told.iter_lines())
                assert not may_begin()
        end = time.monotonic() + 20
        while not may_begin():
            assert time.monotonic() < end, "its turn has no end"
            time.sleep(0.05)
    finally:
        page.close()
