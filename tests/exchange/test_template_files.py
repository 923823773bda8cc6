"""Request files of the template: what they ask for, or why it cannot be had."""

from datetime import UTC, datetime
from typing import Any

import pytest

from leaderboard.exchange.template_files import NothingToDoError, NotTakenError, read_request, strict_json
from leaderboard.records import ModelFacts, ModelReference, ModelSource, ModelType, Precision
from tests.exchange.template_builders import SHA, as_bytes, request_file


def test_a_waiting_request_is_read_whole():
    asked = read_request(as_bytes(request_file()))
    assert asked.model == ModelReference(source=ModelSource.HUB, name="org/meiga-1b", revision=SHA)
    assert asked.precision is Precision.BFLOAT16
    assert asked.facts == ModelFacts(type=ModelType.BASE, parameters=1_240_000_000, licence="apache-2.0")
    assert asked.submitted_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "RERUN", "PENDING_NEW_EVAL"])
def test_what_waited_or_ran_there_waits_here(status: str):
    assert read_request(as_bytes(request_file(status=status))).model.name == "org/meiga-1b"


def test_what_finished_there_asks_for_nothing():
    with pytest.raises(NothingToDoError, match="finished there"):
        read_request(as_bytes(request_file(status="FINISHED")))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": "FAILED"}, "it is FAILED there"),
        ({"status": "CANCELLED"}, "it is CANCELLED there"),
        ({"status": "pending"}, "its status 'pending' is not one"),
        ({"status": None}, "status: Input should be a valid string"),
        ({"model": "../../x"}, "'../../x' is not an id on the Hub"),
        ({"model": "meiga-1b"}, "'meiga-1b' is not an id on the Hub"),
        ({"model": "org/a\x1b[2J"}, r"'org/a\\x1b\[2J' is not an id"),
        ({"model": ["org/a"]}, "model: Input should be a valid string"),
        ({"private": True}, "its model is private"),
        ({"private": "no"}, "private: Input should be a valid boolean"),
        ({"weight_type": "Adapter"}, "its weights are of type 'Adapter'"),
        ({"weight_type": "Delta"}, "its weights are of type 'Delta'"),
        ({"precision": "8bit"}, "its precision '8bit' is not one of bfloat16, float16, float32"),
        ({"precision": "GPTQ"}, "its precision 'GPTQ'"),
        ({"precision": "none"}, "its precision 'none'"),
        ({"revision": "main"}, r"it names no full commit sha \('main'\); submit it again with its commit"),
        ({"revision": SHA[:12]}, "it names no full commit sha"),
        ({"revision": SHA + "0"}, "it names no full commit sha"),
        ({"revision": SHA + "\n"}, "it names no full commit sha"),
        ({"revision": SHA.upper()}, "it names no full commit sha"),
        ({"revision": ""}, "it names no full commit sha"),
        ({"revision": None}, r"it names no full commit sha \(None\)"),
    ],
)
def test_what_cannot_be_queued_is_refused_with_its_reason(change: dict[str, Any], reason: str):
    with pytest.raises(NotTakenError, match=reason) as refused:
        read_request(as_bytes(request_file(**change)))
    assert not isinstance(refused.value, NothingToDoError)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("🟢 : pretrained", ModelType.BASE),
        ("🔶 : fine-tuned", ModelType.BASE),
        ("⭕ : instruction-tuned", ModelType.INSTRUCT),
        ("🟦 : RL-tuned", ModelType.INSTRUCT),
        ("💬 : chat models (RLHF, DPO, IFT, ...)", ModelType.INSTRUCT),
        ("world model", ModelType.BASE),  # whole words: there is an `rl` in `world`
        (None, ModelType.BASE),
    ],
)
def test_the_type_is_told_by_whole_words(words: str | None, kind: ModelType):
    assert read_request(as_bytes(request_file(model_type=words))).facts.type is kind


@pytest.mark.parametrize("params", [0, -1, None, "7B", True, 1e300, 10**400])
def test_a_number_of_parameters_that_cannot_be_is_unknown(params: Any):
    assert read_request(as_bytes(request_file(params=params))).facts.parameters is None


@pytest.mark.parametrize("licence", ["", "l" * 81, ["mit"], None, "mit\x1b[2J"])
def test_a_licence_that_is_none_is_unknown(licence: Any):
    assert read_request(as_bytes(request_file(license=licence))).facts.licence is None


@pytest.mark.parametrize("moment", ["2022-05-18T11:40:22.519222", "yesterday", 17, None])
def test_a_moment_without_its_zone_is_unknown(moment: Any):
    assert read_request(as_bytes(request_file(submitted_time=moment))).submitted_at is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not JSON: Expecting value, line 1"),
        (b'{"a":\n 1', "it is not JSON: .*, line 2"),
        (b"\xff\xfe{}", "it is not UTF-8 text"),
        (b"[]", "it is not a JSON object"),
        (b'"{}"', "it is not a JSON object"),
        (b"[" * 100_000, "it is nested too deep"),
        (b'{"a":' * 100_000, "it is nested too deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number of thousands of digits"),
        (b'{"a": {"b": 1, "b": 2}}', "the key 'b' stands twice"),
    ],
)
def test_what_is_no_strict_json_object_is_refused(content: bytes, reason: str):
    with pytest.raises(NotTakenError, match=reason):
        strict_json(content)
