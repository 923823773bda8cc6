"""A task's own configuration: functions by name, and nothing that the suite file decides."""

from pathlib import Path

import pytest

from leaderboard.suite import SuiteError, TaskDeclaration
from leaderboard.suite.lm_eval_config import FUNCTION_KEY, FUNCTION_PACKAGE, read_config
from leaderboard.suite.loading import read_declaration
from tests.builders import declaration, write_suite

DECIDED = [
    *("num_fewshot", "dataset_path", "dataset_name", "dataset_kwargs", "custom_dataset", "metadata", "include", "tag"),
    *("training_split", "validation_split", "test_split", "fewshot_split", "fewshot_config"),
]
OURS = f"{FUNCTION_PACKAGE}extractive.score_spanish"


def declared(folder: Path, config: str = "uno.yaml") -> tuple[TaskDeclaration, Path]:
    """Return a task whose configuration lies at `config`, and its suite file."""
    path = write_suite(folder, [declaration("uno")])
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("uno.yaml", config), encoding="utf-8")
    return read_declaration(path)[0].tasks[0], path


def config_of(folder: Path, text: str) -> tuple[str | None, dict[str, object]]:
    task, path = declared(folder)
    (folder / "uno.yaml").write_text(text, encoding="utf-8")
    return read_config(task, path)


def refusal(folder: Path, text: str) -> SuiteError:
    with pytest.raises(SuiteError) as refused:
        config_of(folder, text)
    return refused.value


def test_a_configuration_is_read_as_it_stands(tmp_path: Path):
    upstream, config = config_of(tmp_path, "task: uno\ndoc_to_text: '{{a}}'\nmetric_list:\n- metric: acc\n")
    assert upstream is None
    assert config == {"task": "uno", "doc_to_text": "{{a}}", "metric_list": [{"metric": "acc"}]}


@pytest.mark.parametrize("key", DECIDED)
def test_what_the_suite_file_decides_is_refused_with_its_line(tmp_path: Path, key: str):
    error = refusal(tmp_path, f"task: uno\noutput_type: multiple_choice\n{key}: x\n")
    assert str(error) == f"uno.yaml, line 3: `{key}` is decided by the suite file. Delete it here."


def test_a_function_of_ours_is_kept_as_its_name(tmp_path: Path):
    _, config = config_of(tmp_path, f"task: uno\nprocess_results: !function {OURS}\nnested:\n- [!function {OURS}]\n")
    assert config["process_results"] == {FUNCTION_KEY: OURS}
    assert config["nested"] == [[{FUNCTION_KEY: OURS}]]


@pytest.mark.parametrize(
    "name",
    [
        "os.system",
        "utils.process_docs",
        "leaderboard.evaluation.task_functions",
        "leaderboard.evaluation.task_functions_of_mine.evil",
        "leaderboard.evaluation.worker.main",
        "''",
    ],
)
@pytest.mark.parametrize("written", ["!function {}", '{{"!function": {}}}'])
def test_a_function_from_elsewhere_is_refused_with_its_line(tmp_path: Path, name: str, written: str):
    spelled = written.format(name)
    error = refusal(tmp_path, f"task: uno\nmetric_list:\n- metric: acc\n  aggregation: {spelled}\n")
    assert error.line == 4
    assert f"is not one of {FUNCTION_PACKAGE}*" in str(error)
    assert name.strip("'") in str(error)


def test_a_function_tag_around_more_than_a_name_is_refused_with_its_line(tmp_path: Path):
    error = refusal(tmp_path, f"task: uno\nprocess_docs: !function [{OURS}]\n")
    assert str(error) == "uno.yaml, line 2: `!function` wants a dotted name."


@pytest.mark.parametrize("tag", ["!!python/name:os.system", "!!python/object/apply:os.system [ls]", "!include x.yaml"])
def test_no_other_tag_is_known(tmp_path: Path, tag: str):
    assert str(refusal(tmp_path, f"task: uno\nprocess_docs: {tag}\n")).startswith("uno.yaml, line 2: this is not YAML")


def test_the_function_tag_is_no_matter_of_the_suite_file(tmp_path: Path):
    """The tag is known while a configuration is read, not to YAML's loader for good."""
    task, path = declared(tmp_path)
    (tmp_path / "uno.yaml").write_text(f"task: uno\nprocess_docs: !function {OURS}\n", encoding="utf-8")
    read_config(task, path)
    path.write_text(f"name: !function {OURS}\n", encoding="utf-8")
    with pytest.raises(SuiteError, match=r"^mini\.yaml, line 1: this is not YAML"):
        read_declaration(path)


# --- lm-eval's own configurations


def test_lm_evals_own_configuration_is_named_by_the_suite_file_alone(tmp_path: Path):
    task, path = declared(tmp_path, "lm_eval:xquad/xquad_es.yaml")
    assert read_config(task, path) == ("xquad/xquad_es.yaml", {"task": "uno"})


def test_a_configuration_can_be_laid_over_lm_evals_own(tmp_path: Path):
    upstream, config = config_of(tmp_path, "task: uno\nupstream: xquad/xquad_es.yaml\ndoc_to_text: '¿{{a}}?'\n")
    assert upstream == "xquad/xquad_es.yaml"
    assert config == {"task": "uno", "doc_to_text": "¿{{a}}?"}


@pytest.mark.parametrize("name", ["/etc/passwd.yaml", "../../evil.yaml", "xquad/../../evil.yaml", "''", "[a]", "5"])
def test_a_path_out_of_lm_evals_tasks_is_refused_with_its_line(tmp_path: Path, name: str):
    error = refusal(tmp_path, f"task: uno\nupstream: {name}\n")
    assert error.line == 2
    assert "is not a path in lm-eval's tasks" in str(error)


@pytest.mark.parametrize("name", ["lm_eval:", "lm_eval:/etc/passwd.yaml", "lm_eval:../evil.yaml"])
def test_a_path_out_of_lm_evals_tasks_is_refused_in_the_suite_file_too(tmp_path: Path, name: str):
    task, path = declared(tmp_path, f"'{name}'")
    with pytest.raises(SuiteError, match=r"^mini\.yaml.*is not a path in lm-eval's tasks"):
        read_config(task, path)
