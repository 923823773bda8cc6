"""Texts of items come from a short-lived child, and only where the registry lets them be shown."""

import sys
import time
from pathlib import Path
from subprocess import run

import pytest

from leaderboard.page.item_texts import ItemTexts
from leaderboard.suite import Task
from tests.builders import choice_rows, declaration, tiny_suite

SHOWN = {"show_items": "text"}


def task(folder: Path, **changes: object) -> Task:
    configuration = {
        "quiz": {
            "output_type": "multiple_choice",
            "doc_to_text": "{{id}}: ¿cuál?",
            "doc_to_choice": "options",
            "doc_to_target": "answer",
        }
    }
    return tiny_suite(folder, [declaration("quiz", **changes)], configs=configuration).tasks[0]


def test_every_item_is_read_as_it_is_asked(tmp_path: Path):
    pytest.importorskip("lm_eval", reason="evaluation is not installed: requirements-eval.txt")
    rows = choice_rows("quiz", 4, 2)
    found = ItemTexts(tmp_path / "work").of(task(tmp_path / "suite", **SHOWN))
    assert found is not None
    assert list(found) == [row["id"] for row in rows]
    for row in rows:
        assert found[row["id"]].text == f"{row['id']}: ¿cuál?"
        assert list(found[row["id"]].options) == row["options"]


def test_a_second_look_starts_no_child(tmp_path: Path):
    started = tmp_path / "started"
    said = '{"id": "q1", "text": "¿Qué?"}'
    child = f"import pathlib; file = pathlib.Path({str(started)!r}); file.open('a').write('x'); print({said!r})"
    source, asked = ItemTexts(tmp_path, reader=(sys.executable, "-c", child)), task(tmp_path / "suite", **SHOWN)
    assert [list(source.of(asked) or ()) for _ in range(3)] == [["q1"]] * 3
    assert started.read_text() == "x"


@pytest.mark.parametrize("show", ["none", "ids"])
def test_what_may_not_be_shown_is_not_even_read(tmp_path: Path, show: str):
    source = ItemTexts(tmp_path, reader=(sys.executable, "-c", 'print(\'{"id": "q1", "text": "x"}\')'))
    assert source.of(task(tmp_path / "suite", show_items=show)) is None


def test_the_child_itself_refuses_a_task_that_may_not_be_shown(tmp_path: Path):
    command = [sys.executable, "-m", "leaderboard.evaluation.item_texts"]
    done = run(command, input=task(tmp_path / "suite").to_json(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert b"does not let the text" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    "child",
    ["import time; time.sleep(60)", "import sys; sys.exit(3)", "print('nothing that is an item')"],
)
def test_a_child_that_hangs_fails_or_raves_gives_no_texts(tmp_path: Path, child: str):
    source = ItemTexts(tmp_path, seconds=1.0, reader=(sys.executable, "-c", child))
    began = time.monotonic()
    assert source.of(task(tmp_path / "suite", **SHOWN)) is None
    assert time.monotonic() - began < 20


def test_a_child_has_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 34)
    child = "import json, os; print(json.dumps({'id': 'q', 'text': ' '.join(os.environ.values())}))"
    source = ItemTexts(tmp_path, reader=(sys.executable, "-c", child))
    found = source.of(task(tmp_path / "suite", **SHOWN))
    assert found is not None
    assert "hf_x" not in found["q"].text
