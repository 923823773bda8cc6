"""Generation answers as lm-eval's `hf` does, and reads what the prompts begin with once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from transformers import PreTrainedModel

from leaderboard.evaluation.shared_prefix import Sharing
from leaderboard.evaluation.shared_prefix.generation import PrefixKeeper, longest_generation
from tests.evaluation.shared_prefix.engines import COMMON, PROMPTS, ROOM, both, generations, model_of, shared, texts_of
from tests.evaluation.shared_prefix.requests import LONG, QUESTIONS, SHOTS

UNALIKE = tuple(f"{number} {question}" for number, question in enumerate(QUESTIONS))


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return model_of()


@contextmanager
def counted(model: PreTrainedModel) -> Iterator[list[tuple[int, ...]]]:
    """Yield the shapes of all batches of tokens that the model reads."""
    shapes: list[tuple[int, ...]] = []
    hook = model.get_input_embeddings().register_forward_pre_hook(
        lambda _, inputs: shapes.append(tuple(inputs[0].shape))
    )
    try:
        yield shapes
    finally:
        hook.remove()


@pytest.mark.parametrize(
    ("prompts", "batch_size"),
    [(PROMPTS, 1), (PROMPTS, 3), (PROMPTS, 8), (PROMPTS[:2], 3), (PROMPTS[::-1] * 2, 8)],
    ids=["one by one", "by three", "all at once", "of one length", "twice"],
)
def test_prompts_that_begin_alike_are_answered_as_by_hf(
    model: PreTrainedModel, prompts: tuple[str, ...], batch_size: int
):
    ours, theirs = both(model, batch_size=batch_size)
    answers = texts_of(theirs, prompts)
    assert len(set(answers)) == len(set(prompts))
    assert texts_of(ours, prompts) == answers
    assert ours.account.sharing is Sharing.BRANCHES
    assert ours.account.why_not is None
    assert ours.generation_check is not None
    assert ours.account.self_check == ours.generation_check
    assert ours.generation_check.agrees
    assert ours.generation_check.changes == 0
    assert ours.generation_check.largest_difference < 1e-3


@pytest.mark.parametrize("name", ["gpt2", "opt", "deepseek_v3"])
def test_architectures_with_other_positions_and_caches_are_answered_as_by_hf(name: str):
    ours, theirs = both(model_of(name), batch_size=3)
    assert texts_of(ours, PROMPTS) == texts_of(theirs, PROMPTS)
    assert ours.account.sharing is Sharing.BRANCHES


def test_one_task_after_another_has_its_own_beginning(model: PreTrainedModel):
    ours, theirs = both(model, batch_size=3)
    others = tuple("Y" + prompt for prompt in PROMPTS)
    shorter = (*PROMPTS, SHOTS[:40] + " otra cosa")
    for prompts in (PROMPTS, others, UNALIKE, PROMPTS, shorter, PROMPTS, others):
        assert texts_of(ours, prompts) == texts_of(theirs, prompts)
        assert (ours.account.sharing is Sharing.NOTHING) == (prompts is UNALIKE)


def test_what_prompts_begin_with_is_read_once(model: PreTrainedModel):
    ours, theirs = both(model, batch_size=3)
    texts_of(ours, PROMPTS)  # the self-check reads more
    prompts = ["Y" + prompt for prompt in PROMPTS]
    common = len(("Y" + COMMON).encode())
    lengths = sorted((len(prompt.encode()) for prompt in prompts), reverse=True)
    with counted(model) as without:
        texts_of(theirs, prompts, max_gen_toks=1)
    with counted(model) as once:
        texts_of(ours, prompts, max_gen_toks=1)
        assert ours.account.sharing is Sharing.BRANCHES
    with counted(model) as again:
        texts_of(ours, prompts, max_gen_toks=1)
    batches = [(3, lengths[0]), (3, lengths[3])]
    assert without == batches
    assert once == [(1, common), *((rows, length - common) for rows, length in batches)]
    assert again == once
    assert ours._prompts is not None
    assert ours._prompts._keeper._cache.length == 0, "its memory is free for other tasks"


def test_prompts_without_a_common_beginning_are_answered_as_by_hf(model: PreTrainedModel):
    ours, theirs = both(model, batch_size=3)
    answers = texts_of(theirs, UNALIKE)
    with counted(model) as shapes:
        assert texts_of(ours, UNALIKE, max_gen_toks=8) == answers
    assert shapes[0] == (3, max(len(prompt.encode()) for prompt in UNALIKE))
    assert ours.account.sharing is Sharing.NOTHING
    assert ours.account.why_not == "the prompts have no common beginning"
    assert ours.generation_check is None


@pytest.mark.parametrize("batch_size", [1, 8])
def test_prompts_that_lose_their_beginning_are_answered_as_by_hf(model: PreTrainedModel, batch_size: int):
    ours, theirs = both(model, batch_size=batch_size, max_length=len(COMMON.encode()) + 14)
    prompts = (*PROMPTS, *(LONG + prompt for prompt in PROMPTS))
    assert texts_of(ours, PROMPTS) == texts_of(theirs, PROMPTS)
    assert texts_of(ours, prompts) == texts_of(theirs, prompts)


def test_prompts_that_are_the_beginning_of_others_are_answered_as_by_hf(model: PreTrainedModel):
    ours, theirs = both(model, batch_size=8)
    prompts = (COMMON, *PROMPTS, COMMON + "a")
    assert texts_of(ours, prompts) == texts_of(theirs, prompts)
    assert ours.account.sharing is Sharing.BRANCHES
    same = (COMMON, COMMON)
    assert texts_of(ours, same) == texts_of(theirs, same)


def test_drawn_answers_are_those_that_hf_draws(model: PreTrainedModel):
    ours, theirs = both(model, batch_size=3)
    answers = []
    for lm in (ours, theirs):
        texts_of(lm, PROMPTS[:1] * 2)
        torch.manual_seed(3)
        answers.append(texts_of(lm, PROMPTS, do_sample=True, temperature=0.9, top_p=0.9, top_k=20))
    assert answers[0] == answers[1]
    assert ours.account.sharing is Sharing.BRANCHES


def test_the_cache_hears_of_each_answer_once(model: PreTrainedModel):
    noted: list[tuple[str, Any, str]] = []

    class Recorder:
        def add_partial(self, kind: str, request: Any, answer: str) -> None:
            noted.append((kind, request[0], answer))

    ours = shared(model, max_length=ROOM)
    ours.cache_hook = Recorder()
    answers = ours.generate_until(generations(PROMPTS), disable_tqdm=True)
    expected = [("generate_until", prompt, answer) for prompt, answer in zip(PROMPTS, answers, strict=True)]
    assert sorted(noted) == sorted(expected)


def test_a_batch_is_filled_up_behind_what_its_prompts_begin_with(model: PreTrainedModel):
    keeper = PrefixKeeper(model, None)
    common = list(range(10, 30))
    rows = [[*common, 40, 41, 42], [*common, 50]]
    keeper.announce(rows)
    prompts = keeper.share(torch.tensor([rows[0], [1, 1, *rows[1]]]), torch.tensor([[1] * 23, [0] * 2 + [1] * 21]), 40)
    assert prompts is not None
    assert prompts.tokens.tolist() == [[*common, 40, 41, 42], [*common, 1, 1, 50]]
    assert prompts.attention_mask.tolist() == [[1] * 23, [1] * 20 + [0, 0, 1]]
    assert prompts.past_key_values.get_seq_length() == 20


def test_a_kept_beginning_grows_as_prompts_share_more_and_is_that_of_the_last_task(model: PreTrainedModel):
    keeper = PrefixKeeper(model, None)
    for first in (10, 11):
        common = list(range(first, first + 24))
        keeper.announce([[*common, 90], [*common, 91]])
        for length in (18, 24, 20):
            row = torch.tensor([[*common[:length], 95]])
            prompts = keeper.share(row, torch.ones_like(row), 40)
            assert prompts is not None
            assert prompts.past_key_values.get_seq_length() == length
            with torch.no_grad():
                behind = model(input_ids=row[:, length:], past_key_values=prompts.past_key_values).logits[0, -1]
                torch.testing.assert_close(behind, model(row).logits[0, -1], atol=1e-4, rtol=1e-4)


def test_a_single_prompt_shares_nothing(model: PreTrainedModel):
    ours, theirs = both(model)
    assert texts_of(ours, PROMPTS[:1]) == texts_of(theirs, PROMPTS[:1])
    assert ours.account.sharing is Sharing.NOTHING
    assert ours.generation_check is None


def test_too_little_in_common_or_too_long_an_answer_is_not_shared(model: PreTrainedModel):
    def shares(common: int, longest: int | None, max_length: int = 40) -> bool:
        keeper = PrefixKeeper(model, longest)
        rows = [[*range(10, 10 + common), 90], [*range(10, 10 + common), 91]]
        keeper.announce(rows)
        return keeper.share(torch.tensor(rows), torch.ones(2, common + 1, dtype=torch.long), max_length) is not None

    assert shares(16, None)
    assert not shares(15, None)
    assert shares(16, 40)
    assert not shares(16, 39)


def test_the_narrowest_window_says_how_long_a_kept_beginning_holds():
    gemma = model_of("gemma2, windows").config
    assert longest_generation(gemma, None) == gemma.sliding_window
    assert longest_generation(gemma, 9) == 9
    assert longest_generation(model_of().config, None) is None
    assert longest_generation(model_of().config, 50) == 50
    assert longest_generation(model_of("llama4, windows").config, None) == 16
