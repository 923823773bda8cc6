"""How much one person and one organisation may submit in a while, to the second and however it ended."""

from datetime import datetime, timedelta

import pytest

from leaderboard.queue import QueueView
from leaderboard.records import EvalRequest, ModelSource, RequestState, Status
from leaderboard.submission import ProblemCode, Quota, SubmissionRefusedError
from tests.builders import NOW, model, queue_view, request, state
from tests.submission.telling import code_of

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
QUOTA = Quota(per_user=3, per_organisation=5, window=7 * DAY)
NEXT = model("meiga/next", source=ModelSource.HUB)


def sent(number: int, by: str | None = "ana", at: datetime = NOW, owner: str = "meiga") -> EvalRequest:
    """Return what somebody submitted: a model of an owner on the Hub."""
    asked = request(model=model(f"{owner}/m-{number}", source=ModelSource.HUB), submitted_at=at)
    return asked.replaced(submitted_by=by)


def after(*requests: EvalRequest, ended: RequestState | None = None) -> QueueView:
    return queue_view(*((one, ended or state()) for one in requests))


def refusal(view: QueueView, user: str = "ana", quota: Quota = QUOTA, now: datetime = NOW) -> SubmissionRefusedError:
    with pytest.raises(SubmissionRefusedError) as error:
        quota.check(view, user, NEXT, now)
    code_of(error.value)
    return error.value


def test_the_last_one_is_taken_and_one_more_is_not():
    QUOTA.check(after(*map(sent, range(2))), "ana", NEXT, NOW)
    assert refusal(after(*map(sent, range(3)))).problem.code is ProblemCode.QUOTA_OF_USER
    assert refusal(after(*map(sent, range(4)))).problem.code is ProblemCode.QUOTA_OF_USER


def test_a_place_is_free_when_the_oldest_is_as_old_as_the_window_and_not_a_second_earlier():
    oldest = NOW - 7 * DAY
    view = after(sent(0, at=oldest), sent(1), sent(2))
    QUOTA.check(view, "ana", NEXT, NOW)
    QUOTA.check(view, "ana", NEXT, NOW + SECOND)
    told = refusal(view, now=NOW - SECOND).problem.parameters
    assert told == {"account": "ana", "most": "3", "days": "7", "free": f"{NOW:%Y-%m-%d %H:%M} UTC"}


def test_of_too_many_the_one_that_must_go_tells_when_a_place_is_free():
    """Four were sent when four were allowed: two must go before there is a place among three."""
    view = after(*(sent(one, at=NOW - one * DAY) for one in range(4)))
    assert refusal(view).problem.parameters["free"] == f"{NOW + 5 * DAY:%Y-%m-%d %H:%M} UTC"


def test_accounts_do_not_differ_in_capitals():
    view = after(sent(0, "Ana"), sent(1, "ANA"), sent(2, "ana"))
    for user in ("ana", "aNa"):
        assert refusal(view, user).problem.parameters["account"] == user
    organisation = after(*(sent(one, f"u{one}", owner=("Meiga", "MEIGA")[one % 2]) for one in range(5)))
    assert refusal(organisation).problem.code is ProblemCode.QUOTA_OF_ORGANISATION


def test_what_others_sent_is_theirs():
    QUOTA.check(after(*(sent(one, "leo", owner="others") for one in range(9))), "ana", NEXT, NOW)


@pytest.mark.parametrize("ended", Status)
def test_a_submission_counts_however_it_ended(ended: Status):
    assert refusal(after(*map(sent, range(3)), ended=state(ended))).problem.code is ProblemCode.QUOTA_OF_USER


def test_of_one_organisation_only_so_many_are_taken_whoever_sends_them():
    four = [sent(one, f"user-{one}") for one in range(4)]
    QUOTA.check(after(*four), "ana", NEXT, NOW)
    problem = refusal(after(*four, sent(5, "user-5"))).problem
    assert (problem.code, problem.parameters["account"]) == (ProblemCode.QUOTA_OF_ORGANISATION, "meiga")
    QUOTA.check(after(*four, sent(5, "user-5", at=NOW - 7 * DAY)), "ana", NEXT, NOW)


def test_what_the_operator_sent_counts_for_nobody():
    QUOTA.check(after(*(sent(one, None) for one in range(9))), "ana", NEXT, NOW)


def test_a_baseline_belongs_to_no_organisation_but_to_whoever_sends_it():
    view = after(*(sent(one, f"user-{one}") for one in range(5)))
    baseline = model("dummy", source=ModelSource.BASELINE, revision="0.4.13")
    QUOTA.check(view, "ana", baseline, NOW)
    with pytest.raises(SubmissionRefusedError):
        QUOTA.check(after(*map(sent, range(3))), "ana", baseline, NOW)


def test_a_local_folder_is_of_no_organisation_whatever_it_is_called():
    """It may well have an organisation's name."""
    local = [
        request(model=model("meiga", revision=f"{one:064}")).replaced(submitted_by=f"user-{one}") for one in range(9)
    ]
    QUOTA.check(after(*local), "ana", NEXT, NOW)


@pytest.mark.parametrize(
    ("quota", "code"),
    [
        (Quota(per_user=0), ProblemCode.QUOTA_OF_USER),
        (Quota(per_organisation=0), ProblemCode.QUOTA_OF_ORGANISATION),
    ],
)
def test_a_quota_of_nothing_takes_nothing_and_names_no_day(quota: Quota, code: ProblemCode):
    problem = refusal(after(), quota=quota).problem
    assert (problem.code, problem.parameters["free"]) == (code, "—")


def test_a_window_of_half_a_day_is_told_as_such():
    assert refusal(after(*map(sent, range(3))), quota=Quota(3, 9, DAY / 2)).problem.parameters["days"] == "0.5"
