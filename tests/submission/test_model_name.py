"""What was typed: a name on the Hub, a revision, or a folder."""

from pathlib import Path

import pytest

from leaderboard.submission import ProblemCode, SubmissionRefusedError
from leaderboard.submission.model_name import check_hub_id, check_revision, echo, looks_like_folder, typed_folder
from tests.submission.telling import code_of


@pytest.mark.parametrize(
    "name", ["org/model", "BSC-LT/salamandra-2b", "a/b", "Org1/Model_1.5-instruct", "o" * 96 + "/m"]
)
def test_a_name_of_the_hub_is_returned(name: str):
    assert check_hub_id(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "model",
        "org/",
        "/model",
        "org/model/extra",
        "org//model",
        "org/../etc",
        "org/a..b",
        "org/a--b",
        "org/.hidden",
        "org/-model",
        "org/model.git",
        "org/model.",
        "org/model-",
        "org/mod el",
        "org/model\n",
        "org/modelo-ñ",
        "org/m\u202eodel",
        "org/<b>",
        "org/model?x=1",
        "org/model#x",
        "https://huggingface.co/org/model",
        "o" * 97 + "/m",
        "x" * 10_000,
    ],
)
def test_what_cannot_be_a_name_of_the_hub_is_refused(name: str):
    with pytest.raises(SubmissionRefusedError) as refused:
        check_hub_id(name)
    assert code_of(refused.value) is ProblemCode.INVALID_MODEL_ID
    assert len(refused.value.problem.parameters["model"]) <= 200


@pytest.mark.parametrize("revision", ["main", "v1.0", "feature/x_y", "0" * 40])
def test_a_revision_is_returned(revision: str):
    assert check_revision(revision) == revision


def test_no_revision_means_main():
    assert check_revision("") == "main"


@pytest.mark.parametrize("revision", ["-x", ".x", "/x", "a b", "a..b", "a//b", "a\n", "a?b", "a%2e", "ñ", "a" * 101])
def test_what_cannot_be_a_revision_is_refused(revision: str):
    with pytest.raises(SubmissionRefusedError) as refused:
        check_revision(revision)
    assert code_of(refused.value) is ProblemCode.INVALID_REVISION


@pytest.mark.parametrize("text", ["/models/meiga", "./meiga", "../meiga", "~/meiga", "~"])
@pytest.mark.parametrize("allowed", [True, False])
def test_a_path_is_a_folder_whether_folders_are_allowed_or_not(text: str, allowed: bool):
    assert looks_like_folder(text, folders_allowed=allowed)


def test_a_bare_name_is_a_folder_only_if_it_is_there_and_folders_are_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "org/model").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert looks_like_folder("org/model", folders_allowed=True)
    assert not looks_like_folder("org/other", folders_allowed=True)
    assert not looks_like_folder("org/model", folders_allowed=False)


@pytest.mark.parametrize("text", ["a" * 300, "a\0b", "org/" + "x" * 5000])
def test_a_text_that_no_file_system_could_hold_is_no_folder(text: str):
    assert not looks_like_folder(text, folders_allowed=True)


def test_a_home_is_put_in_full_where_there_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert typed_folder("~/meiga") == tmp_path / "meiga"
    assert typed_folder("/meiga") == Path("/meiga")


@pytest.mark.parametrize("text", ["~nobody-of-that-name/x", "~\0/x", "~\ud800/x"])
def test_a_home_of_nobody_stays_as_it_was_typed(text: str):
    assert typed_folder(text) == Path(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("org/model", "org/model"),
        ("ñandú 7B", "ñandú 7B"),
        ("a\u202eb\u200bc\x1bd\ne\ud800", "a\ufffdb\ufffdc\ufffdd\ufffde\ufffd"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 100 + "…"),
    ],
)
def test_what_was_typed_can_be_shown(text: str, shown: str):
    assert echo(text) == shown
