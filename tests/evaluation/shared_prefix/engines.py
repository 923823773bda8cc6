"""Small sharp models as lm-eval's `hf` and as the engine runs them, and requests that lists of tokens make."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from leaderboard.evaluation.random_models import Cut, make_tokenizer
from leaderboard.evaluation.shared_prefix import SharedPrefixLM
from leaderboard.evaluation.shared_prefix.trie import Node, Request
from tests.evaluation.shared_prefix.architectures import ARCHITECTURES, build
from tests.evaluation.shared_prefix.requests import MAX_LENGTH, SHOTS

TOLERANCE = 1e-3
STEADY = settings(max_examples=60, derandomize=True, deadline=None, database=None)
"""The same examples each time, on a busy machine too."""

ROOM = 200
"""Tokens enough for every prompt here and its answer."""
COMMON = SHOTS + "P: "
PROMPTS = tuple(
    COMMON + rest for rest in ("Tres y uno?", "Tres y dos?", "Cero", "a", "Y otra cosa más larga: ¿ocho?", "¿")
)


@cache
def tokenizer() -> PreTrainedTokenizerFast:
    """Return the tokenizer of one token for each byte."""
    return make_tokenizer(Cut.BYTES, [])


def model_of(name: str = "llama", **changes: Any) -> PreTrainedModel:
    """Return a fresh model of an architecture, with some of its settings changed."""
    architecture = ARCHITECTURES[name]
    return build(architecture.model_type, {**architecture.settings, **changes})


def hf(model: PreTrainedModel, **wanted: Any) -> HFLM:
    """Return the model as lm-eval runs it."""
    return HFLM(**_arguments(model, wanted))


def shared(model: PreTrainedModel, **wanted: Any) -> SharedPrefixLM:
    """Return the model as the engine runs it."""
    return SharedPrefixLM(**_arguments(model, wanted))


def _arguments(model: PreTrainedModel, wanted: dict[str, Any]) -> dict[str, Any]:
    backend = "seq2seq" if model.config.is_encoder_decoder else "causal"
    # lm-eval's saved logits are wrong where one text is cut into context and option in two ways.
    usual = {"batch_size": 8, "max_length": MAX_LENGTH, "device": "cpu", "logits_cache": False}
    return {"pretrained": model, "tokenizer": tokenizer(), "backend": backend, **usual, **wanted}


def both(model: PreTrainedModel, **wanted: Any) -> tuple[SharedPrefixLM, HFLM]:
    """Return the model as either runs it, with room for prompts and answers."""
    wanted = {"max_length": ROOM} | wanted
    return shared(model, **wanted), hf(model, **wanted)


def generations(prompts: Iterable[str], **wishes: Any) -> list[Instance]:
    """Return prompts as lm-eval hands them to a model; what is generated ends after 8 tokens."""
    wishes = {"until": ["\n\n\n\n"], "max_gen_toks": 8} | wishes
    return [
        Instance(request_type="generate_until", doc={}, arguments=(prompt, dict(wishes)), idx=number)
        for number, prompt in enumerate(prompts)
    ]


def texts_of(lm: HFLM, prompts: Iterable[str], **wishes: Any) -> list[str]:
    """Return what a model writes behind prompts."""
    return lm.generate_until(generations(prompts, **wishes), disable_tqdm=True)


def assert_same(ours: Sequence[tuple[float, bool]], theirs: Sequence[tuple[float, bool]]) -> None:
    """Check that scores lie within what 32-bit arithmetic allows, and greedy flags agree."""
    assert len(ours) == len(theirs)
    for number, ((mine, is_mine), (other, is_other)) in enumerate(zip(ours, theirs, strict=True)):
        assert abs(mine - other) <= TOLERANCE, f"request {number}: {mine}, hf says {other}"
        assert is_mine == is_other, f"request {number} is greedy: {is_mine}, hf says {is_other}"


@st.composite
def token_requests(draw: st.DrawFn, before: tuple[int, ...] = ()) -> Request:
    """Draw a request of so few different tokens that many begin alike; all begin with `before`."""
    inputs = before + tuple(draw(st.lists(st.integers(0, 2), min_size=1, max_size=7)))
    targets = draw(st.lists(st.integers(0, 2), min_size=1, max_size=len(inputs) - len(before)))
    return Request(inputs, tuple(targets))


def all_below(nodes: Iterable[Node]) -> list[Node]:
    """Return nodes and all below them, found in another way than the engine's own."""
    found = list(nodes)
    for node in found:  # grows while it is walked through
        found.extend(node.children)
    return found


def way_to(node: Node, top: Node | None = None) -> tuple[int, ...]:
    """Return the tokens from the root, or from where `top` begins, to the node's last one."""
    tokens: tuple[int, ...] = ()
    while True:
        tokens = node.tokens + tokens
        if node is top or node.parent is None:
            return tokens
        node = node.parent
