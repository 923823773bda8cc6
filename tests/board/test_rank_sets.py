"""Simultaneous rank sets."""

import numpy as np
import pytest
from honestboard import Board

from leaderboard.board.rank_sets import rank_sets

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
