"""Columns whose scores were not all computed by one engine."""

from pathlib import Path

import pytest

from leaderboard.board import View, build_board, mixed_engines, row_as_data
from leaderboard.records import Engine, EngineName, Evaluation, ModelSource, ModelType, Precision
from leaderboard.suite import Suite
from tests.builders import evaluation, facts, model, request_for, tiny_suite

HF = Engine(name=EngineName.HF, version="0.4.13", versions={})
SHARED = Engine(name=EngineName.SHARED_PREFIX, version="1.0", versions={})
DUMMY = Engine(name=EngineName.DUMMY, version="0.4.13", versions={})


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def scored_by(suite: Suite, name: str, engines: dict[str, Engine], **changes: object) -> Evaluation:
    """Return a run of a model whose tasks were each scored by an engine."""
    run = evaluation(request_for(suite, name, **changes), suite, dict.fromkeys(engines, 2))
    return run.replaced(results=tuple(one.replaced(engine=engines[one.task]) for one in run.results))


def test_a_column_of_one_engine_is_not_mixed(suite: Suite):
    both = {"refranes": SHARED, "sumas": HF}
    board = build_board([scored_by(suite, name, both) for name in ("one", "other")], suite)
    assert mixed_engines(board.rows) == {}


def test_a_column_of_two_engines_is_named_with_how_many_models_each_scored(suite: Suite):
    shared = {"refranes": SHARED, "sumas": SHARED}
    runs = [scored_by(suite, name, shared) for name in ("one", "two")]
    runs.append(scored_by(suite, "three", {"refranes": HF, "sumas": SHARED}))
    found = mixed_engines(build_board(runs, suite).rows)
    assert found == {"refranes": {"hf-shared-prefix 1.0": 2, "hf 0.4.13": 1}}


def test_another_version_is_another_engine(suite: Suite):
    newer = SHARED.replaced(version="1.1")
    runs = [scored_by(suite, name, {"sumas": engine}) for name, engine in (("one", SHARED), ("two", newer))]
    assert list(mixed_engines(build_board(runs, suite).rows)) == ["sumas"]


def test_baselines_have_an_engine_of_their_own_and_mix_nothing(suite: Suite):
    baseline = {
        "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
        "facts": facts(ModelType.BASELINE, parameters=None, licence=None),
    }
    runs = [scored_by(suite, "one", {"sumas": SHARED}), scored_by(suite, "dummy", {"sumas": DUMMY}, **baseline)]
    board = build_board(runs, suite)
    assert mixed_engines(board.rows) == {}
    assert {row_as_data(row, board, View.GL)["tasks"]["sumas"]["engine"] for row in board.rows} == {
        "hf-shared-prefix 1.0",
        "dummy 0.4.13",
    }
