"""A model as lm-eval runs it, and what its chat template makes of an instruction."""

from pathlib import Path

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation.lm_eval_models import ChatAwareModel, system_turn_in_first_user_turn
from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_llama

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
    model = ChatAwareModel(pretrained=str(tiny_model), dtype="float32", device="cpu")
    assert "Responde solo" in model.apply_chat_template(TURNS)
