"""The interval of a mean of tasks: made of theirs, for a spread over draws is none where no draw changes a score."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from leaderboard.board.intervals import LEVEL, Interval, IntervalMethod
from leaderboard.board.views import Shares


def interval_of_mean(
    shares: Shares,
    scores: Mapping[str, float],
    intervals: Mapping[str, Interval],
    deviations: Mapping[str, NDArray[np.float32]],
) -> Interval:
    """Return the interval of a weighted mean of scores.

    Each side is as long as the root of the sum of the squares of the tasks' sides, so that the mean of one task has
    that task's interval; and what the joint draws show of tasks that move together, because they share passages, is
    added.

    Source: Zou and Donner 2008, "Construction of confidence limits about effect measures: a general approach",
    Statistics in Medicine, 10.1002/sim.3095.

    Args:
        shares: of each task in the mean.
        scores: of each task.
        intervals: of those scores.
        deviations: in each draw of the joint bootstrap how far each of those scores lay from its own.
    """
    score = sum(share * scores[task] for task, share in shares.items())
    parts = [np.float32(share) * deviations[task] for task, share in shares.items()]
    together = float(np.sum(parts, axis=0).var()) - sum(float(part.var()) for part in parts)
    together *= float(stats.norm.ppf((1 + LEVEL) / 2)) ** 2
    below = sum((share * (scores[task] - intervals[task].low)) ** 2 for task, share in shares.items())
    above = sum((share * (intervals[task].high - scores[task])) ** 2 for task, share in shares.items())
    return Interval(
        score - math.sqrt(max(below + together, 0.0)),
        score + math.sqrt(max(above + together, 0.0)),
        IntervalMethod.COMBINED,
    )
