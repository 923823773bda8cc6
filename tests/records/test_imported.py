"""An imported evaluation: what it may hold, and what its id is of."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from leaderboard.records import (
    ImportedEvaluation,
    ImportedSamples,
    ImportedTask,
    InvalidRecordError,
    ModelSource,
    new_imported_evaluation,
    with_samples,
)
from leaderboard.records.base import canonical_json, sha256_hex
from leaderboard.records.imported import MAX_ITEMS
from tests.builders import some_sha256

SHA = "a" * 40
TASK = ImportedTask(task="copa", metric="acc", value=0.5)
SAMPLES = ImportedSamples(task="copa", ids=("a" * 64, "a" * 64 + "-2"), scores={"acc": (1.0, 0.0)})


def evaluation(**changes: Any) -> ImportedEvaluation:
    fields: dict[str, Any] = {
        "source": "org/results.json",
        "source_sha256": some_sha256("file"),
        "model": "org/meiga-1b",
        "model_source": ModelSource.HUB,
        "revision": SHA,
        "tasks": (TASK,),
    }
    return new_imported_evaluation(**{**fields, **changes})


def test_it_is_read_as_it_was_written():
    whole = evaluation(
        precision="bfloat16",
        evaluated_at=datetime(2024, 5, 1, tzinfo=UTC),
        harness_version="0.4.9",
        limit=10,
        tasks=(TASK, ImportedTask(task="copa", metric="acc", filter="none", value=1, stderr=0.1, shots=5, items=9)),
    )
    assert ImportedEvaluation.from_json(whole.to_json(), "a.json") == whole


def test_the_order_of_the_tasks_is_no_difference():
    other = ImportedTask(task="bhtc", metric="f1", value=0.1)
    assert evaluation(tasks=(TASK, other)) == evaluation(tasks=(other, TASK))


@pytest.mark.parametrize("change", [{"source": "b.json"}, {"source_sha256": some_sha256("other")}])
def test_the_id_is_not_of_the_file(change: dict[str, Any]):
    assert evaluation(**change).id == evaluation().id


@pytest.mark.parametrize(
    "change",
    [
        {"model": "org/other"},
        {"model_source": ModelSource.LOCAL},
        {"revision": None},
        {"precision": "float16"},
        {"evaluated_at": datetime(2024, 5, 1, tzinfo=UTC)},
        {"harness_version": "0.4.9"},
        {"limit": 1.0},
        {"tasks": (TASK.replaced(value=0.25),)},
        {"tasks": (TASK.replaced(stderr=0.0),)},
    ],
)
def test_the_id_is_of_all_that_it_says(change: dict[str, Any]):
    assert evaluation(**change).id != evaluation().id


def test_a_content_that_was_changed_by_hand_is_refused():
    content = evaluation().to_json().replace(b'"value": 0.5', b'"value": 0.9')
    with pytest.raises(InvalidRecordError, match="its content hashes to"):
        ImportedEvaluation.from_json(content, "a.json")


def test_a_key_that_is_not_known_is_refused():
    with pytest.raises(InvalidRecordError, match="verified"):
        ImportedEvaluation.from_json(evaluation().to_json().replace(b"{", b'{"verified": true,', 1), "a.json")


def test_only_whole_runs_at_a_commit_of_the_hub_could_be_ranked():
    assert evaluation().is_rankable
    assert "commit sha" in (evaluation(revision=None).why_unranked or "")
    assert "id on the Hub" in (evaluation(model_source=ModelSource.LOCAL).why_unranked or "")
    assert "limit 0.5" in (evaluation(limit=0.5).why_unranked or "")


@pytest.mark.parametrize(
    "change",
    [
        {"tasks": ()},
        {"revision": "main"},
        {"revision": SHA[:7]},
        {"revision": SHA + "\n"},
        {"model": ""},
        {"model": "a\x1b[2J"},
        {"model": "\ud800"},
        {"model_source": ModelSource.BASELINE},
        {"source": ""},
        {"source": "a\nb"},
        {"source": "a" * 501},
        {"precision": "float 16"},
        {"limit": 0},
        {"evaluated_at": datetime(2024, 5, 1)},  # noqa: DTZ001 - a moment without its zone is what is refused
        {"schema_version": 2},
    ],
)
def test_an_evaluation_that_cannot_be_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        evaluation(**change)


@pytest.mark.parametrize(
    "change",
    [
        {"task": ""},
        {"metric": "m" * 201},
        {"filter": ""},
        {"value": float("nan")},
        {"value": float("inf")},
        {"value": -1e13},
        {"value": "0.5"},
        {"stderr": -0.1},
        {"stderr": "N/A"},
        {"shots": -1},
        {"shots": True},
        {"items": -1},
        {"version": "v\x07"},
    ],
)
def test_a_figure_that_cannot_be_is_refused(change: dict[str, Any]):
    with pytest.raises(ValidationError):
        ImportedTask.model_validate({"task": "copa", "metric": "acc", "value": 0.5, **change})


def test_an_unknown_standard_error_is_none_and_not_zero():
    assert TASK.stderr is None


def test_samples_are_part_of_what_it_says_and_are_read_as_they_were_written():
    with_items = with_samples(evaluation(), [SAMPLES])
    assert with_items.samples == (SAMPLES,)
    assert with_items.id != evaluation().id
    assert ImportedEvaluation.from_json(with_items.to_line(), "a.json") == with_items
    changed = with_items.to_line().replace(b"[1.0,0.0]", b"[0.0,1.0]")
    with pytest.raises(InvalidRecordError, match="its content hashes to"):
        ImportedEvaluation.from_json(changed, "a.json")


def test_a_record_of_before_samples_keeps_its_id():
    content = json.loads(evaluation().to_json())
    del content["samples"], content["tasks"][0]["aggregation"]
    meaning = {key: value for key, value in content.items() if key not in {"id", "source", "source_sha256"}}
    assert content["id"] == sha256_hex(canonical_json(meaning))
    assert ImportedEvaluation.from_json(json.dumps(content).encode(), "a.json") == evaluation()


def test_how_a_figure_was_aggregated_is_part_of_what_it_says():
    assert evaluation(tasks=(TASK.replaced(aggregation="mean"),)).id != evaluation().id


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ids": ("a" * 64, "a" * 64)}, "an item stands twice"),
        ({"ids": ("a" * 64,)}, "acc has 2 scores for 1 items"),
        ({"ids": ("a" * 64, "the text of a question")}, "match pattern"),
        ({"ids": ("a" * 64, "a" * 64 + "\n")}, "match pattern"),
        ({"ids": ()}, "at least 1 item"),
        ({"scores": {}}, "at least 1 item"),
        ({"scores": {"acc": (1.0, float("nan"))}}, "finite number"),
        ({"scores": {"acc": (1.0, 1e13)}}, "less than or equal"),
    ],
)
def test_samples_that_cannot_be_are_refused(change: dict[str, Any], reason: str):
    with pytest.raises(ValidationError, match=reason):
        SAMPLES.replaced(**change)


def test_samples_have_a_bounded_size():
    ids = tuple(f"{number:064x}" for number in range(MAX_ITEMS + 1))
    with pytest.raises(ValidationError, match="at most 100000 items"):
        ImportedSamples(task="copa", ids=ids, scores={"acc": (1.0,) * len(ids)})
