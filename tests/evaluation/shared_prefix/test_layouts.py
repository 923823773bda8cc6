"""Subtrees become rows: each token and each prediction once, behind its ancestors, within what a call may take."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.evaluation.shared_prefix.layouts import BranchLayout, Layout, TreeLayout
from leaderboard.evaluation.shared_prefix.limits import Limits
from leaderboard.evaluation.shared_prefix.reach import Reach
from leaderboard.evaluation.shared_prefix.rows import Row, branch_rows, chain_row, make_batch, tree_row
from leaderboard.evaluation.shared_prefix.trie import Node, Request, Wanted, build_trie, cut
from tests.evaluation.shared_prefix.engines import STEADY, all_below, token_requests, way_to

TREE = TreeLayout({None: Reach()}, torch.float32)
CPU = torch.device("cpu")
REQUESTS = st.lists(token_requests(), min_size=1, max_size=12)
LIMITS = st.builds(
    lambda tokens, wanted, row_target, call_cost: Limits(tokens, min(tokens, wanted), row_target, call_cost),
    *(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 12)),
)

Told = Counter[tuple[object, ...]]


def tokens_of(subtrees: Sequence[Node]) -> Told:
    """Return each token with what is before it in its subtree."""
    return Counter(
        (id(top), way_to(node, top)[: node.depth - top.depth + place + 1])
        for top in subtrees
        for node in all_below([top])
        for place in range(len(node.tokens))
    )


def predictions_of(subtrees: Sequence[Node]) -> Told:
    """Return each prediction with all that is before it in its subtree."""
    return Counter(
        (way_to(node, top)[: node.depth - top.depth + one.offset + 1], one.request, one.target)
        for top in subtrees
        for node in all_below([top])
        for one in node.wanted
    )


def seen_by(row: Row, place: int) -> tuple[int, ...]:
    """Return the tokens of a row that are ancestors of one, and itself."""
    return tuple(row.tokens[one] for one in range(place + 1) if row.ends[one] > place)


def predictions_in(rows: Sequence[Row]) -> Told:
    return Counter((seen_by(row, one.offset), one.request, one.target) for row in rows for one in row.wanted)


def calls(layout: Layout, subtrees: Sequence[Node], limits: Limits) -> list[tuple[list[Row], list[Node]]]:
    """Return the rows of all the calls that subtrees take, each with the subtrees in it."""
    made = []
    left = list(subtrees)
    while left:
        waiting = left
        rows, left = layout.packed(waiting, limits)
        assert rows
        made.append((rows, [one for one in waiting if not any(one is other for other in left)]))
        assert len(made[-1][1]) + len(left) == len(waiting)
    return made


def that_fit(layout: Layout, requests: Sequence[Request], limits: Limits) -> list[Node]:
    return [node for node in build_trie(requests) if layout.fits(node, limits)]


@STEADY
@given(REQUESTS, LIMITS)
def test_rows_of_trees_hold_every_token_and_prediction_once(requests: list[Request], limits: Limits):
    for rows, subtrees in calls(TREE, that_fit(TREE, requests, limits), limits):
        seen = Counter(seen_by(row, place) for row in rows for place in range(len(row.tokens)))
        assert seen == Counter(way for _, way in tokens_of(subtrees).elements())
        assert predictions_in(rows) == predictions_of(subtrees)
        for row in rows:
            assert row.positions == [len(seen_by(row, place)) - 1 for place in range(len(row.tokens))]


@STEADY
@given(REQUESTS, LIMITS)
def test_rows_of_branches_hold_every_branch_and_prediction_once(requests: list[Request], limits: Limits):
    layout = BranchLayout()
    for rows, subtrees in calls(layout, that_fit(layout, requests, limits), limits):
        ways = [way_to(node, top) for top in subtrees for node in all_below([top]) if not node.children]
        assert Counter(tuple(row.tokens) for row in rows) == Counter(ways)
        assert predictions_in(rows) == predictions_of(subtrees)
        for row in rows:
            assert row.positions == list(range(len(row.tokens)))
            assert row.ends == [len(row.tokens)] * len(row.tokens)


@STEADY
@given(REQUESTS, LIMITS, st.sampled_from([TREE, BranchLayout()]))
def test_no_call_takes_more_than_its_limits(requests: list[Request], limits: Limits, layout: Layout):
    for rows, _ in calls(layout, that_fit(layout, requests, limits), limits):
        assert len(rows) * max(len(row.tokens) for row in rows) <= limits.tokens
        assert sum(len({one.offset for one in row.wanted}) for row in rows) <= limits.wanted


@STEADY
@given(REQUESTS, LIMITS, st.sampled_from([TREE, BranchLayout()]))
def test_what_fits_nowhere_is_alone_where_it_is_put(requests: list[Request], limits: Limits, layout: Layout):
    """Else it would drag others over the limits with it."""
    for rows, subtrees in calls(layout, build_trie(requests), limits):
        if len(rows) * max(len(row.tokens) for row in rows) > limits.tokens:
            assert len(subtrees) == 1


def test_small_trees_fill_rows_up_to_the_target():
    trees = build_trie([Request((token, 1, 2, 3), (4,)) for token in range(10)])
    rows, left = TREE.packed(trees, Limits(tokens=32, wanted=32, row_target=8, call_cost=0))
    assert [len(row.tokens) for row in rows] == [8, 8, 8, 8]
    assert len(left) == 2


def test_a_row_is_not_filled_beyond_what_a_call_takes():
    trees = build_trie([Request((token, 1, 2, 3), (4,)) for token in range(10)])
    rows, left = TREE.packed(trees, Limits(tokens=6, wanted=6, row_target=100, call_cost=0))
    assert [len(row.tokens) for row in rows] == [4]
    assert len(left) == 9


@pytest.mark.parametrize("layout", [TREE, BranchLayout()], ids=["tree", "branches"])
def test_a_call_with_room_for_tokens_is_full_when_its_predictions_are(layout: Layout):
    trees = build_trie([Request((token, 1, 2, 3), (3, 4)) for token in range(10)])
    limits = Limits(tokens=1000, wanted=5, row_target=100, call_cost=100)
    assert [len(subtrees) for _, subtrees in calls(layout, trees, limits)] == [2] * 5


def test_a_tree_finds_room_beside_larger_ones_before_it_opens_a_row():
    trees = build_trie([Request((0,) * 5, (1,)), Request((1,) * 3, (1,)), Request((2,) * 2, (1,))])
    rows, left = TREE.packed(trees, Limits(tokens=100, wanted=100, row_target=7, call_cost=0))
    assert [row.tokens for row in rows] == [[0] * 5 + [2] * 2, [1] * 3]
    assert left == []


@STEADY
@given(REQUESTS, LIMITS)
def test_of_a_tree_that_does_not_fit_so_much_is_kept_that_the_rest_fills_a_row(requests: list[Request], limits: Limits):
    for node in build_trie(requests):
        if TREE.fits(node, limits):
            continue
        length = TREE.length_to_keep(node, limits)
        assert 1 <= length <= len(node.tokens)
        if length < len(node.tokens):
            lower = cut(node, length)[1]
            assert lower.size == limits.tokens
            assert TREE.fits(lower, limits)


def test_only_what_keeps_a_tree_from_fitting_is_kept():
    limits = Limits(tokens=4, wanted=4, row_target=4, call_cost=0)
    (many_tokens,) = build_trie([Request((0,) * 9, (1,))])
    (many_predictions,) = build_trie([Request((0,) * 9, (1,) * 9)])
    assert TREE.length_to_keep(many_tokens, limits) == 5
    assert TREE.length_to_keep(many_predictions, limits) == 9


def test_a_tree_fits_up_to_its_tokens_and_to_its_predictions():
    (tree,) = build_trie([Request((0, 1, 2), (1, 1)), Request((0, 2), (1,))])  # 4 tokens, 3 predictions
    limits = Limits(tokens=4, wanted=3, row_target=4, call_cost=0)
    assert TREE.fits(tree, limits)
    assert not TREE.fits(tree, replace(limits, tokens=3))
    assert not TREE.fits(tree, replace(limits, wanted=2))


def test_branches_fit_with_all_that_they_repeat():
    (tree,) = build_trie([Request((0, 0, 0, branch), (1,)) for branch in (1, 2, 3)])  # 3 rows of 4; 6 tokens repeated
    limits = Limits(tokens=12, wanted=3, row_target=4, call_cost=6)
    assert BranchLayout().fits(tree, limits)
    assert not BranchLayout().fits(tree, replace(limits, tokens=11))
    assert not BranchLayout().fits(tree, replace(limits, wanted=2))
    assert not BranchLayout().fits(tree, replace(limits, call_cost=5))
    assert BranchLayout().length_to_keep(tree, limits) == 3


def nested() -> Node:
    """Return a subtree that begins behind two tokens: (3) with (4, 5), below it (6), beside it (7)."""
    requests = [
        Request((1, 2, 3, 4, 5, 6), (9, 8)),
        Request((1, 2, 3, 4, 5), (6,)),
        Request((1, 2, 3, 7), (5, 4)),
        Request((1, 2), (3,)),
    ]
    (root,) = build_trie(requests)
    return root.children[0]


def test_a_tree_is_laid_out_in_preorder_and_says_where_each_subtree_ends():
    row = tree_row([nested(), nested()])
    assert row.tokens == [3, 4, 5, 6, 7] * 2
    assert row.positions == [2, 3, 4, 5, 3] * 2
    assert row.ends == [5, 4, 4, 4, 5, 10, 9, 9, 9, 10]
    once = [Wanted(0, 2, 5), Wanted(2, 0, 9), Wanted(2, 1, 6), Wanted(3, 0, 8), Wanted(4, 2, 4)]
    assert row.wanted == once + [replace(one, offset=one.offset + 5) for one in once]


def test_branches_are_rows_and_what_they_share_is_wanted_in_the_first():
    first, second = branch_rows(nested())
    assert (first.tokens, second.tokens) == ([3, 4, 5, 6], [3, 7])
    assert (first.positions, second.positions) == ([2, 3, 4, 5], [2, 3])
    assert first.wanted == [Wanted(0, 2, 5), Wanted(2, 0, 9), Wanted(2, 1, 6), Wanted(3, 0, 8)]
    assert second.wanted == [Wanted(1, 2, 4)]


def test_a_piece_of_a_chain_keeps_its_positions_and_what_is_wanted_in_it():
    node = Node((5, 6, 7, 8), 10, wanted=[Wanted(0, 0, 6), Wanted(1, 0, 7), Wanted(2, 1, 8), Wanted(3, 0, 9)])
    assert chain_row(node, 1, 3) == Row([6, 7], [11, 12], [2, 2], [Wanted(0, 0, 7), Wanted(1, 1, 8)])


def test_rows_of_a_batch_are_filled_up_behind_and_places_counted_through_all():
    short = Row([5], [3], [1], [Wanted(0, 0, 6)])
    long = Row([7, 8, 9], [3, 4, 4], [3, 2, 3], [Wanted(2, 1, 4), Wanted(0, 2, 8), Wanted(2, 2, 3)])
    batch = make_batch([short, long], CPU)
    assert batch.tokens.tolist() == [[5, 0, 0], [7, 8, 9]]
    assert batch.positions.tolist() == [[3, 0, 0], [3, 4, 4]]
    assert batch.ends.tolist() == [[1, 2, 3], [3, 2, 3]]
    assert batch.places.tolist() == [0, 3, 5]
    assert (batch.requests, batch.targets, batch.rows_of_wanted) == ([0, 1, 2, 2], [6, 4, 8, 3], [0, 2, 1, 2])
    assert batch.real_tokens == 4


def test_trees_are_run_with_their_own_positions_and_branches_as_the_model_would():
    batch = make_batch([tree_row([nested()])], CPU)
    inputs = TREE.model_inputs(batch, 2)
    assert inputs["position_ids"].tolist() == [[2, 3, 4, 5, 3]]
    assert inputs["attention_mask"].shape == (1, 1, 5, 7)
    assert BranchLayout().model_inputs(batch, 2) == {}
