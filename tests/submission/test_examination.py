"""All checks of one wish, in the order in which they are told, and what comes of them."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from leaderboard.local_models import hash_model_folder
from leaderboard.queue import QueueError
from leaderboard.records import (
    ChatTemplate,
    ModelFacts,
    ModelSource,
    ModelType,
    Precision,
    Provenance,
    Status,
)
from leaderboard.submission import (
    OPERATOR,
    CheckName,
    Examination,
    Finding,
    Outcome,
    Premises,
    ProblemCode,
    Quota,
    Speeds,
    SubmissionDesk,
    Submitter,
    Wish,
)
from leaderboard.submission.estimate import TimeEstimate, memory_needed
from leaderboard.submission.findings import Facts
from tests.builders import NOW, evaluation, facts, request_for, some_sha256, take
from tests.submission.model_folders import PARAMETERS, write_json, write_model_folder, write_weights
from tests.submission.telling import of, readable, told

ANA = Submitter("ana")
MILLION = 10**6


def examined(premises: Premises, wish: Wish, by: Submitter = OPERATOR) -> tuple[Examination, list[Finding]]:
    """Make every check; nothing may be queued by that."""
    before = list(premises.queue.view().entries)
    examination = SubmissionDesk(premises).examine(wish, by)
    findings = list(map(readable, examination.findings()))
    assert list(premises.queue.view().entries) == before
    assert (examination.candidate is None) == bool(examination.refusals)
    assert examination.refusals == [one for one in findings if one.outcome is Outcome.REFUSED]
    return examination, findings


def refused(premises: Premises, wish: Wish, by: Submitter = OPERATOR) -> Finding:
    """Return the only refusal, after which no check was made."""
    examination, findings = examined(premises, wish, by)
    (finding,) = examination.refusals
    assert findings[-1] == finding
    return finding


def accepted(premises: Premises, wish: Wish, by: Submitter = OPERATOR) -> Any:
    """Return the candidate."""
    examination, _ = examined(premises, wish, by)
    assert examination.candidate is not None
    return examination.candidate


def test_a_good_folder_passes_every_check_in_order_and_becomes_a_candidate(premises: Premises, folder: Path):
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    examination, findings = examined(premises, Wish(str(folder)))
    assert list(told(findings).items()) == [
        (CheckName.NAME, Outcome.PASSED),
        (CheckName.CONFIG, Outcome.PASSED),
        (CheckName.CODE, Outcome.PASSED),
        (CheckName.ARCHITECTURE, Outcome.PASSED),
        (CheckName.WEIGHTS, Outcome.PASSED),
        (CheckName.TOKENIZER, Outcome.PASSED),
        (CheckName.CHAT_TEMPLATE, Outcome.PASSED),
        (CheckName.CARD, Outcome.PASSED),
        (CheckName.LINEAGE, Outcome.PASSED),
        (CheckName.SIZE, Outcome.PASSED),
        (CheckName.TIME, ProblemCode.TIME_UNKNOWN),
        (CheckName.DUPLICATE, Outcome.PASSED),
        (CheckName.SAME_WEIGHTS, Outcome.PASSED),
    ]
    assert {finding.words["model"] for finding in findings} == {"meiga-1b"}
    assert examination.name == "meiga-1b"
    candidate = examination.candidate
    assert candidate is not None
    assert (candidate.folder, candidate.place, candidate.wait_seconds) == (folder, 1, 0.0)
    assert candidate.time == TimeEstimate(0.0, 2, 2)
    request = candidate.request
    assert (request.model.source, request.model.name) == (ModelSource.LOCAL, "meiga-1b")
    assert request.model.revision == hash_model_folder(folder).files
    assert request.tasks == tuple(sorted(premises.suite.wanted(), key=lambda one: one.task))
    assert (request.suite, request.submitted_at, request.submitted_by) == (premises.suite.label, NOW, None)
    # auto is the precision of the weights, which this folder stores in float32
    assert (request.precision, request.chat_template) == (Precision.FLOAT32, ChatTemplate.AUTO)
    assert request.facts == ModelFacts(
        type=ModelType.BASE,
        parameters=PARAMETERS,
        native_precision=Precision.FLOAT32,
        weights_sha256=hash_model_folder(folder).weights,
        licence="mit",
        architecture="LlamaForCausalLM",
        weights_bytes=58,
    )


def test_nothing_is_made_before_it_is_asked_for(premises: Premises, folder: Path):
    examination = SubmissionDesk(premises).examine(Wish(str(folder)), OPERATOR)
    assert examination.candidate is None
    findings = examination.findings()
    assert next(findings).check is CheckName.NAME
    assert examination.candidate is None


def test_no_path_of_the_machine_is_in_what_is_told_or_recorded(premises: Premises, folder: Path):
    write_json(folder / "provenance.json", {"file": "m.gguf", "sha256": some_sha256("gguf"), "precision": "q4_1"})
    examination, findings = examined(premises, Wish(str(folder)))
    assert examination.candidate is not None
    request = examination.candidate.request
    assert request.facts.provenance == Provenance(file="m.gguf", sha256=some_sha256("gguf"), precision="q4_1")
    assert str(folder.parent) not in request.to_json().decode() + "".join(map(str, findings))


@pytest.mark.parametrize(
    ("chosen", "weights", "precision"),
    [
        ("auto", "float16", Precision.FLOAT16),
        ("auto", "float32", Precision.FLOAT32),
        ("auto", "int8", Precision.BFLOAT16),
        ("float32", "float16", Precision.FLOAT32),
        ("bfloat16", "float32", Precision.BFLOAT16),
    ],
)
def test_the_precision_is_that_of_the_weights_unless_another_is_chosen(
    premises: Premises, folder: Path, chosen: str, weights: str, precision: Precision
):
    import numpy as np

    write_weights(folder / "model.safetensors", a=np.zeros(9, weights))
    assert accepted(premises, Wish(str(folder), precision=chosen)).request.precision is precision


def test_the_template_that_was_chosen_is_kept(premises: Premises, folder: Path):
    (folder / "chat_template.jinja").write_text("{{ messages[-1].content }}")
    request = accepted(premises, Wish(str(folder), chat_template="none")).request
    assert (request.chat_template, request.facts.type) == (ChatTemplate.NONE, ModelType.INSTRUCT)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_typed_is_refused(premises: Premises, text: str):
    assert refused(premises, Wish(text)).problem is ProblemCode.MODEL_MISSING


@pytest.mark.parametrize(
    "choice",
    [
        {"precision": "int8"},
        {"precision": "none"},
        {"precision": ""},
        {"chat_template": "always"},
        {"precision": "\u202e" * 5000},
        {"precision": "AUTO"},
    ],
)
@pytest.mark.parametrize("baseline", [True, False])
def test_a_forged_choice_is_refused_before_anything_is_looked_at(
    premises: Premises, folder: Path, choice: dict[str, str], baseline: bool
):
    wish = Wish("dummy" if baseline else str(folder), baseline=baseline, **choice)
    finding = refused(premises, wish)
    assert (finding.check, finding.problem) == (CheckName.NAME, ProblemCode.INVALID_CHOICE)
    assert len(finding.words["choice"]) <= 101
    assert finding.words["choice"].isprintable()


@pytest.mark.parametrize("by", [ANA, Submitter(), Submitter("ana", quota_exempt=True)])
def test_folders_are_refused_where_they_are_not_allowed_and_nothing_is_told_of_the_disk(
    premises: Premises, folder: Path, by: Submitter
):
    there, nowhere, own_home = (
        refused(premises, Wish(str(path)), by) for path in (folder, folder / "nothing", "~root/models")
    )
    assert there.problem is nowhere.problem is own_home.problem is ProblemCode.LOCAL_NOT_ALLOWED
    assert premises.local_models.folder(hash_model_folder(folder).files) is None


def test_a_relative_folder_that_is_there_is_no_different_from_one_that_is_not_where_folders_are_not_allowed(
    premises: Premises, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder.parents[1])
    answers = {refused(premises, Wish(text), ANA).problem for text in ("models", "nothing", "models/--")}
    assert answers == {ProblemCode.INVALID_MODEL_ID}
    assert refused(premises, Wish("models/meiga-1b"), ANA).problem is ProblemCode.HUB_UNREACHABLE
    assert accepted(premises, Wish("models/meiga-1b")).request.model.source is ModelSource.LOCAL


def test_a_folder_has_no_revisions(premises: Premises, folder: Path):
    finding = refused(premises, Wish(str(folder), revision="\u202emain"))
    assert (finding.problem, finding.words["revision"]) == (ProblemCode.LOCAL_WITH_REVISION, "\ufffdmain")


@pytest.mark.parametrize(
    "text",
    [
        "/nowhere/meiga",
        "~/nowhere/meiga",
        "~nobody-of-that-name/meiga",
        "/" + "a" * 300,
        "~\0/x",
        "/\ud800",
        "../etc\0",
    ],
)
def test_a_folder_that_is_not_there_is_refused(premises: Premises, text: str):
    assert refused(premises, Wish(text)).problem is ProblemCode.FOLDER_NOT_FOUND


@pytest.mark.parametrize("text", ["meiga", "org/model/x", "org/<b>", "a" * 300, "org/mod\0el", "\ud800/x"])
@pytest.mark.parametrize("by", [OPERATOR, ANA])
def test_what_is_neither_folder_nor_name_is_refused(premises: Premises, text: str, by: Submitter):
    assert refused(premises, Wish(text), by).problem is ProblemCode.INVALID_MODEL_ID


def test_a_home_folder_is_found(premises: Premises, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    assert accepted(premises, Wish("~/meiga-1b")).request.model.name == "meiga-1b"


def test_a_folder_that_cannot_be_evaluated_is_not_read_to_its_end(
    premises: Premises, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    hashed: list[Path] = []
    monkeypatch.setattr("leaderboard.submission.examination.hash_model_folder", hashed.append)
    (folder / "tokenizer.json").unlink()
    (folder / "config.json").write_text("{}")
    examination, findings = examined(premises, Wish(str(folder)))
    assert [one.problem for one in examination.refusals] == [
        ProblemCode.ARCHITECTURE_UNKNOWN,
        ProblemCode.TOKENIZER_MISSING,
    ]
    assert findings[-1].check is CheckName.LINEAGE
    assert hashed == []


def test_a_broken_provenance_is_refused(premises: Premises, folder: Path):
    (folder / "provenance.json").write_text("{}")
    assert refused(premises, Wish(str(folder))).problem is ProblemCode.PROVENANCE_BROKEN


@pytest.mark.parametrize("by", [OPERATOR, ANA])
def test_the_guessing_baseline_is_the_version_of_its_program(premises: Premises, by: Submitter):
    candidate = accepted(premises, Wish("dummy", baseline=True), by)
    request = candidate.request
    assert (request.model.source, request.model.revision) == (ModelSource.BASELINE, version("lm_eval"))
    assert request.precision is Precision.NONE
    assert request.facts == ModelFacts(type=ModelType.BASELINE)
    assert candidate.memory_bytes is None


def test_an_unknown_baseline_is_refused_with_the_known_ones(premises: Premises):
    finding = refused(premises, Wish("open\u202eai", baseline=True))
    assert finding.problem is ProblemCode.UNKNOWN_BASELINE
    assert (finding.words["baseline"], finding.words["known"]) == ("open\ufffdai", "dummy")


def test_a_model_that_does_not_fit_is_refused_with_both_figures(premises: Premises, folder: Path):
    write_json(folder / "config.json", {"model_type": "llama", "vocab_size": 1000})
    known = Facts(parameters=PARAMETERS, vocabulary=1000)
    needed = memory_needed(known, Precision.FLOAT32, premises.batch_size)
    assert needed
    fits, too_small = (replace(premises, memory_bytes=lambda size=size: size) for size in (needed, needed - 1))
    assert accepted(fits, Wish(str(folder))).memory_bytes == needed
    examination, findings = examined(too_small, Wish(str(folder)))
    assert [one.problem for one in examination.refusals] == [ProblemCode.TOO_BIG]
    found = of(CheckName.SIZE, findings)
    assert (found.words["needed"], found.words["available"]) == (str(needed), str(needed - 1))
    assert findings[-1].check is CheckName.SAME_WEIGHTS, "the rest is told all the same"


def test_packed_weights_fit_as_they_are_stored(premises: Premises, folder: Path):
    packed = {"model_type": "llama", "vocab_size": 1000, "quantization_config": {"quant_method": "fp8"}}
    write_json(folder / "config.json", packed)
    candidate = accepted(replace(premises, quantisations=frozenset({"fp8"})), Wish(str(folder)))
    known = Facts(weights_bytes=58, vocabulary=1000)
    assert candidate.memory_bytes == memory_needed(known, Precision.BFLOAT16, premises.batch_size)
    assert candidate.request.facts.quantisation == "fp8"


def knowing(premises: Premises, seconds: float, parameters: int = PARAMETERS) -> Premises:
    """Return premises under which every task took a model of that size so long."""
    asked = request_for(premises.suite, "known-1b", facts=facts(parameters=parameters))
    ran = evaluation(asked, premises.suite, {task.id: 1 for task in premises.suite.tasks})
    results = tuple(result.replaced(seconds=seconds) for result in ran.results)
    return replace(premises, speeds=lambda _: Speeds([ran.replaced(results=results)], {}))


def test_a_model_that_takes_too_long_is_refused_and_one_that_just_ends_in_time_is_not(premises: Premises, folder: Path):
    known = knowing(premises, 100.0)
    candidate = accepted(replace(known, time_limit_seconds=200.0), Wish(str(folder)))
    assert candidate.time == TimeEstimate(200.0, 2, 0)
    examination, findings = examined(replace(known, time_limit_seconds=199.9), Wish(str(folder)))
    assert [one.problem for one in examination.refusals] == [ProblemCode.TOO_LONG]
    assert of(CheckName.TIME, findings).words["seconds"] == "200"


def test_the_place_and_the_wait_are_told(premises: Premises, folder: Path):
    known = knowing(premises, 100.0)
    for name in ("one-1b", "two-1b", "three-1b"):
        known.queue.submit(request_for(known.suite, name, facts=facts(parameters=PARAMETERS)))
    take(known.queue)
    candidate = accepted(known, Wish(str(folder)))
    assert (candidate.place, candidate.wait_seconds) == (3, 600.0)
    examination, findings = examined(known, Wish(str(folder)))
    words = of(CheckName.TIME, findings).words
    assert (words["place"], words["wait"], words["unknown"], words["tasks"]) == ("3", "600", "0", "2")
    assert examination.candidate == candidate


def test_incident_08_the_same_wish_twice_is_refused_and_says_where_the_first_stands(premises: Premises, folder: Path):
    desk = SubmissionDesk(premises)
    first = desk.submit(Wish(str(folder)), OPERATOR)
    _, findings = examined(premises, Wish(str(folder)))
    found = of(CheckName.DUPLICATE, findings)
    assert found.problem is ProblemCode.DUPLICATE
    assert found.words == {"model": "meiga-1b", "id": first.id, "status": "PENDING"}
    take(premises.queue)
    _, findings = examined(premises, Wish(str(folder)))
    assert of(CheckName.DUPLICATE, findings).words["status"] == "RUNNING"


def test_incident_08_a_copy_of_the_folder_under_the_same_name_is_the_same_wish(
    premises: Premises, folder: Path, tmp_path: Path
):
    SubmissionDesk(premises).submit(Wish(str(folder)), OPERATOR)
    copy = write_model_folder(tmp_path / "elsewhere/meiga-1b")
    _, findings = examined(premises, Wish(str(copy)))
    assert of(CheckName.DUPLICATE, findings).problem is ProblemCode.DUPLICATE


def test_incident_26_the_same_weights_under_other_names_are_told_and_hinder_nothing(
    premises: Premises, folder: Path, tmp_path: Path
):
    desk = SubmissionDesk(premises)
    desk.submit(Wish(str(folder)), OPERATOR)
    _, findings = examined(premises, Wish(str(folder), precision="bfloat16"))
    assert of(CheckName.SAME_WEIGHTS, findings).outcome is Outcome.PASSED, "it is the same model"
    names = [f"copy-{one}" for one in range(6)]
    for name in names:
        copy = write_model_folder(tmp_path / name, rope_theta=5)
        _, findings = examined(premises, Wish(str(copy)))
        found = of(CheckName.SAME_WEIGHTS, findings)
        assert (found.outcome, found.problem) == (Outcome.WARNED, ProblemCode.SAME_WEIGHTS)
        desk.submit(Wish(str(copy)), OPERATOR)
    assert found.words["others"] == "copy-0, copy-1, copy-2, copy-3, copy-4 …"


def test_a_quota_is_looked_at_for_whoever_signed_in(premises: Premises):
    one_each = replace(premises, quota=Quota(per_user=1))
    desk = SubmissionDesk(one_each)
    desk.submit(Wish("dummy", baseline=True), ANA)
    other = Wish("dummy", baseline=True, chat_template="none")
    _, findings = examined(one_each, other, Submitter("ANA"))
    assert told(findings)[CheckName.QUOTA] is ProblemCode.QUOTA_OF_USER
    _, findings = examined(one_each, other, Submitter("leo"))
    assert told(findings)[CheckName.QUOTA] is Outcome.PASSED
    for exempt in (OPERATOR, Submitter("ana", quota_exempt=True)):
        examination, findings = examined(one_each, other, exempt)
        assert CheckName.QUOTA not in told(findings)
        assert examination.candidate is not None


def take_down(premises: Premises, request_id: str) -> None:
    premises.queue.take_down(request_id, NOW, by="eva")


def withdraw_by_submitter(premises: Premises, request_id: str) -> None:
    premises.queue.take_back(request_id, NOW, by="ana")


@pytest.mark.parametrize(
    ("withdraw", "again"),
    [(take_down, ProblemCode.WITHDRAWN), (withdraw_by_submitter, None)],
)
def test_what_was_taken_down_stays_down_and_what_was_taken_back_may_come_again(
    premises: Premises, withdraw: Callable[[Premises, str], None], again: ProblemCode | None
):
    desk = SubmissionDesk(premises)
    request = desk.submit(Wish("dummy", baseline=True), ANA)
    withdraw(premises, request.id)
    _, findings = examined(premises, Wish("dummy", baseline=True), ANA)
    found = of(CheckName.DUPLICATE, findings)
    assert found.problem is again
    if again is ProblemCode.WITHDRAWN:
        assert found.words["date"] == f"{NOW:%Y-%m-%d}"
        return
    (entry,) = premises.queue.view().entries.values()
    assert entry.submitted_by == "ana"
    assert desk.submit(Wish("dummy", baseline=True), Submitter(account="leo")).id == request.id
    (entry,) = premises.queue.view().entries.values()
    assert (entry.state.status, entry.submitted_by) == (Status.PENDING, "leo")
    with pytest.raises(QueueError, match="somebody else"):
        premises.queue.take_back(request.id, NOW, by="ana")


def test_a_broken_template_that_is_never_used_is_told_and_hinders_nothing(premises: Premises, folder: Path):
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no') }}")
    for policy, outcome in ((ChatTemplate.AUTO, Outcome.REFUSED), (ChatTemplate.NONE, Outcome.WARNED)):
        examination, findings = examined(premises, Wish(str(folder), chat_template=policy))
        assert of(CheckName.CHAT_TEMPLATE, findings).outcome is outcome
        assert (examination.candidate is None) == (outcome is Outcome.REFUSED)
