"""Files for Every Eval Ever, held against the schema and the validator of the package itself."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leaderboard.board import Board, build_board
from leaderboard.exchange.every_eval_ever import every_eval_ever_files
from leaderboard.records import Engine, ExclusionReason
from leaderboard.suite import Suite
from tests.builders import NOW, evaluation, facts, foreign_declaration, request_for
from tests.exchange.boards import (
    ALL_RIGHT,
    COMMIT,
    HUB_MODEL,
    SOME_RIGHT,
    export_board,
    export_suite,
    hub_request,
    measured,
    rule_without,
)

WHEEL = Path(sys.prefix) / "test-wheels" / "every_eval_ever-0.3.0-py3-none-any.whl"


@pytest.fixture
def wheel() -> Path:
    if not WHEEL.is_file():
        pytest.skip("the wheel of Every Eval Ever is not here: tests/install_tools.sh downloads it")
    return WHEEL


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return export_suite(
        tmp_path / "suite", foreign_declaration("correlation", metric="mcc", chance=0.0, about={"es": "¿Rima?"})
    )


@pytest.fixture
def board(suite: Suite) -> Board:
    return export_board(suite)


def documents(board: Board, suite: Suite, **more: Any) -> dict[str, Any]:
    files, _ = every_eval_ever_files(board, suite, **more)
    return {path: json.loads(content) for path, content in files.items()}


def only(board: Board, suite: Suite) -> Any:
    (document,) = documents(board, suite).values()
    return document


def one_model(suite: Suite, right: dict[str, int]) -> Board:
    return build_board([measured(hub_request(suite), suite, right)], suite)


def test_every_file_is_valid_by_the_packages_own_schema(board: Board, suite: Suite, wheel: Path):
    schema = json.loads(zipfile.ZipFile(wheel).read("every_eval_ever/schemas/eval.schema.json"))
    validator = jsonschema.Draft7Validator(schema)
    found = documents(board, suite, source_url="https://example.org/ranking")
    assert len(found) == 4
    for document in found.values():
        assert [error.message for error in validator.iter_errors(document)] == []
        assert document["schema_version"] == schema["version"]
        del document["model_info"]["id"]
        assert not validator.is_valid(document)


def test_the_packages_own_validator_finds_neither_an_error_nor_anything_to_warn_of(
    board: Board, suite: Suite, wheel: Path, tmp_path: Path
):
    files, _ = every_eval_ever_files(board, suite)
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    code = "import sys; from every_eval_ever.validator.validate import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", code, *files, "--format", "json"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(wheel)},
        capture_output=True,
        text=True,
        check=False,
    )
    reports = json.loads(done.stdout)
    assert [(one["valid"], one["errors"], one["warnings"]) for one in reports] == [(True, [], [])] * len(files)
    assert done.returncode == 0


def test_incident_20_the_score_is_raw_and_chance_and_normalised_stand_beside_it(suite: Suite):
    board = one_model(suite, SOME_RIGHT)
    results = {one["evaluation_name"]: one for one in only(board, suite)["evaluation_results"]}
    assert list(results) == ["refranes", "sumas", "xnli"]
    for task, result in results.items():
        cell, told = board.rows[0].cells[task], result["score_details"]
        assert told["score"] == cell.raw
        assert told["details"]["score_is"] == "raw"
        figures = ("chance", "normalised", "normalised_low", "normalised_high", "normalised_stderr")
        assert [json.loads(told["details"][name]) for name in figures] == [
            cell.chance,
            cell.normalised,
            cell.normalised_interval.low,
            cell.normalised_interval.high,
            0.1 / (1 - cell.chance),
        ]
        assert told["uncertainty"] == {
            "num_samples": 4,
            "standard_error": {"value": 0.1, "method": "analytic, clustered"},
            "confidence_interval": {
                "lower": cell.interval.low,
                "upper": cell.interval.high,
                "confidence_level": 0.95,
                "method": str(cell.interval.method),
            },
        }


def test_what_the_converter_of_lm_eval_loses_is_in_it(suite: Suite):
    document = only(one_model(suite, SOME_RIGHT), suite)
    info, result = document["model_info"], document["evaluation_results"][2]
    assert (info["id"], info["developer"]) == (HUB_MODEL, "somos")
    assert info["inference_engine"] == {"name": "hf", "version": "0.4.13"}
    assert (
        info["additional_details"].items()
        >= {
            "deployment_type": "self_deployed",
            "model_availability": "open_weights",
            "precision": "bfloat16",
            "chat_template": "auto",
            "thinking": "false",
            "parameters": "7000000000",
        }.items()
    )
    assert document["eval_library"] == {"name": "lm_eval", "version": "0.4.13"}
    assert result["source_data"] == {
        "dataset_name": "Ours",
        "source_type": "hf_dataset",
        "hf_repo": "org/xnli",
        "hf_split": "test",
        "samples_number": 4,
        "additional_details": {"revision": COMMIT, "configs": "es", "sampled": "false", "licence": "CC-BY-4.0"},
    }
    task = suite.task("xnli")
    assert (
        result["generation_config"]["additional_details"].items()
        >= {
            "shots": "0",
            "config_hash": task.config_hash,
            "chat_template_applied": "false",
            "engine": "hf 0.4.13",
            "version_lm_eval": "0.4.13",
        }.items()
    )
    assert result["metric_config"]["metric_id"] == "accuracy"
    assert result["metric_config"]["additional_details"]["chance"] == "0.25"


def test_own_items_are_no_dataset_of_the_hub(suite: Suite):
    (own, *_) = only(one_model(suite, SOME_RIGHT), suite)["evaluation_results"]
    assert (own["source_data"]["source_type"], own["source_data"]["dataset_name"]) == ("other", "suite:refranes.jsonl")


def test_a_metric_that_is_no_mean_has_its_bounds_and_a_bootstrap(suite: Suite):
    ran = measured(hub_request(suite), suite, {"correlation": 2})
    (result,) = ran.results
    ran = ran.replaced(results=(result.replaced(stderr=None, raw=-0.5),))
    (told,) = only(build_board([ran], suite), suite)["evaluation_results"]
    assert [told["metric_config"][name] for name in ("metric_id", "min_score", "max_score")] == ["mcc", -1.0, 1.0]
    assert told["metric_config"]["evaluation_description"] == "¿Rima?"
    assert told["score_details"]["score"] == -0.5
    assert told["score_details"]["uncertainty"]["num_bootstrap_samples"] == 1000
    assert told["score_details"]["uncertainty"]["standard_error"]["method"] == "bootstrap"


def test_each_identity_has_a_file_and_a_baseline_none(board: Board, suite: Suite):
    found = documents(board, suite)
    names = sorted(
        (one["model_info"]["id"], one["model_info"]["additional_details"]["chat_template"]) for one in found.values()
    )
    assert names == [("local/half-3b", "auto"), ("local/lume-7b", "auto"), (HUB_MODEL, "auto"), (HUB_MODEL, "none")]
    assert {path.rsplit("/", 1)[0] for path in found} == {
        f"data/mini/{name}" for name in ("local/half-3b", "local/lume-7b", HUB_MODEL)
    }
    assert len({one["evaluation_id"] for one in found.values()}) == len(found)
    half = next(one for one in found.values() if one["model_info"]["id"] == "local/half-3b")
    assert [one["evaluation_name"] for one in half["evaluation_results"]] == ["refranes"]
    assert half["model_info"]["additional_details"]["model_availability"] == "unknown"
    assert every_eval_ever_files(board, suite)[1] == []


def test_the_same_results_make_the_same_files_and_another_run_another_one(suite: Suite):
    first, again = (every_eval_ever_files(one_model(suite, SOME_RIGHT), suite)[0] for _ in range(2))
    assert first == again
    ran = evaluation(hub_request(suite), suite, SOME_RIGHT)
    results = tuple(one.replaced(run=f"{one.request}-2") for one in ran.results)
    other = every_eval_ever_files(build_board([ran.replaced(results=results)], suite), suite)[0]
    assert first.keys().isdisjoint(other.keys())
    assert json.loads(next(iter(first.values())))["retrieved_timestamp"] == str(int(NOW.timestamp()))


def test_the_source_is_named_only_where_it_was_given(suite: Suite):
    board = one_model(suite, SOME_RIGHT)
    url = "https://example.org/ranking"
    (told,) = documents(board, suite, source_url=url).values()
    assert told["source_metadata"]["source_organization_url"] == url
    assert "source_organization_url" not in only(board, suite)["source_metadata"]


def test_a_task_that_is_left_out_is_marked_and_one_that_is_wrong_is_not_in_it(suite: Suite):
    dead = export_board(suite, rule_without(suite, "refranes", ExclusionReason.DEAD))
    details = [
        one["score_details"]["details"]
        for document in documents(dead, suite).values()
        for one in document["evaluation_results"]
        if one["evaluation_name"] == "refranes"
    ]
    assert {(one["excluded"], one["excluded_reason"], one["rule"]) for one in details} == {("true", "dead", "mini-1.1")}
    taken_down = export_board(suite, rule_without(suite, "refranes", ExclusionReason.TAKEDOWN))
    files, left = every_eval_ever_files(taken_down, suite)
    assert not any(b'"refranes"' in content for content in files.values())
    assert [(one.model, one.why) for one in left] == [("half-3b", "it has no result that can be passed on")]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "a\x1b[2J", "nul", "modelo ñ"])
def test_a_name_that_is_no_path_has_no_file_and_is_told_of(suite: Suite, name: str):
    board = build_board([measured(request_for(suite, name), suite, ALL_RIGHT)], suite)
    files, (left,) = every_eval_ever_files(board, suite)
    assert (files, left.model.isprintable()) == ({}, True)
    assert "path" in left.why


def test_hostile_texts_come_out_as_texts(suite: Suite):
    licence = '"},\u202e"x'
    ran = measured(hub_request(suite, facts=facts(licence=licence)), suite, ALL_RIGHT)
    document = only(build_board([ran], suite), suite)
    assert document["model_info"]["additional_details"]["licence"] == '"},\ufffd"x'


def test_versions_that_differ_between_results_are_all_told(suite: Suite):
    ran = measured(hub_request(suite), suite, ALL_RIGHT)
    newer = Engine(name="hf", version="0.5", versions={"lm_eval": "0.5"})
    first, *others = ran.results
    board = build_board([ran.replaced(results=(first.replaced(engine=newer), *others))], suite)
    document = only(board, suite)
    assert document["eval_library"]["version"] == "0.4.13, 0.5"
    assert "inference_engine" not in document["model_info"]
