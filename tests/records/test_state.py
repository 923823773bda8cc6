"""States and claims."""

from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.records import (
    Checkpoint,
    Claim,
    Failure,
    InvalidRecordError,
    Progress,
    RequestState,
    StateShard,
    Status,
    run_id,
)
from tests.builders import NONCE, NOW, checkpoint, claim, failure, state


def test_a_request_without_a_state_is_pending_and_was_never_tried():
    assert RequestState() == RequestState(status=Status.PENDING, attempt=0)
    assert RequestState().history == ()


@pytest.mark.parametrize("worker", ["", "a b", "host:22", "<b>", "a" * 65, "worker\n"])
def test_a_worker_has_a_plain_name(worker: str):
    with pytest.raises(ValidationError):
        claim(worker=worker)


@pytest.mark.parametrize("nonce", ["", "a" * 31, "A" * 32, "z" * 32])
def test_a_nonce_is_32_hexadecimal_digits(nonce: str):
    with pytest.raises(ValidationError):
        Claim(worker="worker-1", nonce=nonce, lease_until=NOW)


@pytest.mark.parametrize(
    "change", [{"items_done": -1}, {"items_total": -1}, {"eta_seconds": -1.0}, {"eta_seconds": float("inf")}]
)
def test_a_progress_that_cannot_be_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        Progress(**{"items_done": 0, "items_total": 1, **change})


def test_a_cause_unknown_to_the_texts_is_refused():
    with pytest.raises(ValidationError):
        Failure.model_validate_json('{"cause": "bad luck", "detail": ""}')


def test_a_detail_is_short():
    with pytest.raises(ValidationError):
        Failure.model_validate_json('{"cause": "gated", "detail": "%s"}' % ("x" * 501))


@pytest.mark.parametrize("log", [("a line",) * 21, ("x" * 201,)], ids=["too many lines", "a long line"])
def test_a_log_is_short(log: tuple[str, ...]):
    with pytest.raises(ValidationError):
        failure(log=log)
    assert failure(log=("x" * 200,) * 20).log


@pytest.mark.parametrize("change", [{"run": NONCE}, {"run": f"{NONCE}-0"}, {"sha256": "short"}])
def test_a_checkpoint_names_a_run_and_a_hash(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        Checkpoint.model_validate({**checkpoint().model_dump(), **change})


@pytest.mark.parametrize("change", [{"failures_in_a_row": -1}, {"fresh_from": 0}, {"attempt": -1}])
def test_counts_that_cannot_be_are_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        state(**change)


def test_incident_01_a_running_state_is_claimed():
    with pytest.raises(ValidationError, match="without a claim"):
        state(Status.RUNNING, claim=None)


def test_a_state_from_before_requests_were_tried_again_is_read():
    old = b'{"states": {"%s": {"status": "FAILED", "attempt": 1}}}' % NONCE.encode()
    read = StateShard.from_json(old, "state/a.json").states[NONCE]
    assert (read.retry_at, read.failures_in_a_row, read.fresh_from, read.checkpoint) == (None, 0, 1, None)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'{"states": {"%s": {}, "%s": {}}}' % (NONCE.encode(), NONCE.encode()), NONCE),
        (b'{"states": {"%s": {"attempt": 1, "attempt": 2}}}' % NONCE.encode(), "attempt"),
        (b'{"states": {}, "states": {}}', "states"),
    ],
)
def test_a_shard_with_a_key_twice_is_refused_with_its_path(content: bytes, name: str):
    with pytest.raises(InvalidRecordError, match=f"^state/a.json: {name} stands in it twice") as refused:
        StateShard.from_json(content, "state/a.json")
    assert refused.value.path == "state/a.json"


def test_a_run_is_named_after_its_request_and_attempt():
    assert run_id(NONCE, 2) == f"{NONCE}-2"
