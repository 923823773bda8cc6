"""`import-template`, `import-lm-eval` and `imported` as a maintainer runs them."""

import json
from pathlib import Path
from typing import Any

import pytest

from leaderboard.cli.main import main
from tests.builders import declaration, write_suite
from tests.exchange.samples_builders import RESULT, put_run, samples_name
from tests.exchange.template_builders import SHA, put, request_file, template_result

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folders of another leaderboard, and this one's places in the environment."""
    for variable, folder in (("QUEUE", "eval_queue"), ("RESULTS", "own_results"), ("WORK", "work")):
        monkeypatch.setenv(f"LEADERBOARD_{variable}", str(tmp_path / folder))
    monkeypatch.delenv("LEADERBOARD_SUITE", raising=False)
    put(tmp_path / "requests", "org/meiga-1b_eval_request_False_bfloat16_Original.json", request_file())
    put(tmp_path / "results", "org/meiga-1b/results_1.json", template_result())
    return tmp_path


def run(there: Path, *options: str) -> int:
    return main(["import-template", str(there / "requests"), str(there / "results"), *options])


def printed_json(captured: Captured) -> Any:
    return json.loads(captured.readouterr().out)


def test_every_file_has_a_line_and_the_last_one_sums_up(there: Path, capsys: Captured):
    put(there / "results", "old.json", template_result(model_sha=""))
    put(there / "results", "README.md", b"text")
    assert run(there) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("taken          request  org/meiga-1b_eval_request_False_bfloat16_Original.json: org/")
    assert lines[1].startswith("history        result   old.json: org/meiga-1b, figures: 1, kept unranked: it names no")
    assert lines[2].startswith(f"taken          result   org/meiga-1b/results_1.json: org/meiga-1b@{SHA[:12]}")
    assert lines[3] == (
        "3 files: 2 taken, 1 history, 0 known, 0 nothing to do, 0 not taken; "
        "not looked at, because they are no JSON: 1."
    )


def test_a_second_time_everything_is_known(there: Path, capsys: Captured):
    run(there)
    capsys.readouterr()
    assert run(there, "--json") == 0
    assert [one["outcome"] for one in printed_json(capsys)] == ["known", "known"]


def test_one_file_that_was_not_taken_gives_status_1(there: Path, capsys: Captured):
    put(there / "results", "broken.json", b"{")
    assert run(there, "--json") == 1
    broken, _ = [one for one in printed_json(capsys) if one["kind"] == "result"]
    assert (broken["path"], broken["outcome"], broken["id"]) == ("broken.json", "not taken", None)
    assert "it is not JSON" in broken["reason"]


def test_a_dry_run_writes_nothing_and_says_so(there: Path, capsys: Captured):
    assert run(there, "--dry-run") == 0
    assert capsys.readouterr().out.endswith(" Nothing was written.\n")
    assert main(["imported", "--json"]) == main(["queue", "--json"]) == 0
    assert capsys.readouterr().out == "[]\n[]\n"


def test_what_is_queued_is_in_the_queue(there: Path, capsys: Captured):
    run(there)
    capsys.readouterr()
    main(["queue", "--json"])
    (waiting,) = printed_json(capsys)
    assert (waiting["model"], waiting["revision"], waiting["status"]) == ("org/meiga-1b", SHA, "PENDING")


def test_what_was_kept_is_listed(there: Path, capsys: Captured):
    put(there / "results", "old.json", template_result(model_sha="main"))
    run(there)
    capsys.readouterr()
    assert main(["imported"]) == 0
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["model", "revision", "precision", "tasks", "file"],
        ["org/meiga-1b", "unknown", "float16", "1", "results/old.json"],
        ["org/meiga-1b", SHA[:12], "float16", "1", "results/org/meiga-1b/results_1.json"],
    ]
    main(["imported", "--json"])
    old, new = printed_json(capsys)
    assert (old["rankable"], old["revision"], new["rankable"], new["revision"]) == (False, None, True, SHA)
    assert new["tasks"][0]["value"] == 0.25


def test_a_kept_file_that_is_broken_is_warned_of(there: Path, capsys: Captured):
    run(there)
    put(there / "own_results", f"imported/00/{'0' * 64}.json", b"{")
    capsys.readouterr()
    assert main(["imported", "--json"]) == 0
    captured = capsys.readouterr()
    assert len(json.loads(captured.out)) == 1
    assert captured.err.startswith(f"warning: imported/00/{'0' * 64}.json: ")


def test_a_folder_that_is_not_there_gives_status_2(there: Path, capsys: Captured):
    assert main(["import-template", str(there / "nowhere"), str(there / "results")]) == 2
    assert "nowhere cannot be read as a folder" in capsys.readouterr().err


def test_results_of_lm_eval_are_counted_and_what_is_left_is_told_why(there: Path, capsys: Captured):
    folder = there / "lm_eval"
    put_run(folder, (1.0, 0.0))
    broken = put(folder, "broken.json", b"{")
    orphan = put(folder, samples_name("copa_es", "2024-01-01T00-00-00"), b"{")
    assert main(["import-lm-eval", str(folder), "--json"]) == 1
    said = printed_json(capsys)
    assert list(said) == ["taken", "left"]
    assert said["taken"] == 1
    assert [(one["file"], one["why"].partition(":")[0].partition(" (")[0]) for one in said["left"]] == [
        (str(broken), "it is not JSON"),
        (str(orphan), "no result file lies beside it that its name belongs to"),
    ]
    assert all(set(one) == {"file", "why"} for one in said["left"])


def test_a_second_import_of_lm_evals_results_counts_them_again_and_says_that_they_are_known(
    there: Path, capsys: Captured
):
    folder = there / "lm_eval"
    put_run(folder, (1.0, 0.0))
    for _ in range(2):
        assert main(["import-lm-eval", str(folder), "--json"]) == 0
        assert printed_json(capsys) == {"taken": 1, "left": []}
    assert main(["import-lm-eval", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"known          result   {folder / RESULT}: imported before"
    assert lines[-1] == "2 files: 0 taken, 0 history, 2 known, 0 nothing to do, 0 not taken."


def test_a_dry_run_of_lm_evals_results_writes_nothing(there: Path, capsys: Captured):
    put_run(there / "lm_eval", (1.0, 0.0))
    assert main(["import-lm-eval", str(there / "lm_eval"), "--dry-run", "--json"]) == 0
    assert printed_json(capsys) == {"taken": 1, "left": []}
    main(["imported", "--json"])
    assert printed_json(capsys) == []


def test_a_path_that_is_not_there_gives_status_2(there: Path, capsys: Captured):
    assert main(["import-lm-eval", str(there / "nowhere")]) == 2
    assert "nowhere does not exist" in capsys.readouterr().err


def test_a_path_that_is_too_long_gives_status_2(there: Path, capsys: Captured):
    assert main(["import-lm-eval", str(there / ("a" * 300))]) == 2
    assert "cannot be read (File name too long). Check the path." in capsys.readouterr().err


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    "arguments", [["import-lm-eval", ""], ["import-template", "", "x"], ["import-template", "x", ""]]
)
def test_an_empty_path_is_not_the_working_directory(capsys: Captured, arguments: list[str]):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "a path is empty" in capsys.readouterr().err


def test_what_was_kept_stands_under_our_tasks_names_too(there: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured):
    tasks = [declaration("refranes", aliases=["copa_es"])]
    monkeypatch.setenv("LEADERBOARD_SUITE", str(write_suite(there / "suite", tasks)))
    put_run(there / "lm_eval", (1.0, 1.0, 1.0, 0.0))
    main(["import-lm-eval", str(there / "lm_eval")])
    capsys.readouterr()
    assert main(["imported", "--json"]) == 0
    (kept,) = printed_json(capsys)
    assert (kept["tasks_with_items"], "samples" in kept) == (["copa_es"], False)
    cell = kept["cells"]["refranes"]
    assert (cell["raw"], cell["chance"], cell["normalised"], cell["items"]) == (0.75, 0.5, 0.5, 4)
    assert (cell["task_there"], cell["shots"], cell["own_shots"]) == ("copa_es", 0, 0)
    assert cell["interval"]["method"] == "wilson"
    assert main(["imported", "--rows"]) == 0
    (row,) = printed_json(capsys)
    assert (row["model"], row["cells"], row["sources"]) == ("org/meiga-1b", {"refranes": cell}, [f"lm_eval/{RESULT}"])
    assert row["why_unranked"].startswith("it names no full commit sha")
