"""Submissions of models on the Hub, against a real HTTP server and the real client."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from leaderboard.installation import Installation
from leaderboard.records import ModelSource, ModelType
from leaderboard.submission import ProblemCode, SubmissionDesk, SubmissionRefusedError, Wish
from tests.hub_server import HubServer


@pytest.fixture
def desk(house: Installation, hub_api: HfApi) -> SubmissionDesk:
    return replace(house.desk, hub=hub_api)


def refused(desk: SubmissionDesk, model: str, revision: str = "") -> ProblemCode:
    with pytest.raises(SubmissionRefusedError) as caught:
        desk.submit(Wish(model=model, revision=revision), folders_allowed=False)
    assert not desk.queue.view().entries, "nothing was queued"
    return caught.value.problem.code


def test_facts_come_from_the_hub_and_the_revision_is_the_commit(
    desk: SubmissionDesk, hub: HubServer, tiny_model: Path
) -> None:
    from tests.tiny_models import count_parameters

    model = hub.add_folder("somos/tiny", tiny_model, card={"license": "mit"})

    request = desk.submit(Wish(model=" somos/tiny "), folders_allowed=False)

    assert request.model.source is ModelSource.HUB
    assert request.model.revision == model.sha
    assert request.facts.parameters == count_parameters(tiny_model)
    assert request.facts.licence == "mit"
    assert request.facts.type is ModelType.INSTRUCT
    assert hub.authorised_requests == []


def test_the_same_model_by_branch_and_by_commit_is_one_request(
    desk: SubmissionDesk, hub: HubServer, tiny_model: Path
) -> None:
    model = hub.add_folder("somos/tiny", tiny_model)
    desk.submit(Wish(model="somos/tiny"), folders_allowed=False)

    with pytest.raises(SubmissionRefusedError) as caught:
        desk.submit(Wish(model="somos/tiny", revision=model.sha), folders_allowed=False)

    assert caught.value.problem.code is ProblemCode.DUPLICATE
    assert len(desk.queue.view().entries) == 1


def test_a_model_that_is_not_there(desk: SubmissionDesk) -> None:
    assert refused(desk, "somos/nothing") is ProblemCode.MODEL_NOT_FOUND


def test_a_revision_that_is_not_there(desk: SubmissionDesk, hub: HubServer, tiny_model: Path) -> None:
    hub.add_folder("somos/tiny", tiny_model)
    assert refused(desk, "somos/tiny", revision="v9") is ProblemCode.REVISION_NOT_FOUND


def test_a_gated_model(desk: SubmissionDesk, hub: HubServer, tiny_model: Path) -> None:
    hub.add_folder("somos/tiny", tiny_model, gated=True)
    assert refused(desk, "somos/tiny") is ProblemCode.MODEL_GATED


def test_weights_in_pickles_only(desk: SubmissionDesk, hub: HubServer, tiny_model: Path) -> None:
    model = hub.add_folder("somos/tiny", tiny_model)
    model.files["pytorch_model.bin"] = model.files.pop("model.safetensors")
    assert refused(desk, "somos/tiny") is ProblemCode.WEIGHTS_NOT_SAFE


def test_no_weights(desk: SubmissionDesk, hub: HubServer, tiny_model: Path) -> None:
    del hub.add_folder("somos/tiny", tiny_model).files["model.safetensors"]
    assert refused(desk, "somos/tiny") is ProblemCode.WEIGHTS_MISSING


def test_weights_whose_header_lies(desk: SubmissionDesk, hub: HubServer, tiny_model: Path) -> None:
    hub.add_folder("somos/tiny", tiny_model).files["model.safetensors"] = b"\x40\0\0\0\0\0\0\0" + b"not json" * 8
    assert refused(desk, "somos/tiny") is ProblemCode.WEIGHTS_BROKEN


def test_a_model_that_needs_its_own_code(desk: SubmissionDesk, hub: HubServer, tiny_model: Path) -> None:
    hub.add_folder("somos/tiny", tiny_model, config={"auto_map": {"AutoModelForCausalLM": "modeling.Evil"}})
    assert refused(desk, "somos/tiny") is ProblemCode.NEEDS_CODE


@pytest.mark.parametrize(
    "name",
    [
        "gpt2",
        "a/b/c",
        "somos/../etc",
        "somos/",
        "/somos",
        "sómos/modelo",
        "somos/mo delo",
        "<b>/x",
        "a--b/c",
        "x/y.git",
    ],
)
def test_names_that_cannot_be_ids_never_reach_the_hub(desk: SubmissionDesk, name: str) -> None:
    assert refused(desk, name) in {ProblemCode.INVALID_MODEL_ID, ProblemCode.LOCAL_NOT_ALLOWED}


@pytest.mark.parametrize("revision", ["../main", "ma in", "-x", "a//b", "r" * 101])
def test_revisions_that_cannot_be_one(desk: SubmissionDesk, revision: str) -> None:
    assert refused(desk, "somos/tiny", revision) is ProblemCode.INVALID_REVISION


def test_a_hub_that_does_not_answer_loses_nothing(house: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    desk = replace(house.desk, hub=HfApi(endpoint=f"http://127.0.0.1:{port}"))
    assert refused(desk, "somos/tiny") is ProblemCode.HUB_UNREACHABLE


def test_a_folder_is_not_looked_at_where_folders_are_not_allowed(desk: SubmissionDesk, tiny_model: Path) -> None:
    assert refused(desk, str(tiny_model)) is ProblemCode.LOCAL_NOT_ALLOWED
    assert json.loads((tiny_model / "config.json").read_text())["model_type"] == "llama"
