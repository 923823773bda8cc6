"""A trie is scored as its requests would be one by one, each token once, and less at a time after memory ran out."""

import gc
import inspect
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedModel

from leaderboard.evaluation.shared_prefix.layouts import BranchLayout, Layout, TreeLayout
from leaderboard.evaluation.shared_prefix.limits import Limits
from leaderboard.evaluation.shared_prefix.reach import Reach, reaches
from leaderboard.evaluation.shared_prefix.scorer import NotSharedError, Score, TrieScorer
from leaderboard.evaluation.shared_prefix.trie import Request, build_trie
from tests.evaluation.shared_prefix.engines import STEADY, assert_same, model_of, token_requests

CPU = torch.device("cpu")
TREE = TreeLayout({None: Reach()}, torch.float32)
LAYOUTS = pytest.mark.parametrize("layout", [TREE, BranchLayout()], ids=["tree", "branches"])
OUT_OF_MEMORY = [
    torch.OutOfMemoryError("Allocation on device 0 would exceed allowed memory."),
    RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: 7 bytes"),
]
SHOTS = tuple(range(10, 40))
REQUESTS = [
    # Three items behind the same examples, with options that begin alike, that begin one another, and of one token.
    *(
        Request(SHOTS + item + option[:-1], option)
        for item in ((50, 51, 52), (50, 53), (54,))
        for option in ((60, 61, 62), (60, 61), (60,), (70, 71, 72, 73))
    ),
    # Something else, and sentences of which every token counts.
    Request((80, 81), (82,)),
    *(Request((0, *words[:-1]), words) for words in ((90, 91, 92, 93), (90, 94, 92, 93), (95, 91, 92, 93))),
    Request((80, 81), (82,)),
    Request(tuple(range(100, 112)), tuple(range(101, 113))),
]
TRIE_TOKENS = len({one.inputs[:length] for one in REQUESTS for length in range(1, len(one.inputs) + 1)})
PLACES = sum(root.wants for root in build_trie(REQUESTS))


@pytest.fixture(scope="module", autouse=True)
def _quick_collections() -> Iterator[None]:
    """What was there before is not looked through each time that memory runs out."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return model_of()


def limits(tokens: int, *, wanted: int | None = None, call_cost: int = 16) -> Limits:
    return Limits(tokens=tokens, wanted=wanted or tokens, row_target=min(tokens, 32), call_cost=call_cost)


def scorer(model: PreTrainedModel, most: Limits) -> TrieScorer:
    return TrieScorer(model, CPU, most, nullcontext)


def in_order(scores: Sequence[Score]) -> list[tuple[float, bool]]:
    ordered = sorted(scores, key=lambda one: one.request)
    assert [one.request for one in ordered] == list(range(len(ordered)))
    return [(one.log_likelihood, one.is_greedy) for one in ordered]


def one_by_one(model: PreTrainedModel, requests: Sequence[Request]) -> list[tuple[float, bool]]:
    """Return each request's answer, read by itself from the beginning."""
    answers = []
    for request in requests:
        with torch.inference_mode():
            logits = model(torch.tensor([request.inputs])).logits[0, -len(request.targets) :]
        targets = torch.tensor(request.targets)
        logs = logits.log_softmax(-1).gather(1, targets[:, None])
        answers.append((float(logs.sum()), bool((logits.argmax(-1) == targets).all())))
    return answers


@pytest.fixture(scope="module")
def greedy(model: PreTrainedModel) -> list[Request]:
    """Requests for what the model would write, for all of it but the first or the last token, and for its end alone."""

    def continued(tokens: tuple[int, ...], length: int) -> tuple[int, ...]:
        with torch.inference_mode():
            while len(tokens) < length:
                tokens += (int(model(torch.tensor([tokens])).logits[0, -1].argmax()),)
        return tokens

    length = len(SHOTS) + 3
    written = continued(SHOTS, length)
    badly_begun = continued((*SHOTS, (written[-3] + 1) % 258), length)
    return [
        Request(written[:-1], written[-3:]),
        Request(written[:-1], (*written[-3:-1], (written[-1] + 1) % 258)),
        Request(badly_begun[:-1], badly_begun[-3:]),
        Request(written[:-1], written[-1:]),
    ]


@dataclass
class Seen:
    """What a model was given."""

    tokens: list[int] = field(default_factory=list)
    head: list[tuple[int, ...]] = field(default_factory=list)


@contextmanager
def watched(model: PreTrainedModel) -> Iterator[Seen]:
    seen = Seen()

    def note_head(_module: Any, inputs: tuple[torch.Tensor, ...], _output: Any) -> None:
        seen.head.append(tuple(inputs[0].shape))

    hooks = [
        model.get_input_embeddings().register_forward_pre_hook(lambda _, inputs: seen.tokens.append(inputs[0].numel())),
        model.get_output_embeddings().register_forward_hook(note_head),
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def failing(module: torch.nn.Module, error: Exception, when: Callable[[Any], bool]) -> Iterator[list[int]]:
    """Raise an error where a module is given what is too much; yields a list that gets longer with each."""
    failures: list[int] = []

    def fail(_module: Any, inputs: tuple[Any, ...], given: dict[str, Any]) -> None:
        if when(given.get("input_ids", inputs[0] if inputs else None)):
            failures.append(len(failures))
            raise error

    hook = module.register_forward_pre_hook(fail, with_kwargs=True)
    try:
        yield failures
    finally:
        hook.remove()


@LAYOUTS
@pytest.mark.parametrize("tokens", [1, 7, 24, 60, 1000])
def test_a_trie_is_scored_as_its_requests_one_by_one(
    model: PreTrainedModel, greedy: list[Request], layout: Layout, tokens: int
):
    requests = REQUESTS + greedy
    expected = one_by_one(model, requests)
    assert [is_greedy for _, is_greedy in expected[-4:]] == [True, False, False, True]
    assert_same(in_order(list(scorer(model, limits(tokens)).score(requests, layout))), expected)


@settings(STEADY, max_examples=25)
@given(
    st.lists(token_requests((7, 8, 9)), min_size=1, max_size=10),
    st.sampled_from([TREE, BranchLayout()]),
    *(st.integers(1, 12), st.integers(1, 12), st.integers(0, 4)),
)
def test_any_requests_within_any_limits_are_scored_as_one_by_one(
    requests: list[Request], layout: Layout, tokens: int, wanted: int, call_cost: int
):
    model = _windowed_model()
    layout = TreeLayout(reaches(model.config), torch.float32) if isinstance(layout, TreeLayout) else layout
    most = limits(tokens, wanted=min(tokens, wanted), call_cost=call_cost)
    assert_same(in_order(list(scorer(model, most).score(requests, layout))), one_by_one(model, requests))


@cache
def _windowed_model() -> PreTrainedModel:
    return model_of("mistral, windows", sliding_window=4)


@pytest.mark.parametrize("tokens", [1, 24, 1000])
def test_as_trees_every_shared_token_is_read_once(model: PreTrainedModel, tokens: int):
    engine = scorer(model, limits(tokens))
    with watched(model) as seen:
        list(engine.score(REQUESTS, TREE))
    assert engine.work.tokens == TRIE_TOKENS < sum(len(one.inputs) for one in REQUESTS) / 3
    assert engine.work.tokens + engine.work.filling == sum(seen.tokens)
    assert engine.work.calls == len(seen.tokens)


def test_as_branches_no_more_is_repeated_than_is_worth_a_call(model: PreTrainedModel):
    dear, free = (scorer(model, limits(1000, call_cost=cost)) for cost in (5, 0))
    for engine in (dear, free):
        list(engine.score(REQUESTS, BranchLayout()))
    assert free.work.tokens == TRIE_TOKENS
    assert dear.work.calls < free.work.calls
    assert TRIE_TOKENS < dear.work.tokens <= TRIE_TOKENS + 5 * len(REQUESTS)


@LAYOUTS
@pytest.mark.parametrize(("tokens", "wanted"), [(8, 8), (24, 5), (60, 60), (1000, 3)])
def test_no_call_is_larger_than_its_limits(model: PreTrainedModel, layout: Layout, tokens: int, wanted: int):
    with watched(model) as seen:
        list(scorer(model, limits(tokens, wanted=wanted)).score(REQUESTS, layout))
    assert max(seen.tokens) <= tokens
    assert max(places for _, places, _ in seen.head) <= wanted


@LAYOUTS
def test_logits_are_made_where_they_are_wanted_and_nowhere_else(model: PreTrainedModel, layout: Layout):
    with watched(model) as seen:
        list(scorer(model, limits(30)).score(REQUESTS, layout))
    assert all((rows, width) == (1, model.config.hidden_size) for rows, _, width in seen.head)
    assert sum(places for _, places, _ in seen.head) == PLACES


def test_answers_come_while_others_are_still_computed(model: PreTrainedModel):
    engine = scorer(model, limits(8))
    answers = engine.score(REQUESTS, TREE)
    next(answers)
    early = engine.work.calls
    list(answers)
    assert early < engine.work.calls / 2


def test_no_requests_need_no_call(model: PreTrainedModel):
    engine = scorer(model, limits(24))
    assert list(engine.score([], TREE)) == []
    assert engine.work.calls == 0


@LAYOUTS
@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["accelerator", "processor"])
def test_after_memory_ran_out_calls_are_smaller_and_stay_so(
    model: PreTrainedModel, layout: Layout, error: Exception, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    engine = scorer(model, limits(160))
    expected = one_by_one(model, REQUESTS)
    with failing(model, error, lambda tokens: tokens.numel() > 30) as failures:
        assert_same(in_order(list(engine.score(REQUESTS, layout))), expected)
        assert engine.limits.tokens == engine.limits.wanted == 20
        assert len(failures) == 3
        assert_same(in_order(list(engine.score(REQUESTS, layout))), expected)
        assert len(failures) == 3
    assert caplog.text.count("Memory ran out") == 3
    assert "no more than 20 tokens" in caplog.text


@LAYOUTS
@pytest.mark.parametrize("failing_call", range(5))
def test_memory_that_runs_out_midway_leaves_nothing_half_kept(
    model: PreTrainedModel, layout: Layout, failing_call: int
):
    calls: list[None] = []

    def is_the_one(_given: Any) -> bool:
        calls.append(None)
        return len(calls) == failing_call + 1

    engine = scorer(model, limits(16, call_cost=0))
    with failing(model.model.layers[1], OUT_OF_MEMORY[0], is_the_one) as failures:
        scores = in_order(list(engine.score(REQUESTS, layout)))
    assert len(failures) == 1
    assert engine.limits.tokens == 8
    assert_same(scores, one_by_one(model, REQUESTS))


@LAYOUTS
@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["accelerator", "processor"])
def test_where_nothing_fits_it_is_said(model: PreTrainedModel, layout: Layout, error: Exception):
    engine = scorer(model, limits(100))
    with (
        failing(model, error, lambda _: True) as failures,
        pytest.raises(type(error), match=r"exceed allowed memory|can't allocate memory"),
    ):
        list(engine.score(REQUESTS, layout))
    assert len(failures) == 5  # 100, 50, 25, 12 and 6 tokens
    with torch.inference_mode():
        assert model(torch.tensor([[1, 2, 3]])).logits.shape[:2] == (1, 3), "the head is left as it was"


def test_what_is_no_lack_of_memory_is_not_tried_again(model: PreTrainedModel):
    engine = scorer(model, limits(100))
    with (
        failing(model, RuntimeError("shapes cannot be multiplied"), lambda _: True) as failures,
        pytest.raises(RuntimeError, match="cannot be multiplied"),
    ):
        list(engine.score(REQUESTS, TREE))
    assert len(failures) == 1
    assert engine.limits.tokens == 100


def test_a_model_that_keeps_no_cache_is_found_out():
    with pytest.raises(NotSharedError, match="keeps no keys and values"):
        list(scorer(model_of("openai-gpt"), limits(24, call_cost=0)).score(REQUESTS, BranchLayout()))


def test_a_head_that_is_not_called_as_a_module_is_found_out(monkeypatch: pytest.MonkeyPatch):
    other = model_of()
    monkeypatch.setattr(other, "get_output_embeddings", lambda: torch.nn.Linear(1, 1))
    with pytest.raises(NotSharedError, match="output head"):
        list(scorer(other, limits(24)).score(REQUESTS, TREE))


@contextmanager
def few_frames(more: int) -> Iterator[None]:
    """Let functions call one another no deeper than so many times more."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + more)
    try:
        yield
    finally:
        sys.setrecursionlimit(usual)


@LAYOUTS
def test_many_requests_that_each_continue_the_one_before_are_no_matter(model: PreTrainedModel, layout: Layout):
    requests = [Request((1,) * length, (2,)) for length in range(1, 250)]
    engine = scorer(model, limits(8))
    with few_frames(200):
        scores = list(engine.score(requests, layout))
    assert_same(in_order(scores), one_by_one(model, requests))
