"""The engine is a drop-in for lm-eval's `hf`: the same answers to the same arguments, and all that hangs on them."""

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import torch
from lm_eval.api.instance import Instance
from lm_eval.api.model import CachingLM
from lm_eval.models.huggingface import HFLM
from tokenizers.processors import TemplateProcessing
from tqdm import tqdm
from transformers import PreTrainedModel, PreTrainedTokenizerFast

import leaderboard.evaluation.shared_prefix as package
from leaderboard.evaluation.random_models import Cut, make_tokenizer
from leaderboard.evaluation.shared_prefix import SharedPrefixLM, Sharing
from leaderboard.evaluation.shared_prefix.self_check import tolerance
from tests.evaluation.shared_prefix.engines import assert_same, hf, model_of, shared, texts_of
from tests.evaluation.shared_prefix.requests import LONG, OPTIONS, PAIRS, QUESTIONS, SHOTS, as_instances

CHAT = (
    "{{ bos_token }}{% for turn in messages %}[{{ turn['role'] }}]{{ turn['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


@pytest.fixture(scope="module")
def model() -> PreTrainedModel:
    return model_of()


def scored(lm: HFLM, pairs: Iterable[tuple[str, str]] = PAIRS) -> list[tuple[float, bool]]:
    answers: list[tuple[float, bool]] = lm.loglikelihood(as_instances(pairs), disable_tqdm=True)
    return answers


def rolling(lm: HFLM, *texts: str) -> list[float]:
    requests = [
        Instance(request_type="loglikelihood_rolling", doc={}, arguments=(text,), idx=number)
        for number, text in enumerate(texts)
    ]
    answers: list[float] = lm.loglikelihood_rolling(requests, disable_tqdm=True)
    return answers


def beginning_tokenizer() -> PreTrainedTokenizerFast:
    """Return a tokenizer that puts a token before every text."""
    made = make_tokenizer(Cut.BYTES, [])
    made.backend_tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    assert made.encode("ab")[0] == 0
    return made


CONDITIONS: dict[str, Callable[[], dict[str, Any]]] = {
    "as it comes": dict,
    "a beginning by request": lambda: {"add_bos_token": True},
    "a tokenizer with a beginning": lambda: {"tokenizer": beginning_tokenizer()},
    "a tokenizer's beginning left out": lambda: {"tokenizer": beginning_tokenizer(), "add_bos_token": False},
    "another prefix": lambda: {"prefix_token_id": 70},
    "a prefix that texts begin with": lambda: {"prefix_token_id": make_tokenizer(Cut.BYTES, []).encode("E")[0]},
    "one at a time": lambda: {"batch_size": 1},
    "batches as they fit": lambda: {"batch_size": "auto"},
    "much cut off": lambda: {"max_length": 50},
    "nothing cut off": lambda: {"max_length": 200},
    "few tokens at a time": lambda: {"token_budget": 16},
    "saved logits": lambda: {"logits_cache": True},
    "a softmax in 64 bits": lambda: {"softmax_dtype": "float64"},
    "other weights": lambda: {"pretrained": model_of("gemma2, windows")},
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_scores_and_greedy_flags_are_those_of_hf(model: PreTrainedModel, condition: str):
    arguments = CONDITIONS[condition]()
    used = arguments.pop("pretrained", model)
    # What lm-eval saves is wrong for one of the requests: that is compared with what it says without.
    theirs = scored(hf(used, **{name: value for name, value in arguments.items() if name not in _OURS}))
    lm = shared(used, **arguments)
    assert_same(scored(lm), theirs)
    assert lm.account.sharing is Sharing.TREE
    assert lm.account.self_check is lm.self_check is not None


_OURS = ("token_budget", "logits_cache")


def test_what_the_model_would_write_is_greedy_and_nothing_else(model: PreTrainedModel):
    """Random options are never the likeliest."""
    context = hf(model).tok_encode(SHOTS + QUESTIONS[0])
    tokens = list(context)
    with torch.inference_mode():
        for _ in range(3):
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
    written = tokens[len(context) :]
    requests: list[Any] = [
        (None, context, written),
        (None, context, [*written[:-1], (written[-1] + 1) % 258]),
        (None, context, [(written[0] + 1) % 258, *written[1:]]),
        (None, tokens[:-1], written[-1:]),
    ]
    ours = shared(model)._loglikelihood_tokens(requests, disable_tqdm=True)
    assert [is_greedy for _, is_greedy in ours] == [True, False, False, True]
    assert_same(ours, hf(model)._loglikelihood_tokens(requests, disable_tqdm=True))


def test_contexts_that_a_chat_template_wrote_are_scored_as_by_hf(model: PreTrainedModel):
    talking = beginning_tokenizer()
    talking.chat_template = CHAT
    lm, theirs = (kind(model, tokenizer=talking, max_length=200) for kind in (shared, hf))
    turns = [[{"role": "user", "content": SHOTS + question}] for question in QUESTIONS]
    pairs = [(lm.apply_chat_template(turn), option) for turn in turns for option in OPTIONS]
    assert pairs[0][0].startswith("<s>[user]P:")
    assert pairs[0][0].endswith("[assistant]")
    assert_same(scored(lm, pairs), scored(theirs, pairs))
    assert lm.sharing is Sharing.TREE


def test_each_answer_stands_where_its_request_does(model: PreTrainedModel):
    shuffled = sorted(PAIRS, key=lambda pair: pair[1][::-1])
    lm = shared(model)
    by_pair = dict(zip(PAIRS, scored(lm), strict=True))
    assert_same(scored(lm, shuffled), [by_pair[pair] for pair in shuffled])
    assert len({round(score, 4) for score, _ in by_pair.values()}) == len(by_pair), "no two could be mistaken"


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16], ids=str)
def test_mixed_precision_holds_for_shared_beginnings_too(model: PreTrainedModel, dtype: torch.dtype):
    exact = scored(hf(model))
    lm = shared(model, mixed_precision_dtype=dtype)
    ours, theirs = scored(lm), scored(hf(model, mixed_precision_dtype=dtype))
    assert lm.sharing is Sharing.TREE
    for (mine, _), (other, _) in zip(ours, theirs, strict=True):
        assert abs(mine - other) <= tolerance(dtype, other)
    assert max(abs(mine - other) for (mine, _), (other, _) in zip(ours, exact, strict=True)) > 1e-2


def test_rolling_log_likelihoods_are_those_of_hf_to_the_last_bit(model: PreTrainedModel):
    texts = (LONG, SHOTS, "a", LONG * 2, SHOTS + QUESTIONS[0])
    lm = shared(model, max_length=50)
    scored(lm)
    before = lm.work.calls
    assert rolling(lm, *texts) == rolling(hf(model, max_length=50), *texts)
    assert lm.work.calls == before
    assert lm.account.sharing is Sharing.NOTHING
    assert lm.account.why_not


class Recorder:
    """Notes what a model gives lm-eval's cache."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, Any, Any]] = []

    def add_partial(self, kind: str, request: Any, answer: Any) -> None:
        self.noted.append((kind, request, answer))


def test_the_cache_hears_of_each_request_once(model: PreTrainedModel):
    lm, recorder = shared(model), Recorder()
    lm.cache_hook = recorder
    answers = scored(lm)
    expected = [("loglikelihood", pair, answer) for pair, answer in zip(PAIRS, answers, strict=True)]
    assert sorted(recorder.noted) == sorted(expected)


def test_what_lm_eval_has_cached_is_not_computed_again(model: PreTrainedModel, tmp_path: Path):
    lm = shared(model)
    caching = CachingLM(lm, str(tmp_path / "cache.db"))
    first = caching.loglikelihood(as_instances())
    calls = lm.work.calls
    assert caching.loglikelihood(as_instances()) == first
    assert lm.work.calls == calls


def test_progress_is_told_while_it_runs(model: PreTrainedModel, monkeypatch: pytest.MonkeyPatch):
    lm = shared(model, token_budget=24)
    scored(lm)
    told: list[tuple[int, int]] = []
    totals: list[int] = []

    class Bar(tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            totals.append(kwargs["total"])

        def update(self, n: float | None = 1) -> bool | None:
            told.append((len(told) + int(n or 0), lm.work.calls))
            return super().update(n)

    monkeypatch.setattr("leaderboard.evaluation.shared_prefix.lm.tqdm", Bar)
    before = lm.work.calls
    lm.loglikelihood(as_instances())
    during = lm.work.calls - before
    assert totals == [len(PAIRS)]
    assert [number for number, _ in told] == list(range(1, len(PAIRS) + 1))
    assert told[0][1] - before < during / 3
    assert len({calls for _, calls in told}) > 3


def test_an_encoder_decoder_goes_the_way_of_hf():
    t5 = model_of("t5")
    lm = shared(t5)
    assert scored(lm) == scored(hf(t5))
    assert (lm.sharing, lm.account.sharing, lm.account.self_check) == (Sharing.NOTHING, Sharing.NOTHING, None)
    assert lm.account.why_not == lm.why_not == "an encoder reads the context, and a decoder the option"
    assert texts_of(lm, QUESTIONS) == texts_of(hf(t5), QUESTIONS)


def test_beyond_the_length_up_to_which_positions_hold_hf_scores():
    rope = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 4.0}
    model = model_of(rope_parameters=rope, max_position_embeddings=50)
    lm = shared(model)
    short = [(QUESTIONS[0], option) for option in OPTIONS]
    assert_same(scored(lm, short), scored(hf(model), short))
    assert lm.account.sharing is Sharing.TREE
    assert scored(lm) == scored(hf(model))
    assert lm.account.sharing is Sharing.NOTHING
    assert lm.account.why_not == "beyond 50 tokens its positions depend on what else is in the batch"
    assert_same(scored(lm, short), scored(hf(model), short))
    assert lm.account.sharing is Sharing.TREE


def test_shared_tokens_are_run_once(model: PreTrainedModel):
    lm = shared(model)
    scored(lm)
    before = lm.work.tokens
    scored(lm, [(SHOTS + question, option) for question in QUESTIONS for option in OPTIONS])
    sequences = {
        (SHOTS + question + option).encode()[:length]
        for question in QUESTIONS
        for option in OPTIONS
        for length in range(1, len((SHOTS + question + option).encode()))
    }
    assert lm.work.tokens - before == len(sequences)


def test_the_budget_is_asked_for_or_found_and_can_be_changed(model: PreTrainedModel):
    assert shared(model, token_budget=40).budget == 40
    lm = shared(model)
    assert lm.budget > 40
    lm.budget = 30
    assert lm.budget == 30


def test_no_requests_have_no_answers(model: PreTrainedModel):
    lm = shared(model)
    assert scored(lm, []) == []
    assert texts_of(lm, []) == []


@pytest.mark.parametrize(("context", "option"), [([], [5]), ([5], []), ([5], [6] * 97)])
def test_what_cannot_be_scored_is_refused(model: PreTrainedModel, context: list[int], option: list[int]):
    requests: Any = [(None, context, option)]
    with pytest.raises(AssertionError):
        hf(model)._loglikelihood_tokens(requests, disable_tqdm=True)
    with pytest.raises(ValueError, match=rf"{len(context)} tokens and an option of {len(option)} cannot be scored"):
        shared(model)._loglikelihood_tokens(requests, disable_tqdm=True)


def test_the_package_knows_nothing_of_the_rest_of_the_project():
    modules = sorted(Path(str(package.__file__)).parent.glob("*.py"))
    assert len(modules) > 10
    for module in modules:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{module.name} imports by a relative name"
                names = [node.module or ""]
            for name in names:
                if name.split(".")[0] == "leaderboard":
                    assert f"{name}.".startswith("leaderboard.evaluation.shared_prefix."), f"{module.name}: {name}"


def test_lm_eval_finds_the_engine_by_name():
    from lm_eval.api.registry import get_model

    assert get_model("hf-shared-prefix") is SharedPrefixLM


def test_a_model_that_fails_in_the_middle_of_a_task_is_scored_by_hf(caplog: pytest.LogCaptureFixture):
    model = model_of("llama")
    ours, theirs = shared(model), hf(model)
    requests = as_instances(PAIRS)
    expected = theirs.loglikelihood(requests, disable_tqdm=True)
    ours.loglikelihood(requests, disable_tqdm=True)
    assert ours.sharing is Sharing.TREE

    def fail(_module: object, _inputs: object, given: dict[str, object]) -> None:
        if given.get("past_key_values") is not None:
            message = "CUDA error: invalid configuration argument"
            raise RuntimeError(message)

    hook = model.register_forward_pre_hook(fail, with_kwargs=True)
    try:
        found = ours.loglikelihood(requests, disable_tqdm=True)
    finally:
        hook.remove()
    assert [log for log, _ in found] == pytest.approx([log for log, _ in expected], abs=1e-3)
    assert ours.account.sharing is Sharing.NOTHING
    assert ours.account.why_not == "it fails with RuntimeError"
    assert "hf scores them" in caplog.text
