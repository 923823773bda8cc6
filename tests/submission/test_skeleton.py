"""What is fetched of a model on the Hub: its small files, the beginning of its weights, and nothing more."""

import json
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from huggingface_hub import HfApi

from leaderboard.submission import CheckName, ProblemCode, SubmissionRefusedError, skeleton
from leaderboard.submission.hub_model import find_public_model
from leaderboard.submission.skeleton import fetch_skeleton
from tests.hub_server import Call, Fault, HubModel, HubServer, Kind
from tests.submission.model_folders import (
    PARAMETERS,
    Edit,
    removing,
    renaming_weights,
    splitting_weights,
    write_weights,
)
from tests.submission.one_reader import OneReader
from tests.submission.telling import code_of, told, troubles

MODEL = "somos/meiga-1b"
MIB = 2**20
FIRST = 64 * 1024
"""How much of a weights file is asked for at first."""


def fetch(hub: HubServer, into: Path, seconds: float = 60.0) -> dict[str, int]:
    """Fetch the skeleton of the model; return its files with their lengths."""
    into.mkdir()
    api = HfApi(endpoint=hub.url)
    fetch_skeleton(api, find_public_model(api, MODEL, "main"), into, seconds)
    return {file.name: file.stat().st_size for file in sorted(into.iterdir())}


def refused(hub: HubServer, into: Path, seconds: float = 60.0) -> SubmissionRefusedError:
    with pytest.raises(SubmissionRefusedError) as error:
        fetch(hub, into, seconds)
    code_of(error.value)
    return error.value


def weights_calls(hub: HubServer) -> list[Call]:
    """Return what was asked of the storage of large files."""
    return hub.calls_of(Kind.STORAGE)


def large_weights(folder: Path, megabytes: int = 3) -> None:
    """Write weights much larger than their header."""
    write_weights(folder / "model.safetensors", a=np.ones(megabytes * MIB // 4, np.float32))


def long_header(folder: Path, tensors: int = 2000) -> None:
    """Write weights whose header is longer than what is asked for at first."""
    write_weights(
        folder / "model.safetensors", **{f"{'layer' * 10}.{one}": np.zeros(1, np.float16) for one in range(tensors)}
    )


def test_the_skeleton_has_every_small_file_whole_and_of_the_weights_the_header_alone(
    hub: HubServer, folder: Path, tmp_path: Path
):
    large_weights(folder)
    model = hub.add_folder(MODEL, folder, card={"license": "mit"})
    model.files["onnx/model.safetensors"] = model.files["modeling.py"] = model.files["notes.txt"] = b"not wanted"
    found = fetch(hub, tmp_path / "s")
    assert found == {
        name: len(model.files[name]) for name in sorted([*(f.name for f in folder.iterdir()), "README.md"])
    }
    for name in set(found) - {"model.safetensors"}:
        assert (tmp_path / "s" / name).read_bytes() == model.files[name]
    weights = tmp_path / "s/model.safetensors"
    assert weights.stat().st_blocks * 512 <= FIRST, "what was not fetched takes no place on the disk"
    length = int.from_bytes(weights.read_bytes()[:8], "little") + 8
    assert not any(weights.read_bytes()[length:]), "of what was fetched with it nothing is kept"
    assert not {"modeling.py", "notes.txt", "onnx"} & set(found)


def test_of_weights_only_the_beginning_is_asked_for_and_sent(hub: HubServer, folder: Path, tmp_path: Path):
    large_weights(folder)
    hub.add_folder(MODEL, folder)
    fetch(hub, tmp_path / "s")
    assert [(call.range, call.sent) for call in weights_calls(hub)] == [(f"bytes=0-{FIRST - 1}", FIRST)]
    assert hub.authorised_requests == []
    resolved = [call for call in hub.calls_of(Kind.RESOLVE) if call.path.endswith(".safetensors")]
    assert all(call.range for call in resolved)


def test_a_long_header_is_asked_for_to_its_end_and_no_further(
    hub: HubServer, folder: Path, tmp_path: Path, reader: OneReader
):
    long_header(folder)
    hub.add_folder(MODEL, folder)
    fetch(hub, tmp_path / "s")
    content = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(content[:8], "little") + 8
    assert length > FIRST
    assert [call.range for call in weights_calls(hub)] == [f"bytes=0-{FIRST - 1}", f"bytes=0-{length - 1}"]
    assert (tmp_path / "s/model.safetensors").read_bytes() == content[:length] + bytes(len(content) - length)
    assert CheckName.WEIGHTS not in troubles(reader.read(tmp_path / "s"))


def consolidated(folder: Path) -> None:
    splitting_weights("m-1.safetensors", "m-2.safetensors")(folder)
    write_weights(folder / "consolidated.safetensors")


def adapter(folder: Path) -> None:
    renaming_weights("adapter_model.safetensors")(folder)
    (folder / "adapter_config.json").write_text("{}")
    removing("config.json")(folder)


SAME: dict[str, Edit] = {
    "one file": lambda _: None,
    "one file and another form": lambda folder: write_weights(folder / "consolidated.safetensors"),
    "several files": splitting_weights("m-1.safetensors", "m-2.safetensors"),
    "several files and another form": consolidated,
    "a file that is not there": splitting_weights("m-1.safetensors", index={"weight_map": {"a": "m-9.safetensors"}}),
    "a path": splitting_weights("m-1.safetensors", index={"weight_map": {"a": "../m-1.safetensors"}}),
    "no weights": removing("model.safetensors"),
    "a pickle": renaming_weights("pytorch_model.bin"),
    "an adapter": adapter,
    "no tokenizer": removing("tokenizer.json"),
    "no configuration": removing("config.json"),
    "a template": lambda folder: (folder / "chat_template.jinja").write_text("{{ messages[-1].content }}"),
    "a card": lambda folder: (folder / "README.md").write_text("---\nlicense: mit\nbase_model: a/b\n---\n"),
}


@pytest.mark.parametrize("name", SAME)
def test_a_skeleton_is_judged_as_the_model_itself(
    hub: HubServer, folder: Path, tmp_path: Path, reader: OneReader, name: str
):
    SAME[name](folder)
    hub.add_folder(MODEL, folder)
    fetch(hub, tmp_path / "s")
    assert list(reader.read(tmp_path / "s")) == list(reader.read(folder))


def test_incident_23_another_form_of_the_weights_is_not_counted_twice(
    hub: HubServer, folder: Path, tmp_path: Path, reader: OneReader
):
    write_weights(folder / "consolidated.safetensors")
    hub.add_folder(MODEL, folder)
    fetch(hub, tmp_path / "s")
    (found,) = [one for one in reader.read(tmp_path / "s") if one.check is CheckName.WEIGHTS]
    assert found.facts.parameters == PARAMETERS


LENGTH = 8
BROKEN = {
    "empty": b"",
    "shorter than a length": b"\x01\0\0",
    "a header longer than the file": (10**6).to_bytes(LENGTH, "little") + b"{}",
    "a header longer than any": (2**40).to_bytes(LENGTH, "little") + b"{}",
    "the longest header there can be": b"\xff" * 64,
}


@pytest.mark.parametrize("name", BROKEN)
def test_weights_that_cannot_begin_so_are_refused_by_their_length_alone(
    hub: HubServer, folder: Path, tmp_path: Path, name: str
):
    hub.add_folder(MODEL, folder).files["model.safetensors"] = BROKEN[name]
    problem = refused(hub, tmp_path / "s").problem
    assert (problem.code, problem.parameters["file"]) == (ProblemCode.WEIGHTS_BROKEN, "model.safetensors")
    assert len(weights_calls(hub)) == 1


def test_a_header_beyond_the_limit_is_refused_though_the_file_is_long_enough(
    hub: HubServer, folder: Path, tmp_path: Path
):
    content = (26 * MIB).to_bytes(LENGTH, "little") + bytes(26 * MIB)
    hub.add_folder(MODEL, folder).files["model.safetensors"] = content
    assert refused(hub, tmp_path / "s").problem.code is ProblemCode.WEIGHTS_BROKEN
    assert [call.sent for call in weights_calls(hub)] == [FIRST]


def not_json(model: HubModel) -> None:
    model.files["model.safetensors"] = (64).to_bytes(LENGTH, "little") + b"not json" * 8


def offsets_beyond_the_end(model: HubModel) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    model.files["model.safetensors"] = len(header).to_bytes(LENGTH, "little") + header + bytes(8)


@pytest.mark.parametrize("lie", [not_json, offsets_beyond_the_end])
def test_a_header_that_lies_is_found_out_by_whoever_reads_the_skeleton(
    hub: HubServer, folder: Path, tmp_path: Path, reader: OneReader, lie: Edit
):
    lie(hub.add_folder(MODEL, folder))
    fetch(hub, tmp_path / "s")
    assert told(reader.read(tmp_path / "s"))[CheckName.WEIGHTS] is ProblemCode.WEIGHTS_BROKEN


@pytest.mark.parametrize(("name", "most"), [("config.json", 4), ("README.md", 4), ("chat_template.jinja", 4)])
def test_a_small_file_that_is_not_small_is_refused(hub: HubServer, folder: Path, tmp_path: Path, name: str, most: int):
    model = hub.add_folder(MODEL, folder)
    model.files[name] = b" " * most * MIB
    fetch(hub, tmp_path / "allowed")
    model.files[name] += b" "
    problem = refused(hub, tmp_path / "s").problem
    assert (problem.code, problem.parameters["file"]) == (ProblemCode.FILE_TOO_LARGE, name)
    assert problem.parameters["limit"] == str(most)


def test_a_tokenizer_beyond_its_limit_is_refused_before_it_is_read(hub: HubServer, folder: Path, tmp_path: Path):
    hub.add_folder(MODEL, folder).files["tokenizer.json"] = bytes(64 * MIB + 1)
    problem = refused(hub, tmp_path / "s").problem
    assert (problem.code, problem.parameters["limit"]) == (ProblemCode.FILE_TOO_LARGE, "64")
    assert (tmp_path / "s/tokenizer.json").stat().st_size == 0


def test_the_whole_has_a_limit_too(hub: HubServer, folder: Path, tmp_path: Path):
    names = [f"m-{one}.safetensors" for one in range(9)]
    splitting_weights(*names)(folder)
    for name in names:
        write_weights(folder / name, a=np.zeros(FIRST, np.int8))
    hub.add_folder(MODEL, folder)
    with mock.patch.object(skeleton, "_MOST_BYTES", 9 * FIRST + 10_000):
        fetch(hub, tmp_path / "allowed")
    with mock.patch.object(skeleton, "_MOST_BYTES", 9 * FIRST):
        assert refused(hub, tmp_path / "s").problem.code is ProblemCode.FILE_TOO_LARGE


def test_too_many_files_of_weights_are_refused_before_any_is_asked_for(hub: HubServer, folder: Path, tmp_path: Path):
    model = hub.add_folder(MODEL, folder)
    whole = model.files.pop("model.safetensors")
    model.files |= {f"m-{one}.safetensors": b"" for one in range(513)}
    problem = refused(hub, tmp_path / "s").problem
    assert (problem.code, problem.parameters["count"]) == (ProblemCode.TOO_MANY_FILES, "513")
    assert weights_calls(hub) == []
    model.files["model.safetensors"] = whole
    assert fetch(hub, tmp_path / "one")["model.safetensors"] == len(whole), "where there is one, no other counts"


def test_names_that_are_no_plain_names_are_left_alone(hub: HubServer, folder: Path, tmp_path: Path):
    splitting_weights("m-1.safetensors", "m-2.safetensors")(folder)
    model = hub.add_folder(MODEL, folder)
    strange = ["..", ".hidden.safetensors", "\u202em.safetensors", "a b.bin", "m.safetensors\n", "C:\\m.bin"]
    model.said = {"siblings": [{"rfilename": one} for one in [*model.files, *strange]]}
    assert set(fetch(hub, tmp_path / "s")) == set(model.files)


def test_sizes_that_the_hub_tells_are_not_believed(hub: HubServer, folder: Path, tmp_path: Path):
    model = hub.add_folder(MODEL, folder)
    model.said = {"siblings": [{"rfilename": one, "size": 1} for one in model.files]}
    true = {name: len(content) for name, content in model.files.items()}
    assert fetch(hub, tmp_path / "small") == true
    model.said = {"siblings": [{"rfilename": one, "size": 2**60} for one in model.files]}
    assert fetch(hub, tmp_path / "large") == true
    model.files["config.json"] = bytes(5 * MIB)
    model.said = {"siblings": [{"rfilename": one, "size": 1} for one in model.files]}
    assert refused(hub, tmp_path / "lie").problem.code is ProblemCode.FILE_TOO_LARGE


def test_where_the_whole_is_sent_for_a_part_only_the_beginning_is_kept(hub: HubServer, folder: Path, tmp_path: Path):
    large_weights(folder)
    hub.add_folder(MODEL, folder)
    play = hub.faults.play(Fault.RANGE_IGNORED, times=None)
    size = (folder / "model.safetensors").stat().st_size
    assert fetch(hub, tmp_path / "s")["model.safetensors"] == size
    assert play.played == 1
    assert (tmp_path / "s/model.safetensors").stat().st_blocks * 512 <= FIRST


@pytest.mark.parametrize("kind", [Kind.RESOLVE, Kind.STORAGE])
def test_an_answer_that_never_ends_is_not_waited_for(hub: HubServer, folder: Path, tmp_path: Path, kind: Kind):
    hub.add_folder(MODEL, folder)
    hub.faults.play(Fault.ENDLESS, on=kind, seconds=0.02)
    began = time.monotonic()
    assert refused(hub, tmp_path / "s", seconds=0.5).problem.code is ProblemCode.HUB_UNREACHABLE
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED_SILENTLY, Fault.FAILED_BEFORE, Fault.CUT_BEFORE])
@pytest.mark.parametrize("kind", [Kind.RESOLVE, Kind.STORAGE])
def test_a_hub_that_fails_in_the_middle_is_one_that_does_not_answer(
    hub: HubServer, folder: Path, tmp_path: Path, fault: Fault, kind: Kind
):
    hub.add_folder(MODEL, folder)
    hub.faults.play(fault, on=kind)
    assert refused(hub, tmp_path / "s").problem.code is ProblemCode.HUB_UNREACHABLE


def test_a_file_that_was_listed_and_is_gone_is_no_crash(hub: HubServer, folder: Path, tmp_path: Path):
    model = hub.add_folder(MODEL, folder)
    model.said = {"siblings": [{"rfilename": one} for one in [*model.files, "vocab.json"]]}
    assert refused(hub, tmp_path / "s").problem.code is ProblemCode.HUB_UNREACHABLE


def test_a_model_that_was_closed_meanwhile_is_refused_as_such(hub: HubServer, folder: Path, tmp_path: Path):
    model = hub.add_folder(MODEL, folder)
    api = HfApi(endpoint=hub.url)
    found = find_public_model(api, MODEL, "main")
    model.gated = True
    with pytest.raises(SubmissionRefusedError) as error:
        fetch_skeleton(api, found, tmp_path)
    assert code_of(error.value) is ProblemCode.MODEL_GATED
