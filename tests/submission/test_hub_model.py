"""What the Hub says of a model, asked by a real client of a real HTTP server."""

import socket
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from leaderboard.local_models import hash_model_folder
from leaderboard.submission import ProblemCode, SubmissionRefusedError
from leaderboard.submission.hub_model import PublicModel, find_public_model
from tests.hub_server import Fault, HubServer, Kind
from tests.submission.model_folders import splitting_weights, write_weights
from tests.submission.telling import code_of

MODEL = "somos/meiga-1b"


def refused(api: HfApi, model: str = MODEL, revision: str = "main") -> ProblemCode:
    with pytest.raises(SubmissionRefusedError) as error:
        find_public_model(api, model, revision)
    return code_of(error.value)


def test_a_public_model_is_found_at_its_commit_with_its_files(hub: HubServer, hub_api: HfApi, folder: Path):
    (folder / "onnx").mkdir()
    model = hub.add_folder(MODEL, folder)
    model.files["onnx/model.onnx"] = b"beside"
    found = find_public_model(hub_api, MODEL, "main")
    assert found.reference.name == MODEL
    assert found.reference.revision == model.sha
    assert found.files == {path for path in model.files if "/" not in path}
    assert hub.authorised_requests == []


def test_a_model_is_the_same_by_branch_and_by_commit(hub: HubServer, hub_api: HfApi, folder: Path):
    model = hub.add_folder(MODEL, folder)
    assert find_public_model(hub_api, MODEL, "main") == find_public_model(hub_api, MODEL, model.sha)


def test_a_token_of_the_machine_is_not_sent(hub: HubServer, folder: Path, monkeypatch: pytest.MonkeyPatch):
    hub.add_folder(MODEL, folder)
    monkeypatch.setenv("HF_TOKEN", "hf_" + "s" * 34)
    find_public_model(HfApi(endpoint=hub.url, token="hf_" + "t" * 34), MODEL, "main")
    assert hub.authorised_requests == []


def test_the_hash_of_the_weights_is_that_of_the_same_folder_on_this_machine(
    hub: HubServer, hub_api: HfApi, folder: Path
):
    def hash_on_the_hub() -> str | None:
        hub.add_folder(MODEL, folder)
        return find_public_model(hub_api, MODEL, "main").weights_sha256

    assert hash_on_the_hub() == hash_model_folder(folder).weights
    assert hash_on_the_hub() == sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    splitting_weights("m-1.safetensors", "m-2.safetensors")(folder)
    assert hash_on_the_hub() == hash_model_folder(folder).weights
    write_weights(folder / "consolidated.safetensors")
    assert hash_on_the_hub() == hash_model_folder(folder).weights


def test_weights_whose_hash_the_hub_does_not_tell_have_none(hub: HubServer, hub_api: HfApi, folder: Path):
    model = hub.add_folder(MODEL, folder)
    names = ["model-1.safetensors", "model-2.safetensors"]
    large = {"sha256": "0" * 64, "size": 1, "pointerSize": 1}
    for siblings in ([], [{"rfilename": names[0], "lfs": large}, {"rfilename": names[1]}], [{"rfilename": "a.bin"}]):
        model.said = {"siblings": siblings}
        assert find_public_model(hub_api, MODEL, "main").weights_sha256 is None


def test_a_model_that_is_not_there(hub_api: HfApi):
    assert refused(hub_api) is ProblemCode.MODEL_NOT_FOUND


def test_a_private_model_is_not_there_for_us(hub: HubServer, hub_api: HfApi, folder: Path):
    hub.add_folder(MODEL, folder, private=True)
    hub.add_token("hf_owner", user="somos", may_read={MODEL})
    assert refused(hub_api) is ProblemCode.MODEL_NOT_FOUND
    assert refused(HfApi(endpoint=hub.url, token="hf_owner")) is ProblemCode.MODEL_NOT_FOUND


@pytest.mark.parametrize("said", [{}, {"gated": "auto"}, {"private": True}])
def test_a_model_that_is_not_open_to_all(hub: HubServer, hub_api: HfApi, folder: Path, said: dict[str, Any]):
    hub.add_folder(MODEL, folder, gated=not said, said=said)
    assert refused(hub_api) is ProblemCode.MODEL_GATED


@pytest.mark.parametrize("said", [{}, {"disabled": True}])
def test_a_model_that_the_hub_has_closed(hub: HubServer, hub_api: HfApi, folder: Path, said: dict[str, Any]):
    hub.add_folder(MODEL, folder, disabled=not said, said=said)
    assert refused(hub_api) is ProblemCode.MODEL_DISABLED


@pytest.mark.parametrize("revision", ["v9", "0" * 40, "a.b/c_d"])
def test_a_revision_that_is_not_there(hub: HubServer, hub_api: HfApi, folder: Path, revision: str):
    hub.add_folder(MODEL, folder)
    assert refused(hub_api, revision=revision) is ProblemCode.REVISION_NOT_FOUND


@pytest.mark.parametrize("sha", [None, "", "main", "0" * 39, "0" * 64])
def test_what_the_hub_names_no_commit_of_is_no_revision(hub: HubServer, hub_api: HfApi, folder: Path, sha: str | None):
    hub.add_folder(MODEL, folder, said={"sha": sha})
    assert refused(hub_api) is ProblemCode.REVISION_NOT_FOUND


def test_incident_08_a_model_has_one_name_however_it_is_called(hub: HubServer, hub_api: HfApi, folder: Path):
    """The Hub sends whoever asks for a renamed model, or with other capitals, on to what it is called today."""
    model = hub.add_folder(MODEL, folder)
    hub.models["SOMOS/Meiga-1b"] = hub.models["antes/meiga"] = model
    found = [find_public_model(hub_api, name, "main") for name in (MODEL, "SOMOS/Meiga-1b", "antes/meiga")]
    assert found == [found[0]] * 3
    model.said = {"id": "../../etc"}
    assert find_public_model(hub_api, MODEL, "main").reference.name == MODEL


@pytest.mark.parametrize(
    "said",
    [
        {"siblings": "none"},
        {"siblings": [{"size": 1}]},
        {"siblings": [{"rfilename": "a.safetensors", "lfs": {"sha256": "zz"}}]},
        {"siblings": [{"rfilename": "a", "size": "much"}]},
        {"id": None},
        {"sha": 7},
        {"private": "perhaps"},
    ],
)
def test_an_answer_that_is_not_the_hubs_is_as_good_as_none(
    hub: HubServer, hub_api: HfApi, folder: Path, said: dict[str, Any]
):
    hub.add_folder(MODEL, folder, said=said)
    assert refused(hub_api) is ProblemCode.HUB_UNREACHABLE


@pytest.mark.parametrize(
    "card",
    [
        {"ignore_metadata_errors": True},
        {"self": 1, "kwargs": {}},
        {"model-index": [{"name": 1}]},
        {"eval_results": "abc", "model_name": 3},
        {"license": ["mit"] * 1000},
    ],
)
def test_what_a_card_says_is_not_read_here(hub: HubServer, hub_api: HfApi, folder: Path, card: dict[str, Any]):
    hub.add_folder(MODEL, folder, said={"cardData": card, "safetensors": {"total": "x"}})
    assert isinstance(find_public_model(hub_api, MODEL, "main"), PublicModel)


@pytest.mark.parametrize("fault", [Fault.RATE_LIMITED, Fault.FAILED_BEFORE, Fault.CUT_BEFORE])
def test_a_hub_that_does_not_answer_is_told_and_asked_again_another_time(
    hub: HubServer, hub_api: HfApi, folder: Path, fault: Fault
):
    hub.add_folder(MODEL, folder)
    hub.faults.play(fault, on=Kind.INFO, seconds=1.0)
    assert refused(hub_api) is ProblemCode.HUB_UNREACHABLE
    assert find_public_model(hub_api, MODEL, "main").reference.name == MODEL


def test_a_hub_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert refused(HfApi(endpoint=f"http://127.0.0.1:{port}")) is ProblemCode.HUB_UNREACHABLE


def test_a_client_that_is_told_to_stay_offline(hub: HubServer, hub_api: HfApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert refused(hub_api) is ProblemCode.HUB_UNREACHABLE
    assert hub.requests == []


def test_models_at_two_commits_are_two(hub: HubServer, hub_api: HfApi, folder: Path):
    model = hub.add_folder(MODEL, folder)
    before = find_public_model(hub_api, MODEL, "main")
    model.files["config.json"] = b"{}"
    after = find_public_model(hub_api, MODEL, "main")
    assert after == replace(before, reference=after.reference)
    assert after.reference.revision == model.sha != before.reference.revision


def test_a_commit_that_a_stranger_proposes_is_not_the_models(hub: HubServer, hub_api: HfApi, folder: Path):
    model = hub.add_folder(MODEL, folder)
    model.proposed = {**model.files, "config.json": b"{}"}
    assert refused(hub_api, revision=model.proposed_sha) is ProblemCode.NOT_ON_A_BRANCH
    assert find_public_model(hub_api, MODEL, model.sha).reference.revision == model.sha


def test_an_answer_that_has_no_end_is_not_read_to_it(
    hub: HubServer, hub_api: HfApi, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    hub.add_folder(MODEL, folder)
    monkeypatch.setattr("leaderboard.submission.hub_model._LONGEST_ANSWER", 100)
    assert refused(hub_api) is ProblemCode.HUB_UNREACHABLE
