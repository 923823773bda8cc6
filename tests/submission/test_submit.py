"""From what was typed to a request in the queue. The part of the Hub is tested against a Hub, elsewhere."""

from importlib.metadata import version
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue
from leaderboard.records import ChatTemplate, ModelSource, ModelType, Precision
from leaderboard.store import FolderStore
from leaderboard.submission import ProblemCode, SubmissionDesk, SubmissionRefusedError, Wish
from tests.builders import NOW, tiny_suite
from tests.submission.model_folders import write_json, write_model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model_folder(tmp_path / "models/meiga-1b")


@pytest.fixture
def desk(tmp_path: Path) -> SubmissionDesk:
    return SubmissionDesk(
        queue=Queue(FolderStore(tmp_path / "eval_queue")),
        suite=tiny_suite(tmp_path / "suites"),
        local_models=LocalModels(tmp_path / "work"),
        hub=HfApi(endpoint="http://127.0.0.1:9"),
        clock=lambda: NOW,
    )


def refusal(desk: SubmissionDesk, wish: Wish, *, folders_allowed: bool = True) -> SubmissionRefusedError:
    """Submit and return the refusal; nothing may have been queued."""
    before = list(desk.queue.view().entries)
    with pytest.raises(SubmissionRefusedError) as refused:
        desk.submit(wish, folders_allowed=folders_allowed)
    assert list(desk.queue.view().entries) == before
    return refused.value


def test_a_folder_becomes_a_request_for_the_whole_suite(desk: SubmissionDesk, folder: Path):
    request = desk.submit(Wish(str(folder)), folders_allowed=True)
    assert [entry.request for entry in desk.queue.view().pending()] == [request]
    assert (request.model.source, request.model.name) == (ModelSource.LOCAL, "meiga-1b")
    assert request.tasks == tuple(sorted(desk.suite.wanted(), key=lambda one: one.task))
    assert request.suite == desk.suite.label
    assert request.submitted_at == NOW
    # auto is the precision of the weights, which this folder stores in float32
    assert (request.precision, request.chat_template) == (Precision.FLOAT32, ChatTemplate.AUTO)


def test_the_folder_is_remembered_on_this_machine_and_not_in_the_queue(
    desk: SubmissionDesk, folder: Path, tmp_path: Path
):
    request = desk.submit(Wish(f"  {folder}/ "), folders_allowed=True)
    assert desk.local_models.folder(request.model.revision) == folder
    stored = b"".join(FolderStore(tmp_path / "eval_queue").snapshot().files.values())
    assert str(tmp_path).encode() not in stored


def test_the_choices_are_kept(desk: SubmissionDesk, folder: Path):
    request = desk.submit(Wish(str(folder), precision="float32", chat_template="none"), folders_allowed=True)
    assert (request.precision, request.chat_template) == (Precision.FLOAT32, ChatTemplate.NONE)


def test_incident_08_the_same_wish_twice_is_refused_and_says_where_the_first_stands(desk: SubmissionDesk, folder: Path):
    first = desk.submit(Wish(str(folder)), folders_allowed=True)
    problem = refusal(desk, Wish(str(folder))).problem
    assert problem.code is ProblemCode.DUPLICATE
    assert problem.parameters == {"model": "meiga-1b", "id": first.id, "status": "PENDING"}


def test_incident_08_a_copy_of_the_folder_under_the_same_name_is_the_same_wish(
    desk: SubmissionDesk, folder: Path, tmp_path: Path
):
    desk.submit(Wish(str(folder)), folders_allowed=True)
    copy = write_model_folder(tmp_path / "elsewhere/meiga-1b")
    assert refusal(desk, Wish(str(copy))).problem.code is ProblemCode.DUPLICATE


def test_incident_07_changed_files_or_another_precision_are_another_request(desk: SubmissionDesk, folder: Path):
    wishes = [Wish(str(folder)), Wish(str(folder), precision="bfloat16")]
    for wish in wishes:
        desk.submit(wish, folders_allowed=True)
    write_json(folder / "config.json", {"model_type": "llama", "rope_theta": 5})
    desk.submit(Wish(str(folder)), folders_allowed=True)
    assert len(desk.queue.view().entries) == 3


@pytest.mark.parametrize("model", ["", "   ", "\n"])
def test_nothing_typed_is_refused(desk: SubmissionDesk, model: str):
    assert refusal(desk, Wish(model)).problem.code is ProblemCode.MODEL_MISSING


@pytest.mark.parametrize(
    "wish",
    [
        Wish("{folder}", precision="int8"),
        Wish("{folder}", precision="none"),
        Wish("{folder}", precision=""),
        Wish("{folder}", chat_template="always"),
        Wish("{folder}", precision="x" * 5000),
        Wish("dummy", baseline=True, chat_template="always"),
    ],
)
def test_a_forged_choice_is_refused(desk: SubmissionDesk, folder: Path, wish: Wish):
    problem = refusal(
        desk, Wish(wish.model.format(folder=folder), "", wish.precision, wish.chat_template, wish.baseline)
    ).problem
    assert problem.code is ProblemCode.INVALID_CHOICE
    assert len(problem.parameters["choice"]) <= 40


def test_folders_are_refused_where_they_are_not_allowed_and_nothing_is_told_of_the_disk(
    desk: SubmissionDesk, folder: Path
):
    there, nowhere = (
        refusal(desk, Wish(str(path)), folders_allowed=False).problem for path in (folder, folder / "nothing")
    )
    assert there == nowhere
    assert there.code is ProblemCode.LOCAL_NOT_ALLOWED
    assert desk.local_models.folder("0" * 64) is None


def test_a_relative_folder_that_is_there_is_no_different_from_one_that_is_not_where_folders_are_not_allowed(
    desk: SubmissionDesk, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder.parents[1])
    answers = {
        refusal(desk, Wish(text), folders_allowed=False).problem.code for text in ("models", "nothing", "models/--")
    }
    assert answers == {ProblemCode.INVALID_MODEL_ID}


def test_a_folder_has_no_revisions(desk: SubmissionDesk, folder: Path):
    assert refusal(desk, Wish(str(folder), revision="main")).problem.code is ProblemCode.LOCAL_WITH_REVISION


@pytest.mark.parametrize("text", ["/nowhere/meiga", "~/nowhere/meiga", "~nobody-of-that-name/meiga", "/" + "a" * 300])
def test_a_folder_that_is_not_there_is_refused(desk: SubmissionDesk, text: str):
    assert refusal(desk, Wish(text)).problem.code is ProblemCode.FOLDER_NOT_FOUND


@pytest.mark.parametrize("text", ["meiga", "org/model/x", "../etc\0", "org/<b>", "a" * 300])
def test_what_is_neither_folder_nor_name_is_refused(desk: SubmissionDesk, text: str):
    codes = {ProblemCode.INVALID_MODEL_ID, ProblemCode.FOLDER_NOT_FOUND}
    assert refusal(desk, Wish(text)).problem.code in codes


def test_a_home_folder_is_found(desk: SubmissionDesk, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert desk.submit(Wish("~/meiga-1b"), folders_allowed=True).model.name == "meiga-1b"


@pytest.mark.parametrize("allowed", [True, False])
def test_the_guessing_baseline_is_the_version_of_its_program(desk: SubmissionDesk, allowed: bool):
    request = desk.submit(Wish("dummy", baseline=True), folders_allowed=allowed)
    assert (request.model.source, request.model.revision) == (ModelSource.BASELINE, version("lm_eval"))
    assert request.precision is Precision.NONE
    assert request.facts.type is ModelType.BASELINE
    assert request.facts.parameters is None


def test_an_unknown_baseline_is_refused_with_the_known_ones(desk: SubmissionDesk):
    problem = refusal(desk, Wish("openai", baseline=True)).problem
    assert problem.code is ProblemCode.UNKNOWN_BASELINE
    assert problem.parameters == {"baseline": "openai", "known": "dummy"}
