"""Simultaneous rank sets: for each model the ranks it may have, with 95 % confidence for all models of a view at once.

Source: Mogstad, Romano, Shaikh and Wilhelm 2023, "Inference for Ranks with Applications to Mobility across
Neighbourhoods and Academic Achievement across Countries", Review of Economic Studies, 10.1093/restud/rdad006.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaderboard.board.intervals import LEVEL

Matrix = NDArray[np.float32]

_ROUNDING = 1e-9
"""A variance that is this share of what it was made from is what rounding leaves of none."""


@dataclass(frozen=True)
class RankSets:
    """For each model, in the order given, the best and the worst rank it may have."""

    best: tuple[int, ...]
    worst: tuple[int, ...]
    critical_value: float
    """How many standard errors apart two models of this view must lie to be told apart."""


def rank_sets(scores: NDArray[np.float64], deviations: Matrix, level: float = LEVEL) -> RankSets:
    """Return the rank sets of models.

    Args:
        scores: of shape [models].
        deviations: of shape [models, draws]: in each draw of the joint bootstrap how far each score lay from its own.
        level: the confidence that all sets hold their ranks together.

    The difference of each two models is studentised by its spread over the draws; the critical value is what the
    largest of all differences stays below in `level` of the draws. Two models whose difference is the same in every
    draw are not told apart: nothing shows how sure it is.
    """
    models = len(scores)
    errors = _errors_of_differences(deviations)
    critical = float(np.quantile(_largest_differences(deviations, errors), level))
    lead = scores[:, None] - scores[None, :]
    separated = (np.abs(lead) > critical * errors) & (errors > 0)
    beaten_by = (separated & (lead < 0)).sum(axis=1)
    beats = (separated & (lead > 0)).sum(axis=1)
    return RankSets(
        best=tuple(int(1 + number) for number in beaten_by),
        worst=tuple(int(models - number) for number in beats),
        critical_value=critical,
    )


def _errors_of_differences(deviations: Matrix) -> NDArray[np.float64]:
    """Return the standard error of each two scores' difference, 0 where no draw moves it."""
    centred = deviations.astype(np.float64)
    centred -= centred.mean(axis=1, keepdims=True)
    covariances = centred @ centred.T / (deviations.shape[1] - 1)
    variances = covariances.diagonal()
    sums = variances[:, None] + variances[None, :]
    of_differences = sums - 2 * covariances
    return np.sqrt(np.where(of_differences > _ROUNDING * sums, of_differences, 0.0))


def _largest_differences(deviations: Matrix, errors: NDArray[np.float64]) -> Matrix:
    """Return for each draw the largest of all studentised differences."""
    with np.errstate(divide="ignore"):
        weights = np.where(errors > 0, 1 / errors, 0.0).astype(np.float32)
    largest = np.zeros(deviations.shape[1], dtype=np.float32)
    for one in range(len(deviations) - 1):
        differences = deviations[one + 1 :] - deviations[one]
        np.abs(differences, out=differences)
        differences *= weights[one, one + 1 :, None]
        np.maximum(largest, differences.max(axis=0), out=largest)
    return largest
