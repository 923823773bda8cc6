"""The queue as a snapshot shows it. What is broken is tested beside."""

import json
from datetime import timedelta

from leaderboard.queue import QueueView, entry_as_row, read_queue
from leaderboard.queue.layout import SHARDS, request_path, shard_path
from leaderboard.records import Cause, EvalRequest, Progress, RequestState, StateShard, Status
from leaderboard.store import Snapshot, Version
from tests.builders import NOW, claim, failure, request, state


def view(files: dict[str, bytes]) -> QueueView:
    return read_queue(Snapshot(Version("1"), files))


def files_of(*requests: EvalRequest) -> dict[str, bytes]:
    return {request_path(one.id): one.to_json() for one in requests}


def shard(states: dict[str, RequestState]) -> bytes:
    return StateShard(states=states).to_json()


def test_a_request_without_a_state_is_pending():
    one = request()
    assert view(files_of(one)).entries[one.id].state == RequestState()


def test_requests_stand_in_the_order_of_submission():
    late, early = request("early", submitted_at=NOW + timedelta(hours=1)), request("late")
    assert list(view(files_of(late, early)).entries) == [early.id, late.id]


def test_a_place_is_counted_among_what_waits():
    requests = [request(f"m-{number}", submitted_at=NOW + timedelta(minutes=number)) for number in range(3)]
    running = {shard_path(requests[0].id): shard({requests[0].id: state(Status.RUNNING)})}
    shown = view({**files_of(*requests), **running})
    assert [shown.place(one.id) for one in requests] == [None, 1, 2]
    assert [entry.id for entry in shown.pending()] == [one.id for one in requests[1:]]
    assert shown.place("0" * 32) is None


def test_every_request_has_a_shard_among_sixteen():
    assert {shard_path(digit * 32) for digit in SHARDS} == {f"state/{digit}.json" for digit in "0123456789abcdef"}


def test_incident_07_another_revision_is_another_file():
    old, new = request("meiga"), request("meiga", model=request("other").model.replaced(name="meiga"))
    assert request_path(old.id) != request_path(new.id)
    assert len(view(files_of(old, new)).entries) == 2


def test_a_file_that_is_neither_request_nor_state_does_no_harm():
    one = request()
    seen = view({**files_of(one), "README.md": b"# The queue"})
    assert list(seen.entries) == [one.id]
    assert seen.set_aside == ()


def test_an_archived_state_counts_and_a_live_one_outranks_it():
    archived, both = request("archived"), request("both")
    seen = view(
        {
            **files_of(archived, both),
            "archive/2026.json": shard({archived.id: state(Status.FINISHED), both.id: state(Status.FINISHED)}),
            shard_path(both.id): shard({both.id: state(Status.RUNNING)}),
        }
    )
    assert seen.entries[archived.id].state.status is Status.FINISHED
    assert seen.entries[both.id].state.status is Status.RUNNING


def test_incident_06_a_failed_request_is_listed_with_its_cause():
    one = request()
    failed = state(Status.FAILED, failure=failure("no tokenizer", Cause.TOKENIZER))
    seen = view({**files_of(one), shard_path(one.id): shard({one.id: failed})})
    row = entry_as_row(seen.entries[one.id])
    assert (row["status"], row["cause"], row["detail"]) == ("FAILED", "tokenizer", "no tokenizer")


def test_a_row_is_plain_data_that_json_can_carry():
    one = request()
    progress = Progress(task="sumas", items_done=1, items_total=8)
    running = state(Status.RUNNING, claim=claim(worker="worker-9"), progress=progress)
    row = entry_as_row(view({**files_of(one), shard_path(one.id): shard({one.id: running})}).entries[one.id])
    assert json.loads(json.dumps(row)) == row
    assert row["id"] == one.id
    assert row["worker"] == "worker-9"
    assert row["progress"]["items_done"] == 1
    assert row["cause"] is None


def test_a_row_says_what_is_to_be_known_of_a_failure_and_of_a_lease():
    failed, running = request("failed"), request("running")
    logged = failure(log=("a line", "another"))
    states = {
        failed.id: state(Status.FAILED, failure=logged, retry_at=NOW),
        running.id: state(Status.RUNNING, claim=claim(lease_until=NOW + timedelta(minutes=2))),
    }
    shards = {
        shard_path(one): shard({other: states[other] for other in states if other[0] == one[0]}) for one in states
    }
    seen = view({**files_of(failed, running), **shards})
    row = entry_as_row(seen.entries[failed.id])
    assert (row["log"], row["retry_at"]) == (["a line", "another"], "2026-07-01T12:00:00+00:00")
    assert row["lease_until"] is None
    row = entry_as_row(seen.entries[running.id])
    assert (row["log"], row["retry_at"], row["lease_until"]) == ([], None, "2026-07-01T12:02:00+00:00")
