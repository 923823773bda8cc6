"""The commands as a maintainer runs them, in processes of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hub_server import Fault, HubServer, Kind
from tests.small_suites import small_suite


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": "src",
        "LEADERBOARD_QUEUE": str(tmp_path / "eval_queue"),
        "LEADERBOARD_RESULTS": str(tmp_path / "results"),
        "LEADERBOARD_WORK": str(tmp_path / "work"),
        "LEADERBOARD_DEVICE": "cpu",
        "HF_ENDPOINT": "http://127.0.0.1:9",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "leaderboard", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def run_json(environment: dict[str, str], *arguments: str) -> Any:
    done = run(environment, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_submit_queue_worker_and_board(environment: dict[str, str], tiny_model: Path, tmp_path: Path) -> None:
    suite = small_suite(tmp_path, "expresiones", "gramatica", "catala", "euskara", "galego", every=8)
    environment["LEADERBOARD_SUITE"] = str(suite)
    submitted = run_json(environment, "submit", str(tiny_model), "--precision", "float32")
    (waiting,) = run_json(environment, "queue")
    assert (
        waiting.items()
        >= {
            "id": submitted["id"],
            "model": "tiny-llama",
            "revision": submitted["revision"],
            "status": "PENDING",
            "attempt": 0,
            "worker": None,
            "cause": None,
        }.items()
    )

    assert run(environment, "submit", "dummy", "--baseline").returncode == 0
    assert run_json(environment, "worker", "--once") == {"evaluated": 2}

    ended = {one["model"]: (one["status"], one["attempt"]) for one in run_json(environment, "queue")}
    assert ended == {"tiny-llama": ("FINISHED", 1), "dummy": ("FINISHED", 1)}
    rows = {row["model"]: row for row in run_json(environment, "board")}
    guessing, row = rows["dummy"], rows["tiny-llama"]
    assert (guessing["rank"], guessing["complete"], set(guessing["tasks"])) == (None, True, set(row["tasks"]))
    assert (row["model"], row["revision"], row["precision"]) == ("tiny-llama", submitted["revision"], "float32")
    assert set(row["languages"]) == {"es", "ca", "eu", "gl"}
    in_mexico = [score for score in row["countries"] if score["country"] == "MX"]
    assert {score["construct"] for score in in_mexico} == {"variety_comprehension", "grammar"}
    printed = run(environment, "board", "--countries").stdout
    assert len(printed.splitlines()) == 1 + sum(len(one["countries"]) for one in rows.values())
    assert "MX" in printed
    assert (row["view"], row["average"]) == ("es", row["languages"]["es"])
    assert row["views"]["all"]["score"] == pytest.approx(sum(row["languages"].values()) / 4)
    for standing in row["views"].values():
        assert (standing["rank"], standing["ranks"], standing["may_be_best"]) == (1, [1, 1], True)
        assert standing["interval"]["low"] < standing["score"] < standing["interval"]["high"]
    by_galician = {one["model"]: one for one in run_json(environment, "board", "--view", "gl")}["tiny-llama"]
    assert (by_galician["view"], by_galician["average"]) == ("gl", row["languages"]["gl"])
    for cell in row["tasks"].values():
        assert cell["normalised"] == pytest.approx((cell["raw"] - cell["chance"]) / (1 - cell["chance"]))
        assert 0 <= cell["raw"] <= 1
        assert cell["items"] >= 10
    table = run(environment, "board").stdout
    assert ["1", "1", "tiny-llama"] in [line.split()[:3] for line in table.splitlines()]


def test_a_refusal_says_why_and_leaves_the_queue_alone(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, "submit", str(tmp_path / "nothing"))

    assert done.returncode == 1
    assert "There is no folder" in done.stderr
    assert run_json(environment, "queue") == []


def test_a_check_ends_with_1_where_a_submission_would_be_refused(environment: dict[str, str], tmp_path: Path) -> None:
    done = run(environment, "check", str(tmp_path / "nothing"))

    assert done.returncode == 1
    assert "There is no folder" in done.stdout
    assert done.stderr == ""


def test_a_store_that_cannot_be_reached_is_told_in_a_sentence(environment: dict[str, str], hub: HubServer) -> None:
    hub.add_dataset("somos/requests", {})
    hub.faults.play(Fault.RATE_LIMITED, times=None, on=Kind.REFS, seconds=600)
    on_hub = {**environment, "LEADERBOARD_QUEUE": "hf://datasets/somos/requests", "HF_ENDPOINT": hub.url}
    done = run(on_hub, "queue")

    assert done.returncode == 2
    assert "somos/requests cannot be reached now" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_location_that_is_none_is_refused_by_name(environment: dict[str, str]) -> None:
    done = run({**environment, "LEADERBOARD_QUEUE": "hf://somos/requests"}, "queue")

    assert done.returncode == 2
    assert "hf://somos/requests" in done.stderr
    assert "hf://datasets/ORGANISATION/NAME" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_whole_road_with_both_stores_on_a_hub(
    environment: dict[str, str], hub: HubServer, tiny_model: Path, tmp_path: Path
) -> None:
    """Submit on one machine, evaluate on another, read on a third."""
    token = "hf_" + "t" * 34
    for dataset in ("somos/requests", "somos/results"):
        hub.add_dataset(dataset, {"README.md": "# Ranking 600M"})
    hub.add_token(token, user="somos", may_write=hub.datasets.keys())
    on_hub = {
        **environment,
        "LEADERBOARD_QUEUE": "hf://datasets/somos/requests",
        "LEADERBOARD_RESULTS": "hf://datasets/somos/results",
        "LEADERBOARD_SUITE": str(small_suite(tmp_path, "euskara", "galego", every=8)),
        "HF_ENDPOINT": hub.url,
        "HF_TOKEN": token,
    }
    hub.add_folder("somos/tiny-llama", tiny_model)
    machines = [{**on_hub, "LEADERBOARD_WORK": str(tmp_path / name)} for name in ("page", "gpu", "reader")]
    submitted = run_json(machines[0], "submit", "somos/tiny-llama", "--precision", "float32")
    assert run_json(machines[1], "worker", "--once") == {"evaluated": 1}

    (row,) = run_json({**machines[2], "HF_TOKEN": ""}, "board")
    assert (row["model"], row["request"], row["complete"]) == ("somos/tiny-llama", submitted["id"], True)
    (entry,) = run_json({**machines[2], "HF_TOKEN": ""}, "queue")
    assert entry["status"] == "FINISHED"
    assert token not in str([commit.files for one in hub.datasets.values() for commit in one.commits])
    # Nothing is fetched of the weights, and nothing asked with the token, but what belongs to the stores.
    assert {path.split("/")[3] for path in hub.authorised_requests if "tiny-llama" in path} == set()


def test_a_suite_that_is_not_there_names_the_ones_that_are(environment: dict[str, str]) -> None:
    done = run({**environment, "LEADERBOARD_SUITE": "nada"}, "board")

    assert done.returncode == 2
    assert "Known suites: muestra" in done.stderr


def test_a_setting_that_cannot_be_is_named(environment: dict[str, str]) -> None:
    done = run({**environment, "LEADERBOARD_POLL_SECONDS": "often"}, "board")

    assert done.returncode == 2
    assert "LEADERBOARD_POLL_SECONDS" in done.stderr


def test_retry_of_what_is_not_there(environment: dict[str, str]) -> None:
    done = run(environment, "retry", "0" * 32)

    assert done.returncode == 2
    assert "There is no request" in done.stderr


def test_the_suite_is_listed_and_counted(environment: dict[str, str]) -> None:
    entries = run_json(environment, "suite", "list")
    assert {entry["id"] for entry in entries} >= {"expresiones", "calculo_eu"}
    keys = {"id", "language", "variety", "area", "metric", "shots", "chance", "items", "licence", "origin", "dataset"}
    assert all(keys <= entry.keys() for entry in entries)

    counts = json.loads(run(environment, "suite", "items").stdout)
    assert counts["total"]["items"] == sum(entry["items"] for entry in entries)
    assert counts["places"]["MX"] >= 20


def test_generated_items_can_be_made_while_the_suite_cannot_be_loaded(
    environment: dict[str, str], tmp_path: Path
) -> None:
    done = run({**environment, "LEADERBOARD_SUITE": "nada"}, "suite", "generate", "--into", str(tmp_path))

    assert done.returncode == 0, done.stderr
    made = (tmp_path / "calculo_gl.jsonl").read_text(encoding="utf-8")
    assert made == (Path("suites/muestra/calculo_gl.jsonl")).read_text(encoding="utf-8")


def test_a_review_without_a_place_names_the_places(environment: dict[str, str]) -> None:
    done = run(environment, "suite", "review")

    assert done.returncode == 2
    assert "ES-canarias" in done.stderr
