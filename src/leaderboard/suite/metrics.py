"""How the items of a task make its raw score, what guessing gets, and where a score may lie.

The single source of these formulas: evaluation computes with them, and who reads a result computes again. Only Python's
own arithmetic, because the page imports this.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import assert_never

from leaderboard.records import ItemResult, LeaderboardError
from leaderboard.suite.vocabulary import Metric

Pair = tuple[int, int]
"""Gold class and chosen class of one item."""

BLEU_STATISTICS = 10
"""How many numbers BLEU is computed from: length of the answers and of the references in tokens, then the clipped
matches of 1- to 4-grams, then how many 1- to 4-grams the answers have. sacreBLEU has the same order."""

_BLEU_ORDER = 4
_NO_ITEMS = "A score needs at least one item, and there is none. Evaluate the task again."
_LOWEST_SIMILARITY = -2e6
_EXACT_BELOW = 2**53
"""Whole numbers below this are exact as floats."""


class UncountableItemsError(LeaderboardError):
    """Items lack what their metric is computed from."""


def aggregate(metric: Metric, items: Sequence[ItemResult], classes: Sequence[int] | None = None) -> float:
    """Return the raw score of a task, a fraction of 1 (see `bounds`).

    `classes` are those that macro F1 is the mean over; None: all that occur. No other metric takes notice of them.

    Raises:
        UncountableItemsError: there are no items, or one lacks gold, choice or statistics that the metric needs.
    """
    match metric:
        case Metric.MICRO_F1:
            return micro_f1_of(_pairs(items))
        case Metric.MACRO_F1:
            return macro_f1_of(_pairs(items), classes)
        case Metric.MCC:
            return mcc_of(_pairs(items))
        case Metric.BLEU:
            return bleu_of([_statistics(item) for item in items])
        case (
            Metric.ACC
            | Metric.ACC_NORM
            | Metric.EXACT_MATCH
            | Metric.F1
            | Metric.ROUGE1
            | Metric.SEMANTIC_SIMILARITY
            | Metric.STEREOTYPE_PREFERENCE
        ):
            return _mean([item.score for item in items])
        case _:
            assert_never(metric)


def guessing_score(
    metric: Metric, golds: Sequence[int], option_counts: Sequence[int], classes: Sequence[int] | None = None
) -> float:
    """Return the expected raw score of guessing, a fraction of 1.

    `golds` has the gold class of each item and `option_counts` the number of its options; each is read only by metrics
    that need it. Accuracy: every option is as likely as another. Macro F1: whoever guesses each class as often as it
    occurs has its share as precision and as recall, so also as F1. Free answers: 0.

    Raises:
        UncountableItemsError: a metric needs golds or option counts, and there are none.
    """
    match metric:
        case Metric.ACC | Metric.ACC_NORM | Metric.MICRO_F1:
            return _mean([1 / count for count in option_counts])
        case Metric.MACRO_F1:
            return _mean([_share(label, golds) for label in _classes_or(classes, golds)])
        case Metric.STEREOTYPE_PREFERENCE:
            return 0.5
        case Metric.MCC | Metric.EXACT_MATCH | Metric.F1 | Metric.ROUGE1 | Metric.BLEU | Metric.SEMANTIC_SIMILARITY:
            return 0.0
        case _:
            assert_never(metric)


def bounds(metric: Metric) -> tuple[float, float]:
    """Return the lowest and the highest that a raw score, or the score of an item, may be."""
    match metric:
        case Metric.MCC:
            return -1.0, 1.0
        case Metric.SEMANTIC_SIMILARITY:
            # Below the floor a similarity is negative, the more so the nearer the floor to 1, and that is kept off 1.
            return _LOWEST_SIMILARITY, 1.0
        case _:
            return 0.0, 1.0


def clustered_error(scores: Sequence[tuple[str, float]]) -> float | None:
    """Return the standard error of a mean of scores, each given with the cluster within which none is independent.

    Where every score is a cluster of its own that is the ordinary standard error. None for one cluster alone.

    Source: Miller 2024, "Adding Error Bars to Evals", arXiv 2411.00640, equation 4, with the correction g/(g-1) for few
    clusters.
    """
    mean = _mean([score for _, score in scores])
    residuals: dict[str, float] = {}
    for cluster, score in scores:
        residuals[cluster] = residuals.get(cluster, 0.0) + score - mean
    clusters = len(residuals)
    if clusters < 2:  # noqa: PLR2004 - a spread takes two
        return None
    variance = clusters / (clusters - 1) * math.fsum(one * one for one in residuals.values())
    return math.sqrt(variance) / len(scores)


def micro_f1_of(pairs: Sequence[Pair]) -> float:
    """Return micro-averaged F1 over all classes; with one answer for each item, that is the share of right answers.

    Raises:
        UncountableItemsError: there are no pairs.
    """
    return _mean([float(gold == choice) for gold, choice in pairs])


def macro_f1_of(pairs: Sequence[Pair], classes: Sequence[int] | None = None) -> float:
    """Return the unweighted mean of the F1 of `classes`; None: of every class that is gold or chosen somewhere.

    A class that is neither gold nor chosen counts 0, as in scikit-learn's `f1_score(zero_division=0)`.

    Raises:
        UncountableItemsError: there are no pairs, or `classes` is empty.
    """
    if not pairs:
        raise UncountableItemsError(_NO_ITEMS)
    golds, choices = _margins(pairs)
    hits = Counter(gold for gold, choice in pairs if gold == choice)
    return _mean([_f1(hits[label], golds[label] + choices[label]) for label in _classes_or(classes, golds | choices)])


def mcc_of(pairs: Sequence[Pair]) -> float:
    """Return Matthews' correlation of gold and choice for any number of classes, from -1 to 1.

    0 where it is undefined, as in scikit-learn: all items have one gold, or all have one choice.

    Source: J. Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", Computational
    Biology and Chemistry 28 (2004).

    Raises:
        UncountableItemsError: there are no pairs.
    """
    if not pairs:
        raise UncountableItemsError(_NO_ITEMS)
    golds, choices = _margins(pairs)
    total = len(pairs)
    right = sum(gold == choice for gold, choice in pairs)
    # Whole numbers up to the root, so that an undefined correlation is known by an exact 0.
    covariance = right * total - sum(golds[label] * choices[label] for label in golds)
    variances = [total**2 - sum(count**2 for count in margin.values()) for margin in (golds, choices)]
    return covariance / math.sqrt(math.prod(variances)) if all(variances) else 0.0


def bleu_of(statistics: Sequence[Sequence[float]]) -> float:
    """Return corpus BLEU, a fraction of 1, from the statistics of its items; see BLEU_STATISTICS.

    Brevity penalty and exponential smoothing as in sacreBLEU's defaults: a hundredth of its score. 0 where no n-gram
    matches, or where all answers are too short to have a 4-gram.

    Sources: Papineni et al., "BLEU", ACL 2002; Post, "A Call for Clarity in Reporting BLEU Scores", WMT 2018; method 3
    of Chen and Cherry, "A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU", WMT 2014.

    Raises:
        UncountableItemsError: there are no items, or the statistics of one are no counts.
    """
    if not statistics:
        raise UncountableItemsError(_NO_ITEMS)
    for numbers in statistics:
        if not _are_bleu_counts(numbers):
            message = f"BLEU needs {BLEU_STATISTICS} counts for each item; one has {list(numbers)}. Evaluate it again."
            raise UncountableItemsError(message)
    answer_length, reference_length, *counts = (sum(column) for column in zip(*statistics, strict=True))
    matches, totals = counts[:_BLEU_ORDER], counts[_BLEU_ORDER:]
    if not any(matches) or not all(totals):
        return 0.0
    mean_log = math.fsum(map(math.log, _smoothed_precisions(matches, totals))) / _BLEU_ORDER
    return math.exp(mean_log + min(0.0, 1 - reference_length / answer_length)) if answer_length else 0.0


def _pairs(items: Sequence[ItemResult]) -> list[Pair]:
    return [_pair(item) for item in items]


def _pair(item: ItemResult) -> Pair:
    if item.gold is None or item.choice is None:
        message = f"Item {item.id} lacks its gold or its choice, which the metric counts. Evaluate the task again."
        raise UncountableItemsError(message)
    return item.gold, item.choice


def _statistics(item: ItemResult) -> tuple[float, ...]:
    if item.statistics is None:
        message = f"Item {item.id} lacks its statistics, which the metric sums. Evaluate the task again."
        raise UncountableItemsError(message)
    return item.statistics


def _mean(values: Sequence[float]) -> float:
    if not values:
        raise UncountableItemsError(_NO_ITEMS)
    return math.fsum(values) / len(values)


def _margins(pairs: Sequence[Pair]) -> tuple[Counter[int], Counter[int]]:
    """Return how often each class is gold, and how often it is chosen."""
    return Counter(gold for gold, _ in pairs), Counter(choice for _, choice in pairs)


def _classes_or(classes: Sequence[int] | None, occurring: Iterable[int]) -> Sequence[int]:
    return sorted(set(occurring)) if classes is None else classes


def _share(label: int, golds: Sequence[int]) -> float:
    return golds.count(label) / len(golds) if golds else 0.0


def _f1(hits: int, golds_and_choices: int) -> float:
    return 2 * hits / golds_and_choices if golds_and_choices else 0.0


def _are_bleu_counts(numbers: Sequence[float]) -> bool:
    """Whether these can be counts of one answer; results come from elsewhere, and no logarithm may fail on them."""
    whole = all(0 <= number < _EXACT_BELOW and float(number).is_integer() for number in numbers)
    if len(numbers) != BLEU_STATISTICS or not whole:
        return False
    _, _, *counts = numbers
    return all(matched <= total for matched, total in zip(counts[:_BLEU_ORDER], counts[_BLEU_ORDER:], strict=True))


def _smoothed_precisions(matches: Sequence[float], totals: Sequence[float]) -> list[float]:
    """Return the precision of each order; the k-th order without a match counts as 2 to the power of -k matches."""
    precisions: list[float] = []
    credit = 1.0
    for matched, total in zip(matches, totals, strict=True):
        if not matched:
            credit /= 2
        precisions.append((matched or credit) / total)
    return precisions
