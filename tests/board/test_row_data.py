"""A row as plain data: what every export and every program is told."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import Board, Rule, View, build_board, row_as_data, rule_in_force
from leaderboard.records import Evaluation, Exclusion, ExclusionReason, Provenance, RuleHistory
from leaderboard.suite import Suite
from tests.board.boards import BASELINE, of, on_hub
from tests.builders import NOW, TWO_TASKS, bias_declaration, evaluation, facts, request_for, some_sha256, tiny_suite


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return tiny_suite(tmp_path_factory.mktemp("suites"))


def data_of(board: Board, view: View | None = View.ES) -> dict[str, Any]:
    """Return what is said of the first row."""
    return row_as_data(board.rows[0], board, view)


def data(suite: Suite, *runs: Evaluation, view: View | None = View.ES, rule: Rule | None = None) -> dict[str, Any]:
    return data_of(build_board(runs, suite, rule), view)


def test_incident_20_the_data_says_raw_normalised_and_chance_of_every_task_with_their_intervals(suite: Suite):
    """Wilson's interval of 3 in 4 is 0.3006 to 0.9544."""
    found = data(suite, of(suite, "meiga", 3, None))
    assert found["tasks"] == {
        "refranes": {
            "raw": 0.75,
            "normalised": 0.5,
            "distance": None,
            "chance": 0.5,
            "stderr": 0.1,
            "interval": {
                "low": pytest.approx(0.3006, abs=5e-5),
                "high": pytest.approx(0.9544, abs=5e-5),
                "method": "wilson",
            },
            "normalised_interval": {
                "low": pytest.approx(-0.3987, abs=1e-4),
                "high": pytest.approx(0.9088, abs=1e-4),
                "method": "wilson",
            },
            "items": 4,
            "engine": "hf 0.4.13",
            "draft": False,
            "shares": {"es": 1.0, "all": 0.5},
            "excluded": False,
            "excluded_reason": None,
            "excluded_detail": None,
        },
    }
    assert found["failures"] == {"sumas": "task_error"}
    assert found["complete"] is False


def test_incident_25_every_score_has_its_interval_rank_and_possible_ranks_in_every_view(suite: Suite):
    board = build_board([of(suite, "meiga", 3, None), of(suite, "duende", 2, 2)], suite)
    found = data_of(board)
    assert list(found["views"]) == ["es", "gl", "all"]
    spanish = found["views"]["es"]
    assert (spanish["score"], spanish["rank"], spanish["ranks"]) == (0.5, 1, [1, 2])
    assert spanish["may_be_best"] is True
    assert spanish["interval"]["low"] < 0.5 < spanish["interval"]["high"]
    assert spanish["interval"]["method"] == "combined"
    assert spanish["stderr"] == found["areas"]["es/language"]["stderr"] > 0
    assert found["views"]["all"] == {
        "score": None,
        "stderr": None,
        "interval": None,
        "rank": None,
        "ranks": None,
        "may_be_best": False,
        "done": 1,
        "of": 2,
    }
    assert list(found["areas"]) == ["es/language"]


@pytest.mark.parametrize(
    ("view", "rank", "average"), [(View.ES, 1, 0.5), (View.GL, 2, 0.0), (View.ALL, 2, 0.25), (None, None, None)]
)
def test_the_view_that_is_asked_for_stands_foremost(
    view: View | None, rank: int | None, average: float | None, suite: Suite
):
    board = build_board([of(suite, "meiga", 3, 2), of(suite, "duende", 2, 4)], suite)
    found = data_of(board, view)
    assert (found["model"], found["view"]) == ("meiga", str(view) if view else None)
    assert (found["rank"], found["average"]) == (rank, average)
    assert (found["ranks"] is None) == (view is None)
    assert found["languages"] == {"es": 0.5, "gl": 0.0}


def test_the_rule_and_what_it_left_out_stand_in_every_row(suite: Suite):
    plain = rule_in_force(suite, RuleHistory())
    left_out = Exclusion(task="sumas", config_hash=plain.configs["sumas"], reason=ExclusionReason.DEAD)
    rule = Rule(version=3, suite=plain.suite, configs=plain.configs, excluded={"sumas": left_out})
    found = data(suite, of(suite, "meiga", 3, 4), rule=rule)
    assert found["rule"] == "mini-1.3"
    assert {task: cell["excluded"] for task, cell in found["tasks"].items()} == {"refranes": False, "sumas": True}
    assert found["tasks"]["sumas"]["shares"] == {}
    assert found["tasks"]["sumas"]["excluded_reason"] == str(left_out.reason)
    assert found["tasks"]["sumas"]["excluded_detail"] == left_out.detail
    assert found["languages"] == {"es": 0.5}
    assert found["tasks"]["sumas"]["normalised"] == 1.0


def test_a_scale_with_a_target_has_its_distance_and_no_normalised_score(tmp_path: Path):
    suite = tiny_suite(tmp_path, [*TWO_TASKS, bias_declaration("sesgo")])
    run = evaluation(request_for(suite), suite, {"refranes": 3, "sumas": 4, "sesgo": 1})
    cell = data(suite, run)["tasks"]["sesgo"]
    assert (cell["raw"], cell["distance"], cell["normalised"], cell["normalised_interval"]) == (0.25, -0.25, None, None)
    assert cell["interval"]["low"] < 0.25 < cell["interval"]["high"]


def test_an_unknown_standard_error_is_null_and_not_nought(suite: Suite):
    """Of one passage alone nobody knows it."""
    run = of(suite, "meiga", 3, 4)
    unknown = [
        result.replaced(stderr=None, items=tuple(item.replaced(cluster="only") for item in result.items))
        for result in run.results
    ]
    found = data(suite, run.replaced(results=tuple(unknown)))
    assert [found["tasks"]["refranes"][key] for key in ("stderr", "interval", "normalised_interval")] == [None] * 3
    assert [found["views"]["es"][key] for key in ("score", "stderr", "interval", "ranks")] == [0.5, None, None, None]
    assert found["views"]["es"]["may_be_best"] is False


def test_identities_that_do_not_stand_for_their_model_and_baselines_say_so(suite: Suite):
    later = {"finished_at": NOW + timedelta(days=1)}
    board = build_board(
        [
            of(suite, "meiga", 4, 4, model=on_hub("org/meiga", "old")),
            of(suite, "meiga", 3, 3, model=on_hub("org/meiga", "new"), **later),
            of(suite, "dummy", 1, 1, **BASELINE),
        ],
        suite,
    )
    found = [row_as_data(row, board, View.ES) for row in (*board.rows, *board.others)]
    assert [(one["model"], one["rank"], one["stands_for_model"], one["baseline"]) for one in found] == [
        ("org/meiga", 1, True, False),
        ("dummy", None, True, True),
        ("org/meiga", None, False, False),
    ]
    assert found[2]["average"] == 1.0


def test_the_data_is_what_json_can_carry_and_says_where_weights_come_from(suite: Suite):
    from_file = Provenance(file="m.gguf", sha256=some_sha256("gguf"), precision="q4_1", base_model="org/original")
    asked = {"facts": facts(provenance=from_file, weights_sha256=some_sha256("weights")), "thinking": True}
    run = of(suite, "meiga", 3, 4, **asked)
    found = data(suite, run)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["precision"] == "q4_1→bfloat16"
    assert found["provenance"]["base_model"] == "org/original"
    assert found["weights_sha256"] == some_sha256("weights")
    assert (found["chat_template"], found["thinking"]) == ("auto", True)
    assert (found["source"], found["revision"]) == ("local", run.request.model.revision)
    assert (found["request"], found["evaluated_at"]) == (run.request.id, NOW.isoformat())
