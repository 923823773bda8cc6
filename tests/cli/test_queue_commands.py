"""`queue`, `retry`, `cancel`, `take-down` and `reevaluate`, as a maintainer runs them."""

import json
import os
import subprocess
import sys

import pytest

from leaderboard.queue import Failed
from leaderboard.records import Cause, ModelSource, Precision, Status, utc_now
from leaderboard.results import finished_run, reference_to
from leaderboard.store import FolderStore
from tests.builders import evaluation, failure, finish, model, request_for, take, tell
from tests.cli.conftest import Place


def test_the_commands_in_processes_of_their_own(place: Place):
    """The same through `python -m leaderboard`: exit status, what is printed where, what becomes of the queue."""
    asked = place.failed("meiga-1b", Cause.GATED)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "leaderboard", *arguments]
        environment = {**os.environ, "PYTHONPATH": "src"}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    retried = run("retry", asked.id, "--json")
    assert (retried.returncode, json.loads(retried.stdout)) == (0, [{"id": asked.id, "status": "PENDING"}])
    assert place.state(asked).status is Status.PENDING

    refused = run("reevaluate", "--model", "nobody-1b")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("Nothing in the queue fits.")
    assert "Traceback" not in refused.stderr


def test_the_queue_lists_every_request_and_where_it_stands(place: Place):
    asked = [place.finished(), place.failed("gated-1b", Cause.GATED), place.waiting("waiting-1b")]
    said = place.run("queue")
    assert said.status == 0
    header, *lines = said.out.splitlines()
    assert header.split() == ["id", "model", "precision", "status", "attempt", "cause"]
    assert {line.split()[0]: line.split()[3] for line in lines} == {
        one.id: status for one, status in zip(asked, ["FINISHED", "FAILED", "PENDING"], strict=True)
    }
    rows = place.json("queue")
    assert [row["id"] for row in rows] == list(place.queue.view().entries)
    assert [(row["cause"], row["detail"]) for row in rows if row["cause"]] == [("gated", "it broke")]


@pytest.mark.parametrize(
    ("status", "models"), [("FAILED", ["gated-1b"]), ("PENDING", ["waiting-1b"]), ("CANCELLED", [])]
)
def test_the_queue_can_be_asked_for_one_status(place: Place, status: str, models: list[str]):
    place.finished()
    place.failed("gated-1b", Cause.GATED)
    place.waiting("waiting-1b")
    assert [row["model"] for row in place.json("queue", "--status", status)] == models


def test_a_broken_file_is_named_and_the_rest_is_listed(place: Place):
    asked = place.waiting("waiting-1b")
    FolderStore(place.folder / "eval_queue").commit({"requests/00/broken.json": b"{"}, message="m", parent=None)
    said = place.run("queue", "--json")
    assert said.status == 0
    assert [row["id"] for row in json.loads(said.out)] == [asked.id]
    assert "warning: requests/00/broken.json" in said.err


def test_several_requests_are_retried_at_once(place: Place):
    failed = [place.failed(name, Cause.GATED) for name in ("one-1b", "two-1b")]
    said = place.run("retry", *(one.id for one in failed))
    assert (said.status, said.out) == (0, "Back in the queue.\n")
    assert {place.state(one).status for one in failed} == {Status.PENDING}


def test_of_several_requests_an_unknown_one_is_named_and_none_is_retried(place: Place):
    failed = place.failed("one-1b", Cause.GATED)
    before = place.files()
    said = place.run("retry", failed.id, "f" * 32, "e" * 32)
    assert (said.status, said.out) == (2, "")
    assert f"There is no request {'f' * 32}, {'e' * 32}." in said.err
    assert failed.id not in said.err
    assert place.files() == before


def test_what_cannot_be_retried_is_refused_and_nothing_changes(place: Place):
    failed, done = place.failed("one-1b", Cause.GATED), place.finished()
    before = place.files()
    said = place.run("retry", failed.id, done.id)
    assert said.status == 2
    assert "this one is FINISHED" in said.err
    assert place.files() == before


def test_a_waiting_request_is_cancelled(place: Place):
    asked, other = place.waiting("one-1b"), place.waiting("two-1b")
    assert place.json("cancel", asked.id) == {"id": asked.id, "status": "CANCELLED"}
    assert (place.state(asked).status, place.state(other).status) == (Status.CANCELLED, Status.PENDING)
    again = place.run("cancel", asked.id)
    assert again.status == 2
    assert "CANCELLED cannot be cancelled" in again.err
    unknown = place.run("cancel", "f" * 32)
    assert (unknown.status, "f" * 32 in unknown.err) == (2, True)
    assert place.run("retry", asked.id).status == 0


def test_incident_26_a_model_is_taken_down_with_all_its_requests_and_leaves_the_ranking(place: Place):
    asked, again = place.finished(), place.finished(precision=Precision.FLOAT32)
    other = place.finished("other-1b")
    said = place.run("take-down", asked.id)
    assert (said.status, said.out) == (0, "Taken down: 2 requests.\n")
    assert [place.state(one).status for one in (asked, again, other)] == ["WITHDRAWN", "WITHDRAWN", "FINISHED"]
    assert [row["model"] for row in place.json("board")] == ["other-1b"]
    rows = {row["id"]: row["withdrawal"] for row in place.json("queue")}
    assert rows[asked.id]["reason"] == "takedown"
    assert rows[other.id] is None


def test_what_is_not_there_or_is_down_already_cannot_be_taken_down(place: Place):
    asked = place.finished()
    assert place.json("take-down", asked.id) == [{"id": asked.id, "status": "WITHDRAWN"}]
    before = place.files()
    for request_id, words in ((asked.id, ""), ("f" * 32, "There is no request")):
        said = place.run("take-down", request_id)
        assert (said.status, said.out) == (2, "")
        assert said.err.startswith(words)
    assert place.files() == before


def test_incident_06_26_everything_of_an_account_is_listed_however_it_ended(place: Place):
    of_hub = {name: model(name, source=ModelSource.HUB) for name in ("ana/one", "somos/two", "other/three")}
    submitters = {"ana/one": "berta", "somos/two": "Ana", "other/three": "anabel"}
    for name, asked in ((name, request_for(place.suite, model=one)) for name, one in of_hub.items()):
        place.queue.submit(asked.replaced(submitted_by=submitters[name]))
        if name == "ana/one":
            take(place.queue)
            tell(place.queue, Failed(asked.id, 1, failure()))
    rows = place.json("queue", "--owner", "ANA")
    assert {row["model"]: (row["submitted_by"], row["status"]) for row in rows} == {
        "ana/one": ("berta", "FAILED"),
        "somos/two": ("Ana", "PENDING"),
    }
    assert place.json("queue", "--owner", "nobody") == []
    assert [row["model"] for row in place.json("queue", "--owner", "ana", "--status", "FAILED")] == ["ana/one"]


def test_one_request_is_measured_again(place: Place):
    asked, other = place.finished(), place.finished("other-1b")
    (line,) = place.json("reevaluate", "--request", asked.id)
    assert line == {
        "id": asked.id,
        "model": "meiga-1b",
        "precision": "bfloat16",
        "tasks": 2,
        "items": 8,
        "seconds": 3.0,
        "tasks_without_a_time": 0,
        "waits_already": False,
    }
    state = place.state(asked)
    assert (state.status, state.fresh_from) == (Status.PENDING, 2)
    assert state.run is not None, "what was published stays until the new is there"
    assert place.state(other).status is Status.FINISHED


def test_every_version_of_a_model_is_measured_again(place: Place):
    asked = [place.finished(), place.finished(precision=Precision.FLOAT32)]
    other = place.finished("other-1b")
    lines = place.json("reevaluate", "--model", "meiga-1b")
    assert {(line["id"], line["precision"]) for line in lines} == {
        (asked[0].id, "bfloat16"),
        (asked[1].id, "float32"),
    }
    assert {place.state(one).status for one in asked} == {Status.PENDING}
    assert place.state(other).status is Status.FINISHED


def test_one_task_of_every_model_becomes_requests_of_their_own(place: Place):
    asked = [place.finished(), place.finished("other-1b")]
    said = place.run("reevaluate", "--task", "sumas")
    assert said.status == 0
    assert said.out.splitlines()[-1] == "About 3 s on the hardware of before, and 0 tasks that were not timed yet."
    new = [entry for entry in place.queue.view().entries.values() if entry.id not in {one.id for one in asked}]
    assert {(entry.request.model.name, entry.request.tasks[0].task) for entry in new} == {
        ("meiga-1b", "sumas"),
        ("other-1b", "sumas"),
    }
    assert {len(entry.request.tasks) for entry in new} == {1}
    assert {entry.id for entry in new} == {line.split()[0] for line in said.out.splitlines()[1:-1]}
    assert {place.state(one).status for one in asked} == {Status.FINISHED}


def test_what_a_changed_suite_has_outdated_is_measured_again(place: Place):
    place.finished()
    assert place.run("reevaluate", "--outdated").status == 2
    place.change_the_suite()
    (line,) = place.json("reevaluate", "--outdated")
    (wish,) = place.queue.view().pending()
    assert (line["id"], line["tasks"], line["waits_already"]) == (wish.id, 1, False)
    assert wish.request.tasks == tuple(one for one in place.suite.wanted() if one.task == "sumas")

    before = place.files()
    (again,) = place.json("reevaluate", "--outdated")
    assert (again["id"], again["waits_already"]) == (wish.id, True)
    assert place.files() == before, "asking again changes nothing"


def test_what_failed_for_a_cause_goes_back_into_the_queue(place: Place):
    lost, gated = place.failed("lost-1b", Cause.TOKENIZER), place.failed("gated-1b", Cause.GATED)
    (row,) = place.json("reevaluate", "--cause", "tokenizer")
    assert row["id"] == lost.id
    assert (place.state(lost).status, place.state(lost).fresh_from) == (Status.PENDING, 1)
    assert place.state(gated).status is Status.FAILED
    again = place.run("reevaluate", "--cause", "tokenizer")
    assert (again.status, "No request failed for tokenizer" in again.err) == (2, True)


@pytest.mark.parametrize(
    "choice",
    [["--request", "{id}"], ["--model", "meiga-1b"], ["--task", "sumas"], ["--outdated"], ["--cause", "gated"]],
    ids=lambda choice: choice[0],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_dry_run_lists_the_same_and_changes_nothing(place: Place, choice: list[str], as_json: bool):
    asked = place.finished()
    place.failed("gated-1b", Cause.GATED)
    place.change_the_suite()
    arguments = ["reevaluate", *(one.format(id=asked.id) for one in choice), *(["--json"] if as_json else [])]
    before = place.files()

    tried = place.run(*arguments, "--dry-run")
    assert tried.status == 0
    assert place.files() == before

    done = place.run(*arguments)
    assert done.out == tried.out
    assert place.files() != before
    assert "meiga-1b" in done.out or "gated-1b" in done.out
    if as_json:
        assert len(json.loads(done.out)) == 1


def test_what_was_not_timed_yet_is_said(place: Place):
    asked = request_for(place.suite)
    ran = evaluation(asked, place.suite, {"refranes": 1})
    finished_run(ran.manifest, ran.results).commit(FolderStore(place.folder / "results"), "m")
    finish(place.queue, asked, reference_to(ran.manifest), failure())
    said = place.run("reevaluate", "--model", "meiga-1b", "--dry-run")
    assert said.out.splitlines()[-1] == "About 2 s on the hardware of before, and 1 tasks that were not timed yet."


@pytest.mark.parametrize(
    "arguments",
    [
        ["reevaluate"],
        ["reevaluate", "--outdated", "--model", "meiga-1b"],
        ["reevaluate", "--cause", "tired"],
        ["retry"],
        ["cancel"],
        ["queue", "--dry-run"],
        ["queue", "--status", "LOST"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_meant_is_refused(place: Place, arguments: list[str]):
    place.finished()
    before = place.files()
    said = place.run(*arguments)
    assert (said.status, said.out) == (2, "")
    assert "usage:" in said.err
    assert place.files() == before


@pytest.mark.parametrize("option", ["--request", "--model", "--task"])
def test_what_is_not_there_cannot_be_measured_again(place: Place, option: str):
    place.finished()
    before = place.files()
    said = place.run("reevaluate", option, "f" * 32)
    assert (said.status, said.out) == (2, "")
    assert "Nothing in the queue fits" in said.err
    assert place.files() == before


def test_a_new_request_was_submitted_when_it_was_asked_for(place: Place):
    place.finished()
    before = utc_now()
    place.run("reevaluate", "--task", "sumas")
    (wish,) = (entry for entry in place.queue.view().entries.values() if len(entry.request.tasks) == 1)
    assert before <= wish.request.submitted_at <= utc_now()
