"""The joint bootstrap over items."""

import numpy as np
import pytest

from leaderboard.board.resampling import Resampling, expansion, metric_of, sums_by_unit
from leaderboard.records import ItemResult, Items
from leaderboard.suite import Metric
from leaderboard.suite.metrics import UncountableItemsError, aggregate

RNG = np.random.default_rng(11)


def some_items(metric: Metric, number: int = 60, passage: int | None = None) -> Items:
    """Return items with everything a metric may need."""
    golds, choices = RNG.integers(3, size=(2, number)).tolist()
    matches = np.sort(RNG.integers(1, 9, size=(number, 4)), axis=1)[:, ::-1]
    return Items(
        ItemResult(
            id=f"item-{place}",
            cluster=None if passage is None else f"passage-{place // passage}",
            gold=gold,
            choice=choice,
            score=float(gold == choice) if metric is not Metric.F1 else place / number,
            statistics=(12, 13, *matches[place].tolist(), 12, 11, 10, 9) if metric is Metric.BLEU else None,
        )
        for place, (gold, choice) in enumerate(zip(golds, choices, strict=True))
    )


METRICS = [Metric.ACC, Metric.F1, Metric.MICRO_F1, Metric.MACRO_F1, Metric.MCC, Metric.BLEU]


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("passage", [None, 5])
def test_in_a_draw_the_metric_is_that_of_the_items_that_were_drawn(metric: Metric, passage: int | None):
    items = some_items(metric, passage=passage)
    counts = Resampling(5).counts(items.table)
    drawn = metric_of(sums_by_unit(items, metric) @ counts.astype(float), metric)
    for draw in range(5):
        times = counts[items.table.unit_index, draw].astype(int)
        listed = [item for item, number in zip(items, times, strict=True) for _ in range(number)]
        assert drawn[draw] == pytest.approx(aggregate(metric, listed))


@pytest.mark.parametrize("metric", METRICS)
def test_over_all_items_the_metric_is_that_of_the_suite(metric: Metric):
    items = some_items(metric)
    assert metric_of(sums_by_unit(items, metric).sum(axis=1), metric) == pytest.approx(aggregate(metric, items))


def test_classes_that_are_named_count_also_where_none_occurs():
    items, classes = some_items(Metric.MACRO_F1), (0, 1, 2, 3)
    found = metric_of(sums_by_unit(items, Metric.MACRO_F1, classes).sum(axis=1), Metric.MACRO_F1)
    assert found == pytest.approx(aggregate(Metric.MACRO_F1, items, classes))
    assert found < aggregate(Metric.MACRO_F1, items)


def test_draws_follow_from_the_names_of_units_and_take_as_many_as_there_are():
    one, same, other = (some_items(Metric.ACC, number) for number in (60, 60, 61))
    counts = Resampling(50).counts(one.table)
    assert np.array_equal(counts, Resampling(50).counts(same.table))
    assert counts.sum(axis=0).tolist() == [60] * 50
    assert not np.array_equal(counts, Resampling(50).counts(other.table)[:60])


def test_tasks_over_the_same_passages_draw_them_together():
    short, long = some_items(Metric.ACC, 20, passage=4), some_items(Metric.ACC, 25, passage=5)
    assert np.array_equal(Resampling(9).counts(short.table), Resampling(9).counts(long.table))


def test_with_few_units_the_spread_is_widened_to_the_standard_error():
    scores = RNG.random(6)
    items = Items(ItemResult(id=f"item-{place}", score=score) for place, score in enumerate(scores))
    drawn = metric_of(sums_by_unit(items, Metric.F1) @ Resampling(20_000).counts(items.table).astype(float), Metric.F1)
    assert drawn.std() * expansion(6) == pytest.approx(scores.std(ddof=1) / 6**0.5, rel=0.03)
    assert expansion(1) == 1


@pytest.mark.parametrize("metric", [Metric.MCC, Metric.BLEU])
def test_items_without_what_the_metric_counts_are_refused(metric: Metric):
    with pytest.raises(UncountableItemsError):
        sums_by_unit(Items([ItemResult(id="item", score=1.0)]), metric)
