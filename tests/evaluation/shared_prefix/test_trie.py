"""A trie holds every request's tokens, what several begin with once, and nothing else."""

from itertools import pairwise

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from hypothesis import example, given
from hypothesis import strategies as st

from leaderboard.evaluation.shared_prefix.trie import Node, Request, Wanted, branches, build_trie, cut, preorder
from tests.evaluation.shared_prefix.engines import STEADY, all_below, token_requests, way_to

REQUESTS = st.lists(token_requests(), max_size=10)
MANY = 2000
TWICE = [Request((1, 2, 3), (5,)), Request((1, 2, 3), (6, 7)), Request((1, 2, 3), (5,))]
NESTED = [Request((1, 2, 3, 4), (5, 6)), Request((1, 2), (3,)), Request((1, 2, 3), (4, 0, 1))]


def ways_down(nodes: list[Node], tokens: tuple[int, ...]) -> list[list[Node]]:
    """Return every way from the top that spells the tokens and ends where a node ends."""
    ways = []
    for node in nodes:
        if tokens == node.tokens:
            ways.append([node])
        elif tokens[: len(node.tokens)] == node.tokens:
            ways += [[node, *rest] for rest in ways_down(node.children, tokens[len(node.tokens) :])]
    return ways


@STEADY
@given(REQUESTS)
@example([])
@example(TWICE)
@example(NESTED)
def test_every_request_is_spelled_by_one_way_down(requests: list[Request]):
    roots = build_trie(requests)
    for request in requests:
        assert len(ways_down(roots, request.inputs)) == 1


@STEADY
@given(REQUESTS)
@example(TWICE)
@example(NESTED)
def test_every_beginning_stands_there_once_and_nothing_else(requests: list[Request]):
    beginnings = {one.inputs[:length] for one in requests for length in range(1, len(one.inputs) + 1)}
    nodes = all_below(build_trie(requests))
    spelled = [
        way_to(node)[: len(way_to(node)) - len(node.tokens) + place + 1]
        for node in nodes
        for place in range(len(node.tokens))
    ]
    assert sorted(spelled) == sorted(beginnings)


@STEADY
@given(REQUESTS)
def test_no_two_children_begin_alike_and_no_run_is_torn(requests: list[Request]):
    roots = build_trie(requests)
    ends = {request.inputs for request in requests}
    for node in all_below(roots):
        assert node.tokens
        assert len(node.children) != 1 or way_to(node) in ends
    for siblings in (roots, *(node.children for node in all_below(roots))):
        assert len({node.tokens[0] for node in siblings}) == len(siblings)


@STEADY
@given(REQUESTS)
def test_nodes_know_where_they_stand(requests: list[Request]):
    roots = build_trie(requests)
    assert all(root.parent is None and root.depth == 0 for root in roots)
    for node in all_below(roots):
        assert node.end == len(way_to(node))
        assert all(child.parent is node and child.depth == node.end for child in node.children)


@STEADY
@given(REQUESTS)
@example(TWICE)
@example(NESTED)
def test_a_node_counts_what_is_below_it(requests: list[Request]):
    for node in all_below(build_trie(requests)):
        below = all_below([node])
        assert node.size == sum(len(one.tokens) for one in below)
        assert node.wants == len({(id(one), wanted.offset) for one in below for wanted in one.wanted})
        assert node.leaves == sum(not one.children for one in below)
        assert node.longest == max(one.end for one in below) - node.depth


@STEADY
@given(REQUESTS)
@example(TWICE)
@example(NESTED)
def test_each_request_wants_its_targets_behind_its_last_tokens_and_nowhere_else(requests: list[Request]):
    expected = [
        (request.inputs[: len(request.inputs) - len(request.targets) + place + 1], number, target)
        for number, request in enumerate(requests)
        for place, target in enumerate(request.targets)
    ]
    found = [
        (way_to(node)[: node.depth + one.offset + 1], one.request, one.target)
        for node in all_below(build_trie(requests))
        for one in node.wanted
    ]
    assert all(0 <= one.offset < len(node.tokens) for node in all_below(build_trie(requests)) for one in node.wanted)
    assert sorted(found) == sorted(expected)


def test_no_requests_make_no_trie():
    assert build_trie([]) == []


def test_the_same_sequence_again_ends_in_the_same_node():
    (root,) = build_trie(TWICE)
    assert root.tokens == (1, 2, 3)
    assert root.children == []
    assert root.wanted == [Wanted(2, 0, 5), Wanted(1, 1, 6), Wanted(2, 1, 7), Wanted(2, 2, 5)]
    assert (root.size, root.wants, root.leaves) == (3, 2, 1)


def test_a_sequence_that_others_begin_with_ends_where_they_go_on():
    (root,) = build_trie(NESTED)
    assert [node.tokens for node in preorder(root)] == [(1, 2), (3,), (4,)]
    assert (root.size, root.leaves) == (4, 1)


@STEADY
@given(REQUESTS.filter(bool), st.data())
def test_a_cut_loses_nothing_and_leaves_the_node_as_it_is(requests: list[Request], data: st.DataObject):
    node = data.draw(st.sampled_from(all_below(build_trie(requests))))
    length = data.draw(st.integers(1, len(node.tokens)))
    before = (node.tokens, node.depth, node.parent, list(node.children), list(node.wanted), node.size, node.wants)

    upper, lower = cut(node, length)

    assert before == (node.tokens, node.depth, node.parent, node.children, node.wanted, node.size, node.wants)
    assert (upper.tokens, lower.tokens) == (node.tokens[:length], node.tokens[length:])
    assert (upper.depth, upper.parent, upper.children) == (node.depth, node.parent, [lower])
    assert (lower.depth, lower.parent, lower.children) == (upper.end, upper, node.children)
    moved = [Wanted(one.offset + length, one.request, one.target) for one in lower.wanted]
    assert all(one.offset < length for one in upper.wanted)
    assert all(one.offset >= 0 for one in lower.wanted)
    assert sorted(upper.wanted + moved, key=repr) == sorted(node.wanted, key=repr)
    for one in (upper, lower):
        below = all_below([one])
        assert one.size == sum(len(each.tokens) for each in below)
        assert one.wants == len({(id(each), wanted.offset) for each in below for wanted in each.wanted})
        assert one.leaves == node.leaves
    assert (upper.longest, lower.longest) == (node.longest, node.longest - length)


@STEADY
@given(REQUESTS)
def test_in_preorder_a_node_comes_before_its_children_and_a_subtree_lies_together(requests: list[Request]):
    for root in build_trie(requests):
        order = list(preorder(root))
        assert sorted(map(id, order)) == sorted(map(id, all_below([root])))
        place = {id(node): number for number, node in enumerate(order)}
        for node in order:
            start, below = place[id(node)], all_below([node])
            assert {place[id(one)] for one in below} == set(range(start, start + len(below)))
            assert [place[id(one)] for one in node.children] == sorted(place[id(one)] for one in node.children)


@STEADY
@given(REQUESTS)
def test_branches_are_the_ways_to_the_leaves_from_left_to_right(requests: list[Request]):
    for node in all_below(build_trie(requests)):
        leaves = [one for one in preorder(node) if not one.children]
        found = list(branches(node))
        assert [id(branch[-1]) for branch in found] == [id(leaf) for leaf in leaves]
        for branch in found:
            assert branch[0] is node
            assert all(below.parent is above for above, below in pairwise(branch))


def test_thousands_of_sequences_that_each_continue_the_one_before_are_no_matter():
    requests = [Request((1,) * (length + 1), (2,)) for length in range(MANY)]
    (root,) = build_trie(requests[::-1])
    assert len(list(preorder(root))) == MANY
    assert [len(branch) for branch in branches(root)] == [MANY]
    assert (root.size, root.wants, root.leaves) == (MANY, MANY, 1)
