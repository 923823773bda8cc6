"""Files for a model's page on the Hub: what a reviewer finds in them, and what is never in one."""

from pathlib import Path

import pytest
import yaml
from huggingface_hub import EvalResultEntry, parse_eval_result_entries

from leaderboard.board import build_board
from leaderboard.exchange.community_evals import community_eval_files
from leaderboard.records import ExclusionReason
from leaderboard.suite import Suite
from tests.builders import NOW, foreign_declaration, request_for
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

URL = "https://example.org/ranking"


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return export_suite(tmp_path)


def entries(content: bytes) -> list[EvalResultEntry]:
    return parse_eval_result_entries(yaml.safe_load(content))


def dataset(name: str, *configs: str, **more: object) -> dict[str, object]:
    return {"id": name, "configs": list(configs), "split": "test", "columns": ["options", "answer"], **more}


def test_incident_20_the_value_is_raw_and_chance_and_what_is_above_it_are_told_apart(suite: Suite):
    board = build_board([measured(hub_request(suite), suite, SOME_RIGHT)], suite)
    files, left = community_eval_files(board, suite)
    assert (list(files), left) == (["somos--meiga-1b.yaml"], [])
    (entry,) = entries(files["somos--meiga-1b.yaml"])
    assert (entry.dataset_id, entry.task_id, entry.dataset_revision) == ("org/xnli", "es", COMMIT)
    assert (entry.value, entry.date, entry.source_url, entry.verify_token) == (25.0, NOW.isoformat(), None, None)
    cell = board.rows[0].cells["xnli"]
    assert entry.notes is not None
    for told in (
        "acc, 0-shot; n=4; ",
        f"95% CI [{100 * cell.interval.low:.2f}, {100 * cell.interval.high:.2f}] (wilson); ",
        "; chance 25, above chance 0.00; ",
        "; chat template not applied; split test; ",
        f"model commit {board.rows[0].request.model.revision}; lm_eval 0.4.13",
        f"mini-1.0/xnli, config {cell.result.config_hash[:12]}",
    ):
        assert told in entry.notes


def test_only_models_of_the_hub_have_a_file_and_only_the_identity_that_stands_for_each(suite: Suite):
    files, left = community_eval_files(export_board(suite), suite)
    (content,) = files.values()
    assert [entry.value for entry in entries(content)] == [100.0]
    assert {(one.model, one.why) for one in left} == {
        ("lume-7b", "it is no model of the Hub"),
        ("half-3b", "it is no model of the Hub"),
    }


def test_the_source_is_named_only_where_it_was_given(suite: Suite):
    (content,) = community_eval_files(export_board(suite), suite, URL)[0].values()
    assert [(entry.source_url, entry.source_name) for entry in entries(content)] == [(URL, "Ranking 600M")]


@pytest.mark.parametrize("commit", ["0" * 40, "main"])
def test_a_result_on_data_of_no_known_commit_is_not_in_it(suite: Suite, commit: str):
    board = build_board([measured(hub_request(suite), suite, ALL_RIGHT, commit=commit)], suite)
    files, (left,) = community_eval_files(board, suite)
    assert (files, left.model) == ({}, HUB_MODEL)


def test_a_task_that_is_left_out_of_the_means_is_not_in_it(suite: Suite):
    board = export_board(suite, rule_without(suite, "xnli", ExclusionReason.SATURATED))
    assert community_eval_files(board, suite)[0] == {}


def test_a_task_that_is_not_the_whole_of_one_part_keeps_its_own_name(tmp_path: Path):
    suite = export_suite(
        tmp_path,
        foreign_declaration("two_parts", dataset=dataset("org/exams", "a", "b")),
        foreign_declaration("first", dataset=dataset("org/shared")),
        foreign_declaration("second", dataset=dataset("org/shared", sample=100)),
        foreign_declaration("whole", dataset=dataset("org/whole")),
    )
    board = build_board([measured(hub_request(suite), suite, {task.id: 2 for task in suite.tasks})], suite)
    (content,) = community_eval_files(board, suite)[0].values()
    found = entries(content)
    assert {entry.task_id for entry in found} == {"es", "two_parts", "first", "second", "default"}
    assert {entry.task_id for entry in found if "of a fixed sample" in (entry.notes or "")} == {"second"}


def test_no_two_models_share_a_file(suite: Suite):
    names = ("a__b/c", "a/b__c", "a_/_c".replace("/_", "/x_"))
    board = build_board([measured(hub_request(suite, name), suite, ALL_RIGHT) for name in names], suite)
    assert len(community_eval_files(board, suite)[0]) == len(names)


def test_a_value_has_no_digits_that_were_not_measured(suite: Suite):
    asked = hub_request(suite)
    ran = measured(asked, suite, ALL_RIGHT)
    results = tuple(one.replaced(raw=0.55) if one.task == "xnli" else one for one in ran.results)
    (content,) = community_eval_files(build_board([ran.replaced(results=results)], suite), suite)[0].values()
    assert b"value: 55.0\n" in content
    assert content.startswith(b"# For review: nothing has been sent.")


def test_a_local_model_of_a_hostile_name_is_told_of_without_its_signs(suite: Suite):
    board = build_board([measured(request_for(suite, "../\x1b[2J"), suite, ALL_RIGHT)], suite)
    files, (left,) = community_eval_files(board, suite)
    assert (files, left.model) == ({}, "../\ufffd[2J")
