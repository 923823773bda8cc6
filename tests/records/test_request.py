"""Requests: the same wish twice is one request, and every other wish is another."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.records import (
    ChatTemplate,
    EvalRequest,
    InvalidRecordError,
    ModelReference,
    ModelSource,
    ModelType,
    Precision,
    Provenance,
    SuiteLabel,
)
from tests.builders import NOW, facts, model, request, some_sha256, wanted


def test_the_same_wish_is_the_same_request_whenever_and_from_whichever_suite():
    again = request(
        submitted_at=NOW + timedelta(days=1),
        suite=SuiteLabel(name="another", version=7),
        facts=facts(ModelType.INSTRUCT, parameters=None),
        tasks=wanted("sumas", "refranes"),
    )
    assert again.id == request().id


@pytest.mark.parametrize(
    "change",
    [
        {"model": model("another")},
        {"model": model(revision=some_sha256("other bytes"))},
        {"model": model(source=ModelSource.HUB)},
        {"precision": Precision.FLOAT32},
        {"chat_template": ChatTemplate.NONE},
        {"thinking": True},
        {"tasks": wanted("refranes")},
    ],
)
def test_another_wish_is_another_request(change: dict[str, Any]):
    assert request(**change).id != request().id


def test_a_task_whose_configuration_changed_makes_another_request():
    first, second = wanted("refranes", "sumas")
    changed = second.replaced(config_hash=some_sha256("three shots"))
    assert request(tasks=(first, changed)).id != request().id


def test_tasks_are_kept_in_sorted_order():
    tasks = request(tasks=wanted("sumas", "refranes")).tasks
    assert [one.task for one in tasks] == ["refranes", "sumas"]


def test_an_id_that_is_not_the_hash_of_the_content_is_refused():
    with pytest.raises(ValidationError, match="hashes to"):
        request().replaced(id="0" * 32)


def test_a_request_whose_content_was_changed_by_hand_is_refused():
    content = request().to_json().replace(b"bfloat16", b"float32")
    with pytest.raises(InvalidRecordError, match="hashes to"):
        EvalRequest.from_json(content, "requests/ab/x.json")


def test_a_request_for_nothing_is_refused():
    with pytest.raises(ValidationError):
        request(tasks=())


@pytest.mark.parametrize("task", ["", "Refranes", "1refranes", "a-b", "a/b", "../a", "a" * 65, "a\n"])
def test_a_task_name_that_could_not_be_a_file_is_refused(task: str):
    with pytest.raises(ValidationError):
        wanted(task)


@pytest.mark.parametrize("revision", ["", "a/b", "..\n", "a b", "a" * 65, "main\n", "../up/"])
def test_a_revision_that_fixes_no_bytes_is_refused(revision: str):
    with pytest.raises(ValidationError):
        ModelReference(source=ModelSource.HUB, name="org/model", revision=revision)


@pytest.mark.parametrize("file", ["", "a/b.gguf", "C:\\a.gguf", "/etc/passwd"])
def test_provenance_names_a_file_and_never_a_path(file: str):
    with pytest.raises(ValidationError):
        Provenance(file=file, sha256=some_sha256("gguf"), precision="q4_1")


def test_the_precision_says_what_converted_weights_were():
    converted = Provenance(file="model.gguf", sha256=some_sha256("gguf"), precision="q4_1")
    assert request(precision=Precision.FLOAT32).precision_label == "float32"
    assert request(precision=Precision.FLOAT32, facts=facts(provenance=converted)).precision_label == "q4_1→float32"


@pytest.mark.parametrize("parameters", [0, -1])
def test_a_number_of_parameters_is_known_or_none_and_never_zero(parameters: int):
    with pytest.raises(ValidationError):
        facts(parameters=parameters)
