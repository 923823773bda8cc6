"""How records are written and read."""

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from leaderboard.records import (
    EvalRequest,
    InvalidRecordError,
    RequestState,
    RunManifest,
    StateShard,
    Status,
    TaskResult,
    canonical_json,
    utc_now,
)
from leaderboard.records.base import Record
from leaderboard.suite import Suite
from tests.builders import (
    claim,
    failure,
    manifest,
    request,
    request_for,
    run_reference,
    state,
    task_result,
    tiny_suite,
)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


KINDS = ["a request", "a shard", "a manifest", "a result"]


def record(kind: str, suite: Suite) -> Record:
    asked = request_for(suite)
    states = {asked.id: state(Status.INCOMPLETE, claim=claim(), failure=failure(), run=run_reference(asked.id))}
    result = task_result(asked, suite.tasks[0])
    records = {
        "a request": asked,
        "a shard": StateShard(states=states),
        "a manifest": manifest(asked, [result], failed=["sumas"]),
        "a result": result,
    }
    return records[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_comes_back_from_its_file_as_it_was(kind: str, suite: Suite):
    written = record(kind, suite)
    content = written.to_json()
    again = type(written).from_json(content, "a.json")
    assert again == written
    assert again.to_json() == content


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_ends_with_one_newline(kind: str, suite: Suite):
    content = record(kind, suite).to_json()
    assert content.endswith(b"}\n")
    assert not content.endswith(b"\n\n")


@pytest.mark.parametrize("kind", KINDS)
def test_a_record_in_one_line_comes_back_as_it_was(kind: str, suite: Suite):
    written = record(kind, suite)
    line = written.to_line()
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    assert len(line.splitlines()) == 1
    assert type(written).from_json(line, "a.jsonl") == written


def test_letters_are_written_as_letters():
    assert "ñandú-7b".encode() in request("ñandú-7b").to_json()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"schema_version": 2, "states": {}}',
        b'{"states": {}, "stats": {}}',
        b'{"states": {"not an id": {}}}',
        b'{"states": [] }',
    ],
)
def test_a_broken_file_is_refused_with_its_path(content: bytes):
    with pytest.raises(InvalidRecordError, match=r"^state/0\.json: ") as refused:
        StateShard.from_json(content, "state/0.json")
    assert refused.value.path == "state/0.json"
    assert refused.value.reason


def test_the_reason_names_the_key_and_never_the_value():
    content = request().to_json().replace(b"meiga-1b", b"x" * 201)
    with pytest.raises(InvalidRecordError, match=r"model\.name") as refused:
        EvalRequest.from_json(content, "a.json")
    assert "xxx" not in str(refused.value)


def test_numbers_in_place_of_words_and_words_in_place_of_numbers_are_refused():
    with pytest.raises(InvalidRecordError):
        RequestState.from_json(b'{"attempt": "1"}', "a.json")
    with pytest.raises(InvalidRecordError):
        RequestState.from_json(b'{"attempt": true}', "a.json")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_refused(number: float, suite: Suite):
    with pytest.raises(ValidationError):
        task_result(request_for(suite), suite.tasks[0], raw=number)
    with pytest.raises(ValueError, match="JSON"):
        canonical_json(number)


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_a_file_with_a_score_that_is_no_number_is_refused(word: bytes, suite: Suite):
    content = task_result(request_for(suite), suite.tasks[0], seconds=1.5).to_json()
    with pytest.raises(InvalidRecordError):
        TaskResult.from_json(content.replace(b'"seconds": 1.5', b'"seconds": ' + word), "a.json")


def test_a_time_without_its_zone_is_refused():
    with pytest.raises(ValidationError):
        request(submitted_at=datetime(2026, 7, 1))  # noqa: DTZ001 - what is refused
    content = request().to_json().replace(b"2026-07-01T12:00:00Z", b"2026-07-01T12:00:00")
    with pytest.raises(InvalidRecordError, match="submitted_at"):
        EvalRequest.from_json(content, "a.json")


def test_records_are_frozen():
    with pytest.raises(ValidationError):
        state().status = Status.FINISHED


def test_a_changed_copy_is_validated_again():
    with pytest.raises(ValidationError):
        state().replaced(attempt=-1)
    assert state().replaced(attempt=2).attempt == 2


def test_a_changed_copy_can_be_made_of_every_record(suite: Suite):
    declared = suite.tasks[0].declaration
    assert declared.replaced(version=2).version == 2


def test_canonical_json_is_one_spelling():
    assert canonical_json({"b": 1, "a": ["ñ", None]}) == '{"a":["ñ",null],"b":1}'.encode()
    assert canonical_json({"a": ["ñ", None], "b": 1}) == canonical_json({"b": 1, "a": ["ñ", None]})


def test_the_present_moment_has_a_zone_and_no_fractions():
    now = utc_now()
    assert now.tzinfo is UTC
    assert now.microsecond == 0
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=5)


def test_a_manifest_may_name_failures_only(suite: Suite):
    asked = request_for(suite)
    written = manifest(asked, [], failed=["refranes", "sumas"])
    assert RunManifest.from_json(written.to_json(), "manifest.json").failures == written.failures
