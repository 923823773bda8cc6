"""Prompts as text, and the faults that a reader of them would see."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from jinja2.exceptions import SecurityError

from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.rendering import RenderedTask
from tests.builders import declaration, tiny_suite, write_rows

Row = dict[str, Any]

ASKED = {
    "output_type": "multiple_choice",
    "description": "Elige la palabra.\n\n",
    "doc_to_text": "Pregunta: {{q}}\nRespuesta:",
    "doc_to_choice": "options",
    "doc_to_target": "answer",
    "metric_list": [{"metric": "acc"}],
}
CALCULATED = {
    "output_type": "generate_until",
    "doc_to_text": "{{q}} =",
    "doc_to_target": "answer",
    "generation_kwargs": {"until": ["\n"], "do_sample": False, "max_gen_toks": 8},
    "metric_list": [{"metric": "exact_match"}],
}
EXAMPLE = {"id": "e-1", "q": "¿Cómo se llama la casa del perro?", "options": ["perrera", "nido"], "answer": 0}


def choice(number: int, **changes: Any) -> Row:
    return {"id": f"q-{number}", "q": f"¿Cuál, {number}?", "options": ["ñu", "pez"], "answer": number % 2, **changes}


def sums(*answers: Any) -> list[Row]:
    return [{"id": f"s-{number}", "q": f"{number} + 1", "answer": answer} for number, answer in enumerate(answers)]


def rendered(folder: Path, rows: Sequence[Row], config: Mapping[str, Any], **declared: Any) -> RenderedTask:
    free = {"metric": "exact_match", "chance": 0} if config["output_type"] == "generate_until" else {}
    files = {"test": "uno.jsonl", "fewshot": "ejemplos.jsonl"}
    write_rows(folder / "ejemplos.jsonl", [EXAMPLE])
    fields = declaration("uno", **{"items": len(rows), "chat_template": "model", "files": files, **free, **declared})
    [task] = tiny_suite(folder, [fields], configs={"uno": config}, rows={"uno": rows}).tasks
    return RenderedTask(task, build_task(task).lm_eval_task)


def faults(folder: Path, rows: Sequence[Row], config: Mapping[str, Any], **declared: Any) -> list[str]:
    return rendered(folder, rows, config, **declared).faults()


# --- Golden text

CHOICES = """\
uno, version 3, 1 shots, acc

==== item 1
Elige la palabra.

Pregunta: ¿Cómo se llama la casa del perro?
Respuesta: perrera

Pregunta: ¿Cuál, 0?
Respuesta:⏹
---- options
" ñu"
" pez"

==== item 2
Elige la palabra.

Pregunta: ¿Cómo se llama la casa del perro?
Respuesta: perrera

Pregunta: ¿Cuál, 1?
Respuesta:⏹
---- options
" ñu"
" pez"

==== right answers, first 3 items
0
1
0

==== item 1 as a conversation
[system]
Elige la palabra.


[user]
Pregunta: ¿Cómo se llama la casa del perro?
Respuesta:
[assistant]
perrera
[user]
Pregunta: ¿Cuál, 0?
Respuesta:
[assistant]
"""

SUMS = """\
uno, version 1, 0 shots, exact_match

==== item 1
0 + 1 =⏹
---- generated with
{"do_sample": false, "max_gen_toks": 8, "until": ["\\n"]}

==== item 2
1 + 1 =⏹
---- generated with
{"do_sample": false, "max_gen_toks": 8, "until": ["\\n"]}

==== right answers, first 2 items
"1"
"dos"
"""


def test_choices_are_shown_as_they_are_asked(tmp_path: Path):
    text = rendered(tmp_path, [choice(number) for number in range(3)], ASKED, shots=1, version=3).golden_text()
    assert text == CHOICES


def test_free_answers_are_shown_with_how_they_are_generated(tmp_path: Path):
    assert rendered(tmp_path, sums("1", "dos"), CALCULATED, chat_template="never").golden_text() == SUMS


def test_the_text_is_the_same_a_second_time(tmp_path: Path):
    task = rendered(tmp_path, [choice(number) for number in range(3)], ASKED, shots=1, version=3)
    assert task.faults() == []
    assert task.golden_text() == task.golden_text() == CHOICES


def test_many_items_are_shown_by_the_first(tmp_path: Path):
    task = rendered(tmp_path, [choice(number) for number in range(20)], ASKED)
    text = task.golden_text()
    assert len(task.items) == 20
    assert text.count("---- options") == 2
    assert "first 12 items\n" + "0\n1\n" * 6 + "\n" in text


@pytest.mark.parametrize("answers", [(0, 1), ("ñu", "pez")], ids=["by place", "by text"])
def test_right_answers_and_options_can_be_counted(tmp_path: Path, answers: tuple[int, int] | tuple[str, str]):
    rows = [choice(1, answer=answers[0]), choice(2, options=["ñu", "pez", "oso"], answer=answers[1])]
    assert rendered(tmp_path / "a", rows, ASKED, chance=5 / 12).golds_and_option_counts() == ([0, 1], [2, 3])
    assert rendered(tmp_path / "b", sums("1", "2"), CALCULATED).golds_and_option_counts() == ([], [])


# --- Faults


def test_prompts_without_a_fault_have_none(tmp_path: Path):
    assert faults(tmp_path / "a", [choice(1), choice(2)], ASKED, shots=1) == []
    assert faults(tmp_path / "b", sums("1", "2"), CALCULATED) == []


def test_a_space_at_the_end_is_a_fault(tmp_path: Path):
    config = {**ASKED, "doc_to_text": "{{q}} ", "target_delimiter": ""}
    assert faults(tmp_path, [choice(1)], config) == [
        "the prompt ends in a space, which splits the answer's first token"
    ]


@pytest.mark.parametrize("role", ["User:", "Assistant:", "System:"])
def test_a_role_as_a_word_is_a_fault(tmp_path: Path, role: str):
    [fault] = faults(tmp_path, [choice(1)], {**ASKED, "doc_to_text": f"{role} {{{{q}}}}"})
    assert fault.startswith("a role stands as a word in the prompt")


def test_an_empty_question_is_a_fault_only_where_it_would_be_a_turn(tmp_path: Path):
    config = {**ASKED, "doc_to_text": "", "description": ""}
    [fault] = faults(tmp_path / "a", [choice(1)], config)
    assert fault.startswith("the question is empty")
    assert "`chat_template: never`" in fault
    assert faults(tmp_path / "b", [choice(1)], config, chat_template="never") == []


@pytest.mark.parametrize(("right", "wrong"), [(0, 2), (0, -1), ("pez", "gato")])
def test_an_answer_that_is_no_option_is_a_fault(tmp_path: Path, right: int | str, wrong: int | str):
    rows = [choice(1, answer=right), choice(2, answer=wrong)]
    assert faults(tmp_path, rows, ASKED) == [f"the right answer {wrong!r} is none of the 2 options"]


def test_an_answer_by_its_text_is_no_fault(tmp_path: Path):
    assert faults(tmp_path, [choice(1, answer="pez")], ASKED) == []


@pytest.mark.parametrize(
    ("answer", "wrong"), [([0, 2], False), ([1], False), ([0, 3], True), ([], True)], ids=["two", "one", "out", "none"]
)
def test_several_right_options_are_a_fault_only_where_one_is_not_there(tmp_path: Path, answer: list[int], wrong: bool):
    """lm-eval counts any of them as right."""
    row = choice(1, options=["a", "b", "c"], answer=answer)
    assert bool(faults(tmp_path, [row], ASKED, chance=1 / 3)) == wrong


def test_two_equal_options_are_a_fault(tmp_path: Path):
    rows = [choice(1, options=["ñu", "pez", "ñu"])]
    assert faults(tmp_path, rows, ASKED, chance=1 / 3) == ["two options are the same"]


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_option_is_a_fault(tmp_path: Path, empty: str):
    assert faults(tmp_path, [choice(1), choice(2, options=["ñu", empty])], ASKED) == ["an option is empty"]


def test_one_option_alone_is_a_fault(tmp_path: Path):
    rows = [choice(1, options=["ñu"], answer=0), choice(2, options=["ñu", "pez", "oso"])]
    assert faults(tmp_path, rows, ASKED, chance=2 / 3) == ["an item has fewer than two options"]


@pytest.mark.parametrize("settings", [{"do_sample": True}, {"do_sample": False, "temperature": 0.7}])
def test_sampled_answers_are_a_fault(tmp_path: Path, settings: dict[str, Any]):
    config = {**CALCULATED, "generation_kwargs": {"until": ["\n"], **settings}}
    assert faults(tmp_path, sums("1"), config) == ["answers are sampled; set `do_sample: false`"]


def test_an_answer_that_nothing_ends_is_a_fault(tmp_path: Path):
    config = {**CALCULATED, "generation_kwargs": {"until": [], "do_sample": False}}
    assert faults(tmp_path, sums("1"), config) == ["nothing ends an answer; set `until`"]


def test_an_item_without_an_answer_is_a_fault(tmp_path: Path):
    assert faults(tmp_path, sums("1", ""), CALCULATED) == ["an item has no answer"]


@pytest.mark.parametrize(("answers", "wrong"), [(["2", "dos"], False), ([], True)])
def test_several_references_are_no_fault_and_none_is(tmp_path: Path, answers: list[str], wrong: bool):
    found = faults(tmp_path, sums(["1"], answers), CALCULATED)
    assert found == (["an item has no answer"] if wrong else [])


def test_a_fault_of_the_last_item_is_found_and_one_of_many_is_told_once(tmp_path: Path):
    rows = [*(choice(number) for number in range(30)), choice(30, answer=7), choice(31, answer=7)]
    assert faults(tmp_path, rows, ASKED) == ["the right answer 7 is none of the 2 options"]


def test_all_faults_of_an_item_are_told(tmp_path: Path):
    config = {**ASKED, "doc_to_text": "User: {{q}} "}
    assert len(faults(tmp_path, [choice(1), choice(2, options=["a", "a"], answer=5)], config)) == 4


def test_incident_12_a_prompt_template_runs_no_code(tmp_path: Path):
    """lm-eval's own environment would let it: a suite file comes from whoever proposes a task."""
    mark = tmp_path / "ran"
    code = "{{ cycler.__init__.__globals__.os.system('touch " + str(mark) + "') }}{{q}}"
    rows = [{"id": f"q-{number}", "q": "¿?", "options": ["sí", "no"], "answer": 0} for number in range(4)]
    config = {
        "output_type": "multiple_choice",
        "doc_to_text": code,
        "doc_to_choice": "options",
        "doc_to_target": "answer",
    }
    [task] = tiny_suite(
        tmp_path / "suites",
        [declaration("uno")],
        configs={"uno": config | {"doc_to_target": "answer"}},
        rows={"uno": rows},
    ).tasks
    with pytest.raises(SecurityError):
        build_task(task)
    assert not mark.exists()
