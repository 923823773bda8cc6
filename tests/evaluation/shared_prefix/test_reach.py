"""A mask shows each token its ancestors as far as the layer reaches, and no other token."""

from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoConfig
from transformers.masking_utils import LAYER_PATTERN_TO_MASK_FUNCTION_MAPPING, create_sliding_window_causal_mask

from leaderboard.evaluation.shared_prefix.layouts import TreeLayout
from leaderboard.evaluation.shared_prefix.limits import Limits
from leaderboard.evaluation.shared_prefix.reach import Reach, UnknownAttentionError, reaches, tree_masks
from leaderboard.evaluation.shared_prefix.rows import chain_row, make_batch, tree_row
from leaderboard.evaluation.shared_prefix.trie import Node, Request, build_trie, cut, preorder
from tests.evaluation.shared_prefix.architectures import ARCHITECTURES
from tests.evaluation.shared_prefix.engines import STEADY, token_requests

CPU = torch.device("cpu")
NEVER = torch.finfo(torch.float32).min
ROOM = Limits(tokens=30, wanted=30, row_target=12, call_cost=0)
REACHES = st.one_of(
    st.just(Reach()),
    st.builds(lambda window: Reach(window=window), st.integers(1, 8)),
    st.builds(lambda chunk: Reach(chunk=chunk), st.integers(1, 8)),
)
WINDOWED = [name for name, one in ARCHITECTURES.items() if "windows" in name and one.sharing == "tree"]


@st.composite
def behind_a_beginning(draw: st.DrawFn) -> tuple[int, list[Node]]:
    """Draw how many tokens are cached, and subtrees that all begin behind them."""
    before = draw(st.integers(0, 5))
    requests: list[Request] = draw(st.lists(token_requests((9,) * before), min_size=1, max_size=8))
    roots = build_trie(requests)
    if not before:
        return before, roots
    (root,) = roots
    return before, root.children if len(root.tokens) == before else [cut(root, before)[1]]


def tokens_in_rows(rows: Sequence[Sequence[Node]]) -> list[list[tuple[Node, int]]]:
    """Return where each token of each row stands in the trie."""
    return [
        [(node, place) for top in row for node in preorder(top) for place in range(len(node.tokens))] for row in rows
    ]


def is_ancestor(key: tuple[Node, int], query: tuple[Node, int], tops: Sequence[Node]) -> bool:
    """Say whether a token comes before another, or is it, on the way down; by the nodes and not by their order."""
    (above, place), (below, own) = key, query
    if above is below:
        return place <= own
    parents = {id(child): node for top in tops for node in preorder(top) for child in node.children}
    node = parents.get(id(below))
    while node is not None and node is not above:
        node = parents.get(id(node))
    return node is above


def is_within(reach: Reach, query: int, key: int) -> bool:
    if reach.window is not None:
        return query - key < reach.window
    return reach.chunk is None or query // reach.chunk == key // reach.chunk


@STEADY
@given(behind_a_beginning(), REACHES, st.integers(1, 3))
def test_a_token_sees_the_beginning_and_its_ancestors_as_far_as_the_layer_reaches(
    beginning: tuple[int, list[Node]], reach: Reach, rows_wanted: int
):
    before, subtrees = beginning
    rows = [row for row in (subtrees[number::rows_wanted] for number in range(rows_wanted)) if row]
    batch = make_batch([tree_row(row) for row in rows], CPU)
    mask = tree_masks(batch, before, {None: reach}, torch.float32)
    assert isinstance(mask, torch.Tensor)
    length = batch.tokens.shape[1]
    assert mask.shape == (len(rows), 1, length, before + length)
    for number, (tops, tokens) in enumerate(zip(rows, tokens_in_rows(rows), strict=True)):
        for place, query in enumerate(tokens):
            at = query[0].depth + query[1]
            expected = [is_within(reach, at, key) for key in range(before)] + [
                is_ancestor(key, query, tops) and is_within(reach, at, key[0].depth + key[1]) for key in tokens
            ]
            expected += [False] * (length - len(tokens))
            assert mask[number, 0, place].tolist() == [0.0 if seen else NEVER for seen in expected]
        for filling in range(len(tokens), length):
            assert mask[number, 0, filling, before + filling] == 0.0


@STEADY
@given(behind_a_beginning(), REACHES, REACHES)
def test_layers_of_several_kinds_get_a_mask_each(beginning: tuple[int, list[Node]], one: Reach, other: Reach):
    before, subtrees = beginning
    batch = make_batch([tree_row(subtrees)], CPU)
    masks = tree_masks(batch, before, {"one": one, "other": other}, torch.bfloat16)
    assert isinstance(masks, dict)
    assert set(masks) == {"one", "other"}
    for name, reach in (("one", one), ("other", other)):
        alone = tree_masks(batch, before, {None: reach}, torch.bfloat16)
        assert isinstance(alone, torch.Tensor)
        assert masks[name].dtype == torch.bfloat16
        assert torch.equal(masks[name], alone)


def masks_of_transformers(config: Any, length: int) -> dict[str | None, torch.Tensor]:
    """Return the masks that the model's own code makes, by the kind of layer."""
    kinds = sorted(set(getattr(config, "layer_types", None) or ()))
    makers = {kind: LAYER_PATTERN_TO_MASK_FUNCTION_MAPPING[kind] for kind in kinds}
    inputs = {"inputs_embeds": torch.zeros(1, length, 8), "attention_mask": None, "past_key_values": None}
    return {
        kind: make(config=config, **inputs)
        for kind, make in (makers or {None: create_sliding_window_causal_mask}).items()
    }


@pytest.mark.parametrize("name", WINDOWED)
def test_a_sequence_without_a_fork_gets_the_masks_that_transformers_makes(name: str):
    architecture = ARCHITECTURES[name]
    config = AutoConfig.for_model(architecture.model_type, **architecture.settings).get_text_config()
    config._attn_implementation = "eager"
    length = 50
    theirs = masks_of_transformers(config, length)
    batch = make_batch([chain_row(Node((2,) * length, 0), 0, length)], CPU)
    ours: Any = tree_masks(batch, 0, reaches(config), torch.float32)
    if isinstance(ours, torch.Tensor):  # all layers are of one kind
        ours = dict.fromkeys(theirs, ours)
    assert set(ours) == set(theirs)
    for kind, mask in theirs.items():
        assert torch.equal(ours[kind], mask), kind
    assert any((mask == NEVER).sum() > length * (length - 1) / 2 for mask in theirs.values())


def llama(**changes: Any) -> Any:
    config = AutoConfig.for_model("llama", num_hidden_layers=2)
    for name, value in changes.items():
        setattr(config, name, value)
    return config


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, {None: Reach()}),
        ({"sliding_window": 7}, {None: Reach(window=7)}),
        ({"attention_chunk_size": 7}, {None: Reach(chunk=7)}),
        ({"sliding_window": 7, "attention_chunk_size": 5}, {None: Reach(window=7)}),
        ({"layer_types": ["full_attention"] * 2, "sliding_window": 0}, {None: Reach()}),
        ({"layer_types": ["sliding_attention"] * 2, "sliding_window": 7}, {None: Reach(window=7)}),
        (
            {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 7},
            {"full_attention": Reach(), "sliding_attention": Reach(window=7)},
        ),
        (
            {"layer_types": ["chunked_attention", "full_attention"], "attention_chunk_size": 7},
            {"chunked_attention": Reach(chunk=7), "full_attention": Reach()},
        ),
    ],
)
def test_the_reach_of_layers_is_read_as_transformers_reads_it(
    settings: dict[str, Any], expected: dict[str | None, Reach]
):
    assert reaches(llama(**settings)) == expected


def test_a_model_of_text_and_images_has_its_reach_in_the_part_for_text():
    architecture = ARCHITECTURES["gemma3 with images, windows"]
    config = AutoConfig.for_model(architecture.model_type, **architecture.settings)
    assert reaches(config) == {"full_attention": Reach(), "sliding_attention": Reach(window=16)}


def test_layers_that_are_not_attention_are_named():
    with pytest.raises(UnknownAttentionError, match=r"layers of the kind conv, mamba$"):
        reaches(llama(layer_types=["mamba", "conv", "full_attention"]))


def test_a_tree_layout_masks_in_the_type_that_the_model_computes_in():
    (root,) = build_trie([Request((1, 2), (3,))])
    layout = TreeLayout({None: Reach()}, torch.float16)
    rows, _ = layout.packed([root], ROOM)
    mask = layout.model_inputs(make_batch(rows, CPU), 0)["attention_mask"]
    assert mask.dtype == torch.float16
    assert mask[0, 0].tolist() == [[0.0, torch.finfo(torch.float16).min], [0.0, 0.0]]
