"""Folders of this machine: what they are, and why they are refused."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from leaderboard.local_models import hash_model_folder
from leaderboard.records import ModelSource, ModelType
from leaderboard.submission import ProblemCode, SubmissionRefusedError
from leaderboard.submission.local_folder import read_local_model
from tests.builders import some_sha256
from tests.submission.model_folders import PARAMETERS, write_json, write_model_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model_folder(tmp_path / "meiga-1b")


def refusal(folder: Path) -> SubmissionRefusedError:
    with pytest.raises(SubmissionRefusedError) as refused:
        read_local_model(folder)
    return refused.value


def test_a_model_is_named_by_its_folder_and_fixed_by_the_hash_of_its_files(folder: Path):
    model, facts = read_local_model(folder)
    assert (model.source, model.name) == (ModelSource.LOCAL, "meiga-1b")
    assert model.revision == hash_model_folder(folder).files
    assert facts.weights_sha256 == hash_model_folder(folder).weights
    assert facts.parameters == PARAMETERS
    assert facts.type is ModelType.BASE
    assert (facts.licence, facts.provenance) == (None, None)


def test_no_path_of_the_machine_is_in_what_is_recorded(folder: Path, tmp_path: Path):
    model, facts = read_local_model(folder)
    assert str(tmp_path) not in model.to_json().decode() + facts.to_json().decode()


def test_the_parameters_of_all_shards_count(folder: Path):
    save_file({"c": np.zeros((2, 2), np.int8), "scalar": np.zeros((), np.int8)}, folder / "model-00002.safetensors")
    _, facts = read_local_model(folder)
    assert facts.parameters == PARAMETERS + 5


def test_weights_without_numbers_have_an_unknown_count(folder: Path):
    save_file({"empty": np.zeros((0, 8), np.float32)}, folder / "model.safetensors")
    assert read_local_model(folder)[1].parameters is None


def test_a_chat_template_makes_it_an_instruct_model(folder: Path):
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    assert read_local_model(folder)[1].type is ModelType.INSTRUCT


def test_a_chat_template_in_the_tokenizers_configuration_counts_too(folder: Path):
    write_json(folder / "tokenizer_config.json", {"chat_template": "{{ messages }}"})
    assert read_local_model(folder)[1].type is ModelType.INSTRUCT


def test_the_licence_is_read_from_the_card(folder: Path):
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n# A model\n")
    assert read_local_model(folder)[1].licence == "apache-2.0"


@pytest.mark.parametrize(
    "card",
    [
        "# A model without a head\n",
        "---\nlicense: apache-2.0\n",
        "---\n- a\n- list\n---\n",
        "---\nlicense: [apache-2.0\n---\n",
        "---\nlicense: \x01\n---\n",
        "---\nlicense: !!python/object:os.system x\n---\n",
        "---\n1: x\n---\n",
        "---\nmodel-index: 3\n---\n",
    ],
)
def test_a_card_that_cannot_be_read_says_nothing_of_the_licence(folder: Path, card: str):
    (folder / "README.md").write_text(card)
    assert read_local_model(folder)[1].licence is None


def test_provenance_says_what_the_weights_were_made_from(folder: Path):
    said = {"file": "m.gguf", "sha256": some_sha256("gguf"), "precision": "q4_1", "base_model": "org/original"}
    write_json(folder / "provenance.json", said)
    provenance = read_local_model(folder)[1].provenance
    assert provenance
    assert provenance.model_dump() == said


@pytest.mark.parametrize("content", ["", "not JSON", "{}", '{"file": "/home/me/m.gguf"}'])
def test_a_broken_provenance_is_refused(folder: Path, content: str):
    (folder / "provenance.json").write_text(content)
    assert refusal(folder).problem.code is ProblemCode.PROVENANCE_BROKEN


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).unlink()


def write(name: str, content: bytes) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return edit


def pickle_instead(name: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "model.safetensors").rename(folder / name) and None


FAULTS: dict[str, tuple[Callable[[Path], None], ProblemCode]] = {
    "no configuration": (remove("config.json"), ProblemCode.CONFIG_MISSING),
    "an empty configuration": (write("config.json", b""), ProblemCode.CONFIG_BROKEN),
    "a configuration that is not JSON": (write("config.json", b"not JSON"), ProblemCode.CONFIG_BROKEN),
    "a list": (write("config.json", b"[1]"), ProblemCode.CONFIG_BROKEN),
    "another encoding": (write("config.json", b"\xff\xfe\xfa"), ProblemCode.CONFIG_BROKEN),
    "a thousand brackets": (write("config.json", b"[" * 100_000), ProblemCode.CONFIG_BROKEN),
    "a number without end": (write("config.json", b'{"a": ' + b"9" * 5000 + b"}"), ProblemCode.CONFIG_BROKEN),
    "too large a configuration": (write("config.json", b" " * (4 * 2**20 + 1)), ProblemCode.CONFIG_BROKEN),
    "a broken tokenizer configuration": (write("tokenizer_config.json", b"not JSON"), ProblemCode.CONFIG_BROKEN),
    "code of its own": (write("config.json", b'{"auto_map": {}}'), ProblemCode.NEEDS_CODE),
    "no tokenizer": (remove("tokenizer.json"), ProblemCode.TOKENIZER_MISSING),
    "no weights": (remove("model.safetensors"), ProblemCode.WEIGHTS_MISSING),
    "a pickle": (pickle_instead("pytorch_model.bin"), ProblemCode.WEIGHTS_NOT_SAFE),
    "a checkpoint": (pickle_instead("model.ckpt"), ProblemCode.WEIGHTS_NOT_SAFE),
    "empty weights": (write("model.safetensors", b""), ProblemCode.WEIGHTS_BROKEN),
    "weights of noise": (write("model.safetensors", b"\xff" * 64), ProblemCode.WEIGHTS_BROKEN),
    "a broken header": (write("model.safetensors", (2).to_bytes(8, "little") + b"{]"), ProblemCode.WEIGHTS_BROKEN),
    "a broken shard": (write("model-00002.safetensors", b"half"), ProblemCode.WEIGHTS_BROKEN),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_folder_has_its_own_refusal(folder: Path, fault: str):
    edit, code = FAULTS[fault]
    edit(folder)
    assert refusal(folder).problem.code is code


def test_weights_cut_short_are_refused_by_file_name(folder: Path):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-4])
    refused = refusal(folder).problem
    assert refused.code is ProblemCode.WEIGHTS_BROKEN
    assert refused.parameters["file"] == "model.safetensors"


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    assert refusal(tmp_path / "nothing").problem.code is ProblemCode.FOLDER_NOT_FOUND


def test_a_file_is_no_folder(folder: Path):
    assert refusal(folder / "config.json").problem.code is ProblemCode.FOLDER_NOT_FOUND


def test_a_path_that_no_file_system_could_hold_is_not_found(tmp_path: Path):
    assert refusal(tmp_path / ("a" * 300)).problem.code is ProblemCode.FOLDER_NOT_FOUND


@pytest.mark.parametrize("name", ["m\u202eodel", "m\nodel", "m\x1bodel", "m\u200bodel", "m" * 121])
def test_a_folder_whose_name_would_deceive_the_eye_is_refused(tmp_path: Path, name: str):
    assert refusal(write_model_folder(tmp_path / name)).problem.code is ProblemCode.FOLDER_NAME_UNUSABLE


def test_a_folder_with_letters_of_ours_is_accepted(tmp_path: Path):
    assert read_local_model(write_model_folder(tmp_path / "ñandú 7B (prueba)"))[0].name == "ñandú 7B (prueba)"


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json"])
def test_the_folder_in_which_one_stands_is_refused_by_its_name(
    folder: Path, missing: str, monkeypatch: pytest.MonkeyPatch
):
    (folder / missing).unlink()
    monkeypatch.chdir(folder)
    assert refusal(Path()).problem.parameters["folder"] == "meiga-1b"


def test_a_link_to_a_folder_is_named_by_where_it_leads(folder: Path, tmp_path: Path):
    (tmp_path / "latest").symlink_to(folder)
    assert read_local_model(tmp_path / "latest")[0].name == "meiga-1b"


def test_a_code_file_beside_the_weights_is_never_run(folder: Path, tmp_path: Path):
    (folder / "modeling.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (folder / "sitecustomize.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    read_local_model(folder)
    assert not (tmp_path / "ran").exists()


def test_nothing_in_the_folder_is_changed(folder: Path):
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    read_local_model(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert json.loads(before["config.json"]) == {"model_type": "llama"}
