"""A model as lm-eval runs it, and what its chat template makes of an instruction."""

from importlib.metadata import version
from pathlib import Path

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.models.dummy import DummyLM

from leaderboard.evaluation.lm_eval_models import (
    ChatAwareHF,
    ChatAwareModel,
    describe_engine,
    load_model,
    system_turn_in_first_user_turn,
)
from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_llama
from leaderboard.evaluation.shared_prefix import VERSION
from leaderboard.records import Engine, EngineName, ModelSource, Precision
from tests.builders import job, model, request_for, tiny_suite

TURNS = [
    {"role": "system", "content": "Responde solo con el número.\n\n"},
    {"role": "user", "content": "¿2 + 2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "¿3 + 3?"},
]
PLAIN = "{% for turn in messages %}<{{ turn['role'] }}>{{ turn['content'] }}{% endfor %}"
WITHOUT_SYSTEM = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + PLAIN
)


def chat_model(template: str) -> ChatAwareModel:
    tokenizer = make_tokenizer(Cut.BYTES, [])
    tokenizer.chat_template = template
    return ChatAwareModel(pretrained=random_llama(tokenizer, 0), tokenizer=tokenizer, backend="causal", device="cpu")


def test_a_template_with_a_system_role_gets_the_conversation_as_it_is():
    said = chat_model(PLAIN).apply_chat_template(TURNS)
    assert said == "<system>Responde solo con el número.\n\n<user>¿2 + 2?<assistant>4<user>¿3 + 3?"


def test_a_template_without_a_system_role_loses_no_instruction():
    said = chat_model(WITHOUT_SYSTEM).apply_chat_template(TURNS)
    assert said == "<user>Responde solo con el número.\n\n¿2 + 2?<assistant>4<user>¿3 + 3?"


def test_a_template_that_leaves_the_system_turn_out_in_silence_loses_no_instruction():
    silent = (
        "{% for turn in messages if turn['role'] != 'system' %}<{{ turn['role'] }}>{{ turn['content'] }}{% endfor %}"
    )
    said = chat_model(silent).apply_chat_template(TURNS)
    assert said == "<user>Responde solo con el número.\n\n¿2 + 2?<assistant>4<user>¿3 + 3?"


@pytest.mark.parametrize("turns", [TURNS[1:], TURNS[1:2], TURNS[:1], []])
def test_a_conversation_without_an_instruction_to_move_is_left_alone(turns: list[dict[str, str]]):
    assert system_turn_in_first_user_turn(turns) == turns


def test_the_given_turns_are_not_changed():
    before = [dict(turn) for turn in TURNS]
    system_turn_in_first_user_turn(TURNS)
    assert before == TURNS


def test_a_saved_model_is_loaded_with_it(tiny_model: Path):
    loaded = ChatAwareModel(pretrained=str(tiny_model), dtype="float32", device="cpu")
    assert "Responde solo" in loaded.apply_chat_template(TURNS)


def asked(lm: LM) -> Engine:
    """Let a model score two options, and return the engine that then stands in the result."""
    lm.loglikelihood(
        [Instance("loglikelihood", {}, ("Uno y dos son", option), 0) for option in (" tres", " cuatro")],
        disable_tqdm=True,
    )
    return describe_engine(lm)


def test_the_engine_that_shares_says_its_version_how_it_shares_and_what_its_self_check_found():
    engine = asked(chat_model(PLAIN))
    assert (engine.name, engine.version, engine.sharing) == ("hf-shared-prefix", VERSION, "tree")
    assert engine.versions["lm_eval"] == version("lm_eval")
    assert engine.self_check is not None
    assert (engine.self_check.requests, engine.self_check.agrees) == (2, True)
    assert engine.self_check.largest_difference < 1e-3
    assert engine.not_shared_because is None
    assert Engine.from_json(engine.to_json(), "engine") == engine


def test_where_nothing_can_be_shared_the_engine_is_hf_and_the_result_says_why():
    sharing = chat_model(PLAIN)
    sharing._ways, sharing.why_not = [], "x" * 400
    engine = asked(sharing)
    assert (engine.name, engine.version, engine.sharing) == ("hf", version("lm_eval"), None)
    assert engine.not_shared_because == "x" * 300


def test_lm_evals_own_engine_and_its_baseline_say_nothing_of_sharing():
    tokenizer = make_tokenizer(Cut.BYTES, [])
    hf = ChatAwareHF(pretrained=random_llama(tokenizer, 0), tokenizer=tokenizer, backend="causal", device="cpu")
    plain, dummy = asked(hf), asked(DummyLM())
    assert [one.name for one in (plain, dummy)] == ["hf", "dummy"]
    assert all(one.sharing is one.self_check is one.not_shared_because is None for one in (plain, dummy))


@pytest.mark.parametrize(("engine", "kind"), [(EngineName.SHARED_PREFIX, ChatAwareModel), (EngineName.HF, ChatAwareHF)])
def test_a_job_names_the_engine_that_loads_its_model(
    tiny_model: Path, tmp_path: Path, engine: EngineName, kind: type[LM]
):
    suite = tiny_suite(tmp_path)
    wanted = job(request_for(suite, "tiny-llama"), suite).replaced(
        model=model("tiny-llama", source=ModelSource.LOCAL),
        model_folder=tiny_model,
        engine=engine,
        precision=Precision.FLOAT32,
    )
    assert type(load_model(wanted)) is kind


def test_a_result_from_before_engines_shared_is_still_read():
    old = Engine.from_json(b'{"name":"hf","version":"0.4.13","versions":{}}', "engine")
    assert (old.sharing, old.self_check, old.not_shared_because) == (None, None, None)
