"""What a model's configuration says about sharing."""

from collections.abc import Sequence
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from peft import LoraConfig, PromptTuningConfig, get_peft_model
from transformers import AutoConfig, Gemma3TextConfig

from leaderboard.evaluation.shared_prefix import Sharing
from leaderboard.evaluation.shared_prefix.architecture import longest_shared, ways_to_share
from tests.evaluation.shared_prefix.architectures import POSITIONS
from tests.evaluation.shared_prefix.engines import assert_same, hf, model_of, shared
from tests.evaluation.shared_prefix.requests import as_instances

BOTH = [Sharing.TREE, Sharing.BRANCHES]
FACTORS = {"short_factor": [1.0] * 8, "long_factor": [2.0] * 8}


@pytest.mark.parametrize("name", ["llama", "mistral, windows", "gemma3 with images, windows", "gpt2", "falcon"])
def test_attention_that_knows_positions_is_tried_as_trees_and_as_branches(name: str):
    assert ways_to_share(model_of(name)) == (BOTH, None)


@pytest.mark.parametrize(
    "name", ["bloom", "falcon, ALiBi", "mpt", "gpt_neo, windows", "llama4, windows", "bart's decoder"]
)
def test_where_the_place_in_a_row_counts_only_branches_are_tried(name: str):
    assert ways_to_share(model_of(name)) == ([Sharing.BRANCHES], None)


@pytest.mark.parametrize("attention", ["flash_attention_2", "flash_attention_3"])
def test_attention_that_takes_no_mask_is_tried_as_branches(attention: str):
    model = model_of()
    model.config._attn_implementation_internal = attention
    assert model.config._attn_implementation == attention
    assert ways_to_share(model) == ([Sharing.BRANCHES], None)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("t5", "an encoder reads the context"),
        ("bart", "an encoder reads the context"),
        ("mamba", "carry a state"),
        ("qwen3_next", "carry a state"),
        ("lfm2", "layers of the kind conv"),
        ("deepseek_v32", "layers of the kind indexed_attention"),
        ("doge", "what a token sees depends on others"),
        ("gemma3 in both directions", "what a token sees depends on others"),
    ],
)
def test_what_cannot_be_shared_is_not_tried_and_it_is_said_why(name: str, words: str):
    ways, why_not = ways_to_share(model_of(name))
    assert ways == []
    assert why_not is not None
    assert words in why_not


def test_a_head_that_cannot_be_reached_is_no_head(monkeypatch: pytest.MonkeyPatch):
    model = model_of()
    monkeypatch.setattr(model, "get_output_embeddings", lambda: None)
    assert ways_to_share(model) == ([], "its output head cannot be reached")


def test_an_adapter_of_weights_changes_nothing_and_is_scored_as_by_hf():
    model = get_peft_model(model_of(), LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    model.eval()
    assert ways_to_share(model) == (BOTH, None)
    lm = shared(model)
    assert_same(said(lm), said(hf(model)))
    assert lm.sharing is Sharing.TREE


def test_an_adapter_with_tokens_of_its_own_is_left_to_hf():
    model = get_peft_model(model_of(), PromptTuningConfig(num_virtual_tokens=3, task_type="CAUSAL_LM"))
    ways, why_not = ways_to_share(model)
    assert ways == []
    assert why_not == "an adapter puts tokens of its own before every prompt"
    assert said(shared(model)) == said(hf(model))


def said(lm: Any) -> Sequence[tuple[float, bool]]:
    answers: list[tuple[float, bool]] = lm.loglikelihood(as_instances(), disable_tqdm=True)
    return answers


@pytest.mark.parametrize(
    ("rope", "expected"),
    [
        ({"rope_type": "default", "rope_theta": 10000.0}, None),
        ({"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}, None),
        ({"rope_type": "yarn", "rope_theta": 10000.0, "factor": 2.0}, None),
        ({"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}, POSITIONS),
        ({"rope_type": "longrope", "rope_theta": 10000.0, **FACTORS, "original_max_position_embeddings": 40}, 40),
    ],
)
def test_positions_that_depend_on_the_longest_sequence_limit_what_is_shared(rope: dict[str, Any], expected: int | None):
    assert longest_shared(model_of(rope_parameters=rope).config) == expected


def test_what_a_model_was_trained_with_may_stand_beside_its_rotary_settings():
    config = AutoConfig.for_model("phi3", max_position_embeddings=4096, original_max_position_embeddings=512)
    assert longest_shared(config) is None
    config.rope_parameters = {"rope_type": "longrope", "rope_theta": 10000.0, **FACTORS}
    assert longest_shared(config) == 512
    config.rope_parameters = {"type": "longrope", "rope_theta": 10000.0, **FACTORS}
    assert longest_shared(config) == 512


def test_models_without_rotary_positions_have_no_such_limit():
    assert longest_shared(model_of("gpt2").config) is None
    assert longest_shared(model_of("gemma3 with images, windows").config) is None


def test_attention_that_takes_no_mask_of_ours_is_not_tried():
    model = model_of("llama")
    for attention, ways in (
        ("sdpa", [Sharing.TREE, Sharing.BRANCHES]),
        ("flash_attention_2", [Sharing.BRANCHES]),
        ("flex_attention", []),
        ("somebody/kernel", []),
    ):
        model.config._attn_implementation_internal = attention
        found, why_not = ways_to_share(model)
        assert found == ways
        assert (why_not is None) == bool(ways)
        assert "somebody" not in (why_not or "")


def test_positions_that_depend_on_the_batch_are_found_in_any_kind_of_layer():
    config = Gemma3TextConfig(
        max_position_embeddings=64,
        rope_parameters={
            "full_attention": {"rope_type": "dynamic", "rope_theta": 10_000.0, "factor": 2.0},
            "sliding_attention": {"rope_type": "default", "rope_theta": 10_000.0},
        },
    )
    assert longest_shared(config) == 64
