"""The short trial: what is told of one that goes wrong. One that goes well needs the real engine: see `tests/cli`."""

import json
import sys
from pathlib import Path

import pytest

from leaderboard.evaluation.smoke import SmokeTest
from leaderboard.records import Cause
from leaderboard.suite import load_suite
from tests.builders import request_for, task_result

_CHILD = """
import json, pathlib, sys
result, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
for task in json.loads((folder / "job.json").read_text())["tasks"]:
    name = task["declaration"]["id"]
    (folder / "results" / f"{name}.json").write_bytes(result.read_bytes())
    print(json.dumps({"event": "task_finished", "task": name}), flush=True)
"""


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("\x1b[2J\u202eabc", "\ufffd[2J\ufffdabc"),
        ("hf_abcdefghijklm", "***"),
        ("/home/ana/modelos/x", "…"),
        ("k" * 600, "k" * 400),
    ],
)
def test_what_a_bad_result_says_is_told_in_one_clean_line(key: str, shown: str, tmp_path: Path):
    suite = load_suite("muestra")
    asked = request_for(suite)
    result = task_result(asked, suite.tasks[0]).model_dump(mode="json")
    (tmp_path / "result.json").write_text(json.dumps({**result, key: 1}), encoding="utf-8")
    child = (sys.executable, "-S", "-c", _CHILD, str(tmp_path / "result.json"))

    trial = SmokeTest(tmp_path, "cpu", 1, None, seconds=60.0, child_command=child).of(asked, None)

    assert trial.items == 0
    assert trial.failure is not None
    assert trial.failure.cause is Cause.ENGINE_ERROR
    assert shown in trial.failure.detail
    assert key not in trial.failure.detail
    assert len(trial.failure.detail) <= 500
