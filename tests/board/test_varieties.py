"""What a model scores on the Spanish of each country, apart by what is measured."""

from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import Board, View, build_board, row_as_data
from leaderboard.board.varieties import CountryScore, scores_by_country
from leaderboard.records import Evaluation, ItemResult, TaskResult
from leaderboard.suite import Construct, Suite, Task
from tests.builders import (
    bias_declaration,
    declaration,
    evaluation,
    manifest,
    request_for,
    some_sha256,
    task_result,
    tiny_suite,
)

COMPREHENSION = Construct.VARIETY_COMPREHENSION

Scored = tuple[str | None, float]
"""Country and score of an item."""


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    variety = {"construct": "variety_comprehension", "variety_field": "country"}
    return tiny_suite(
        tmp_path / "suites",
        [
            declaration("frases", **variety),
            declaration("dichos", chance=0.25, **variety),
            declaration("cultura", construct="culture", variety_field="country"),
            bias_declaration("sesgo", variety="ES"),
        ],
    )


def task_of(suite: Suite, name: str) -> Task:
    task = suite.task(name)
    assert task is not None
    return task


def result_of(suite: Suite, name: str, *scored: Scored, clusters: str = "", **changes: Any) -> TaskResult:
    """Return a result whose items have these countries and scores, and a letter of `clusters` each."""
    items = tuple(
        ItemResult(id=f"{name}-{number}", variety=country, score=score, cluster=clusters[number] if clusters else None)
        for number, (country, score) in enumerate(scored)
    )
    raw = sum(score for _, score in scored) / len(scored)
    return task_result(request_for(suite), task_of(suite, name), items=items, raw=raw, **changes)


def by_group(results: list[TaskResult], suite: Suite) -> dict[tuple[str, Construct], CountryScore]:
    return {(score.country, score.construct): score for score in scores_by_country(results, suite)}


def test_the_items_of_a_country_make_its_score(suite: Suite):
    result = result_of(suite, "frases", ("MX", 1.0), ("ES", 0.0), ("MX", 1.0), ("MX", 0.0))
    scores = by_group([result], suite)
    assert [country for country, _ in scores] == ["ES", "MX"]
    mexico = scores["MX", COMPREHENSION]
    assert (mexico.items, mexico.raw, mexico.chance) == (3, pytest.approx(2 / 3), 0.5)
    assert mexico.normalised == pytest.approx(1 / 3)
    assert scores["ES", COMPREHENSION].normalised == -1.0


def test_what_measures_another_thing_stands_apart(suite: Suite):
    results = [result_of(suite, "frases", ("MX", 1.0)), result_of(suite, "cultura", ("MX", 0.0), ("MX", 0.0))]
    scores = by_group(results, suite)
    assert set(scores) == {("MX", COMPREHENSION), ("MX", Construct.CULTURE)}
    assert (scores["MX", COMPREHENSION].items, scores["MX", COMPREHENSION].raw) == (1, 1.0)
    assert (scores["MX", Construct.CULTURE].items, scores["MX", Construct.CULTURE].raw) == (2, 0.0)


def test_tasks_that_measure_the_same_are_one_score_over_their_items(suite: Suite):
    results = [result_of(suite, "frases", ("MX", 1.0)), result_of(suite, "dichos", ("MX", 0.0), ("MX", 1.0))]
    [score] = scores_by_country(results, suite)
    assert (score.items, score.raw) == (3, pytest.approx(2 / 3))
    assert score.chance == pytest.approx((0.5 + 0.25 + 0.25) / 3)


def test_guessing_is_that_of_each_items_own_options(suite: Suite):
    items = tuple(ItemResult(id=f"i-{options}", variety="MX", options=options, score=1.0) for options in (2, 4))
    result = result_of(suite, "frases", ("MX", 1.0)).replaced(items=items)
    [score] = scores_by_country([result], suite)
    assert score.chance == pytest.approx(0.375)
    assert score.normalised == pytest.approx(1.0)


def test_an_item_of_no_country_counts_for_none(suite: Suite):
    assert scores_by_country([result_of(suite, "frases", (None, 1.0))], suite) == []
    assert scores_by_country([], suite) == []


def test_a_result_with_another_configuration_is_left_out(suite: Suite):
    old = result_of(suite, "frases", ("MX", 0.0), config_hash=some_sha256("old"))
    stranger = result_of(suite, "frases", ("MX", 0.0)).replaced(task="stranger")
    new = result_of(suite, "dichos", ("MX", 1.0))
    [score] = scores_by_country([old, stranger, new], suite)
    assert (score.items, score.raw) == (1, 1.0)


def test_a_scale_with_a_target_has_no_score_above_chance(suite: Suite):
    result = result_of(suite, "sesgo", ("ES", 1.0), ("ES", 0.0), ("ES", 1.0), ("ES", 1.0))
    [score] = scores_by_country([result], suite)
    assert (score.construct, score.raw, score.target, score.normalised) == (Construct.BIAS, 0.75, 0.5, None)


# --- Errors


def error_of(suite: Suite, scores: tuple[float, ...], clusters: str = "") -> float | None:
    result = result_of(suite, "frases", *(("MX", score) for score in scores), clusters=clusters)
    return scores_by_country([result], suite)[0].stderr


def test_the_error_is_clustered(suite: Suite):
    """By hand: mean 0.6; residuals of a 0.4 + 0.4, of b 0.4 - 0.6, of c -0.6; 3/2 (0.64 + 0.04 + 0.36) = 1.56."""
    assert error_of(suite, (1.0, 1.0, 1.0, 0.0, 0.0), "aabbc") == pytest.approx(sqrt(1.56) / 5)


def test_items_that_share_nothing_have_the_ordinary_error(suite: Suite):
    """By hand: mean 0.75, variance (3 x 0.0625 + 0.5625) / 3 = 0.25."""
    ordinary = sqrt(0.25 / 4)
    assert error_of(suite, (1.0, 1.0, 1.0, 0.0)) == pytest.approx(ordinary)
    assert error_of(suite, (1.0, 1.0, 1.0, 0.0), "abcd") == pytest.approx(ordinary)


def test_copies_of_an_item_make_nothing_surer(suite: Suite):
    once, thrice = error_of(suite, (1.0, 0.0), "ab"), error_of(suite, (1.0,) * 3 + (0.0,) * 3, "aaabbb")
    assert once == pytest.approx(thrice) == pytest.approx(0.5)


@pytest.mark.parametrize(("scores", "clusters"), [((1.0,), ""), ((1.0, 0.0, 1.0), "aaa")])
def test_one_item_or_one_cluster_alone_has_no_error(suite: Suite, scores: tuple[float, ...], clusters: str):
    assert error_of(suite, scores, clusters) is None


def test_clusters_and_items_of_one_name_in_two_tasks_are_two(suite: Suite):
    for clusters in ("a", ""):
        results = [
            result_of(suite, name, ("MX", score), clusters=clusters)
            for name, score in (("frases", 1.0), ("dichos", 0.0))
        ]
        same_ids = [one.replaced(items=(one.items[0].replaced(id="same"),)) for one in results]
        assert scores_by_country(same_ids, suite)[0].stderr == pytest.approx(0.5)


# --- In the row of a model


def board_of(suite: Suite, results: list[TaskResult]) -> Board:
    asked = request_for(suite)
    run = Evaluation(request=asked, manifest=manifest(asked, results), results=tuple(results))
    return build_board([run], suite)


def test_a_row_has_the_scores_of_its_countries(suite: Suite):
    board = board_of(suite, [result_of(suite, "frases", ("MX", 1.0), ("MX", 0.0))])
    assert row_as_data(board.rows[0], board, View.ES)["countries"] == [
        {
            "country": "MX",
            "construct": "variety_comprehension",
            "items": 2,
            "raw": 0.5,
            "chance": 0.5,
            "normalised": 0.0,
            "stderr": pytest.approx(0.5),
            "interval": {
                "low": pytest.approx(0.0945, abs=1e-4),
                "high": pytest.approx(0.9055, abs=1e-4),
                "method": "wilson",
            },
            "draft": False,
        }
    ]


def test_four_right_answers_are_no_certainty(suite: Suite):
    [score] = scores_by_country([result_of(suite, "frases", *[("MX", 1.0)] * 4)], suite)
    assert score.stderr is None
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == (pytest.approx(0.51, abs=0.01), 1.0)


def test_items_without_a_country_leave_the_row_without(suite: Suite):
    [row] = build_board([evaluation(request_for(suite), suite, {"frases": 2, "dichos": 1})], suite).rows
    assert row.countries == ()


def test_a_draft_says_so(suite: Suite):
    draft = suite.replaced(tasks=tuple(task.replaced(reviewed_items=0) for task in suite.tasks[:1]) + suite.tasks[1:])
    results = [result_of(suite, "frases", ("MX", 1.0)), result_of(suite, "cultura", ("MX", 1.0))]
    assert [score.is_draft for score in scores_by_country(results, draft)] == [False, True]
