"""What a queue may hold that nobody wrote on purpose: it is named and set aside, nothing is lost, the rest goes on."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.queue import Queue, QueueError, QueueView, read_queue
from leaderboard.queue.layout import request_path, shard_path
from leaderboard.records import EvalRequest, HistoryEntry, RequestState, StateShard, Status
from leaderboard.store import FolderStore, Snapshot, Version
from tests.builders import NOW, model, request, run_reference, state, take, wanted

ONE, ENDED = request(), state(Status.FINISHED, history=(HistoryEntry(at=NOW, status=Status.FINISHED, attempt=1),))
EVALUATED_ANEW = ENDED.replaced(
    attempt=2,
    run=run_reference(ONE.id, attempt=2),
    history=(*ENDED.history, HistoryEntry(at=NOW, status=Status.FINISHED, attempt=2)),
)


def view(files: dict[str, bytes]) -> QueueView:
    return read_queue(Snapshot(Version("1"), files))


def files_of(*requests: EvalRequest) -> dict[str, bytes]:
    return {request_path(one.id): one.to_json() for one in requests}


def shard(states: dict[str, RequestState]) -> bytes:
    return StateShard(states=states).to_json()


def in_another_shard(one: EvalRequest) -> EvalRequest:
    candidates = (request(f"other-{number}") for number in range(100))
    return next(other for other in candidates if shard_path(other.id) != shard_path(one.id))


def damaged(content: bytes) -> dict[str, bytes]:
    """Return what may become of a record's file."""
    return {
        "empty": b"",
        "not JSON": b"not JSON",
        "truncated": content[: len(content) // 2],
        "without its end": content.rstrip()[:-1],
        "no object": b"[1]",
        "null": b"null",
        "no keys": b"{}",
        "no text": b"\xff",
        "another version": content.replace(b'"schema_version": 1', b'"schema_version": 2'),
        "a key more": content.replace(b"{", b'{"more": 1,', 1),
    }


DAMAGED = list(damaged(b""))


@pytest.mark.parametrize("damage", DAMAGED)
def test_incident_16_a_broken_request_is_set_aside_by_name_and_the_rest_goes_on(damage: str):
    good, broken = request("good"), request("broken")
    shown = view({**files_of(good, broken), request_path(broken.id): damaged(broken.to_json())[damage]})
    assert list(shown.entries) == [good.id]
    assert [error.path for error in shown.set_aside] == [request_path(broken.id)]
    assert "\n" not in shown.set_aside[0].reason


@pytest.mark.parametrize("damage", DAMAGED)
def test_incident_16_a_broken_shard_hides_only_its_own_requests(damage: str):
    shown = in_another_shard(ONE)
    broken = damaged(shard({ONE.id: ENDED}))[damage]
    seen = view({**files_of(ONE, shown), shard_path(ONE.id): broken})
    assert list(seen.entries) == [shown.id]
    assert [error.path for error in seen.set_aside] == [shard_path(ONE.id)]


@pytest.mark.parametrize("damage", DAMAGED)
def test_incident_16_a_broken_archive_makes_nothing_pending_a_second_time(damage: str):
    finished, running = request("finished"), request("running")
    files = {
        **files_of(finished, running),
        "archive/2026.json": damaged(shard({finished.id: ENDED}))[damage],
        shard_path(running.id): shard({running.id: state(Status.RUNNING)}),
    }
    seen = view(files)
    assert seen.pending() == []
    assert seen.entries[running.id].state.status is Status.RUNNING
    assert [error.path for error in seen.set_aside] == ["archive/2026.json"]


@pytest.mark.parametrize(
    ("good", "wrong"),
    [
        (b'"submitted_at": "2026-07-01T12:00:00Z"', b'"submitted_at": 1'),
        (b'"thinking": false', b'"thinking": "no"'),
        (b'"precision": "bfloat16"', b'"precision": "int3"'),
        (b'"tasks": [', b'"tasks": 3, "t": ['),
    ],
)
def test_a_request_with_a_value_of_another_kind_is_set_aside(good: bytes, wrong: bytes):
    assert good in ONE.to_json()
    seen = view({request_path(ONE.id): ONE.to_json().replace(good, wrong)})
    assert dict(seen.entries) == {}
    assert [error.path for error in seen.set_aside] == [request_path(ONE.id)]


@pytest.mark.parametrize(
    ("good", "wrong"),
    [
        (b'"status": "FINISHED"', b'"status": "DONE"'),
        (b'"status": "FINISHED"', b'"status": "RUNNING"'),
        (b'"status": "FINISHED"', b'"status": null'),
        (b'"attempt": 1', b'"attempt": "1"'),
        (b'"attempt": 1', b'"attempt": -1'),
        (b'"fresh_from": 1', b'"fresh_from": 0'),
        (b'"failures_in_a_row": 0', b'"failures_in_a_row": 0.5'),
        (b'"history": [', b'"history": 3, "h": ['),
    ],
)
def test_a_state_with_a_value_of_another_kind_hides_its_request(good: bytes, wrong: bytes):
    content = shard({ONE.id: ENDED})
    assert good in content
    seen = view({**files_of(ONE), shard_path(ONE.id): content.replace(good, wrong, 1)})
    assert dict(seen.entries) == {}
    assert [error.path for error in seen.set_aside] == [shard_path(ONE.id)]


def test_a_request_that_lies_about_its_name_is_set_aside():
    other = request("other")
    seen = view({**files_of(ONE), request_path(other.id): ONE.to_json()})
    assert list(seen.entries) == [ONE.id]
    assert [error.path for error in seen.set_aside] == [request_path(other.id)]


def test_incident_03_a_request_whose_content_was_changed_does_not_keep_its_id():
    changed = ONE.to_json().replace(ONE.model.revision.encode(), model("other").revision.encode())
    seen = view({request_path(ONE.id): changed})
    assert dict(seen.entries) == {}
    assert "hashes to" in seen.set_aside[0].reason


def test_a_copy_of_a_shard_that_somebody_left_does_not_outrank_the_shard():
    copy = shard_path(ONE.id).replace(".json", "_copy.json")
    seen = view({**files_of(ONE), shard_path(ONE.id): shard({ONE.id: ENDED}), copy: shard({ONE.id: state()})})
    assert seen.entries[ONE.id].state == ENDED
    assert [error.path for error in seen.set_aside] == [copy]


@pytest.mark.parametrize("folder", ["state/0.json", "archive/2026.json"])
def test_a_state_without_its_request_is_named_and_shows_nothing(folder: str):
    seen = view({**files_of(ONE), folder: shard({"0" * 32: ENDED})})
    assert list(seen.entries) == [ONE.id]
    [error] = seen.set_aside
    assert error.path == request_path("0" * 32)
    assert "state" in error.reason


def test_a_request_that_is_broken_is_named_once_though_it_has_a_state():
    seen = view({request_path(ONE.id): b"half", shard_path(ONE.id): shard({ONE.id: ENDED})})
    assert len(seen.set_aside) == 1


def test_a_state_without_its_request_outlives_the_changes_of_others(tmp_path: Path):
    store = FolderStore(tmp_path)
    alone = ONE.id[0] + "f" * 31
    store.commit({**files_of(ONE), shard_path(ONE.id): shard({alone: ENDED})}, message="m", parent=None)
    assert len(take(Queue(store)).held) == 1
    assert [error.path for error in Queue(store).view().set_aside] == [request_path(alone)]


def duplicated(states: RequestState) -> bytes:
    """Return a shard that says of one request two things, as a merge by hand leaves it."""
    content = shard({ONE.id: states})
    inner = content[content.index(f'"{ONE.id}"'.encode()) : content.rindex(b"}\n }\n}") + 1]
    return content.replace(inner, inner + b"," + inner.replace(b'"FINISHED"', b'"CANCELLED"', 1))


DUPLICATES: dict[str, Callable[[], tuple[bytes, str]]] = {
    "request": lambda: (duplicated(ENDED), ONE.id),
    "status": lambda: (shard({ONE.id: ENDED}).replace(b'"attempt": 1', b'"attempt": 1, "attempt": 0', 1), "attempt"),
    "states": lambda: (shard({ONE.id: ENDED}).replace(b'"states"', b'"states": {}, "states"', 1), "states"),
}


@pytest.mark.parametrize("kind", DUPLICATES)
@pytest.mark.parametrize("place", [shard_path(ONE.id), "archive/2026.json"])
def test_of_a_key_that_stands_twice_in_a_file_of_states_neither_is_taken_for_true(kind: str, place: str):
    content, named = DUPLICATES[kind]()
    seen = view({**files_of(ONE), place: content})
    assert dict(seen.entries) == {}
    [error] = [error for error in seen.set_aside if error.path == place]
    assert error.reason == f"{named} stands in it twice"


def test_a_shard_with_a_key_twice_is_never_written_over(tmp_path: Path):
    store = FolderStore(tmp_path)
    other = in_another_shard(ONE)
    content = duplicated(ENDED)
    store.commit({**files_of(ONE, other), shard_path(ONE.id): content}, message="m", parent=None)
    assert [entry.id for entry in take(Queue(store), hold=2).held] == [other.id]
    with pytest.raises(QueueError):
        Queue(store).submit(ONE)
    assert store.snapshot().files[shard_path(ONE.id)] == content


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_archives_of_two_evaluations_agree_and_the_later_state_counts(first: str, second: str):
    archives = {
        f"archive/{first}.json": shard({ONE.id: ENDED}),
        f"archive/{second}.json": shard({ONE.id: EVALUATED_ANEW}),
    }
    seen = view({**files_of(ONE), **dict(sorted(archives.items()))})
    assert seen.entries[ONE.id].state == EVALUATED_ANEW
    assert seen.set_aside == ()


@pytest.mark.parametrize(
    "change",
    [
        {"run": run_reference("1" * 32)},
        {"history": (HistoryEntry(at=NOW, status=Status.CANCELLED, attempt=1),)},
        {"history": (HistoryEntry(at=NOW, status=Status.CANCELLED, attempt=1), *ENDED.history)},
    ],
    ids=["another run", "another history", "another beginning"],
)
def test_of_archives_that_disagree_about_a_request_neither_is_taken_for_true(change: dict[str, object]):
    other = in_another_shard(ONE)
    archives = {
        "archive/a.json": shard({ONE.id: ENDED, other.id: ENDED}),
        "archive/b.json": shard({ONE.id: ENDED.replaced(**change)}),
    }
    seen = view({**files_of(ONE, other), **archives})
    assert list(seen.entries) == [other.id]
    [error] = seen.set_aside
    assert error.path == "archive/b.json"
    assert error.reason == f"it and archive/a.json disagree about the request {ONE.id}"


def test_a_live_state_outranks_archives_that_disagree():
    files = {
        "archive/a.json": shard({ONE.id: ENDED}),
        "archive/b.json": shard({ONE.id: ENDED.replaced(run=run_reference("1" * 32))}),
        shard_path(ONE.id): shard({ONE.id: EVALUATED_ANEW}),
    }
    seen = view({**files_of(ONE), **files})
    assert seen.entries[ONE.id].state == EVALUATED_ANEW
    assert seen.set_aside == ()


def test_ten_thousand_requests_in_one_folder_are_read_in_seconds(tmp_path: Path):
    folder = tmp_path / "requests" / "ab"
    folder.mkdir(parents=True)
    template = request(tasks=wanted("sumas"))
    requests = (request(f"m-{number}", facts=template.facts, tasks=template.tasks) for number in range(10_000))
    for one in requests:
        (folder / f"{one.id}.json").write_bytes(one.to_json())
    queue = Queue(FolderStore(tmp_path))
    begin = time.monotonic()
    seen = queue.view()
    seconds = time.monotonic() - begin
    assert len(seen.entries) == 10_000
    assert seconds < 5
    begin = time.monotonic()
    assert len(take(queue, hold=8).held) == 8
    assert time.monotonic() - begin < 5
