"""A call takes as much as memory has room for, and half as much each time it ran out."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from transformers import PreTrainedModel

from leaderboard.evaluation.shared_prefix.limits import Limits, first_limits
from tests.evaluation.shared_prefix.engines import model_of

CPU = torch.device("cpu")
# A layer of the tiny model holds 8 x 64 + 3 x 96 numbers of 4 bytes for a token; logits are 258 words of 4 + 8 bytes.
LAYER_BYTES = (8 * 64 + 3 * 96) * 4
LOGIT_BYTES = 258 * 12
LIMITS = Limits(tokens=100, wanted=50, row_target=32, call_cost=8)


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return model_of()


def with_free(monkeypatch: pytest.MonkeyPatch, free: float) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=int(free)))


def test_halves_are_halves_and_no_prediction_is_none():
    assert LIMITS.halved() == replace(LIMITS, tokens=50, wanted=25)
    assert replace(LIMITS, wanted=1).halved() == replace(LIMITS, tokens=50, wanted=1)


def test_a_few_tokens_are_not_halved():
    assert replace(LIMITS, tokens=9).halved() == replace(LIMITS, tokens=4, wanted=25)
    assert replace(LIMITS, tokens=8).halved() is None


def test_a_number_of_tokens_that_is_asked_for_holds_for_predictions_too():
    assert LIMITS.with_tokens(7) == replace(LIMITS, tokens=7, wanted=7)
    assert LIMITS.with_tokens(0) == replace(LIMITS, tokens=1, wanted=1)


def test_with_much_memory_a_call_takes_what_keeps_the_device_busy(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
):
    with_free(monkeypatch, 1e12)
    limits = first_limits(model, CPU)
    assert limits.tokens == limits.wanted == 1024
    assert limits.row_target <= limits.tokens


def test_a_call_takes_a_third_of_free_memory_for_a_layer_and_a_fifth_for_logits(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
):
    with_free(monkeypatch, 500 * LAYER_BYTES)
    limits = first_limits(model, CPU)
    assert limits.tokens == 150
    assert limits.wanted == 500 * LAYER_BYTES // 5 // LOGIT_BYTES


def test_where_nothing_is_free_some_tokens_are_tried(model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch):
    with_free(monkeypatch, 0)
    limits = first_limits(model, CPU)
    assert (limits.tokens, limits.wanted) == (8, 8)


def test_more_words_leave_room_for_fewer_predictions(monkeypatch: pytest.MonkeyPatch):
    with_free(monkeypatch, 500 * LAYER_BYTES)
    few, many = (first_limits(model_of(vocab_size=words), CPU) for words in (258, 1032))
    assert few.tokens == many.tokens
    assert many.wanted == few.wanted // 4


def test_numbers_of_half_the_size_leave_room_for_twice_as_many_tokens(monkeypatch: pytest.MonkeyPatch):
    with_free(monkeypatch, 500 * LAYER_BYTES)
    assert first_limits(model_of().to(torch.bfloat16), CPU).tokens == 300


def test_an_accelerator_takes_more_and_has_what_pytorch_holds_for_itself(
    model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch
):
    memory: dict[str, Any] = {
        "mem_get_info": lambda _: (1000 * LAYER_BYTES, 0),
        "memory_reserved": lambda _: 9500 * LAYER_BYTES,
        "memory_allocated": lambda _: 500 * LAYER_BYTES,
    }
    for name, answer in memory.items():
        monkeypatch.setattr(torch.cuda, name, answer)
    limits = first_limits(model, torch.device("cuda"))
    assert limits.tokens == 3000
    on_processor = first_limits(model, CPU)
    assert (limits.row_target, limits.call_cost) > (on_processor.row_target, on_processor.call_cost)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _: (10**12, 0))
    assert first_limits(model, torch.device("cuda")).tokens == 8192
