"""Results: what cannot be a result is no record."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.records import ItemResult, PublishedTask
from leaderboard.suite import Suite
from tests.builders import request_for, some_sha256, task_result, tiny_suite


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


@pytest.mark.parametrize("file", ["../a.json", "/a.json", "a/b.json", "a.txt", ".json", "A.json", "a.json\n"])
def test_a_manifest_names_files_beside_itself(file: str):
    with pytest.raises(ValidationError):
        PublishedTask(task="a", file=file, sha256=some_sha256("a"))
