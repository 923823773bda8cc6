"""From a wish to a request in the queue: what is looked at again in the very commit, and who was faster."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from huggingface_hub import HfApi

from leaderboard.installation import Installation
from leaderboard.queue import Queue
from leaderboard.records import ModelSource, ModelType, Status
from leaderboard.store import FolderStore
from leaderboard.submission import (
    OPERATOR,
    Candidate,
    CheckName,
    Premises,
    ProblemCode,
    Quota,
    SubmissionDesk,
    SubmissionRefusedError,
    Submitter,
    Wish,
)
from tests.builders import NOW
from tests.hub_server import HubServer, Kind
from tests.store.places import KINDS, Place, folder_place, hub_place
from tests.submission.model_folders import PARAMETERS, write_json, write_model_folder
from tests.submission.one_reader import OneReader
from tests.submission.telling import code_of

ANA, LEO, EVA = Submitter("ana"), Submitter("leo"), Submitter("eva", quota_exempt=True)
GUESSING, OTHERWISE = Wish("dummy", baseline=True), Wish("dummy", baseline=True, chat_template="none")
MODEL = "somos/meiga-1b"


@pytest.fixture
def desk(premises: Premises) -> SubmissionDesk:
    return SubmissionDesk(premises)


def refused(desk: SubmissionDesk, wish: Wish, by: Submitter = OPERATOR) -> ProblemCode:
    """Submit and return why not; nothing may have been queued."""
    before = list(desk.premises.queue.view().entries)
    with pytest.raises(SubmissionRefusedError) as error:
        desk.submit(wish, by)
    assert list(desk.premises.queue.view().entries) == before
    return code_of(error.value)


def candidate(desk: SubmissionDesk, wish: Wish, by: Submitter) -> Candidate:
    """Return what passed every check."""
    examination = desk.examine(wish, by)
    assert list(examination.findings())
    assert examination.candidate is not None
    return examination.candidate


def entering_refused(desk: SubmissionDesk, one: Candidate, by: Submitter) -> ProblemCode:
    with pytest.raises(SubmissionRefusedError) as error:
        desk.enter(one, by)
    return code_of(error.value)


def test_what_passes_is_queued_and_says_who_sent_it(desk: SubmissionDesk, folder: Path):
    own = desk.submit(Wish(f"  {folder}/ "), OPERATOR)
    guessing = desk.submit(GUESSING, ANA)
    assert [entry.request for entry in desk.premises.queue.view().pending()] == sorted(
        [own, guessing], key=lambda one: one.id
    )
    assert (own.submitted_by, guessing.submitted_by) == (None, "ana")


def test_the_folder_is_remembered_on_this_machine_and_not_in_the_queue(
    desk: SubmissionDesk, folder: Path, tmp_path: Path
):
    request = desk.submit(Wish(str(folder)), OPERATOR)
    assert desk.premises.local_models.folder(request.model.revision) == folder
    stored = b"".join(FolderStore(tmp_path / "eval_queue").snapshot().files.values())
    assert str(tmp_path).encode() not in stored


def test_the_first_refusal_is_the_one_that_is_told(desk: SubmissionDesk, folder: Path):
    write_json(folder / "config.json", {"model_type": "mamut", "auto_map": {}})
    (folder / "tokenizer.json").unlink()
    assert refused(desk, Wish(str(folder))) is ProblemCode.NEEDS_CODE


def test_incident_08_the_same_wish_of_two_people_is_one_request(desk: SubmissionDesk):
    first = desk.submit(GUESSING, ANA)
    assert refused(desk, GUESSING, LEO) is ProblemCode.DUPLICATE
    assert desk.premises.queue.view().entries[first.id].request.submitted_by == "ana"


def test_incident_07_changed_files_or_another_precision_are_another_request(desk: SubmissionDesk, folder: Path):
    for wish in (Wish(str(folder)), Wish(str(folder), precision="bfloat16")):
        desk.submit(wish, OPERATOR)
    write_json(folder / "config.json", {"model_type": "llama", "rope_theta": 5})
    desk.submit(Wish(str(folder)), OPERATOR)
    assert len(desk.premises.queue.view().entries) == 3


def test_what_changed_since_the_checks_is_looked_at_again(premises: Premises):
    desk = SubmissionDesk(replace(premises, quota=Quota(per_user=1)))
    same, other = candidate(desk, GUESSING, LEO), candidate(desk, OTHERWISE, ANA)
    request = desk.submit(GUESSING, ANA)
    assert entering_refused(desk, same, LEO) is ProblemCode.DUPLICATE
    assert entering_refused(desk, other, ANA) is ProblemCode.QUOTA_OF_USER
    premises.queue.take_down(request.id, NOW, by="eva")
    assert entering_refused(desk, other, LEO) is ProblemCode.WITHDRAWN
    assert list(premises.queue.view().entries) == [request.id]


@pytest.mark.parametrize("by", [OPERATOR, EVA])
def test_operators_and_maintainers_have_no_quota(premises: Premises, by: Submitter):
    desk = SubmissionDesk(replace(premises, quota=Quota(per_user=0, per_organisation=0)))
    assert refused(desk, GUESSING, ANA) is ProblemCode.QUOTA_OF_USER
    assert desk.submit(GUESSING, by).submitted_by == by.account


def test_a_quota_is_kept_in_the_queue_and_not_in_memory(premises: Premises, tmp_path: Path):
    premises = replace(premises, quota=Quota(per_user=1))
    SubmissionDesk(premises).submit(GUESSING, ANA)
    restarted = SubmissionDesk(replace(premises, queue=Queue(FolderStore(tmp_path / "eval_queue"))))
    assert refused(restarted, OTHERWISE, ANA) is ProblemCode.QUOTA_OF_USER
    week_later = replace(restarted.premises, clock=lambda: NOW + timedelta(days=7))
    SubmissionDesk(week_later).submit(OTHERWISE, ANA)


@pytest.mark.parametrize("end", ["cancel", "take_back", "take_down"])
def test_what_was_ended_counts_as_what_was_not(premises: Premises, end: str):
    desk = SubmissionDesk(replace(premises, quota=Quota(per_user=1)))
    request = desk.submit(GUESSING, ANA)
    getattr(premises.queue, end)(request.id, NOW, by="ana")
    wish = Wish("dummy", baseline=True, chat_template="none")
    with pytest.raises(SubmissionRefusedError) as error:
        desk.premises.quota.check(premises.queue.view(), "ana", request.model, NOW)
    assert error.value.problem.code is ProblemCode.QUOTA_OF_USER
    assert refused(desk, wish, ANA) in {ProblemCode.QUOTA_OF_USER, ProblemCode.WITHDRAWN}


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, tmp_path: Path, hub: HubServer) -> Place:
    """The queue's store: a folder, or a dataset on a Hub."""
    return folder_place(tmp_path) if request.param == "folder" else hub_place(tmp_path, hub)


def enter_at_once(place: Place, premises: Premises, tmp_path: Path, wishes: list[tuple[Wish, Submitter]]) -> list[str]:
    """Have each wish examined, then all entered at once, each at a desk of its own; return what became of each."""
    start = Barrier(len(wishes))

    def enter(number: int) -> str:
        wish, by = wishes[number]
        queue = Queue(place.on_another_machine(tmp_path / str(number)).open())
        desk = SubmissionDesk(replace(premises, queue=queue))
        one = candidate(desk, wish, by)
        start.wait(30)
        try:
            desk.enter(one, by)
        except SubmissionRefusedError as no:
            return str(code_of(no))
        return "entered"

    with ThreadPoolExecutor(len(wishes)) as pool:
        return sorted(pool.map(enter, range(len(wishes))))


def test_of_two_who_submit_at_once_with_one_place_left_exactly_one_gets_in(
    place: Place, premises: Premises, tmp_path: Path
):
    last = replace(premises, quota=Quota(per_user=1))
    became = enter_at_once(place, last, tmp_path, [(GUESSING, ANA), (OTHERWISE, Submitter("Ana"))])
    assert became == ["entered", str(ProblemCode.QUOTA_OF_USER)]
    assert len(Queue(place.open()).view().entries) == 1


def test_incident_08_of_two_who_submit_the_same_at_once_exactly_one_gets_in(
    place: Place, premises: Premises, tmp_path: Path
):
    became = enter_at_once(place, premises, tmp_path, [(GUESSING, ANA), (GUESSING, LEO)])
    assert became == ["duplicate", "entered"]
    assert len(Queue(place.open()).view().entries) == 1


@pytest.fixture
def hub_desk(premises: Premises, hub_api: HfApi) -> SubmissionDesk:
    return SubmissionDesk(replace(premises, hub=hub_api))


def test_a_model_on_the_hub_is_judged_without_its_weights_and_without_a_token(
    house: Installation, hub: HubServer, hub_api: HfApi, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """The only submission here whose model a short-lived child of its own reads, as on the page."""
    monkeypatch.setenv("HF_TOKEN", "hf_" + "s" * 34)
    (folder / "chat_template.jinja").write_text("{{ messages[-1].content }}")
    model = hub.add_folder(MODEL, folder, card={"license": "mit"})
    desk = SubmissionDesk(replace(house.desk.premises, hub=hub_api))

    request = desk.submit(Wish(model=f" {MODEL} "), ANA)

    assert (request.model.source, request.model.name, request.model.revision) == (ModelSource.HUB, MODEL, model.sha)
    assert (request.facts.parameters, request.facts.licence) == (PARAMETERS, "mit")
    assert (request.facts.type, request.submitted_by) == (ModelType.INSTRUCT, "ana")
    assert request.tasks == tuple(sorted(house.suite.wanted(), key=lambda one: one.task))
    assert hub.authorised_requests == []
    weights = [call for call in hub.calls if call.kind is Kind.STORAGE or call.path.endswith(".safetensors")]
    assert weights
    assert all(call.range.startswith("bytes=0-") for call in weights)


def test_the_same_model_by_branch_by_commit_and_by_its_old_name_is_one_request(
    hub_desk: SubmissionDesk, hub: HubServer, folder: Path
):
    model = hub.add_folder(MODEL, folder)
    hub.models["antes/meiga"] = model
    hub_desk.submit(Wish(MODEL), ANA)
    for again in (Wish(MODEL, model.sha), Wish(MODEL, "main"), Wish("antes/meiga")):
        assert refused(hub_desk, again, LEO) is ProblemCode.DUPLICATE


def test_incident_26_a_model_that_was_taken_down_comes_back_in_no_other_form(
    hub_desk: SubmissionDesk, hub: HubServer, folder: Path
):
    model = hub.add_folder(MODEL, folder)
    hub.models["antes/meiga"] = model
    request = hub_desk.submit(Wish(MODEL), ANA)
    hub_desk.premises.queue.take_down(request.id, NOW, by="eva")
    model.files["config.json"] += b" "
    assert model.sha != request.model.revision
    forms = [Wish(MODEL), Wish(MODEL, precision="float16"), Wish(MODEL, chat_template="none"), Wish("antes/meiga")]
    for wish in forms:
        for by in (ANA, OPERATOR):
            assert refused(hub_desk, wish, by) is ProblemCode.WITHDRAWN
    assert [entry.state.status for entry in hub_desk.premises.queue.view().entries.values()] == [Status.WITHDRAWN]


def gone(hub: HubServer) -> None:
    del hub.models[MODEL]


def closed(hub: HubServer) -> None:
    hub.models[MODEL].gated = True


def needs_code(hub: HubServer) -> None:
    hub.models[MODEL].files["config.json"] = b'{"model_type": "llama", "auto_map": {"AutoModel": "modeling.Evil"}}'


def pickled(hub: HubServer) -> None:
    hub.models[MODEL].files["pytorch_model.bin"] = hub.models[MODEL].files.pop("model.safetensors")


def lying(hub: HubServer) -> None:
    hub.models[MODEL].files["model.safetensors"] = b"\x40\0\0\0\0\0\0\0" + b"not json" * 8


def empty(hub: HubServer) -> None:
    hub.models[MODEL].files["model.safetensors"] = b""


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (gone, ProblemCode.MODEL_NOT_FOUND),
        (closed, ProblemCode.MODEL_GATED),
        (needs_code, ProblemCode.NEEDS_CODE),
        (pickled, ProblemCode.WEIGHTS_NOT_SAFE),
        (lying, ProblemCode.WEIGHTS_BROKEN),
        (empty, ProblemCode.WEIGHTS_BROKEN),
    ],
)
def test_a_model_on_the_hub_that_cannot_be_evaluated_is_refused_and_nothing_is_queued(
    hub_desk: SubmissionDesk, hub: HubServer, folder: Path, change: Callable[[HubServer], None], code: ProblemCode
):
    hub.add_folder(MODEL, folder)
    change(hub)
    assert refused(hub_desk, Wish(MODEL), ANA) is code
    made = {finding.check for finding in hub_desk.examine(Wish(MODEL), ANA).findings()}
    assert not made & {CheckName.SIZE, CheckName.TIME, CheckName.DUPLICATE, CheckName.QUOTA}


def test_the_quota_of_an_organisation_holds_for_whoever_submits_its_models(
    hub_desk: SubmissionDesk, hub: HubServer, tmp_path: Path, reader: OneReader
):
    desk = SubmissionDesk(replace(hub_desk.premises, quota=Quota(per_organisation=1), read=reader.read))
    for number, name in enumerate(("somos/uno", "somos/dos", "otros/uno")):
        hub.add_folder(name, write_model_folder(tmp_path / name, rope_theta=number))
    desk.submit(Wish("somos/uno"), ANA)
    assert refused(desk, Wish("somos/dos"), LEO) is ProblemCode.QUOTA_OF_ORGANISATION
    desk.submit(Wish("otros/uno"), LEO)
