"""The cache of a path grows only where it is told to, goes back, and serves any number of rows."""

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from transformers import PreTrainedModel

from leaderboard.evaluation.shared_prefix.path_cache import PathCache
from tests.evaluation.shared_prefix.engines import model_of

PATH = [5, 6, 7, 8, 9, 10]


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return model_of()


@pytest.fixture(autouse=True)
def _without_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def read(model: PreTrainedModel, cache: PathCache, *rows: list[int]) -> torch.Tensor:
    """Return the logits behind each row's last token."""
    logits: torch.Tensor = model(input_ids=torch.tensor(rows), past_key_values=cache, use_cache=True).logits[:, -1]
    return logits


def from_scratch(model: PreTrainedModel, *rows: list[int]) -> torch.Tensor:
    logits: torch.Tensor = model(input_ids=torch.tensor(rows), use_cache=False).logits[:, -1]
    return logits


def grown(model: PreTrainedModel, tokens: list[int]) -> PathCache:
    cache = PathCache()
    with cache.growing():
        read(model, cache, tokens)
    return cache


def content(cache: PathCache) -> list[torch.Tensor]:
    return [states.clone() for layer in cache.repeated(cache.length, 1) for states in layer]


def test_a_path_that_is_read_in_pieces_is_the_path(model: PreTrainedModel):
    cache = grown(model, PATH[:4])
    with cache.growing():
        last = read(model, cache, PATH[4:])
    assert cache.length == len(PATH)
    torch.testing.assert_close(last, from_scratch(model, PATH))
    for mine, whole in zip(content(cache), content(grown(model, PATH)), strict=True):
        torch.testing.assert_close(mine, whole)


def test_rows_branch_off_the_path_and_leave_it_as_it_was(model: PreTrainedModel):
    cache = grown(model, PATH)
    before = content(cache)
    rows = [[20, 21], [30, 31], [40, 41]]
    for _ in range(2):
        torch.testing.assert_close(read(model, cache, *rows), from_scratch(model, *(PATH + row for row in rows)))
        assert cache.length == len(PATH)
    assert all(torch.equal(now, then) for now, then in zip(content(cache), before, strict=True))


def test_what_is_read_before_the_path_begins_is_not_kept(model: PreTrainedModel):
    cache = PathCache()
    torch.testing.assert_close(read(model, cache, PATH), from_scratch(model, PATH))
    assert cache.length == 0
    torch.testing.assert_close(read(model, cache, [20]), from_scratch(model, [20]))


@pytest.mark.parametrize("length", range(len(PATH) + 1))
def test_the_path_goes_back_and_on_from_there(model: PreTrainedModel, length: int):
    cache = grown(model, PATH)
    cache.shorten(length)
    assert cache.length == length
    with cache.growing():
        last = read(model, cache, [20, 21])
    torch.testing.assert_close(last, from_scratch(model, [*PATH[:length], 20, 21]))
    assert cache.length == length + 2


def test_nothing_is_shortened_to_more_than_there_is(model: PreTrainedModel):
    cache = grown(model, PATH)
    before = content(cache)
    cache.shorten(len(PATH) + 3)
    assert cache.length == len(PATH)
    assert all(torch.equal(now, then) for now, then in zip(content(cache), before, strict=True))


def test_a_call_that_fails_midway_is_taken_back(model: PreTrainedModel):
    cache = grown(model, PATH)
    before = content(cache)

    def fail(*_: Any) -> None:
        raise torch.OutOfMemoryError

    hook = model.model.layers[1].register_forward_pre_hook(fail)
    try:
        with pytest.raises(torch.OutOfMemoryError), cache.growing():
            read(model, cache, [20, 21])
    finally:
        hook.remove()
    assert cache.get_seq_length(0) == len(PATH) + 2
    assert cache.length == len(PATH)

    cache.shorten(len(PATH))

    assert cache.get_seq_length(0) == len(PATH)
    assert all(torch.equal(now, then) for now, then in zip(content(cache), before, strict=True))
    read(model, cache, [20, 21])
    assert cache.length == len(PATH), "it grows no more after the block that failed"


def test_a_block_may_say_that_nothing_is_kept(model: PreTrainedModel):
    cache = grown(model, PATH)
    with cache.growing(grows=False):
        read(model, cache, [20])
    assert cache.length == len(PATH)


def test_the_path_is_repeated_for_rows_without_a_copy(model: PreTrainedModel):
    cache = grown(model, PATH)
    layers = cache.repeated(4, 3)
    assert len(layers) == 2
    for (keys, values), (own_keys, own_values) in zip(layers, cache.repeated(len(PATH), 1), strict=True):
        for repeated, own in ((keys, own_keys), (values, own_values)):
            assert repeated.shape == (3, 2, 4, 16)
            assert all(torch.equal(row, own[0, :, :4]) for row in repeated)
            assert repeated.data_ptr() == own.data_ptr()


def test_an_empty_path_has_no_length_and_nothing_to_repeat(model: PreTrainedModel):
    assert PathCache().length == 0
    cache = grown(model, PATH)
    cache.shorten(0)
    with pytest.raises(ValueError, match="kept nothing"):
        cache.repeated(1, 1)
