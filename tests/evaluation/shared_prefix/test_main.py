"""lm-eval's command line knows the engine, and its results are those of `hf`."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")

import yaml
from lm_eval import simple_evaluate
from lm_eval.tasks import TaskManager

from tests.evaluation.shared_prefix.requests import OPTIONS, QUESTIONS

ROOT = Path(__file__).resolve().parents[3]
CHOICE, WRITING = "sums_by_choice", "sums_in_writing"
ITEMS = [
    {"question": f"{question} {number}", "answer": (number + place) % 4}
    for number in range(4)
    for place, question in enumerate(QUESTIONS)
]


def write_tasks(folder: Path) -> None:
    """Write two tasks over the same items: one of options behind two examples, one of generation."""
    data = folder / "items.jsonl"
    data.write_text("".join(json.dumps(item, ensure_ascii=False) + "\n" for item in ITEMS), encoding="utf-8")
    both = {
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "fewshot_split": "test",
        "doc_to_text": "Suma, por favor, con mucho cuidado y sin prisa: {{question}}",
        "num_fewshot": 2,
    }
    choice = {
        "task": CHOICE,
        "output_type": "multiple_choice",
        "doc_to_choice": [option.strip() for option in OPTIONS],
        "doc_to_target": "answer",
        "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
    }
    writing = {
        "task": WRITING,
        "output_type": "generate_until",
        "doc_to_target": "{{question}}",
        "generation_kwargs": {"until": ["\n\n"], "max_gen_toks": 8},
        "metric_list": [{"metric": "exact_match"}],
    }
    for task in (choice, writing):
        (folder / f"{task['task']}.yaml").write_text(yaml.safe_dump(both | task, allow_unicode=True), encoding="utf-8")


def said_in(samples: list[dict[str, Any]]) -> list[Any]:
    """Return what the model said of each item."""
    ordered = sorted(samples, key=lambda one: int(one["doc_id"]))
    return [one["filtered_resps"] for one in ordered]


def hf_results(arguments: str, tasks: Path) -> dict[str, Any]:
    """Return what lm-eval's own engine makes of both tasks, in this process."""
    results: dict[str, Any] = simple_evaluate(
        model="hf",
        model_args=arguments,
        tasks=[CHOICE, WRITING],
        task_manager=TaskManager(include_path=str(tasks), include_defaults=False),
        batch_size=4,
        device="cpu",
        bootstrap_iters=0,
    )
    return results


def test_the_command_line_gives_the_results_of_hf(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, out = tmp_path / "tasks", tmp_path / "out"
    tasks.mkdir()
    write_tasks(tasks)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "data of hf")
    arguments = f"pretrained={tiny_model},dtype=float32"
    command = [sys.executable, "-m", "leaderboard.evaluation.shared_prefix", "--model", "hf-shared-prefix"]
    command += ["--model_args", arguments, "--tasks", f"{CHOICE},{WRITING}", "--include_path", str(tasks)]
    command += ["--output_path", str(out), "--log_samples", "--batch_size", "4", "--device", "cpu"]
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(tmp_path / "data"), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command,
        env={**os.environ, **offline, "PYTHONPATH": str(ROOT / "src")},
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        theirs = hf_results(arguments, tasks)
        _, log = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode == 0, log[-2000:]
    (results_file,) = out.rglob("results_*.json")
    ours = json.loads(results_file.read_text(encoding="utf-8"))
    assert ours["config"]["model"] == "hf-shared-prefix"
    assert "Scoring a trie of requests" in log
    assert "shares nothing" not in log

    for task, metrics in ((CHOICE, ("acc,none", "acc_norm,none")), (WRITING, ("exact_match,none",))):
        for metric in metrics:
            assert ours["results"][task][metric] == theirs["results"][task][metric], f"{task}: {metric}"
        (samples_file,) = out.rglob(f"samples_{task}_*.jsonl")
        lines = samples_file.read_text(encoding="utf-8").splitlines()
        mine, others = said_in([json.loads(line) for line in lines]), said_in(theirs["samples"][task])
        assert len(mine) == len(ITEMS)
        if task == WRITING:
            assert mine == others
            continue
        for own, other in zip(mine, others, strict=True):
            for (score, is_greedy), (expected, is_expected) in zip(own, other, strict=True):
                assert float(score) == pytest.approx(expected, abs=1e-3)
                assert str(is_greedy) == str(is_expected)
