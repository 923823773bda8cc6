"""What a model does otherwise than it should is found on a handful of requests, and another way is taken."""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedModel

from leaderboard.evaluation.shared_prefix import SharedPrefixLM, Sharing
from leaderboard.evaluation.shared_prefix.self_check import compare_next, compare_options, sample, tolerance
from leaderboard.evaluation.shared_prefix.trie import Request
from tests.evaluation.shared_prefix.engines import STEADY, assert_same, hf, model_of, shared, token_requests
from tests.evaluation.shared_prefix.requests import LONG, MAX_LENGTH, OPTIONS, PAIRS, QUESTIONS, as_instances

Given = dict[str, Any]
SHORT = [(QUESTIONS[0][:9], option) for option in OPTIONS]
TWO = [Request((1, 2, 3), (4,)), Request((1, 2), (3,))]
RED, GREEN = (-10.0, False), (-20.0, True)


@contextmanager
def changed(model: PreTrainedModel, change: Callable[[Given], None]) -> Iterator[PreTrainedModel]:
    """Let a model do something else with what it is given by name."""

    def give(_module: Any, inputs: tuple[Any, ...], given: Given) -> tuple[tuple[Any, ...], Given]:
        change(given)
        return inputs, given

    hook = model.register_forward_pre_hook(give, with_kwargs=True)
    try:
        yield model
    finally:
        hook.remove()


def has_tree(given: Given) -> bool:
    mask = given.get("attention_mask")
    return mask is not None and mask.ndim == 4


def sees_everything(given: Given) -> None:
    if has_tree(given):
        given["attention_mask"] = torch.zeros_like(given["attention_mask"])


def ignores_positions(given: Given) -> None:
    if has_tree(given):
        del given["position_ids"]


def sees_no_beginning(given: Given) -> None:
    if has_tree(given):
        mask = given["attention_mask"].clone()
        mask[..., : mask.shape[-1] - mask.shape[-2]] = torch.finfo(mask.dtype).min
        given["attention_mask"] = mask


def refuses_trees(given: Given) -> None:
    if has_tree(given):
        message = "not enough values to unpack"
        raise ValueError(message)


def reads_something_else(given: Given) -> None:
    if "past_key_values" in given:
        given["input_ids"] = (given["input_ids"] + 1) % 258


def refuses_caches(given: Given) -> None:
    if "past_key_values" in given:
        message = "no cache here"
        raise TypeError(message)


def scored(lm: SharedPrefixLM, pairs: Sequence[tuple[str, str]] = PAIRS) -> list[tuple[float, bool]]:
    return lm.loglikelihood(as_instances(pairs), disable_tqdm=True)


@pytest.mark.parametrize("harm", [sees_everything, ignores_positions, sees_no_beginning, refuses_trees])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_where_a_model_gets_trees_wrong_branches_are_taken(
    harm: Callable[[Given], None], dtype: torch.dtype, caplog: pytest.LogCaptureFixture
):
    model = model_of().to(dtype)
    expected = scored(hf(model))
    with changed(model, harm):
        lm = shared(model)
        answers = scored(lm)
    assert lm.sharing is lm.account.sharing is Sharing.BRANCHES
    assert lm.self_check is not None
    assert lm.self_check.agrees
    assert lm.account.self_check == lm.self_check
    assert lm.account.why_not is None
    assert "sharing by tree: " in caplog.text
    if dtype is torch.float32:
        assert_same(answers, expected)


@pytest.mark.parametrize(
    ("harm", "words"),
    [(reads_something_else, "figures differ by up to "), (refuses_caches, "it fails with TypeError")],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_where_a_model_gets_both_wrong_hf_takes_over_and_it_is_said(
    harm: Callable[[Given], None], words: str, dtype: torch.dtype, caplog: pytest.LogCaptureFixture
):
    model = model_of().to(dtype)
    expected = scored(hf(model))
    with changed(model, harm):
        lm = shared(model)
        assert scored(lm) == expected
        assert lm.sharing is lm.account.sharing is Sharing.NOTHING
        assert lm.account.why_not is not None
        assert words in lm.account.why_not
        assert lm.self_check is None or not lm.self_check.agrees
        assert lm.account.self_check == lm.self_check
        for way in ("sharing by tree: ", "sharing by branches: ", "shares nothing between requests"):
            assert caplog.text.count(way) == 1
        assert scored(lm) == expected
    assert caplog.text.count("shares nothing between requests") == 1, "nothing is tried again"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_a_model_that_does_as_it_should_shares_trees(dtype: torch.dtype, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.WARNING, "leaderboard")
    lm = shared(model_of().to(dtype))
    before = lm.budget
    scored(lm)
    assert lm.sharing is Sharing.TREE
    assert lm.budget == before, "small calls were for the check alone"
    assert lm.self_check is not None
    assert lm.self_check.agrees
    assert lm.self_check.requests >= 4
    assert lm.self_check.longest == MAX_LENGTH, "the longest that the model is to read"
    assert lm.self_check.changes == 0
    assert lm.self_check.largest_difference < (1e-3 if dtype is torch.float32 else 1.0)
    assert not [record for record in caplog.records if record.name.startswith("leaderboard")]


def test_the_check_runs_again_where_requests_are_more_than_twice_as_long():
    lm = shared(model_of())
    pairs = [(QUESTIONS[0], option) for option in OPTIONS]
    scored(lm, pairs)
    first = lm.self_check
    assert first is not None
    assert first.longest == len((QUESTIONS[0] + OPTIONS[2]).encode()) - 1
    scored(lm, [("x" * 2 * first.longest, "x"), ("y" * 2 * first.longest, "x")])
    assert lm.self_check is first
    scored(lm, [("x" * 2 * first.longest + "x", "x"), *pairs])
    assert lm.self_check is not first
    assert lm.self_check is not None
    assert lm.self_check.longest == 2 * first.longest + 1
    assert lm.self_check.requests == 2


def test_a_model_that_gets_only_long_trees_wrong_is_found_out_when_they_come():
    def sees_everything_far_away(given: Given) -> None:
        if has_tree(given) and given["attention_mask"].shape[-1] > 60:
            sees_everything(given)

    long = [(LONG[:-10] + tail, option) for tail in (" a", " e") for option in OPTIONS]
    model = model_of()
    expected = scored(hf(model), SHORT), scored(hf(model), long)
    with changed(model, sees_everything_far_away):
        lm = shared(model)
        assert_same(scored(lm, SHORT), expected[0])
        assert lm.account.sharing is Sharing.TREE
        assert_same(scored(lm, long), expected[1])
    assert lm.account.sharing is Sharing.BRANCHES


def test_what_lm_eval_saves_wrongly_is_no_reason_to_share_nothing():
    """With saved logits `hf` gives the second of these requests the score of other tokens."""
    pairs = [("Uno y dos son", " tres"), ("Uno y dos son tr", "es")]
    model = model_of()
    lm = shared(model, logits_cache=True)
    assert_same(scored(lm, pairs), [scored(hf(model), [pair])[0] for pair in pairs])
    assert lm.sharing is Sharing.TREE


@STEADY
@given(st.lists(token_requests(), min_size=1, max_size=10), st.integers(1, 4))
def test_the_sample_holds_the_longest_request_and_few_others(requests: list[Request], pairs: int):
    chosen = sample(requests, pairs)
    assert len(chosen) == len(set(chosen)) <= 2 * pairs
    assert set(chosen) <= set(range(len(requests)))
    lengths = [len(requests[one].inputs) for one in chosen]
    assert max(lengths) == max(len(one.inputs) for one in requests)
    if pairs > 1:
        assert min(lengths) == min(len(one.inputs) for one in requests)
    assert len(chosen) >= min(2, len(requests))


def test_each_sampled_request_stands_beside_the_one_most_like_it():
    requests = [Request((token, *range(10, 10 + length)), (1,)) for token, length in ((1, 9), (2, 2), (3, 5), (4, 3))]
    alike = [Request((*one.inputs[:-1], 99), (1,)) for one in requests]
    assert set(sample(requests + alike, 1)) == {0, 4}
    assert set(sample(requests + alike, 2)) == {0, 4, 1, 5}


def test_scores_agree_as_far_as_rounding_goes():
    def check(ours: float, theirs: float, dtype: torch.dtype = torch.float32) -> bool:
        return compare_options(TWO, [(ours, False), RED], [(theirs, False), RED], dtype).agrees

    assert check(-10.001, -10.0)
    assert not check(-10.0012, -10.0)
    assert check(-1000.01, -1000.0)
    assert not check(-1000.012, -1000.0)
    assert check(-10.4, -10.0, torch.bfloat16)
    assert check(-10.4, -10.0, torch.float16)
    assert not check(-10.5, -10.0, torch.bfloat16)
    assert check(-10.0009, -10.0, torch.float64)
    assert not check(math.nan, -10.0)
    assert not check(-10.0, math.nan, torch.bfloat16)


def test_one_request_that_differs_is_enough_and_changes_are_counted():
    found = compare_options(TWO, [RED, (-20.5, True)], [RED, GREEN], torch.float32)
    assert (found.requests, found.longest, found.largest_difference, found.changes) == (2, 3, 0.5, 0)
    assert not found.agrees
    flagged = compare_options(TWO, [(-10.0, True), GREEN], [RED, GREEN], torch.float32)
    assert (flagged.changes, flagged.agrees) == (1, True)


def test_tolerance_grows_with_what_is_rounded_and_with_fewer_bits():
    assert tolerance(torch.float32, -10.0) == tolerance(torch.float64, 10.0) < tolerance(torch.float32, -1000.0) < 0.05
    assert tolerance(torch.bfloat16, -10.0) == tolerance(torch.float16, -10.0) > tolerance(torch.float32, -1000.0)


def test_next_tokens_are_compared_by_probability_among_the_likeliest():
    theirs = torch.linspace(8, -8, 100).repeat(2, 1)
    assert compare_next(theirs + 5, theirs, 30, torch.float32).agrees, "a shift of all changes no probability"
    rare = theirs.clone()
    rare[0, 80] -= 5
    assert compare_next(rare, theirs, 30, torch.float32).agrees
    likely = theirs.clone()
    likely[1, 1] += 0.3
    found = compare_next(likely, theirs, 30, torch.float32)
    assert not found.agrees
    assert (found.requests, found.longest, found.changes) == (2, 30, 1)
    assert 0.2 < found.largest_difference < 0.3
    assert compare_next(likely, theirs, 30, torch.bfloat16).agrees
    hardly = theirs.clone()
    hardly[0, 15] += 0.005
    assert not compare_next(hardly, theirs, 30, torch.float32).agrees, "one token is enough"
    assert not compare_next(torch.full_like(theirs, math.nan), theirs, 30, torch.bfloat16).agrees


def test_what_is_no_number_both_ways_does_not_differ_and_what_is_one_way_only_does():
    requests = [Request((1, 2), (2,)), Request((1, 3), (3,))]
    nothing, never = float("nan"), float("-inf")
    same = compare_options(
        requests, [(never, False), (nothing, False)], [(never, False), (nothing, False)], torch.float32
    )
    assert (same.agrees, same.largest_difference) == (True, 0.0)
    other = compare_options(requests, [(-1.0, False), (nothing, False)], [(-1.0, False), (-2.0, False)], torch.float32)
    assert (other.agrees, other.largest_difference) == (False, None)
    logits = torch.tensor([[0.0, 1.0, never]])
    assert compare_next(logits, logits, 2, torch.float32).agrees
    assert not compare_next(logits, torch.tensor([[0.0, 1.0, 1.0]]), 2, torch.float32).agrees
