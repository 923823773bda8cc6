"""What a check found, as data that passes from one process to another."""

import pytest
from pydantic import ValidationError

from leaderboard.records import ModelType, Precision
from leaderboard.submission import CheckName, Finding, Outcome, ProblemCode
from leaderboard.submission.findings import Facts, passed, refused, skipped, warned

KNOWN = Facts(
    parameters=7,
    native_precision=Precision.FLOAT16,
    weights_bytes=14,
    quantisation="gptq",
    architecture="LlamaForCausalLM",
    vocabulary=3,
    has_chat_template=True,
    licence="mit",
    base_models=("org/one",),
    is_merge=True,
)


@pytest.mark.parametrize(
    ("finding", "outcome", "problem"),
    [
        (passed(CheckName.CARD, KNOWN, licence="mit"), Outcome.PASSED, None),
        (warned(CheckName.CARD, ProblemCode.CARD_MISSING, KNOWN), Outcome.WARNED, ProblemCode.CARD_MISSING),
        (refused(CheckName.CODE, ProblemCode.NEEDS_CODE, file="a"), Outcome.REFUSED, ProblemCode.NEEDS_CODE),
        (skipped(CheckName.CODE), Outcome.SKIPPED, None),
    ],
)
def test_a_finding_is_the_same_on_the_other_side(finding: Finding, outcome: Outcome, problem: ProblemCode | None):
    assert (finding.outcome, finding.problem) == (outcome, problem)
    assert finding.to_line().count(b"\n") == 1
    assert Finding.model_validate_json(finding.to_line()) == finding


def test_what_is_found_later_is_added_and_what_it_does_not_know_changes_nothing():
    assert Facts().with_those_of(KNOWN) == KNOWN == KNOWN.with_those_of(Facts())
    later = KNOWN.with_those_of(Facts(parameters=8, licence="apache-2.0"))
    assert later == KNOWN.replaced(parameters=8, licence="apache-2.0")


def test_all_facts_go_into_the_request():
    facts = KNOWN.as_model_facts(weights_sha256="0" * 64)
    assert facts.type is ModelType.INSTRUCT
    assert KNOWN.replaced(has_chat_template=False).as_model_facts().type is ModelType.BASE
    known = KNOWN.model_dump(exclude={"vocabulary", "has_chat_template"})
    assert facts.model_dump(exclude={"type"}) == {**known, "weights_sha256": "0" * 64, "provenance": None}


@pytest.mark.parametrize(
    "facts",
    [
        {"parameters": 0},
        {"parameters": 10**17},
        {"weights_bytes": -1},
        {"architecture": "a b"},
        {"architecture": ""},
        {"quantisation": "GPTQ"},
        {"licence": "x" * 81},
        {"base_models": ("x" * 201,)},
        {"base_models": ("x",) * 21},
    ],
)
def test_facts_that_no_request_could_hold_are_none(facts: dict[str, object]):
    with pytest.raises(ValidationError):
        Facts(**facts)


@pytest.mark.parametrize("words", [{"Model": "a"}, {"a b": "a"}, {"": "a"}, {"a": "x" * 401}, {"a" * 21: "a"}])
def test_words_have_names_and_an_end(words: dict[str, str]):
    with pytest.raises(ValidationError):
        passed(CheckName.NAME, **words)
