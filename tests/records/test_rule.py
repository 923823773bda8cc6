"""The versioned file of what is left out of the means."""

from datetime import timedelta
from typing import Any

import pytest

from leaderboard.records import Exclusion, ExclusionReason, InvalidRecordError, RuleHistory, RuleVersion, SuiteLabel
from tests.builders import NOW, some_sha256


def left_out(task: str = "sumas", **changes: Any) -> Exclusion:
    fields = {"task": task, "config_hash": some_sha256(task), "reason": ExclusionReason.DEAD}
    return Exclusion(**{**fields, **changes})


def version(number: int = 1, **changes: Any) -> RuleVersion:
    fields: dict[str, Any] = {
        "version": number,
        "at": NOW + timedelta(days=number),
        "note": "why",
        "suite": SuiteLabel(name="mini", version=1),
        "configs": {"sumas": some_sha256("sumas")},
    }
    return RuleVersion(**{**fields, **changes})


def test_a_history_is_read_as_it_was_written():
    kept = RuleHistory(versions=(version(1), version(2, excluded=(left_out(detail="todo a 0"),), drafts=("sumas",))))
    assert RuleHistory.from_json(kept.to_json(), "rule/history.json") == kept


def test_a_version_written_before_drafts_were_kept_has_none():
    content = RuleHistory(versions=(version(),)).to_json().replace(b',\n   "drafts": []', b"")
    assert b"drafts" not in content
    assert RuleHistory.from_json(content, "rule/history.json").versions[0].drafts == ()


@pytest.mark.parametrize(
    ("numbers", "days"),
    [((2,), (1,)), ((1, 3), (1, 2)), ((1, 1), (1, 2)), ((2, 1), (1, 2)), ((1, 2), (2, 1))],
    ids=["begins with 2", "a gap", "twice", "turned round", "older than the one before"],
)
def test_versions_that_do_not_follow_each_other_are_no_history(numbers: tuple[int, ...], days: tuple[int, ...]):
    versions = [version(one, at=NOW + timedelta(days=day)) for one, day in zip(numbers, days, strict=True)]
    content = RuleHistory().replaced().to_json().replace(b"[]", b"[%s]" % b",".join(one.to_json() for one in versions))
    with pytest.raises(InvalidRecordError, match=r"rule/history\.json.*version"):
        RuleHistory.from_json(content, "rule/history.json")


def test_a_task_is_left_out_once():
    with pytest.raises(ValueError, match="left out twice"):
        version(excluded=(left_out(), left_out(reason=ExclusionReason.FAULTY)))


@pytest.mark.parametrize(
    ("more", "name"),
    [(b', "versions": []', "versions"), (b', "schema_version": 1', "schema_version")],
)
def test_a_history_with_a_key_twice_is_refused_with_its_path(more: bytes, name: str):
    content = b'{"schema_version": 1, "versions": []%s}' % more
    with pytest.raises(InvalidRecordError, match=rf"^rule/history\.json: {name} stands in it twice"):
        RuleHistory.from_json(content, "rule/history.json")


def test_space_around_what_is_said_is_not_kept_and_a_note_says_something():
    kept = version(note=" why ", excluded=(left_out(detail="\ttodo a 0\n"),))
    assert (kept.note, kept.excluded[0].detail) == ("why", "todo a 0")
    with pytest.raises(ValueError, match=r"note\s.*at least 1"):
        version(note="  ")


def test_the_versions_of_a_suite_are_those_of_its_name():
    other = SuiteLabel(name="other", version=1)
    kept = RuleHistory(
        versions=(version(1), version(2, suite=other), version(3, suite=SuiteLabel(name="mini", version=2)))
    )
    assert [[one.version for one in kept.of_suite(name)] for name in ("mini", "other", "min")] == [[1, 3], [2], []]


@pytest.mark.parametrize("text", ["\x1b[31mred", "x" * 301, "a\nb"])
def test_what_would_reach_a_terminal_is_printable_and_bounded(text: str):
    with pytest.raises(ValueError, match="note"):
        version(note=text)
    with pytest.raises(ValueError, match="detail"):
        left_out(detail=text)
