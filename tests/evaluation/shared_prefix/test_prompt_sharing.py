"""Prompts share what they begin with where that changes nothing; where it would, or may, `hf` answers them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from lm_eval.models.huggingface import HFLM
from transformers import PreTrainedModel

from leaderboard.evaluation.shared_prefix import Sharing
from tests.evaluation.shared_prefix.engines import COMMON, PROMPTS, ROOM, both, model_of, shared, texts_of

FILLED_LATE = tuple(
    COMMON + rest for rest in ("Tres y uno y siete?", "Ocho y dos y cinco?", "Cero", "a", "bcdefg", "f")
)
"""In batches of two: the first is not filled up, so that nothing could be seen there; the second is."""


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return model_of()


@contextmanager
def given_otherwise(model: PreTrainedModel, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Let a model do something else where its rows go on from a kept beginning."""

    def give(_module: Any, inputs: tuple[Any, ...], given: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        cache = given.get("past_key_values")
        if cache is not None and cache.get_seq_length() and given["input_ids"].shape[1] > 1:
            change(given)
        return inputs, given

    hook = model.register_forward_pre_hook(give, with_kwargs=True)
    try:
        yield
    finally:
        hook.remove()


@pytest.mark.parametrize(
    "wishes",
    [
        {"num_beams": 2},
        {"num_return_sequences": 1, "num_beams": 2, "early_stopping": True},
        {"no_repeat_ngram_size": 2},
        {"prompt_lookup_num_tokens": 3},
        {"cache_implementation": "static"},
        {"prefill_chunk_size": 16},
    ],
    ids=str,
)
def test_other_ways_to_generate_go_the_way_of_hf(model: PreTrainedModel, wishes: dict[str, Any]):
    ours, theirs = both(model, batch_size=1 if "prompt_lookup_num_tokens" in wishes else 3)
    assert texts_of(ours, PROMPTS, **wishes) == texts_of(theirs, PROMPTS, **wishes)
    assert ours.account.sharing is Sharing.NOTHING
    assert ours.account.why_not
    assert texts_of(ours, PROMPTS) == texts_of(theirs, PROMPTS)
    assert ours.account.sharing is Sharing.BRANCHES


@pytest.mark.parametrize("wish", [("num_beams", 2), ("no_repeat_ngram_size", 2), ("cache_implementation", "static")])
def test_what_the_model_itself_asks_for_goes_the_way_of_hf(wish: tuple[str, Any]):
    model = model_of()
    setattr(model.generation_config, *wish)
    ours, theirs = both(model, batch_size=3)
    assert texts_of(ours, PROMPTS) == texts_of(theirs, PROMPTS)
    assert ours.account.sharing is Sharing.NOTHING
    assert wish[0] in str(ours.account.why_not)


def test_grams_that_filling_would_tear_are_not_repeated(model: PreTrainedModel):
    """The likeliest token behind the shortest prompt would repeat what stands where the common beginning ends."""
    ours, theirs = both(model, batch_size=3)
    prompts = (_repeating(theirs), COMMON + "# otra pregunta, que es más larga", COMMON + "@@")
    assert texts_of(theirs, prompts)[0] != texts_of(theirs, prompts, no_repeat_ngram_size=2)[0]
    assert texts_of(ours, prompts, no_repeat_ngram_size=2) == texts_of(theirs, prompts, no_repeat_ngram_size=2)


def _repeating(lm: HFLM) -> str:
    """Return the common beginning with a letter and more, behind which that letter is the likeliest after a space."""
    letters = "abcdefghijklmnoprstuvzABCDEFGHIJKLMNOPRSTUV"
    for number in range(100, 200):
        prompts = [f"{COMMON}{letter}{number} " for letter in letters]
        with torch.inference_mode():
            likeliest = lm.model(torch.tensor([lm.tok_encode(one) for one in prompts])).logits[:, -1].argmax(-1)
        for prompt, letter, token in zip(prompts, letters, likeliest.tolist(), strict=True):
            if lm.tok_encode(letter) == [token]:
                return prompt
    message = "no prompt is continued by its own letter"
    raise AssertionError(message)


@pytest.mark.parametrize("window", [16, 64, 128])
def test_beyond_its_window_a_model_goes_the_way_of_hf(window: int):
    ours, theirs = both(model_of("mistral, windows", sliding_window=window), batch_size=3)
    assert texts_of(ours, PROMPTS) == texts_of(theirs, PROMPTS)
    fits = max(len(prompt.encode()) for prompt in PROMPTS) + 8 <= window
    assert fits == (window == 128)
    assert ours.account.sharing is (Sharing.BRANCHES if fits else Sharing.NOTHING)


@pytest.mark.parametrize("name", ["bart's decoder", "gpt_neo, windows", "mpt", "bloom", "falcon, ALiBi"])
def test_models_that_count_by_places_are_answered_as_by_hf(name: str):
    ours, theirs = both(model_of(name), batch_size=2)
    assert texts_of(ours, FILLED_LATE) == texts_of(theirs, FILLED_LATE)
    assert ours.account.sharing is Sharing.NOTHING
    assert ours.account.why_not


def test_a_model_that_differs_only_where_batches_are_filled_up_is_found_out(model: PreTrainedModel):
    def sees_filling(given: dict[str, Any]) -> None:
        if given.get("attention_mask") is not None:
            given["attention_mask"] = torch.ones_like(given["attention_mask"])

    ours, theirs = both(model, batch_size=2)
    expected = texts_of(theirs, FILLED_LATE)
    with given_otherwise(model, sees_filling):
        assert texts_of(ours, FILLED_LATE) == expected
    assert ours.generation_check is not None
    assert not ours.generation_check.agrees


def reads_something_else(given: dict[str, Any]) -> None:
    given["input_ids"] = (given["input_ids"] + 1) % 258


def refuses(_given: dict[str, Any]) -> None:
    message = "no kept beginnings here"
    raise TypeError(message)


@pytest.mark.parametrize(
    ("harm", "words"),
    [(reads_something_else, "figures differ by up to "), (refuses, "it fails with TypeError")],
)
def test_where_a_model_gets_it_wrong_hf_takes_over_and_it_is_said(
    model: PreTrainedModel, harm: Callable[[dict[str, Any]], None], words: str, caplog: pytest.LogCaptureFixture
):
    ours, theirs = both(model, batch_size=3)
    expected = texts_of(theirs, PROMPTS)
    with given_otherwise(model, harm):
        for _ in range(2):
            assert texts_of(ours, PROMPTS) == expected
            assert ours.account.sharing is Sharing.NOTHING
            assert words in str(ours.account.why_not)
            assert ours.account.self_check == ours.generation_check
    assert (ours.generation_check is None) == (harm is refuses)
    assert ours.generation_check is None or not ours.generation_check.agrees
    assert len([one for one in caplog.records if words in one.getMessage()]) == 1


@pytest.mark.parametrize("name", ["openai-gpt", "roberta as a decoder", "bert"])
def test_architectures_that_keep_nothing_or_something_else_are_answered_as_by_hf(name: str):
    ours, theirs = both(model_of(name), batch_size=3)
    assert texts_of(ours, PROMPTS) == texts_of(theirs, PROMPTS)
    assert ours.account.sharing is Sharing.NOTHING


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_in_mixed_precision_too_a_beginning_is_shared(model: PreTrainedModel, dtype: torch.dtype):
    ours = shared(model, max_length=ROOM, mixed_precision_dtype=dtype)
    assert len(texts_of(ours, PROMPTS)) == len(PROMPTS)
    assert ours.account.sharing is Sharing.BRANCHES
    assert ours.generation_check is not None
    assert ours.generation_check.largest_difference < 0.5
