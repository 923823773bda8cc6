"""The generator behind `calculo`: the committed files are its output, and its answers are right."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard.suite import EMBEDDED_SUITES
from leaderboard.suite.word_problems import generate, to_json_lines

FILES = {"test": "calculo.jsonl", "fewshot": "calculo_ejemplos.jsonl"}
SOURCE = Path(__file__).resolve().parents[2] / "src"


def worked_out(question: str) -> int:
    """Solve a question from its words alone, without the generator's own arithmetic."""
    numbers = [int(word) for word in re.findall(r"\d+", question)]
    match next(word for word in ("paga", "autobús", "novela", "pupitres", "panadería", "viaje") if word in question):
        case "paga":
            kilos, price, note = numbers
            return note - kilos * price
        case "autobús":
            start, off, on = numbers
            return start - off + on
        case "novela":
            per_day, pages, days = numbers
            return pages - per_day * days
        case "pupitres":
            rooms, desks, stored = numbers
            return rooms * desks + stored
        case "panadería":
            loaves, shops = numbers
            return loaves // shops
        case _:
            hours, minutes = numbers
            return 60 * hours + minutes


@pytest.mark.parametrize("split", FILES)
def test_the_committed_file_is_what_the_generator_writes(split: str):
    assert (EMBEDDED_SUITES / "muestra" / FILES[split]).read_text(encoding="utf-8") == to_json_lines(split)


def test_the_command_writes_the_same(tmp_path: Path):
    command = [sys.executable, "-m", "leaderboard.suite.word_problems", "test"]
    environment = {"PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": "7", "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, capture_output=True, env=environment, cwd=tmp_path, check=True, timeout=60)
    assert done.stdout.decode() == to_json_lines("test")


@pytest.mark.parametrize("split", FILES)
def test_every_answer_is_right(split: str):
    for row in generate(split):
        assert worked_out(str(row["question"])) == row["answer"], row["id"]
        assert isinstance(row["answer"], int)
        assert row["answer"] > 0


def test_no_example_is_a_test_item():
    questions = [row["question"] for split in FILES for row in generate(split)]
    assert len(set(questions)) == len(questions)
