"""What mends what a check found: never an address that somebody else wrote."""

import pytest

from leaderboard.records import is_model_id
from leaderboard.submission import CheckName, ProblemCode
from leaderboard.submission.findings import passed, refused, skipped, warned
from leaderboard.submission.remedies import HUB_URL, model_url, remedy_of

NOBODY_CAN_MEND = {
    ProblemCode.MODEL_MISSING, ProblemCode.INVALID_REVISION, ProblemCode.INVALID_CHOICE,
    ProblemCode.LOCAL_WITH_REVISION,
    ProblemCode.FOLDER_NOT_FOUND, ProblemCode.FOLDER_NAME_UNUSABLE, ProblemCode.UNKNOWN_BASELINE,
    ProblemCode.PARAMETERS_UNKNOWN, ProblemCode.SIZE_UNKNOWN, ProblemCode.TIME_UNKNOWN, ProblemCode.WITHDRAWN,
    ProblemCode.SAME_WEIGHTS, ProblemCode.SMOKE_NOT_HERE,
    ProblemCode.FORM_CLOSED, ProblemCode.SIGN_IN_FIRST, ProblemCode.MAINTAINERS_ONLY,
}  # fmt: skip
"""What is said of them is all there is to do about them."""


@pytest.mark.parametrize("code", ProblemCode)
def test_every_problem_that_can_be_mended_has_one_command_or_one_address(code: ProblemCode):
    remedy = remedy_of(refused(CheckName.NAME, code, model="org/model"))
    assert (remedy is None) == (code in NOBODY_CAN_MEND)
    if remedy is not None:
        assert (remedy.command is None) != (remedy.link is None)
        assert remedy.link is None or remedy.link.startswith(
            ("https://huggingface.co/", "https://status.huggingface.co")
        )


def test_a_model_that_is_closed_is_opened_on_its_own_page():
    for finding in (refused, warned):
        remedy = remedy_of(finding(CheckName.PUBLIC, ProblemCode.MODEL_GATED, model="org/model"))
        assert remedy
        assert remedy.link == f"{HUB_URL}/org/model/settings"


@pytest.mark.parametrize(
    "model", ["", "meiga-1b", "../..", "a/b?x", "javascript:alert(1)", "//evil.example/x", "a/b\n"]
)
def test_no_address_is_made_of_what_is_no_model(model: str):
    assert not is_model_id(model)
    assert remedy_of(refused(CheckName.PUBLIC, ProblemCode.MODEL_GATED, model=model)) is None
    with pytest.raises(ValueError, match="no address"):
        model_url(model)


def test_what_is_well_needs_no_remedy():
    assert remedy_of(passed(CheckName.NAME)) is None
    assert remedy_of(skipped(CheckName.NAME)) is None


def test_a_model_has_an_address():
    assert model_url("org/model") == f"{HUB_URL}/org/model"
