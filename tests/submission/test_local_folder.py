"""Folders of this machine: what names them, and what their weights were made from."""

import json
from pathlib import Path

import pytest

from leaderboard.records import Provenance
from leaderboard.submission import ProblemCode, SubmissionRefusedError
from leaderboard.submission.local_folder import name_of_folder, read_provenance
from tests.builders import some_sha256
from tests.submission.model_folders import write_json
from tests.submission.telling import code_of

SAID = {"file": "m.gguf", "sha256": some_sha256("gguf"), "precision": "q4_1", "base_model": "org/original"}


def naming_refused(folder: Path) -> ProblemCode:
    with pytest.raises(SubmissionRefusedError) as refused:
        name_of_folder(folder)
    return code_of(refused.value)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    assert naming_refused(tmp_path / "nothing") is ProblemCode.FOLDER_NOT_FOUND


def test_a_file_is_no_folder(folder: Path):
    assert naming_refused(folder / "config.json") is ProblemCode.FOLDER_NOT_FOUND


@pytest.mark.parametrize("name", ["a" * 300, "a\0b", "\ud800"])
def test_a_path_that_no_file_system_could_hold_is_not_found(tmp_path: Path, name: str):
    assert naming_refused(tmp_path / name) is ProblemCode.FOLDER_NOT_FOUND


@pytest.mark.parametrize("name", ["m\u202eodel", "m\nodel", "m\x1bodel", "m\u200bodel", "m" * 121])
def test_a_folder_whose_name_would_deceive_the_eye_is_refused(tmp_path: Path, name: str):
    (tmp_path / name).mkdir()
    assert naming_refused(tmp_path / name) is ProblemCode.FOLDER_NAME_UNUSABLE


def test_the_root_of_the_disk_has_no_name():
    assert naming_refused(Path("/")) is ProblemCode.FOLDER_NAME_UNUSABLE


def test_a_folder_with_letters_of_ours_has_its_name(tmp_path: Path):
    (tmp_path / "ñandú 7B (prueba)").mkdir()
    assert name_of_folder(tmp_path / "ñandú 7B (prueba)") == "ñandú 7B (prueba)"


def test_the_folder_in_which_one_stands_has_a_name(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder)
    assert name_of_folder(Path()) == "meiga-1b"


def test_a_link_to_a_folder_is_named_by_where_it_leads(folder: Path, tmp_path: Path):
    (tmp_path / "latest").symlink_to(folder)
    assert name_of_folder(tmp_path / "latest") == "meiga-1b"


def test_provenance_says_what_the_weights_were_made_from(folder: Path):
    assert read_provenance(folder) is None
    write_json(folder / "provenance.json", SAID)
    assert read_provenance(folder) == Provenance(**SAID)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not JSON",
        "{}",
        '{"file": "/home/me/m.gguf"}',
        "\ud800",
        " " * (2**20 + 1),
        json.dumps({**SAID, "k" * 5000: 1}),
    ],
    ids=["empty", "not JSON", "nothing", "a path", "not UTF-8", "too long", "a long key"],
)
def test_a_broken_provenance_is_refused(folder: Path, content: str):
    (folder / "provenance.json").write_bytes(content.encode(errors="surrogatepass"))
    with pytest.raises(SubmissionRefusedError) as refused:
        read_provenance(folder)
    assert code_of(refused.value) is ProblemCode.PROVENANCE_BROKEN
    assert len(refused.value.problem.parameters["reason"]) <= 101
