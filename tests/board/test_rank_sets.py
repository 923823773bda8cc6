"""Simultaneous rank sets."""

import math

import numpy as np
import pytest
from honestboard import Board
from scipy import stats

from leaderboard.board.rank_sets import Part, bonferroni, degrees_of, rank_sets

ITEMS = 200


def drawn_board(seed: int, chances: list[float]) -> Board:
    """Return a board of `honestboard`: items that are hard for all are hard for each."""
    rng = np.random.default_rng(seed)
    hardness = rng.random(ITEMS)
    right = [(0.5 * hardness + 0.5 * rng.random(ITEMS) < chance).astype(np.uint8) for chance in chances]
    return Board([f"model-{number}" for number in range(len(chances))], np.array(right))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_who_may_be_best_are_those_of_honestboard(seed: int):
    """On the same draws `honestboard` with method="simultaneous" studentises and takes the same largest difference.

    Its standard errors are analytic and ours are of the draws, so the critical values agree within rounding of 4,000
    draws. Its `rank_summary` is something else: ranks of each model by itself, not of all at once.
    """
    board = drawn_board(seed, [0.42, 0.5, 0.55, 0.6, 0.62])
    scores, draws = board.scores(), board._boot_scores(4000, seed)
    found = rank_sets(scores, (draws - scores[:, None]).astype(np.float32))
    oracle = board.confidence_set_best(B=4000, seed=seed, method="simultaneous")
    assert found.critical_value == pytest.approx(oracle["critical_value"], rel=0.04)
    best = {f"model-{number}" for number, rank in enumerate(found.best) if rank == 1}
    assert best == set(oracle["members"])
    assert 0 < len(best) < 5


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sets_of_all_at_once_hold_those_of_each_by_itself(seed: int):
    board = drawn_board(seed, [0.42, 0.5, 0.55, 0.6, 0.62])
    scores, draws = board.scores(), board._boot_scores(4000, seed)
    found = rank_sets(scores, (draws - scores[:, None]).astype(np.float32))
    for row in board.rank_summary(B=4000, seed=seed):
        place = int(row["name"][-1])
        assert found.best[place] <= row["rank_lo"]
        assert row["rank_hi"] <= found.worst[place]


def test_models_far_apart_have_one_rank_and_neighbours_share_theirs():
    deviations = np.random.default_rng(1).normal(0, 0.01, (4, 1000)).astype(np.float32)
    found = rank_sets(np.array([0.9, 0.5, 0.501, 0.1]), deviations)
    assert found.best == (1, 2, 2, 4)
    assert found.worst == (1, 3, 3, 4)


def test_more_models_need_a_larger_difference():
    deviations = np.random.default_rng(1).normal(0, 0.01, (40, 1000)).astype(np.float32)
    few, many = (rank_sets(np.zeros(models), deviations[:models]) for models in (2, 40))
    assert few.critical_value == pytest.approx(1.96, abs=0.15)
    assert many.critical_value > few.critical_value + 1


def test_models_whose_difference_never_moves_are_not_told_apart():
    moving = np.random.default_rng(1).normal(0, 0.01, 1000).astype(np.float32)
    found = rank_sets(np.array([0.9, 0.5]), np.stack([moving, moving]))
    assert (found.best, found.worst) == ((1, 1), (2, 2))


def test_one_model_has_one_rank():
    found = rank_sets(np.array([0.5]), np.ones((1, 1000), dtype=np.float32))
    assert (found.best, found.worst) == ((1,), (1,))


def test_two_models_of_few_units_are_told_apart_as_by_a_paired_t_test():
    deviations = np.random.default_rng(1).normal(0, 0.01, (2, 1000)).astype(np.float32)
    found = rank_sets(np.array([0.9, 0.5]), deviations, degrees=4)
    assert found.critical_value == pytest.approx(float(stats.t.ppf(0.975, 4)), rel=0.15)
    assert found.critical_value >= float(stats.t.ppf(0.975, 4))


def test_many_models_of_few_units_differ_by_as_much_as_bonferroni_asks_at_least():
    """Scores that move together leave fewer independent differences than pairs, which few units do not show surely."""
    rng = np.random.default_rng(1)
    deviations = rng.normal(0, 0.01, (2, 1000))[[0] * 10 + [1] * 10] + rng.normal(0, 1e-4, (20, 1000))
    found = rank_sets(np.zeros(20), deviations.astype(np.float32), degrees=19)
    assert found.critical_value == pytest.approx(float(stats.t.ppf(1 - 0.025 / 190, 19)))


def test_where_draws_ask_for_more_than_bonferroni_they_decide():
    """Eight draws in a hundred move one model: they lie at three and a half standard errors, and the others at none."""
    deviations = np.zeros((2, 1000), dtype=np.float32)
    deviations[0, :80] = np.tile([0.01, -0.01], 40)
    sure, unsure, few = (rank_sets(np.zeros(2), deviations, degrees=one).critical_value for one in (math.inf, 1e6, 10))
    assert sure == pytest.approx(3.5, abs=0.1)
    assert unsure == pytest.approx(sure, rel=0.001)
    assert few == pytest.approx(float(stats.t.isf(stats.norm.sf(sure), 10)))
    assert few > bonferroni(2, 10) + 1


def test_one_model_of_few_units_has_one_rank():
    found = rank_sets(np.array([0.5]), np.ones((1, 1000), dtype=np.float32), degrees=3)
    assert (found.best, found.worst) == ((1,), (1,))


def test_draws_that_lie_to_one_side_are_taken_from_their_middle():
    """A metric that is no mean is biased over draws: that is no sign of a difference that varies more."""
    deviations = np.random.default_rng(1).normal(0, 0.01, (3, 1000))
    plain, aside = (
        rank_sets(np.zeros(3), (deviations + np.array([[0.0], [0.02], [-0.02]]) * shift).astype(np.float32))
        for shift in (0, 1)
    )
    assert aside.critical_value == pytest.approx(plain.critical_value, rel=0.001)


@pytest.mark.parametrize(
    ("models", "degrees"),
    [
        ([{"a": Part(2.0, 20)}, {"a": Part(4.0, 20)}], 19.0),
        ([{"a": Part(1.0, 20), "b": Part(1.0, 20)}], 38.0),
        ([{"a": Part(1.0, 20), "b": Part(0.0, 5)}], 19.0),
        ([{"a": Part(1.0, 11), "b": Part(0.0, 41)}, {"a": Part(3.0, 11), "b": Part(2.0, 41)}], 9 / (4 / 10 + 1 / 40)),
        ([{"a": Part(1.0, 20)}, {"a": Part(1.0, 12)}], 11.0),
        ([{"a": Part(0.0, 20)}], math.inf),
    ],
)
def test_degrees_of_freedom_are_those_of_the_tasks_that_vary_most(models: list[dict[str, Part]], degrees: float):
    assert degrees_of(models) == pytest.approx(degrees)
