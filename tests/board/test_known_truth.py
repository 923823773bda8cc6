"""What the board says of a population whose truth is known; `benchmarks/known_truth.py` has figures of many boards."""

from pathlib import Path

import pytest

from leaderboard.board import View
from leaderboard.suite import Metric
from tests.board.known_truth import Tallies, tallies_of
from tests.board.population import ABILITIES, ALIKE, FEW_UNITS, Population, true_score

BOARDS = 16
FROM = 50_000
"""Items for a truth: its own error is a tenth of that of any score here."""


@pytest.fixture(scope="module")
def tallies(tmp_path_factory: pytest.TempPathFactory) -> Tallies:
    return tallies_of(Population(tmp_path_factory.mktemp("suite"), truth_from=FROM), range(BOARDS))


@pytest.mark.parametrize(
    ("name", "lowest"), [("cells", 0.925), ("areas", 0.92), ("languages", 0.90), ("overall", 0.89)]
)
def test_intervals_hold_the_truth_as_often_as_they_say(tallies: Tallies, name: str, lowest: float):
    """Bounds of about three standard errors of so few boards, whose models share their items."""
    assert lowest < sum(tallies[name].ours) / len(tallies[name].ours) <= 1


@pytest.mark.parametrize("name", ["cells", "areas"])
def test_intervals_that_take_items_for_independent_do_not(tallies: Tallies, name: str):
    assert sum(tallies[name].naive) / len(tallies[name].naive) < 0.915


def test_rank_sets_hold_all_ranks_at_once_and_the_order_of_scores_does_not(tallies: Tallies):
    found = tallies["rank sets, strict order"]
    assert sum(found.ours) / len(found.ours) > 0.93
    assert sum(found.naive) / len(found.naive) < 0.8


def test_the_best_is_among_those_that_may_be_best_and_need_not_lead(tallies: Tallies):
    found = tallies["the best may be best"]
    assert sum(found.ours) / len(found.ours) > 0.93
    assert sum(found.naive) / len(found.naive) < 0.85


def test_equals_are_seldom_told_apart_where_items_share_passages(tallies: Tallies):
    found = tallies["false positives, with passages"]
    assert sum(found.ours) / len(found.ours) < 0.08
    assert sum(found.naive) / len(found.naive) > 0.085


def test_a_comparison_of_equals_seldom_has_any_verdict(tallies: Tallies):
    found = tallies["comparisons with any false verdict"]
    assert sum(found.ours) / len(found.ours) < 0.16
    assert sum(found.naive) / len(found.naive) > 0.3


def test_at_the_ends_of_the_scale_areas_still_hold_the_truth(tmp_path: Path):
    """Where every answer is right no draw moves a score: a spread alone would hold the truth of 88 areas in 100."""
    found = tallies_of(Population(tmp_path, abilities=(-3.0, 2.5, 3.2, 4.0), truth_from=FROM), range(10), pairs=())
    assert sum(found["areas"].ours) / len(found["areas"].ours) > 0.915
    assert sum(found["cells of acc"].naive) / len(found["cells of acc"].naive) < 0.85


def test_equals_are_seldom_told_apart_by_few_units(tmp_path: Path):
    """By the spread over draws alone, without Student's distribution, about one board in seven tells some apart."""
    few = Population(tmp_path, designs=FEW_UNITS, abilities=ALIKE, truth_from=1000)
    found = tallies_of(few, range(30), pairs=())["rank sets"]
    assert sum(found.ours) / len(found.ours) > 0.93
    assert sum(found.naive) / len(found.naive) < 0.5


def test_a_board_of_the_population_is_the_same_each_time_and_estimates_its_truth(tmp_path: Path):
    population = Population(tmp_path, truth_from=FROM)
    first, again = population.draw(3), population.draw(3)
    assert [row.score(View.ES) for row in first.rows] == [row.score(View.ES) for row in again.rows]
    assert first.rows[0].score(View.ES) != population.draw(4).rows[0].score(View.ES)
    kinds = {design.kind for design in population.designs}
    assert {kind.metric for kind in kinds} == {Metric.ACC, Metric.MCC, Metric.MACRO_F1, Metric.F1, Metric.BLEU}
    for kind in kinds:
        scores = [true_score(kind, ability, FROM) for ability in sorted(set(ABILITIES))]
        assert scores == sorted(scores)
