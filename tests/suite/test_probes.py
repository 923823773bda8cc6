"""Probes: what a suite file may say of them, and what they have no part in."""

from pathlib import Path
from typing import Any

import pytest

from leaderboard.suite import ProbeKind, Suite, SuiteError
from tests.builders import bias_declaration, declaration, tiny_suite


def probe(kind: str = "shuffled_options", of: str = "uno", **changes: Any) -> dict[str, Any]:
    return declaration("sonda", probe={"of": of, "kind": kind}, **changes)


def loaded(folder: Path, *declarations: dict[str, Any]) -> Suite:
    return tiny_suite(folder / "suites", [declaration("uno"), *declarations])


@pytest.mark.parametrize("kind", [str(kind) for kind in ProbeKind])
def test_a_probe_is_a_task_that_enters_no_mean(tmp_path: Path, kind: str):
    suite = loaded(tmp_path, probe(kind))
    assert [task.id for task in suite.probes] == ["sonda"]
    assert [task.id for task in suite.counted] == ["uno"]
    assert suite.with_target == ()
    assert [one.task for one in suite.wanted()] == ["uno", "sonda"], "it is evaluated like any other"


def test_a_suite_without_probes_has_none(tmp_path: Path):
    suite = loaded(tmp_path, bias_declaration("sesgo"))
    assert suite.probes == ()
    assert [task.id for task in suite.with_target] == ["sesgo"]


def test_to_be_a_probe_changes_no_configuration(tmp_path: Path):
    alone = loaded(tmp_path / "alone", declaration("sonda"))
    beside = loaded(tmp_path / "beside", probe())
    assert [task.config_hash for task in alone.tasks] == [task.config_hash for task in beside.tasks]


@pytest.mark.parametrize(
    ("declarations", "reason"),
    [
        ([probe(of="dos")], "`sonda` cannot be a probe of `dos`: the suite has no such task"),
        ([probe(of="sonda")], "that is a probe itself, of `sonda`"),
        ([probe(), declaration("otra", probe={"of": "sonda", "kind": "held_out"})], "that is a probe itself, of `uno`"),
        ([probe(language="gl")], "its language is es, and that of this task gl"),
        ([probe(metric="acc_norm")], "its metric is acc, and that of this task another"),
        ([bias_declaration("sesgo"), probe(of="sesgo")], "on a scale with a target no difference is an advantage"),
        ([bias_declaration("sesgo", probe={"of": "uno", "kind": "held_out"})], "on a scale with a target"),
        ([probe("choices_only", metric="mcc")], "choices_only takes an accuracy, and its `chance`"),
        ([probe(variety="MX")], "a probe speaks for no country"),
        ([probe(variety_field="country")], "a probe speaks for no country"),
    ],
)
def test_a_probe_that_cannot_be_compared_is_refused(tmp_path: Path, declarations: list[dict[str, Any]], reason: str):
    with pytest.raises(SuiteError) as refused:
        loaded(tmp_path, *declarations)
    assert reason in str(refused.value)
    assert "Correct `probe`, or the task." in str(refused.value)


def test_the_refusal_names_the_line(tmp_path: Path):
    with pytest.raises(SuiteError) as refused:
        loaded(tmp_path, probe(of="dos"))
    lines = (tmp_path / "suites" / "mini.yaml").read_text(encoding="utf-8").splitlines()
    assert f"line {lines.index('  probe:') + 1}:" in str(refused.value)


def test_what_is_told_without_the_question_may_have_another_accuracy(tmp_path: Path):
    assert loaded(tmp_path, probe("choices_only", metric="acc_norm")).probes


def test_a_kind_that_does_not_exist_is_refused(tmp_path: Path):
    with pytest.raises(SuiteError, match=r"tasks\.1\.probe\.kind"):
        loaded(tmp_path, probe("reversed"))


@pytest.mark.parametrize(
    "change",
    [
        {"shots": 1, "files": {"test": "sonda.jsonl", "fewshot": "sonda.jsonl"}},
        {"sampler": "default"},
        {"filter": "strict"},
        {"chat_template": "model"},
    ],
)
def test_a_probe_of_other_items_or_orders_is_asked_as_its_task_is(tmp_path: Path, change: dict[str, Any]):
    name = next(iter(change))
    for kind in ("shuffled_options", "held_out"):
        with pytest.raises(SuiteError, match=f"its `{name}` must be that of this task"):
            loaded(tmp_path / kind, probe(kind, **change))
    assert loaded(tmp_path / "choices_only", probe("choices_only", **change)).probes


def test_a_probe_counts_the_classes_that_its_task_counts(tmp_path: Path):
    f1 = declaration("f1", metric="macro_f1", chance=0.0)
    with pytest.raises(SuiteError, match="its `classes` must be that of this task"):
        loaded(tmp_path, f1, probe(of="f1", metric="macro_f1", chance=0.0, classes=[0, 2]))


def test_other_options_may_leave_another_chance_but_shuffled_ones_may_not(tmp_path: Path):
    with pytest.raises(SuiteError, match="its `chance` must be that of this task"):
        loaded(tmp_path / "shuffled", probe(chance=0.25))
    assert loaded(tmp_path / "held_out", probe("held_out", chance=0.25)).probes
