"""Simultaneous rank sets: for each model the ranks it may have, with 95 % confidence for all models of a view at once.

Source: Mogstad, Romano, Shaikh and Wilhelm 2023, "Inference for Ranks with Applications to Mobility across
Neighbourhoods and Academic Achievement across Countries", Review of Economic Studies, 10.1093/restud/rdad006.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from leaderboard.board.intervals import LEVEL

Matrix = NDArray[np.float32]

_ROUNDING = 1e-9
"""A variance that is this share of what it was made from is what rounding leaves of none."""


@dataclass(frozen=True)
class Part:
    """What the tasks over the same units bring to the uncertainty of one model's mean."""

    variance: float
    """Of what they bring to the mean, over the draws."""
    units: int
    """How many the variance was estimated with."""


@dataclass(frozen=True)
class RankSets:
    """For each model, in the order given, the best and the worst rank it may have."""

    best: tuple[int, ...]
    worst: tuple[int, ...]
    critical_value: float
    """How many standard errors apart two models of this view must lie to be told apart."""


def rank_sets(
    scores: NDArray[np.float64], deviations: Matrix, level: float = LEVEL, degrees: float = math.inf
) -> RankSets:
    """Return the rank sets of models.

    Args:
        scores: of shape [models].
        deviations: of shape [models, draws]: in each draw of the joint bootstrap how far each score lay from its own.
        level: the confidence that all sets hold their ranks together.
        degrees: of freedom that the spread over the draws was estimated with; see `degrees_of`.

    The difference of each two models is studentised by its spread over the draws; the critical value is what the
    largest of all differences stays below in `level` of the draws. Draws of few units do not show how unsure their own
    spread is, so with `degrees` it is at least the same quantile of Student's distribution, and at least what
    Bonferroni's inequality asks of so many differences there. Two models whose difference is the same in every
    draw are not told apart: nothing shows how sure it is.
    """
    models = len(scores)
    centred = deviations.astype(np.float64)
    centred -= centred.mean(axis=1, keepdims=True)
    errors = _errors_of_differences(centred)
    critical = float(np.quantile(_largest_differences(centred.astype(np.float32), errors), level))
    if math.isfinite(degrees) and models > 1:
        critical = max(critical, _of_student(critical, degrees), bonferroni(models, degrees, level))
    lead = scores[:, None] - scores[None, :]
    separated = (np.abs(lead) > critical * errors) & (errors > 0)
    beaten_by = (separated & (lead < 0)).sum(axis=1)
    beats = (separated & (lead > 0)).sum(axis=1)
    return RankSets(
        best=tuple(int(1 + number) for number in beaten_by),
        worst=tuple(int(models - number) for number in beats),
        critical_value=critical,
    )


def bonferroni(models: int, degrees: float, level: float = LEVEL) -> float:
    """Return how many standard errors apart two of so many models must lie, whatever their scores have in common."""
    pairs = models * (models - 1) / 2
    return float(stats.t.isf((1 - level) / 2 / pairs, degrees))


def degrees_of(models: Sequence[Mapping[str, Part]]) -> float:
    """Return the degrees of freedom of a mean's spread; infinite where nothing moves.

    Args:
        models: for each model the parts of its mean, by a name that is the same for all models.

    Of each part the mean variance over the models counts, and the fewest units any model has.

    Source: Satterthwaite 1946, "An Approximate Distribution of Estimates of Variance Components", Biometrics Bulletin,
    10.2307/3002019.
    """
    names = dict.fromkeys(name for parts in models for name in parts)
    total = squares = 0.0
    for name in names:
        parts = [one[name] for one in models if name in one]
        variance = math.fsum(part.variance for part in parts) / len(models)
        total += variance
        squares += variance**2 / (min(part.units for part in parts) - 1)
    return total**2 / squares if squares else math.inf


def _of_student(critical: float, degrees: float) -> float:
    """Return what Student's distribution exceeds as seldom as the normal one exceeds this."""
    return float(stats.t.isf(stats.norm.sf(critical), degrees))


def _errors_of_differences(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the standard error of each two scores' difference, 0 where no draw moves it."""
    covariances = centred @ centred.T / (centred.shape[1] - 1)
    variances = covariances.diagonal()
    sums = variances[:, None] + variances[None, :]
    of_differences = sums - 2 * covariances
    return np.sqrt(np.where(of_differences > _ROUNDING * sums, of_differences, 0.0))


def _largest_differences(centred: Matrix, errors: NDArray[np.float64]) -> Matrix:
    """Return for each draw the largest of all studentised differences."""
    with np.errstate(divide="ignore"):
        weights = np.where(errors > 0, 1 / errors, 0.0).astype(np.float32)
    largest = np.zeros(centred.shape[1], dtype=np.float32)
    for one in range(len(centred) - 1):
        differences = centred[one + 1 :] - centred[one]
        np.abs(differences, out=differences)
        differences *= weights[one, one + 1 :, None]
        np.maximum(largest, differences.max(axis=0), out=largest)
    return largest
