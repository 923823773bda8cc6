"""What the store on the Hub says to whoever may not, and where there is no Hub."""

import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from leaderboard.store import ConflictError, HubAccess, StoreError, StoreUnavailableError
from leaderboard.store.hub import HubStore
from tests.hub_server import Fault, HubDatasetRepository, HubServer, Kind
from tests.store.hub_claim import (
    CHANGES,
    FILES,
    Sleep,
    check_nothing_landed,
)
from tests.store.places import DATASET, TOKEN


@pytest.mark.parametrize(
    ("about", "token", "advice"),
    [
        ({"private": True}, None, "the token may not see it; create it, or set HF_TOKEN"),
        ({"private": True}, "hf_" + "r" * 34, "the token may not see it; create it, or set HF_TOKEN"),
        ({"gated": True}, None, "it is gated; ask for access"),
        ({"gated": True}, "hf_" + "r" * 34, "it is gated; ask for access"),
        ({}, "hf_" + "w" * 34, "401.*Check that HF_TOKEN is right"),
        (None, None, "no such dataset.*create it"),
        (None, TOKEN, "no such dataset.*create it"),
    ],
)
def test_who_may_not_read_is_told_what_to_do(
    hub: HubServer, access: HubAccess, sleep: Sleep, about: dict[str, Any] | None, token: str | None, advice: str
):
    hub.add_token("hf_" + "r" * 34, user="reader")
    if about is not None:
        hub.add_dataset("somos/closed", FILES, **about)
    store = HubStore("somos/closed", replace(access, token=token), sleep=sleep)
    with pytest.raises(StoreError, match=f"^The store somos/closed cannot be used: .*{advice}") as refused:
        store.snapshot()
    assert not isinstance(refused.value, StoreUnavailableError)
    assert str(token) not in str(refused.value)
    assert sleep.naps == []


@pytest.mark.parametrize(
    ("token", "advice"),
    [
        (None, "set HF_TOKEN"),
        ("hf_" + "r" * 34, "403.*Check that HF_TOKEN may write"),
        ("hf_" + "w" * 34, "401.*Check that HF_TOKEN is right"),
    ],
)
def test_who_may_not_write_is_told_what_to_do(
    hub: HubServer, access: HubAccess, sleep: Sleep, dataset: HubDatasetRepository, token: str | None, advice: str
):
    hub.add_token("hf_" + "r" * 34, user="reader", may_read=[DATASET])
    store = HubStore(DATASET, replace(access, token=token), sleep=sleep)
    with pytest.raises(StoreError, match=advice) as refused:
        store.commit({"a.json": b"1"}, message="m", parent=None)
    assert not isinstance(refused.value, StoreUnavailableError | ConflictError)
    assert str(token) not in str(refused.value)
    assert sleep.naps == []
    check_nothing_landed(dataset)


def test_whoever_may_reads_what_is_private_and_gated(hub: HubServer, access: HubAccess):
    hub.add_dataset("somos/closed", FILES, private=True, gated=True)
    hub.add_token(TOKEN, user="somos", may_write=["somos/closed"])
    store = HubStore("somos/closed", access)
    store.commit(CHANGES, message="m", parent=store.snapshot().version)
    assert store.snapshot().files["claim.json"] == b"mine"


@pytest.mark.parametrize("variable", ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"])
def test_a_store_without_a_token_sends_none(
    hub: HubServer, store: HubStore, access: HubAccess, monkeypatch: pytest.MonkeyPatch, variable: str, tmp_path: Path
):
    hub.authorised_requests.clear()
    monkeypatch.setenv(variable, TOKEN)
    reader = HubStore(DATASET, replace(access, cache=tmp_path / "elsewhere", token=None))
    assert reader.snapshot().files == FILES
    with pytest.raises(StoreError):
        reader.commit({"a.txt": b"1"}, message="m", parent=None)
    assert hub.authorised_requests == []
    assert store.head()
    assert hub.authorised_requests == [f"/api/datasets/{DATASET}/refs"]


def test_the_token_is_shown_to_nobody(
    hub: HubServer, store: HubStore, access: HubAccess, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    """Not in what is raised, nor in what it was raised from, nor in the log."""
    hub.lfs_above = 1000
    assert TOKEN not in repr(access) + str(access) + repr(store) + str(store)
    with caplog.at_level(logging.DEBUG):
        store.commit({"a.bin": bytes(5000), "b.txt": b"1"}, message="m", parent=store.snapshot().version)
        HubStore(DATASET, replace(access, cache=tmp_path / "elsewhere")).snapshot()
        for fault in (Fault.FAILED_BEFORE, Fault.CUT_BEFORE, Fault.RATE_LIMITED):
            hub.faults.play(fault, on=[Kind.REFS, Kind.PREUPLOAD], times=None, seconds=1)
            for act in (store.snapshot, lambda: store.commit({"c.txt": b"1"}, message="m", parent=None)):
                with pytest.raises(StoreError) as refused:
                    act()
                assert TOKEN not in "".join(traceback.format_exception(refused.value)) + repr(refused.value)
            hub.faults.stop()
        hub.tokens.clear()
        hub.add_token("hf_another", user="other")
        with pytest.raises(StoreError) as refused:
            store.commit({"c.txt": b"1"}, message="m", parent=None)
        assert TOKEN not in "".join(traceback.format_exception(refused.value))
    assert caplog.records
    assert TOKEN not in caplog.text
    assert TOKEN not in "".join(repr(vars(record)) for record in caplog.records)


@pytest.fixture
def no_hub() -> Iterator[Callable[[int, bytes], str]]:
    """Starts what answers everything with one status and body; returns its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815 - http.server calls it so

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize(
    "body", [b"", b"<html>sign in</html>", b"[]", b"null", b'"text"', b"5", b"{}", b'{"branches": [null]}', b"\xff"]
)
def test_what_answers_nonsense_is_not_reached(
    no_hub: Callable[[int, bytes], str], tmp_path: Path, sleep: Sleep, status: int, body: bytes
):
    access = HubAccess(cache=tmp_path, endpoint=no_hub(status, body), token=TOKEN, timeout_seconds=5)
    store = HubStore(DATASET, access, sleep=sleep)
    with pytest.raises(StoreUnavailableError, match="cannot be reached now"):
        store.snapshot()
    with pytest.raises(StoreUnavailableError, match="cannot be reached now"):
        store.commit({"a.json": b"1"}, message="m", parent=None)


def test_a_history_of_nonsense_settles_no_doubt(no_hub: Callable[[int, bytes], str], tmp_path: Path, sleep: Sleep):
    body = json.dumps([{"id": "0" * 40, "message": None}]).encode()
    store = HubStore(DATASET, HubAccess(cache=tmp_path, endpoint=no_hub(200, body), token=TOKEN), sleep=sleep)
    with pytest.raises(StoreUnavailableError):
        store.commit({"a.json": b"1"}, message="m", parent=None)


def test_where_nobody_listens_is_not_reached(tmp_path: Path, sleep: Sleep):
    access = HubAccess(cache=tmp_path, endpoint="http://127.0.0.1:9", timeout_seconds=5)
    with pytest.raises(StoreUnavailableError, match=r"no answer \(ConnectError\)"):
        HubStore(DATASET, access, sleep=sleep).snapshot()
    assert len(sleep.naps) == 3
