"""Which rows become examples, and which are left to score."""

from typing import Any

import pytest

from leaderboard.evaluation.few_shot import TooFewExamplesError, choose_examples, left_to_score


def rows(*columns: tuple[Any, Any]) -> list[dict[str, Any]]:
    return [{"passage": passage, "answer": answer} for passage, answer in columns]


def chosen(
    table: list[dict[str, Any]], shots: int, cluster: str | None = None, balance: str | None = None
) -> list[int]:
    return choose_examples(table, shots, cluster_field=cluster, balance=balance)


TABLE = rows(("p", "yes"), ("p", "no"), ("q", "yes"), ("r", "yes"), ("s", "no"), ("s", "yes"))


def test_examples_are_taken_from_the_top():
    assert chosen(TABLE, 3) == [0, 1, 2]
    assert chosen(TABLE, 0) == []


def test_no_two_examples_share_a_cluster():
    assert chosen(TABLE, 4, cluster="passage") == [0, 2, 3, 4]


def test_answers_take_turns():
    assert chosen(TABLE, 4, balance="answer") == [0, 1, 2, 4]
    assert [TABLE[index]["answer"] for index in chosen(TABLE, 3, balance="answer")] == ["yes", "no", "yes"]


def test_answers_take_turns_among_the_first_of_each_cluster():
    assert chosen(TABLE, 2, cluster="passage", balance="answer") == [0, 4]


def test_an_answer_is_looked_for_in_every_row_of_a_cluster():
    assert chosen(rows(("p", "yes"), ("q", "yes"), ("q", "no")), 2, cluster="passage", balance="answer") == [0, 2]


def test_an_answer_that_is_used_up_leaves_its_turns_to_the_others():
    assert chosen(TABLE, 4, cluster="passage", balance="answer") == [0, 4, 2, 3]


def test_the_choice_does_not_move_with_the_number_of_shots():
    whole = chosen(TABLE, 6, balance="answer")
    assert [chosen(TABLE, shots, balance="answer") for shots in range(7)] == [whole[:shots] for shots in range(7)]


def test_values_of_any_kind_can_be_balanced_and_clustered():
    table = rows(([1], {"a": 1}), ([1], {"a": 2}), ([2], {"a": 1}), ("1", {"a": 2}))
    assert chosen(table, 3, cluster="passage") == [0, 2, 3]
    assert chosen(table, 2, balance="answer") == [0, 1]


def test_a_number_and_its_digits_are_two_clusters():
    assert chosen(rows((1, "a"), ("1", "a")), 2, cluster="passage") == [0, 1]


@pytest.mark.parametrize(("shots", "cluster", "there_are"), [(7, None, 6), (5, "passage", 4), (1000, "passage", 4)])
def test_too_few_examples_are_told_with_both_numbers(shots: int, cluster: str | None, there_are: int):
    with pytest.raises(TooFewExamplesError, match=f"{shots} examples are wanted, and only {there_are} rows"):
        chosen(TABLE, shots, cluster)


def test_from_nothing_nothing_can_be_shown():
    assert chosen([], 0) == []
    with pytest.raises(TooFewExamplesError, match="1 examples are wanted, and only 0"):
        chosen([], 1)


def test_what_is_shown_is_not_scored():
    assert left_to_score(TABLE, [0, 3], cluster_field=None) == [1, 2, 4, 5]
    assert left_to_score(TABLE, [], cluster_field=None) == [0, 1, 2, 3, 4, 5]


def test_nothing_of_a_cluster_that_is_shown_is_scored():
    assert left_to_score(TABLE, [0, 4], cluster_field="passage") == [2, 3]


def test_examples_and_what_is_scored_share_nothing():
    shown = chosen(TABLE, 3, cluster="passage")
    scored = left_to_score(TABLE, shown, cluster_field="passage")
    assert {TABLE[index]["passage"] for index in shown}.isdisjoint(TABLE[index]["passage"] for index in scored)
    assert scored


@pytest.mark.parametrize("table", [[{}, {}, {}], rows((None, "a"), (None, "a"), (None, "a"))], ids=["absent", "null"])
def test_a_row_of_no_cluster_shares_nothing(table: list[dict[str, Any]]):
    """A column that only some rows have is null in the others."""
    assert chosen(table, 2, cluster="passage") == [0, 1]
    assert left_to_score(table, [0], cluster_field="passage") == [1, 2]
