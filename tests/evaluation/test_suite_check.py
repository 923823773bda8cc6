"""A task is checked against the prompts that somebody read."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

from leaderboard.evaluation.suite_check import CheckedTask, check_on_hub, check_task
from leaderboard.suite import FIXTURES, load_suite
from leaderboard.suite.lock import Lock, write_lock
from tests.builders import declaration, foreign_declaration, tiny_suite, write_rows, write_suite

ROWS = [{"id": f"q-{number}", "q": f"¿{number}?", "options": ["sí", "no"], "answer": 0} for number in range(4)]
CONFIG = {
    "output_type": "multiple_choice",
    "doc_to_text": "Pregunta: {{q}}",
    "doc_to_choice": "options",
    "doc_to_target": "answer",
    "metric_list": [{"metric": "acc"}],
}


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    return tmp_path / "golden"


def checked(
    golden: Path | None, folder: Path, *, accept: bool = False, prompt: str = "Pregunta: {{q}}", **declared: Any
) -> CheckedTask:
    fields = declaration("uno", files={"test": "uno.jsonl", "fewshot": "ejemplos.jsonl"}, **declared)
    write_rows(folder / "ejemplos.jsonl", [{**ROWS[0], "id": "e", "q": "¿Ejemplo?"}])
    config = {**CONFIG, "doc_to_text": prompt}
    [task] = tiny_suite(folder, [fields], configs={"uno": config}, rows={"uno": ROWS}).tasks
    return check_task(task, golden, accept=accept)


def accepted(golden: Path, folder: Path, **declared: Any) -> str:
    """Accept a task; return its golden file."""
    assert checked(golden, folder, accept=True, **declared).passed
    return (golden / "uno.txt").read_text(encoding="utf-8")


def test_a_task_without_a_golden_file_is_told_how_to_get_one(golden: Path, tmp_path: Path):
    found = checked(golden, tmp_path)
    assert (found.passed, found.items, found.difference) == (False, 4, "")
    [fault] = found.faults
    assert "no golden file" in fault
    assert "--accept" in fault
    assert not golden.exists()


def test_a_task_that_was_accepted_passes_as_long_as_it_is_the_same(golden: Path, tmp_path: Path):
    text = accepted(golden, tmp_path)
    assert "Pregunta: ¿0?" in text
    assert checked(golden, tmp_path) == CheckedTask("uno", 4, ())
    assert accepted(golden, tmp_path) == text


def test_a_change_is_refused_with_what_changed(golden: Path, tmp_path: Path):
    before = accepted(golden, tmp_path)
    found = checked(golden, tmp_path, prompt="Cuestión: {{q}}")
    assert not found.passed
    assert "raise `version`" in found.faults[0]
    assert "-Pregunta: ¿0?⏹" in found.difference.splitlines()
    assert "+Cuestión: ¿0?⏹" in found.difference.splitlines()
    assert (golden / "uno.txt").read_text(encoding="utf-8") == before


def test_a_change_under_the_same_version_cannot_be_accepted(golden: Path, tmp_path: Path):
    before = accepted(golden, tmp_path)
    found = checked(golden, tmp_path, accept=True, prompt="Cuestión: {{q}}")
    assert not found.passed
    assert found.difference
    assert (golden / "uno.txt").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("change", [{"shots": 1}, {"metric": "acc_norm"}])
def test_shots_and_metric_are_a_change_as_any_other(golden: Path, tmp_path: Path, change: dict[str, Any]):
    before = accepted(golden, tmp_path)
    assert not checked(golden, tmp_path, accept=True, **change).passed
    assert (golden / "uno.txt").read_text(encoding="utf-8") == before
    assert accepted(golden, tmp_path, version=2, **change) != before


def test_a_lower_version_is_no_new_one(golden: Path, tmp_path: Path):
    before = accepted(golden, tmp_path, version=3)
    assert not checked(golden, tmp_path, accept=True, prompt="Cuestión: {{q}}", version=2).passed
    assert (golden / "uno.txt").read_text(encoding="utf-8") == before


def test_a_change_with_a_new_version_can_be_accepted(golden: Path, tmp_path: Path):
    before = accepted(golden, tmp_path)
    changed = {"prompt": "Cuestión: {{q}}", "version": 2}
    assert not checked(golden, tmp_path, **changed).passed
    after = accepted(golden, tmp_path, **changed)
    assert after != before
    assert after.startswith("uno, version 2, ")
    assert checked(golden, tmp_path, **changed).passed


def test_tenth_versions_are_higher_than_ninth(golden: Path, tmp_path: Path):
    accepted(golden, tmp_path, version=9)
    assert accepted(golden, tmp_path, prompt="Cuestión: {{q}}", version=10).startswith("uno, version 10, ")


def test_without_a_folder_nothing_is_compared(tmp_path: Path):
    assert checked(None, tmp_path).passed


def test_faults_of_prompts_are_told_and_golden_files_do_not_hide_them(golden: Path, tmp_path: Path):
    bad = {"prompt": "User: {{q}}"}
    first = checked(golden, tmp_path, accept=True, **bad)
    assert (golden / "uno.txt").is_file()
    for found in (first, checked(golden, tmp_path, **bad)):
        assert [fault[:30] for fault in found.faults] == ["a role stands as a word in the"]


@pytest.mark.parametrize("prompt", ["{{q", "{{q.missing.more}}"])
def test_a_task_that_cannot_be_built_or_asked_is_a_fault_in_one_line(golden: Path, tmp_path: Path, prompt: str):
    found = checked(golden, tmp_path, prompt=prompt)
    assert (found.passed, found.items) == (False, 0)
    [fault] = found.faults
    assert ": " in fault
    assert "\n" not in fault


def test_a_column_that_the_data_lack_is_a_fault_that_names_it(tmp_path: Path):
    path = write_suite(tmp_path, [foreign_declaration("uno")], configs={"uno": CONFIG})
    write_lock(path, Lock(datasets={"org/uno@main": "a" * 40}))
    write_rows(tmp_path / "data" / "uno" / "test.jsonl", [{"q": "¿0?", "options": ["sí", "no"]}])
    [task] = load_suite(str(path), data=tmp_path / "data").tasks
    [fault] = check_task(task, None).faults
    assert "RowsError: org/uno has no column answer, only q, options" in fault


def test_a_task_without_fixture_rows_is_told_where_to_write_them(tmp_path: Path):
    [task] = tiny_suite(tmp_path, [foreign_declaration("uno")]).tasks
    [fault] = check_task(task, None).faults
    assert fault == "it has no fixture rows; write some into fixtures/uno/"


# --- On real data


def test_real_data_that_are_what_the_suite_says_pass():
    task = load_suite("muestra").task("catala")
    assert task is not None
    checked_task = check_on_hub(task)
    assert checked_task.passed, checked_task.faults
    assert checked_task.items == task.declaration.items


def test_another_number_of_items_and_another_chance_are_told():
    task = load_suite("ranking600m", data=FIXTURES).task("eus_trivia")
    assert task is not None
    items, chance = check_on_hub(task).faults
    assert items.startswith(f"the suite says {task.declaration.items} items, the data have 5")
    assert chance.startswith("the suite says chance 0.2655, the data give ")


def test_data_without_a_column_that_is_read_are_a_fault_with_its_name():
    task = load_suite("ranking600m", data=FIXTURES).task("copa_es")
    assert task is not None
    assert task.declaration.dataset is not None
    dataset = task.declaration.dataset.replaced(columns=("premise", "moraleja"))
    [fault] = check_on_hub(task.replaced(declaration=task.declaration.replaced(dataset=dataset))).faults
    assert "BSC-LT/COPA-es has no column moraleja" in fault
