"""`check`, `submit` and `board --csv`, as somebody runs them who wants to know before others do."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.builders import facts, model
from tests.cli.conftest import Place
from tests.tiny_models import count_parameters

CHECKS_OF_A_FOLDER = [
    *("name", "config", "code", "architecture", "weights", "tokenizer", "chat_template", "card", "lineage"),
    *("size", "time", "duplicate", "same_weights"),
]


@pytest.fixture
def broken(tiny_model: Path, tmp_path: Path) -> Path:
    """A model that asks for its own code and has no tokenizer."""
    folder = tmp_path / "broken-llama"
    shutil.copytree(tiny_model, folder)
    (folder / "tokenizer.json").unlink()
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "modeling.Evil"}}))
    return folder


def outcomes(said: dict[str, Any]) -> dict[str, str]:
    return {one["check"]: one["outcome"] for one in said["checks"]}


def test_an_acceptable_model_is_told_check_by_check_and_not_queued(place: Place, tiny_model: Path):
    said = place.json("check", str(tiny_model), "--no-smoke")
    assert said["acceptable"] is True
    assert [one["check"] for one in said["checks"]] == CHECKS_OF_A_FOLDER
    assert {name: outcome for name, outcome in outcomes(said).items() if outcome != "passed"} == {
        "card": "warned",
        "time": "warned",
    }
    (card,) = (one for one in said["checks"] if one["check"] == "card")
    assert (card["problem"], card["remedy"]) == ("card_missing", "https://huggingface.co/docs/hub/model-cards")
    assert said["estimate"]["memory_bytes"] > 4 * count_parameters(tiny_model)
    assert (said["estimate"]["tasks"], said["estimate"]["tasks_without_a_time"], said["estimate"]["place"]) == (2, 2, 1)
    assert place.queue.view().entries == {}


def test_the_table_says_each_check_with_what_it_found_and_the_trial_answers_a_few_questions(
    place: Place, tiny_model: Path
):
    pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")
    said = place.run("check", str(tiny_model))
    assert (said.status, said.err) == (0, "")
    lines = said.out.splitlines()
    assert [line[0] for line in lines if line[0] != " "] == [
        "+" if name not in {"card", "time"} else "!" for name in [*CHECKS_OF_A_FOLDER, "smoke"]
    ]
    assert any(line.endswith("→ https://huggingface.co/docs/hub/model-cards") for line in lines)
    assert "8 questions answered in" in lines[-1]
    assert place.queue.view().entries == {}


def test_incident_12_a_bad_model_is_refused_with_every_reason_and_status_1(place: Place, broken: Path):
    said = place.run("check", str(broken), "--json")
    assert said.status == 1
    told = json.loads(said.out)
    assert (told["acceptable"], told["estimate"]) == (False, None)
    assert {one["check"]: one["problem"] for one in told["checks"] if one["outcome"] == "refused"} == {
        "code": "needs_code",
        "tokenizer": "tokenizer_missing",
    }
    assert outcomes(told)["chat_template"] == "skipped"
    assert "smoke" not in outcomes(told)  # nothing of it is tried

    table = place.run("check", str(broken))
    assert table.status == 1
    assert "auto_map in config.json" in table.out
    assert [line[0] for line in table.out.splitlines() if line[0] not in " +"] == ["x", "x", "-", "!"]


def test_a_waiting_model_is_a_duplicate_for_check_and_submit_alike(place: Place, tiny_model: Path):
    submitted = place.json("submit", str(tiny_model))
    assert (submitted["model"], len(submitted["revision"])) == ("tiny-llama", 64)
    (entry,) = place.queue.view().entries.values()
    assert entry.id == submitted["id"]
    before = place.files()

    told = json.loads(place.run("check", str(tiny_model), "--json", "--no-smoke").out)
    assert outcomes(told)["duplicate"] == "refused"
    said = place.run("submit", str(tiny_model))
    assert (said.status, said.out) == (1, "")
    assert f"request {submitted['id'][:8]}" in said.err
    assert place.files() == before


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["no-model"], "invalid_model_id"),
        ([""], "model_missing"),
        (["/no/such/folder"], "folder_not_found"),
        (["somos/meiga", "--revision", "../main"], "invalid_revision"),
        (["somos/meiga"], "hub_unreachable"),
        (["gpt2", "--baseline"], "unknown_baseline"),
    ],
)
def test_a_refusal_is_a_sentence_or_a_code_and_status_1(place: Place, arguments: list[str], problem: str):
    said = place.run("submit", *arguments, "--json")
    assert said.status == 1
    told = json.loads(said.out)
    assert told["refused"] == problem
    sentence = place.run("submit", *arguments)
    assert (sentence.status, sentence.out, sentence.err) == (1, "", f"{told['message']}\n")
    assert place.queue.view().entries == {}


@pytest.mark.parametrize("command", ["submit", "check"])
@pytest.mark.parametrize("option", [["--precision", "int3"], ["--chat-template", "mine"], ["--trust-remote-code"]])
def test_an_option_that_is_none_is_refused_before_anything_is_read(place: Place, command: str, option: list[str]):
    said = place.run(command, "somos/meiga", *option)
    assert (said.status, said.out) == (2, "")
    assert option[0] in said.err


def test_a_name_is_never_taken_for_an_option(place: Place):
    for name in ("--help-me", "-x"):
        said = place.run("submit", "--", name)
        assert (said.status, said.out) == (1, "")
        assert name in said.err


def test_the_ranking_as_csv_holds_no_formula_and_every_figure(place: Place):
    formula = '=HYPERLINK("https://evil.example")'
    named = model('@SUM(1;2), "x"')
    place.finished(model=named, facts=facts(licence=formula))
    (header, *lines) = list(csv.reader(io.StringIO(place.run("board", "--csv").out, newline="")))
    rows = [dict(zip(header, line, strict=True)) for line in lines]
    for row in rows:
        assert (row["model"], row["licence"]) == (f"'{named.name}", f"'{formula}")
        assert (row["revision"], row["parameters"]) == (named.revision, "7000000000")
    tasks = {row["task"]: row for row in rows if row["kind"] == "task"}
    assert [tasks["refranes"][one] for one in ("raw", "chance", "normalised")] == ["0.25", "0.5", "-0.5"]
    assert [tasks["sumas"][one] for one in ("raw", "chance", "normalised")] == ["0.5", "0.5", "0.0"]
    [overall] = [row for row in rows if row["kind"] == "view" and row["language"] == "all"]
    assert (overall["rank"], float(overall["normalised"])) == ("1", pytest.approx(-0.25))
