"""The items of a result, packed: nothing of them is lost, and nothing is taken that was refused before."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from leaderboard.records import InvalidRecordError, ItemResult, Items, TaskResult
from leaderboard.suite import Suite
from tests.builders import request_for, task_result, tiny_suite

READER: TypeAdapter[Items] = TypeAdapter(Items)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text(min_size=1, max_size=12)

SOME_ITEMS = (
    ItemResult(id="a", cluster="passage", variety="MX", category="exam", options=4, choice=2, gold=2, score=1.0),
    ItemResult(id="b", cluster="passage", options=4, choice=3, gold=0, score=0.0),
    ItemResult(id="c", score=0.0),
)


def an_item() -> st.SearchStrategy[ItemResult]:
    whole = st.integers(min_value=0, max_value=2**31 - 1)
    return st.builds(
        ItemResult,
        id=NAMES,
        cluster=st.none() | NAMES,
        variety=st.none() | st.sampled_from(["ES", "MX"]),
        category=st.none() | NAMES,
        options=st.none() | st.integers(min_value=2, max_value=2**40),
        choice=st.none() | st.sampled_from([0, 1, 126, 127, 128]) | whole,
        gold=st.none() | whole,
        score=st.sampled_from([0.0, 1.0]) | FINITE,
        statistics=st.none() | st.lists(FINITE, max_size=3).map(tuple),
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> TaskResult:
    suite: Suite = tiny_suite(tmp_path_factory.mktemp("suites"))
    return task_result(request_for(suite), suite.tasks[0])


def with_bare_items(result: TaskResult, *items: dict[str, Any]) -> bytes:
    """Return the file of a result whose items are just what is given."""
    return json.dumps({**json.loads(result.to_line()), "items": items}).encode()


# --- Nothing is lost


@settings(deadline=None, derandomize=True, database=None)
@given(items=st.lists(an_item(), min_size=1, max_size=6).map(tuple))
def test_items_come_out_as_they_went_in(items: tuple[ItemResult, ...]):
    packed = Items(items)
    assert tuple(packed) == items
    assert [one.to_line() for one in packed] == [one.to_line() for one in items]
    assert len(packed) == len(items)


@settings(deadline=None, derandomize=True, database=None)
@given(items=st.lists(an_item(), min_size=1, max_size=6).map(tuple))
def test_a_result_is_written_and_read_byte_for_byte(items: tuple[ItemResult, ...], result: TaskResult):
    written = result.replaced(items=items).to_line()
    assert json.loads(written)["items"] == [one.model_dump(mode="json") for one in items]
    read = TaskResult.from_json(written, "results.jsonl")
    assert read.to_line() == written
    assert read.items == Items(items)


def test_a_result_packs_the_items_it_is_given(result: TaskResult):
    given_as_items = result.replaced(items=Items(SOME_ITEMS))
    assert isinstance(result.replaced(items=SOME_ITEMS).items, Items)
    assert result.replaced(items=SOME_ITEMS) == given_as_items
    assert given_as_items.items == SOME_ITEMS


@pytest.mark.parametrize("choice", [126, 127, 128, 255, 2**31 - 1])
def test_a_choice_among_many_options_stays_what_it_is(choice: int):
    [item] = Items([ItemResult(id="a", choice=choice, score=0.0)])
    assert item.choice == choice


def test_minus_nought_keeps_its_sign():
    [item] = Items([ItemResult(id="a", score=-0.0)])
    assert b'"score":-0.0' in item.to_line()


# --- A sequence like any other


def test_items_are_taken_one_by_one_from_either_end_and_in_slices():
    packed = Items(SOME_ITEMS)
    assert (packed[0], packed[-1]) == (SOME_ITEMS[0], SOME_ITEMS[2])
    assert packed[1:] == SOME_ITEMS[1:]
    assert packed[::-2] == SOME_ITEMS[::-2]
    assert packed[5:] == ()
    assert SOME_ITEMS[1] in packed
    assert packed.index(SOME_ITEMS[2]) == 2


@pytest.mark.parametrize("place", [3, -4])
def test_beyond_the_ends_there_is_no_item(place: int):
    with pytest.raises(IndexError):
        Items(SOME_ITEMS)[place]


def test_equal_items_are_equal_packed_or_not():
    packed = Items(SOME_ITEMS)
    assert packed == Items(SOME_ITEMS)
    assert packed == SOME_ITEMS
    assert hash(packed) == hash(Items(SOME_ITEMS))
    assert packed != list(SOME_ITEMS)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "z"},
        {"cluster": None},
        {"variety": "ES"},
        {"category": None},
        {"options": 5},
        {"choice": 1},
        {"choice": None},
        {"gold": 1},
        {"score": 0.5},
        {"statistics": (1.0,)},
    ],
)
def test_whatever_differs_makes_other_items(change: dict[str, Any]):
    first, *rest = SOME_ITEMS
    changed = (first.replaced(**change), *rest)
    assert Items(changed) != Items(SOME_ITEMS)
    assert Items(changed) != SOME_ITEMS


def test_other_statistics_make_other_items():
    one, other = (Items([ItemResult(id="a", score=0.0, statistics=(1.0, last))]) for last in (2.0, 3.0))
    assert one != other


# --- What is kept in arrays


def test_right_and_wrong_take_a_byte_each_and_other_scores_are_exact():
    assert Items(SOME_ITEMS).scores.dtype == np.uint8
    shares = Items([ItemResult(id="a", score=1 / 3), ItemResult(id="b", score=1.0)])
    assert shares.scores.dtype == np.float64
    assert shares.scores.tolist() == [1 / 3, 1.0]


def test_what_was_not_chosen_is_minus_one():
    assert Items(SOME_ITEMS).choices.tolist() == [2, 3, -1]


def test_statistics_of_one_length_are_a_table_and_others_stay_apart():
    counted = [ItemResult(id=name, score=0.0, statistics=(1.0, 2.0)) for name in "ab"]
    assert Items(SOME_ITEMS).statistics is None
    table = Items(counted).statistics
    assert isinstance(table, np.ndarray)
    assert table.tolist() == [[1.0, 2.0], [1.0, 2.0]]
    assert Items([*counted, SOME_ITEMS[2]]).statistics == ((1.0, 2.0), (1.0, 2.0), None)


def test_nobody_can_change_what_was_measured():
    packed = Items([ItemResult(id="a", score=0.5, choice=1, statistics=(1.0,))])
    assert isinstance(packed.statistics, np.ndarray)
    for array in (packed.scores, packed.choices, packed.statistics):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


# --- What all models share


def test_results_of_two_models_can_share_one_table():
    one, other = Items(SOME_ITEMS), Items(tuple(item.replaced(score=1.0, choice=0) for item in SOME_ITEMS))
    shared = other.with_table(one.table)
    assert shared.table is one.table
    assert shared == other
    assert tuple(shared) == tuple(other)


def test_the_table_of_other_items_is_refused():
    with pytest.raises(ValueError, match="other items"):
        Items(SOME_ITEMS).with_table(Items(SOME_ITEMS[:2]).table)


def test_what_shares_a_passage_is_one_unit_and_an_item_of_that_name_is_another():
    table = Items([*SOME_ITEMS, ItemResult(id="passage", score=0.0)]).table
    assert table.units == ("cluster passage", "cluster passage", "item c", "item passage")
    assert table.unit_names == ("cluster passage", "item c", "item passage")
    assert table.unit_index.tolist() == [0, 0, 1, 2]


def test_the_hash_of_units_does_not_know_the_order_of_items_nor_what_was_answered():
    table = Items(SOME_ITEMS).table
    assert Items(SOME_ITEMS[::-1]).table.units_sha256 == table.units_sha256
    assert Items(tuple(item.replaced(score=0.5) for item in SOME_ITEMS)).table == table
    assert Items(SOME_ITEMS[:2]).table.units_sha256 != table.units_sha256


# --- What is no item is refused, as of any record


@pytest.mark.parametrize(
    "item",
    [
        {"id": "a"},
        {"id": "a", "score": True},
        {"id": "a", "score": "1.0"},
        {"id": "a", "score": None},
        {"id": "a", "score": float("nan")},
        {"id": "a", "score": 1.0, "choice": True},
        {"id": "a", "score": 1.0, "choice": 1.0},
        {"id": "a", "score": 1.0, "choice": 2**31},
        {"id": "a", "score": 1.0, "choice": -1},
        {"id": "a", "score": 1.0, "options": 1},
        {"id": "a", "score": 1.0, "statistics": ["1"]},
        {"id": "a", "score": 1.0, "text": "what the model said"},
        {"id": "", "score": 1.0},
        {"id": 7, "score": 1.0},
        "an item",
    ],
)
def test_a_file_with_what_is_no_item_is_refused_by_name_and_place(item: Any, result: TaskResult):
    with pytest.raises(InvalidRecordError, match=r"results\.jsonl.*items"):
        TaskResult.from_json(with_bare_items(result, {"id": "whole", "score": 1.0}, item), "results.jsonl")
    if isinstance(item, dict):
        with pytest.raises(ValidationError):
            READER.validate_python([item])


def test_a_result_without_items_is_refused(result: TaskResult):
    with pytest.raises(InvalidRecordError, match="items"):
        TaskResult.from_json(with_bare_items(result), "results.jsonl")


def test_a_whole_number_is_a_score(result: TaskResult):
    read = TaskResult.from_json(with_bare_items(result, {"id": "a", "score": 1}), "results.jsonl")
    assert read.items == (ItemResult(id="a", score=1.0),)
