"""What fixes the bytes of a model folder, and where folders lie."""

import json
import multiprocessing
from pathlib import Path

import pytest

from leaderboard.local_models import LocalModels, hash_model_folder
from leaderboard.records import sha256_hex

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "meiga-1b"
    folder.mkdir()
    for name in (WEIGHTS, "config.json", "tokenizer.json", "README.md", "provenance.json"):
        (folder / name).write_text(f"content of {name}")
    return folder


@pytest.mark.parametrize("name", [WEIGHTS, "config.json", "tokenizer.json", "chat_template.jinja", "merges.txt"])
def test_what_can_move_a_score_changes_the_hash(folder: Path, name: str):
    before = hash_model_folder(folder).files
    (folder / name).write_text("other content")
    assert hash_model_folder(folder).files != before


@pytest.mark.parametrize("name", ["README.md", "provenance.json", "training.log", "model.bin"])
def test_what_cannot_move_a_score_does_not_change_the_hash(folder: Path, name: str):
    before = hash_model_folder(folder)
    (folder / name).write_text("other content")
    assert hash_model_folder(folder) == before


def test_two_files_that_change_names_change_the_hash(folder: Path):
    before = hash_model_folder(folder).files
    config, tokenizer = folder / "config.json", folder / "tokenizer.json"
    contents = config.read_text(), tokenizer.read_text()
    tokenizer.write_text(contents[0])
    config.write_text(contents[1])
    assert hash_model_folder(folder).files != before


def test_the_hash_of_one_weights_file_is_that_of_its_bytes(folder: Path):
    assert hash_model_folder(folder).weights == sha256_hex((folder / WEIGHTS).read_bytes())


def test_the_same_weights_with_another_tokenizer_keep_the_hash_of_the_weights(folder: Path):
    before = hash_model_folder(folder)
    (folder / "tokenizer.json").write_text("another")
    assert hash_model_folder(folder).weights == before.weights


def test_every_shard_counts_in_the_hash_of_the_weights(folder: Path):
    (folder / WEIGHTS).rename(folder / "model-00001-of-00002.safetensors")
    second = folder / "model-00002-of-00002.safetensors"
    second.write_text("second shard")
    before = hash_model_folder(folder).weights
    (folder / "beside.safetensors").write_text("not loaded")
    assert hash_model_folder(folder).weights == before
    second.write_text("another second shard")
    assert hash_model_folder(folder).weights != before


def test_a_copy_of_the_folder_elsewhere_is_the_same_model(folder: Path, tmp_path: Path):
    copy = tmp_path / "another_name"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    assert hash_model_folder(copy) == hash_model_folder(folder)


def test_a_folder_is_found_again_by_the_hash_of_its_files(folder: Path, tmp_path: Path):
    revision = hash_model_folder(folder).files
    LocalModels(tmp_path / "work").remember(revision, folder)
    assert LocalModels(tmp_path / "work").folder(revision) == folder


def test_what_is_not_on_this_machine_is_none(folder: Path, tmp_path: Path):
    models = LocalModels(tmp_path / "work")
    assert models.folder("0" * 64) is None
    models.remember("0" * 64, folder)
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()
    assert models.folder("0" * 64) is None


def test_incident_03_a_folder_whose_files_changed_since_is_not_the_model_that_was_submitted(
    folder: Path, tmp_path: Path
):
    models = LocalModels(tmp_path / "work")
    revision = hash_model_folder(folder).files
    models.remember(revision, folder)
    (folder / WEIGHTS).write_text("trained for another night")
    assert models.folder(revision) is None


def test_a_path_typed_relative_is_remembered_absolute(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    models = LocalModels(tmp_path / "work")
    models.remember("1" * 64, Path("meiga-1b"))
    monkeypatch.chdir("/")
    assert models.folder("1" * 64) == folder


def test_a_list_cut_short_by_a_power_loss_does_not_stop_the_machine(folder: Path, tmp_path: Path):
    models = LocalModels(tmp_path)
    models.remember("1" * 64, folder)
    (tmp_path / "local_models.json").write_bytes(b"")
    assert models.folder("1" * 64) is None


def remember_many(work_dir: Path, folder: Path, first: int, count: int) -> None:
    for number in range(first, first + count):
        LocalModels(work_dir).remember(f"{number:064d}", folder)


def test_processes_that_remember_at_once_forget_nothing(folder: Path, tmp_path: Path):
    context = multiprocessing.get_context("spawn")
    racers = [
        context.Process(target=remember_many, args=(tmp_path / "work", folder, 20 * number, 20)) for number in range(3)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)
    assert [racer.exitcode for racer in racers] == [0, 0, 0]
    assert len(json.loads((tmp_path / "work/local_models.json").read_text())) == 60
