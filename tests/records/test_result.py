"""Results: what cannot be a result is no record."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.records import InvalidRecordError, ItemResult, RunManifest
from leaderboard.suite import Suite
from tests.builders import manifest, request_for, run_reference, task_result, tiny_suite


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.mark.parametrize(
    "change",
    [
        {"items": ()},
        {"stderr": -0.1},
        {"shots": -1},
        {"seconds": -1.0},
        {"run": "a" * 32},
        {"run": "a" * 32 + "-0"},
        {"nonce": "short"},
        {"config_hash": "0" * 63},
        {"measured_in": "a" * 32},
        {"measured_in": "run-1"},
        {"schema_version": 2},
    ],
)
def test_a_result_that_cannot_be_is_refused(change: dict[str, Any], suite: Suite):
    with pytest.raises(ValidationError):
        task_result(request_for(suite), suite.tasks[0], **change)


@pytest.mark.parametrize("chance", [1.0, 1.5, -0.1])
def test_a_chance_that_leaves_nothing_to_win_is_refused(chance: float, suite: Suite):
    """The board divides by what chance leaves open: a chance of 1 would take the whole board down."""
    with pytest.raises(ValidationError):
        task_result(request_for(suite), suite.tasks[0], chance=chance)


def test_an_unknown_standard_error_is_none_and_not_zero(suite: Suite):
    assert task_result(request_for(suite), suite.tasks[0], stderr=None).stderr is None


@pytest.mark.parametrize(
    "change", [{"id": ""}, {"options": 1}, {"choice": -1}, {"gold": -1}, {"text": "an item's text"}]
)
def test_an_item_that_cannot_be_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        ItemResult(**{"id": "one", "score": 1.0, **change})


def test_a_result_that_was_taken_over_names_the_run_that_measured_it(suite: Suite):
    asked = request_for(suite)
    earlier = run_reference(asked.id, attempt=1).id
    own = task_result(asked, suite.tasks[0], attempt=2)
    taken_over = own.replaced(measured_in=earlier)
    assert own.measured_in is None
    assert type(own).from_json(taken_over.to_line(), "a.jsonl").measured_in == earlier


@pytest.mark.parametrize(
    "change", [{"tasks": ("no task",)}, {"results_sha256": "0" * 63}, {"schema_version": 1}, {"run": "run"}]
)
def test_a_manifest_that_cannot_be_is_refused(change: dict[str, Any], suite: Suite):
    asked = request_for(suite)
    with pytest.raises(ValidationError):
        manifest(asked, [task_result(asked, suite.tasks[0])]).replaced(**change)


def test_a_manifest_of_the_old_form_is_refused_by_name(suite: Suite):
    """Form 1 listed a file for each task; read as form 2 it would publish nothing."""
    content = manifest(request_for(suite), []).to_json()
    old = content.replace(b'"schema_version": 2', b'"schema_version": 1')
    with pytest.raises(InvalidRecordError, match="schema_version"):
        RunManifest.from_json(old, "manifest.json")
