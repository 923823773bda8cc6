"""States and claims."""

from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.records import Claim, Failure, Progress, RequestState, Status, run_id
from tests.builders import NONCE, NOW, claim


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


def test_a_run_is_named_after_its_request_and_attempt():
    assert run_id(NONCE, 2) == f"{NONCE}-2"
