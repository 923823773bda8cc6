"""Every architecture gets the scores that lm-eval's `hf` gives it, and shares as much as it can."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from lm_eval.models.huggingface import HFLM
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from leaderboard.evaluation.random_models import Cut, make_tokenizer
from leaderboard.evaluation.shared_prefix import SharedPrefixLM, Sharing
from tests.evaluation.shared_prefix.architectures import ARCHITECTURES, Architecture, build, without_windows
from tests.evaluation.shared_prefix.requests import MAX_LENGTH, OPTIONS, PAIRS, QUESTIONS, SHOTS, as_instances

BUDGETS = (24, 100, 4096)
TOLERANCE = 1e-3
SHARP = 0.05

LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0] * 8,
    "long_factor": [4.0] * 8,
    "original_max_position_embeddings": 40,
}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}

Answers = list[tuple[float, bool]]
Encoded = list[tuple[None, list[int], list[int]]]


@dataclass(frozen=True)
class Case:
    """An architecture, and what `hf` says to all requests."""

    architecture: Architecture
    hf: HFLM
    likeliest: Encoded
    """Requests whose options are the likeliest tokens, or nearly."""
    said: Answers
    tokens: int
    """As many as all requests have, each by itself."""


@cache
def tokenizer() -> PreTrainedTokenizerFast:
    return make_tokenizer(Cut.BYTES, [])


def as_lm(kind: type[HFLM], model: PreTrainedModel, **kwargs: Any) -> Any:
    backend = "seq2seq" if model.config.is_encoder_decoder else "causal"
    # lm-eval's own way to save work takes wrong log-probabilities where one text is cut into context and option twice.
    settings = {"batch_size": 16, "max_length": MAX_LENGTH, "device": "cpu", "logits_cache": False} | kwargs
    return kind(pretrained=model, tokenizer=tokenizer(), backend=backend, **settings)


def answers(lm: HFLM, encoded: Encoded) -> Answers:
    said = lm.loglikelihood(as_instances(), disable_tqdm=True)
    return said + (lm._loglikelihood_tokens(encoded, disable_tqdm=True) if encoded else [])


def scores(lm: HFLM, context: str) -> list[float]:
    said = lm.loglikelihood(as_instances((context, option) for option in OPTIONS), disable_tqdm=True)
    return [score for score, _ in said]


def mean_difference(one: list[float], other: list[float]) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def likeliest_options(hf: HFLM) -> Encoded:
    context = hf.tok_encode(SHOTS + QUESTIONS[0])
    tokens = list(context)
    with torch.inference_mode():
        for _ in range(4):
            tokens.append(int(hf.model(torch.tensor([tokens])).logits[0, -1].argmax()))
    written = tokens[len(context) :]
    nearly = [*written[:-1], (written[-1] + 1) % 258]
    return [
        (None, context, written[:1]),
        (None, context, written),
        (None, context, nearly),
        (None, tokens[:-2], written[-2:]),
    ]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def case(request: pytest.FixtureRequest) -> Case:
    architecture = ARCHITECTURES[request.param]
    hf = as_lm(HFLM, build(architecture.model_type, architecture.settings))
    likeliest = likeliest_options(hf) if hf.backend == "causal" else []
    said = answers(hf, likeliest)
    assert all(torch.isfinite(torch.tensor(score)) for score, _ in said)
    if architecture.sharing is not Sharing.NOTHING:
        assert [is_greedy for _, is_greedy in said[-4:]] == [True, True, False, True]
    pairs = [hf.tok_encode(context + option) for context, option in PAIRS]
    pairs += [context + option for _, context, option in likeliest]
    return Case(architecture, hf, likeliest, said, sum(min(len(pair), MAX_LENGTH) for pair in pairs))


def test_what_hf_says_hangs_on_an_early_token(case: Case):
    """Else a mask that hides it, or shows it where it should not, would change no score by enough to be seen."""
    context = SHOTS + QUESTIONS[0]
    early = case.architecture.early % len(context)
    changed = scores(case.hf, context[:early] + "x" + context[early + 1 :])
    assert mean_difference(scores(case.hf, context), changed) > SHARP


def test_scores_and_greedy_flags_are_those_of_hf(case: Case):
    ours = as_lm(SharedPrefixLM, case.hf.model)
    for budget in BUDGETS if case.architecture.sharing is not Sharing.NOTHING else BUDGETS[:1]:
        ours.budget = budget
        before = ours.work.tokens
        said = answers(ours, case.likeliest)
        differences = [abs(a - b) for (a, _), (b, _) in zip(said, case.said, strict=True)]
        assert max(differences) <= TOLERANCE, f"budget {budget}, request {differences.index(max(differences))}"
        assert [is_greedy for _, is_greedy in said] == [is_greedy for _, is_greedy in case.said], f"budget {budget}"
        assert ours.sharing is case.architecture.sharing, f"budget {budget}: {ours.why_not}"
        if ours.sharing is not Sharing.NOTHING:
            assert ours.work.tokens - before < 0.8 * case.tokens, f"budget {budget}"


@pytest.mark.parametrize("name", [name for name, one in ARCHITECTURES.items() if one.sharing is Sharing.TREE])
def test_what_a_model_says_hangs_on_positions(name: str):
    """Else tokens could have any in a row that holds a tree."""
    model = build(ARCHITECTURES[name].model_type, ARCHITECTURES[name].settings)
    tokens, positions = torch.arange(2, 42)[None], torch.arange(40)[None]
    with torch.inference_mode():
        as_they_are, with_a_gap = (
            model(input_ids=tokens, attention_mask=torch.ones_like(tokens), position_ids=one).logits[0, -1]
            for one in (positions, positions + 5 * (positions > 34))
        )
    assert (as_they_are.log_softmax(-1) - with_a_gap.log_softmax(-1)).abs().mean() > SHARP


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if "windows" in name])
def test_windows_hide_what_counts(name: str):
    """Else a mask without them would change no score by enough to be seen."""
    one = ARCHITECTURES[name]
    with_windows, without = (
        scores(as_lm(HFLM, build(one.model_type, settings)), SHOTS + QUESTIONS[0])
        for settings in (one.settings, without_windows(one.settings))
    )
    assert mean_difference(with_windows, without) > SHARP


@pytest.mark.parametrize("rope", [LONGROPE, DYNAMIC], ids=["longrope", "dynamic"])
def test_where_positions_depend_on_the_longest_sequence_hf_scores_what_is_longer_than_it_was_trained_for(rope: dict):
    llama = ARCHITECTURES["llama"]
    model = build("llama", {**llama.settings, "max_position_embeddings": 40, "rope_parameters": rope})
    ours, hf = as_lm(SharedPrefixLM, model), as_lm(HFLM, model)
    for context, may_share in (("¿Dos y dos son", True), (SHOTS + QUESTIONS[0], False), ("¿Dos y dos son", True)):
        calls = ours.work.calls
        assert mean_difference(scores(ours, context), scores(hf, context)) <= TOLERANCE
        assert (ours.work.calls > calls) is may_share


def test_a_text_cut_in_two_ways_is_scored_as_hf_scores_each_cut_alone():
    """lm-eval takes the first log-probabilities of the longer option for the shorter one where it has both at once."""
    llama = ARCHITECTURES["llama"]
    pairs = [("Uno y dos son", " tres"), ("Uno y dos son tr", "es")]
    model = build(llama.model_type, llama.settings)
    ours, hf = as_lm(SharedPrefixLM, model, logits_cache=True), as_lm(HFLM, model)
    alone = [score for pair in pairs for score, _ in hf.loglikelihood(as_instances([pair]), disable_tqdm=True)]
    together = [score for score, _ in ours.loglikelihood(as_instances(pairs), disable_tqdm=True)]
    assert mean_difference(alone, together) <= TOLERANCE
    assert ours.sharing is Sharing.TREE, ours.why_not
