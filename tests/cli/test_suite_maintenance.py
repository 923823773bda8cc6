"""`suite show | check | lock | count | calibrate | docs | export` as an author of tasks runs them."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from leaderboard.cli.main import main
from tests.builders import declaration, foreign_declaration, write_suite

ROOT = Path(__file__).resolve().parents[2]
NO_HUB = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Done:
    """What a command said and how it ended."""

    returncode: int
    stdout: str
    stderr: str


class Author:
    """Runs commands in this process: what evaluates takes seconds to import."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def run(self, *arguments: str, **environment: str) -> Done:
        for name, value in environment.items():
            self._monkeypatch.setenv(f"LEADERBOARD_{name}", value)
        self._capsys.readouterr()
        code = main(["suite", *arguments])
        said = self._capsys.readouterr()
        return Done(code, said.out, said.err)


@pytest.fixture
def author(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Author:
    monkeypatch.setenv("LEADERBOARD_SUITE", str(write_suite(tmp_path / "suites")))
    monkeypatch.setenv("HF_ENDPOINT", NO_HUB)
    return Author(monkeypatch, capsys)


def test_show_prints_the_registry_and_the_prompt(author: Author):
    shown = author.run("show", "xquad_es", SUITE="ranking600m")
    assert shown.returncode == 0, shown.stderr
    assert '"dataset": "google/xquad"' in shown.stdout
    assert "Respuesta:" in shown.stdout


def test_check_passes_on_the_suites_that_are_ours(author: Author):
    checked = author.run("check", "belebele_spa_Latn", "aquas", SUITE="ranking600m")
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.splitlines() == ["ok    aquas: 4 items", "ok    belebele_spa_Latn: 4 items"]


def test_check_fails_and_names_the_fault(author: Author, tmp_path: Path):
    (tmp_path / "suites" / "sumas.jsonl").write_text(
        "".join(json.dumps({"id": f"s{n}", "options": ["a", "b"], "answer": 0}) + "\n" for n in range(4)),
        encoding="utf-8",
    )
    (tmp_path / "suites" / "sumas.yaml").write_text(
        yaml.safe_dump(
            {
                "task": "sumas",
                "output_type": "multiple_choice",
                "doc_to_text": "User: ¿a o b? ",
                "doc_to_choice": "options",
                "doc_to_target": "answer",
            }
        ),
        encoding="utf-8",
    )
    checked = author.run("check", "sumas")
    assert checked.returncode == 1
    assert "FAULT sumas" in checked.stdout
    assert "ends in a space" in checked.stdout
    assert "roles belong to the chat template" in checked.stdout
    assert "no golden file" in checked.stdout


def test_a_task_that_is_not_there_is_named(author: Author):
    checked = author.run("check", "restas")
    assert checked.returncode == 2
    assert "has no task restas" in checked.stderr


def test_check_hub_without_a_hub_names_every_dataset_that_cannot_be_had():
    """In a process of its own: where the Hub is, its client reads but once."""
    secret = "hf_" + "secret" * 4
    environment = {**os.environ, "PYTHONPATH": "src", "LEADERBOARD_SUITE": "ranking600m", "HF_ENDPOINT": NO_HUB}
    command = [sys.executable, "-m", "leaderboard", "suite", "check", "--hub", "copa_es", "wnli_es"]
    checked = subprocess.run(
        command, env={**environment, "HF_TOKEN": secret}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert checked.returncode == 1
    assert "FAULT copa_es: 0 items" in checked.stdout
    assert "FAULT wnli_es: 0 items" in checked.stdout
    assert secret not in checked.stdout + checked.stderr


def test_lock_offline_writes_hashes_and_nothing_from_the_hub(author: Author, tmp_path: Path):
    locked = author.run("lock", "--offline")
    assert locked.returncode == 0, locked.stderr
    lock = json.loads((tmp_path / "suites" / "mini.lock.json").read_text(encoding="utf-8"))
    assert (lock["datasets"], lock["upstream"]) == ({}, {})


def test_lock_without_a_hub_says_what_it_could_not_look_up(author: Author, tmp_path: Path):
    suite = (ROOT / "suites" / "variedades.yaml").read_text(encoding="utf-8")
    for folder in ("muestra", "variedades"):
        (tmp_path / folder).symlink_to(ROOT / "suites" / folder)
    (tmp_path / "variedades.yaml").write_text(suite, encoding="utf-8")
    locked = author.run("lock", SUITE=str(tmp_path / "variedades.yaml"))
    assert locked.returncode == 1
    assert "mrlbenchmarks/global-piqa-nonparallel@main: " in locked.stderr
    lock = json.loads((tmp_path / "variedades.lock.json").read_text(encoding="utf-8"))
    assert lock["upstream"]
    assert lock["datasets"] == {}


def test_count_says_passes_and_tokens(author: Author):
    counted = author.run("count", "catala", "calculo_ca", "--json", SUITE="muestra")
    assert counted.returncode == 0, counted.stderr
    catala, calculo = json.loads(counted.stdout)
    rows = (ROOT / "suites" / "muestra" / "catala.jsonl").read_text(encoding="utf-8").splitlines()
    options = [option for row in rows for option in json.loads(row)["options"]]
    assert (catala["items"], catala["passes"]) == (len(rows), len(options))
    # A cloze task: nothing but its options is read, in bytes where no tokenizer is named.
    assert catala["tokens"] == sum(len(option.encode()) for option in options)
    assert catala["shared_tokens"] < catala["tokens"]
    assert (calculo["passes"], calculo["generated_tokens"]) == (24, 24 * 48)


def test_calibrate_writes_a_floor_into_the_lock_file(author: Author, tmp_path: Path):
    measured = author.run("calibrate", "refranes", "--seeds", "1")
    assert measured.returncode == 0, measured.stderr
    floor = json.loads((tmp_path / "suites" / "mini.lock.json").read_text(encoding="utf-8"))["floors"]["refranes"]
    assert floor["models"] == 2
    assert floor["low"] <= floor["mean"] <= floor["high"]


def test_calibrate_has_nothing_to_measure_where_answers_are_generated(author: Author):
    measured = author.run("calibrate", "calculo_es", "--seeds", "1", SUITE="muestra")
    assert measured.returncode == 0
    assert "its floor is 0" in measured.stdout


@pytest.mark.parametrize(("suite", "page"), [("ranking600m", "tareas"), ("variedades", "variedades")])
def test_the_catalogue_is_up_to_date(author: Author, suite: str, page: str):
    printed = author.run("docs", SUITE=suite)
    assert printed.returncode == 0, printed.stderr
    written = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert printed.stdout == written, (
        f"renew it: LEADERBOARD_SUITE={suite} python -m leaderboard suite docs > docs/{page}.md"
    )


def test_data_that_cannot_be_had_are_named_and_the_others_go_on(author: Author, tmp_path: Path):
    suite = write_suite(tmp_path / "far", [foreign_declaration("lejos"), declaration("cerca")])
    (tmp_path / "data" / "lejos").mkdir(parents=True)
    (tmp_path / "data" / "lejos" / "train.jsonl").write_text("{}\n", encoding="utf-8")
    counted = author.run("count", "--json", SUITE=str(suite), DATA=str(tmp_path / "data"))
    assert counted.returncode == 1
    assert counted.stderr.startswith("lejos: RowsError: lejos/test.jsonl is missing")
    assert [one["task"] for one in json.loads(counted.stdout)] == ["cerca"]


def test_export_writes_what_lm_eval_reads(author: Author, tmp_path: Path):
    fixtures = str(ROOT / "suites" / "fixtures")
    out = str(tmp_path / "out")
    exported = author.run("export", "xquad_es", "vaxx_stance", "--into", out, SUITE="ranking600m", DATA=fixtures)
    assert exported.returncode == 0, exported.stderr
    text = (tmp_path / "out" / "vaxx_stance.yaml").read_text(encoding="utf-8")
    assert "!function 'leaderboard.evaluation.task_functions.classification" in text
    assert len((tmp_path / "out" / "xquad_es.test.jsonl").read_text(encoding="utf-8").splitlines()) == 4
