"""Commands that repeat an evaluation: what a shell makes of them is what was evaluated."""

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from leaderboard.board import Row, build_board
from leaderboard.page.model_command import commands_to_reproduce
from leaderboard.records import Evaluation, ModelSource, ModelType, Precision
from leaderboard.suite import Suite
from tests.builders import evaluation, facts, manifest, model, request_for, task_result, tiny_suite
from tests.page.hostile import NAMES


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path)


def row_of(suite: Suite, *templated: str) -> Row:
    asked = request_for(suite, "somos/meiga", model=model("somos/meiga", source=ModelSource.HUB))
    results = tuple(task_result(asked, task, chat_template_applied=task.id in templated) for task in suite.tasks)
    return build_board([Evaluation(request=asked, manifest=manifest(asked, results), results=results)], suite).rows[0]


def words(command: str) -> list[str]:
    """Return what a shell makes of a command; it drops a backslash with the line's end."""
    return shlex.split(command.replace("\\\n", ""))


def test_one_run_names_model_commit_precision_and_tasks(suite: Suite):
    row = row_of(suite)
    export, run = map(words, commands_to_reproduce(row, suite))
    assert export[:5] == ["python", "-m", "leaderboard", "suite", "export"]
    assert {"refranes", "sumas"} < set(export)
    revision = row.request.model.revision
    assert run[run.index("--model_args") + 1] == f"pretrained=somos/meiga,revision={revision},dtype=bfloat16"
    assert run[run.index("--tasks") + 1] == "refranes,sumas"
    assert "--apply_chat_template" not in run


def test_tasks_with_the_chat_template_are_a_run_of_their_own(suite: Suite):
    _, plain, templated = map(words, commands_to_reproduce(row_of(suite, "sumas"), suite))
    assert plain[plain.index("--tasks") + 1] == "refranes"
    assert templated[templated.index("--tasks") + 1] == "sumas"
    assert "--apply_chat_template" in templated
    assert "enable_thinking=False" in templated[templated.index("--model_args") + 1]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_word_of_the_shell(suite: Suite, name: str):
    row = row_of(suite)
    strange = row.request.model.model_construct(**{**dict(row.request.model), "name": name})
    asked = row.request.model_construct(**{**dict(row.request), "model": strange})
    _, run = map(words, commands_to_reproduce(replace(row, request=asked), suite))
    assert run[run.index("--model_args") + 1].startswith(f"pretrained={name},revision=")


def test_a_baseline_is_no_model_to_run(suite: Suite):
    asked = request_for(
        suite,
        "dummy",
        model=model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        precision=Precision.NONE,
        facts=facts(ModelType.BASELINE, parameters=None),
    )
    [row] = build_board([evaluation(asked, suite, {"refranes": 2, "sumas": 2})], suite).rows
    assert commands_to_reproduce(row, suite) == ()
