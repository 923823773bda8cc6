"""From a maintainer's choice to the wishes that are to be measured again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.queue import QueueView
from leaderboard.records import Cause, ChatTemplate, EvalRequest, Precision, RequestState, Status
from leaderboard.submission.reevaluation import (
    Choice,
    Estimate,
    NothingChosenError,
    estimate,
    failed_for,
    is_waiting,
    wishes,
)
from leaderboard.suite import Suite
from tests.builders import (
    NOW,
    TWO_TASKS,
    declaration,
    evaluation,
    facts,
    failure,
    foreign_declaration,
    model,
    queue_view,
    request,
    request_for,
    state,
    task_result,
    tiny_suite,
    wanted,
)

LATER = NOW + timedelta(days=30)
FINISHED, INCOMPLETE, FAILED = (state(one) for one in (Status.FINISHED, Status.INCOMPLETE, Status.FAILED))


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


@pytest.fixture
def changed(tmp_path: Path) -> Suite:
    """The same suite after the configuration of `sumas` has changed."""
    refranes, sumas = TWO_TASKS
    return tiny_suite(tmp_path / "changed", (refranes, {**sumas, "version": 2}))


def tasks_of(wish: EvalRequest) -> list[str]:
    return [one.task for one in wish.tasks]


def wished(view: QueueView, suite: Suite, **choice: Any) -> list[tuple[str, list[str]]]:
    """Return model and tasks of each wish."""
    return [(wish.model.name, tasks_of(wish)) for wish in wishes(view, suite, Choice(**choice), LATER)]


def test_a_request_is_measured_again_whole_and_no_other(suite: Suite):
    asked, other = request_for(suite), request_for(suite, "other-1b")
    view = queue_view((asked, FINISHED), (other, FINISHED))
    assert wished(view, suite, request=asked.id) == [("meiga-1b", ["refranes", "sumas"])]


def test_the_same_wish_is_the_same_request(suite: Suite):
    """With nothing changed in the suite, re-evaluating is a new attempt at what is there."""
    asked = request_for(suite)
    (wish,) = wishes(queue_view((asked, FINISHED)), suite, Choice(request=asked.id), LATER)
    assert wish.id == asked.id
    assert wish.submitted_at == LATER


def test_a_wish_is_made_at_the_suites_present_configuration(suite: Suite, changed: Suite):
    asked = request_for(suite)
    (wish,) = wishes(queue_view((asked, FINISHED)), changed, Choice(request=asked.id), LATER)
    assert wish.id != asked.id
    assert wish.tasks == changed.wanted()
    assert wish.suite == changed.label
    assert (wish.model, wish.facts) == (asked.model, asked.facts)


def test_a_model_is_measured_again_in_every_identity_of_its_own(suite: Suite):
    kept = {
        "plain": request_for(suite),
        "revision": request_for(suite, model=model(revision="f" * 64)),
        "precision": request_for(suite, precision=Precision.FLOAT32),
        "template": request_for(suite, chat_template=ChatTemplate.NONE),
        "thinking": request_for(suite, thinking=True),
    }
    view = queue_view(*((one, FINISHED) for one in kept.values()), (request_for(suite, "other-1b"), FINISHED))
    found = wishes(view, suite, Choice(model="meiga-1b"), LATER)
    assert [one.id for one in found] == [one.id for one in kept.values()]


def test_one_task_is_a_wish_of_one_task_for_every_model_that_ran_it(suite: Suite):
    first, second = request_for(suite), request_for(suite, "other-1b")
    without = request_for(suite, "third-1b", tasks=suite.wanted()[:1])
    view = queue_view((first, FINISHED), (second, INCOMPLETE), (without, FINISHED))
    assert wished(view, suite, task="sumas") == [("meiga-1b", ["sumas"]), ("other-1b", ["sumas"])]


def test_several_requests_of_one_identity_are_one_wish(suite: Suite):
    first, second = (request_for(suite, tasks=suite.wanted()[one : one + 1]) for one in (0, 1))
    newer = second.replaced(facts=facts(licence="mit"))
    view = queue_view((first, FINISHED), (newer, FINISHED))
    (wish,) = wishes(view, suite, Choice(model="meiga-1b"), LATER)
    assert tasks_of(wish) == ["refranes", "sumas"]
    assert wish.facts == newer.facts, "what was read last"
    assert wished(view, suite, request=first.id) == [("meiga-1b", ["refranes"])]


def test_outdated_are_the_tasks_that_a_model_ran_at_another_configuration(suite: Suite, changed: Suite):
    asked, up_to_date = request_for(suite), request_for(changed, "other-1b")
    view = queue_view((asked, FINISHED), (up_to_date, FINISHED))
    found = wishes(view, changed, Choice(outdated=True), LATER)
    assert [(one.model.name, one.tasks) for one in found] == [
        ("meiga-1b", tuple(one for one in changed.wanted() if one.task == "sumas"))
    ]


def test_what_was_measured_anew_meanwhile_is_outdated_no_more(suite: Suite, changed: Suite):
    asked = request_for(suite)
    (wish,) = wishes(queue_view((asked, FINISHED)), changed, Choice(outdated=True), LATER)
    with pytest.raises(NothingChosenError):
        wishes(queue_view((asked, FINISHED), (wish, FINISHED)), changed, Choice(outdated=True), LATER)


def test_a_wish_that_was_not_evaluated_yet_leaves_its_tasks_outdated(suite: Suite, changed: Suite):
    """Asking twice gives the same wish, which the queue knows."""
    asked = request_for(suite)
    (wish,) = wishes(queue_view((asked, FINISHED)), changed, Choice(outdated=True), LATER)
    view = queue_view((asked, FINISHED), (wish, state()))
    (again,) = wishes(view, changed, Choice(outdated=True), LATER)
    assert again.id == wish.id
    assert is_waiting(view, again)


def test_a_task_that_the_suite_no_longer_has_drops_out(tmp_path: Path, suite: Suite):
    smaller = tiny_suite(tmp_path / "smaller", TWO_TASKS[:1])
    asked = request_for(suite)
    view = queue_view((asked, FINISHED))
    assert wished(view, smaller, request=asked.id) == [("meiga-1b", ["refranes"])]
    for choice in ({"task": "sumas"}, {"outdated": True}):
        with pytest.raises(NothingChosenError):
            wished(view, smaller, **choice)


def test_a_task_that_is_new_in_the_suite_is_not_added(tmp_path: Path, suite: Suite):
    """It would be no second measurement; a new submission asks for it."""
    larger = tiny_suite(tmp_path / "larger", (*TWO_TASKS, declaration("adivinas")))
    view = queue_view((request_for(suite), FINISHED))
    assert wished(view, larger, model="meiga-1b") == [("meiga-1b", ["refranes", "sumas"])]


@pytest.mark.parametrize(
    "choice",
    [{"request": "0" * 32}, {"model": "nobody-1b"}, {"task": "nada"}, {"outdated": True}, {}],
    ids=lambda choice: next(iter(choice), "nothing"),
)
def test_where_nothing_fits_the_maintainer_is_told(suite: Suite, choice: dict[str, Any]):
    with pytest.raises(NothingChosenError, match="Nothing in the queue fits"):
        wished(queue_view((request_for(suite), FINISHED)), suite, **choice)


@pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING])
@pytest.mark.parametrize("choice", ["request", "model", "task"])
def test_what_has_not_ended_cannot_be_evaluated_anew(suite: Suite, status: Status, choice: str):
    asked = request_for(suite)
    value = {"request": asked.id, "model": "meiga-1b", "task": "sumas"}[choice]
    with pytest.raises(NothingChosenError):
        wished(queue_view((asked, state(status))), suite, **{choice: value})


@pytest.mark.parametrize("status", [Status.FAILED, Status.CANCELLED])
def test_what_ended_with_nothing_published_can_be_named_and_ran_no_task(suite: Suite, status: Status):
    asked = request_for(suite)
    view = queue_view((asked, state(status)))
    assert wished(view, suite, request=asked.id) == wished(view, suite, model="meiga-1b") != []
    with pytest.raises(NothingChosenError):
        wished(view, suite, task="sumas")


def test_what_has_a_run_from_before_can_be_evaluated_anew_whatever_became_of_it_since(suite: Suite):
    again = state(Status.FAILED, run=FINISHED.run)
    assert wished(queue_view((request_for(suite), again)), suite, task="sumas") == [("meiga-1b", ["sumas"])]


def failed_with(cause: Cause, status: Status = Status.FAILED) -> RequestState:
    return state(status, failure=failure(cause=cause))


def test_what_failed_for_a_cause_is_found_also_where_only_tasks_are_lacking(suite: Suite):
    names = ["gone", "half", "gated", "well", "again"]
    asked = {name: request_for(suite, name) for name in names}
    again = state(failure=failure(cause=Cause.UNREACHABLE))
    states = [
        failed_with(Cause.UNREACHABLE),
        failed_with(Cause.UNREACHABLE, Status.INCOMPLETE),
        failed_with(Cause.GATED),
        FINISHED,
        again,
    ]
    view = queue_view(*zip(asked.values(), states, strict=True))
    assert failed_for(view, suite, Cause.UNREACHABLE, NOW) == [asked["gone"], asked["half"]]
    assert failed_for(view, suite, Cause.GATED, NOW) == [asked["gated"]]


def test_what_failed_at_another_configuration_is_wished_for_at_the_present_one(suite: Suite):
    old = request(tasks=wanted("refranes", "sumas", "gone"))
    (wish,) = failed_for(queue_view((old, failed_with(Cause.TASK_ERROR))), suite, Cause.TASK_ERROR, NOW)
    assert wish.tasks == suite.wanted()
    assert (wish.id != old.id, wish.model) == (True, old.model)


def test_a_cause_that_nothing_failed_for_is_named(suite: Suite):
    view = queue_view((request_for(suite), failed_with(Cause.GATED)))
    with pytest.raises(NothingChosenError, match="No request failed for tokenizer"):
        failed_for(view, suite, Cause.TOKENIZER, NOW)


def test_an_estimate_takes_the_times_of_the_same_models_last_run(suite: Suite):
    asked = request_for(suite)
    older, newer = (evaluation(asked, suite, {"refranes": 1, "sumas": 1}, finished_at=when) for when in (NOW, LATER))
    refranes, sumas = suite.tasks
    older = older.replaced(results=(task_result(asked, refranes, seconds=7.0), task_result(asked, sumas, seconds=5.0)))
    newer = newer.replaced(results=(task_result(asked, refranes, seconds=9.0),))
    others = evaluation(request_for(suite, "other-1b"), suite, {"refranes": 1, "sumas": 1})
    elsewhere = evaluation(request_for(suite, precision=Precision.FLOAT32), suite, {"refranes": 1, "sumas": 1})

    for order in ([older, newer], [newer, older]):
        assert estimate(asked, suite, [others, *order, elsewhere]) == Estimate(
            items=8, seconds=14.0, tasks_without_a_time=0
        )


def test_an_estimate_counts_only_the_tasks_of_the_wish(suite: Suite):
    asked = request_for(suite)
    ran = evaluation(asked, suite, {"refranes": 1, "sumas": 1})
    (wish,) = wishes(queue_view((asked, FINISHED)), suite, Choice(task="sumas"), LATER)
    assert estimate(wish, suite, [ran]) == Estimate(items=4, seconds=1.5, tasks_without_a_time=0)


def test_an_estimate_says_what_it_does_not_know(tmp_path: Path, suite: Suite):
    asked = request_for(suite)
    assert estimate(asked, suite, []) == Estimate(items=8, seconds=0.0, tasks_without_a_time=2)
    half = evaluation(asked, suite, {"sumas": 1})
    assert estimate(asked, suite, [half]) == Estimate(items=8, seconds=1.5, tasks_without_a_time=1)

    foreign = tiny_suite(tmp_path / "foreign", (TWO_TASKS[0], foreign_declaration("lejana")))
    wish = request_for(foreign)
    assert estimate(wish, foreign, []).items is None
    own = tuple(one for one in wish.tasks if one.task != "lejana")
    assert estimate(request_for(foreign, tasks=own), foreign, []).items == 4


@pytest.mark.parametrize("status", list(Status))
def test_what_waits_or_runs_need_not_be_asked_for_again(suite: Suite, status: Status):
    asked = request_for(suite)
    expected = status in {Status.PENDING, Status.RUNNING}
    assert is_waiting(queue_view((asked, state(status))), asked) is expected


def test_what_the_queue_does_not_know_does_not_wait(suite: Suite):
    assert not is_waiting(queue_view(), request_for(suite))
