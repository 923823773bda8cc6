"""Incident 26: what is taken back or down leaves the ranking and never the record."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import build_board
from leaderboard.installation import Installation
from leaderboard.queue import Finished, Queue, QueueError, TransitionError, transitions
from leaderboard.records import (
    Cause,
    ChatTemplate,
    EvalRequest,
    ModelSource,
    Precision,
    Progress,
    RequestState,
    Status,
    Withdrawal,
    WithdrawalReason,
)
from leaderboard.results import ResultsReader, finished_run, reference_to
from leaderboard.store import FolderStore
from leaderboard.submission.reevaluation import Choice, NothingChosenError, wishes
from leaderboard.suite import Suite
from tests.builders import (
    NOW,
    TWO_TASKS,
    checkpoint,
    failure,
    finish,
    manifest,
    model,
    request_for,
    run_reference,
    some_sha256,
    state,
    take,
    task_result,
    tell,
    tiny_suite,
)
from tests.queue.stores import commits_of

LATER = NOW + timedelta(days=1)
SUBMITTER, TAKEDOWN = WithdrawalReason
NOT_WITHDRAWN = [status for status in Status if status is not Status.WITHDRAWN]


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suite")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "eval_queue")


@pytest.fixture
def queue(store: FolderStore) -> Queue:
    return Queue(store)


@pytest.fixture
def results(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


def sent(suite: Suite, name: str = "somos/meiga", by: str | None = "ana", **changes: Any) -> EvalRequest:
    """Return what somebody submitted: a model on the Hub."""
    revision = changes.pop("revision", "")
    asked = request_for(suite, model=model(name, source=ModelSource.HUB, revision=revision), **changes)
    return asked.replaced(submitted_by=by)


def publish(queue: Queue, results: FolderStore, asked: EvalRequest, suite: Suite) -> None:
    """Have a request evaluated and its results published."""
    brought = [task_result(asked, task) for task in suite.tasks]
    listed = manifest(asked, brought)
    finished_run(listed, brought).commit(results, "results")
    finish(queue, asked, reference_to(listed))


def status(queue: Queue, asked: EvalRequest) -> Status:
    return queue.view().entries[asked.id].state.status


@pytest.mark.parametrize("before", NOT_WITHDRAWN)
def test_everything_but_what_was_withdrawn_can_be_taken_down(before: Status):
    was = state(before)
    after = transitions.withdraw(was, TAKEDOWN, LATER, "eva")
    assert (after.status, after.withdrawal) == (Status.WITHDRAWN, Withdrawal(reason=TAKEDOWN, at=LATER))
    assert (after.claim, after.progress, after.failure, after.retry_at) == (None, None, None, None)
    assert after.run == was.run, "what was published is history"
    event = after.history[-1]
    assert (event.status, event.at, event.by) == (Status.WITHDRAWN, LATER, "eva")
    with pytest.raises(TransitionError, match="withdrawn before"):
        transitions.withdraw(after, TAKEDOWN, LATER)


@pytest.mark.parametrize("before", NOT_WITHDRAWN)
def test_a_submitter_takes_back_only_what_has_no_results(before: Status):
    unpublished, published = (state(before, run=run) for run in (None, run_reference("0" * 32)))
    assert transitions.withdraw(unpublished, SUBMITTER, LATER, "ana").status is Status.WITHDRAWN
    with pytest.raises(TransitionError, match="only maintainers"):
        transitions.withdraw(published, SUBMITTER, LATER, "ana")


def test_what_a_withdrawn_request_waited_for_is_over():
    progress = Progress(task=None, items_done=0, items_total=8)
    running = state(Status.RUNNING, progress=progress, checkpoint=checkpoint())
    waiting = state(Status.FAILED, failure=failure(cause=Cause.UNREACHABLE), retry_at=NOW)
    for was in (running, waiting):
        after = transitions.withdraw(was, TAKEDOWN, LATER)
        assert (after.retry_at, after.progress, after.claim) == (None, None, None)
        assert not transitions.is_due(after, LATER)
        for change in (transitions.retry, transitions.cancel, transitions.wake):
            with pytest.raises(TransitionError):
                change(after, LATER)


def test_only_a_maintainers_word_brings_it_back_and_then_nothing_is_left_of_the_withdrawal():
    gone = transitions.withdraw(state(Status.FINISHED), TAKEDOWN, NOW, "eva")
    back = transitions.reevaluate(gone, LATER, "eva")
    assert (back.status, back.withdrawal, back.run) == (Status.PENDING, None, gone.run)
    assert [event.status for event in back.history] == [Status.WITHDRAWN, Status.PENDING]


def test_a_state_is_withdrawn_with_a_reason_or_not_at_all():
    for broken in (
        {"status": Status.WITHDRAWN},
        {"status": Status.PENDING, "withdrawal": Withdrawal(reason=TAKEDOWN, at=NOW)},
    ):
        with pytest.raises(ValueError, match="a withdrawal belongs to WITHDRAWN"):
            RequestState(**broken)


def test_a_submitter_takes_back_what_waits_and_what_runs(queue: Queue, suite: Suite):
    waits, runs = sent(suite, "somos/waits"), sent(suite, "somos/runs")
    queue.submit(runs)
    take(queue)
    queue.submit(waits)
    for asked in (waits, runs):
        queue.take_back(asked.id, LATER, by="ana")
        entry = queue.view().entries[asked.id]
        assert entry.is_withdrawn
        assert entry.state.withdrawal == Withdrawal(reason=SUBMITTER, at=LATER)
        assert (entry.state.history[-1].by, entry.state.claim) == ("ana", None)
    assert queue.view().pending() == []


@pytest.mark.parametrize(("by", "who"), [("ana", "leo"), ("ana", None), (None, "leo"), (None, None), ("ana", "")])
def test_nobody_takes_back_what_somebody_else_sent(queue: Queue, suite: Suite, by: str | None, who: str | None):
    asked = sent(suite, by=by)
    queue.submit(asked)
    with pytest.raises(QueueError, match="only its submitter"):
        queue.take_back(asked.id, LATER, by=who)
    assert status(queue, asked) is Status.PENDING


def test_incident_26_what_is_published_is_not_taken_back_by_its_submitter(
    queue: Queue, results: FolderStore, suite: Suite
):
    asked = sent(suite)
    publish(queue, results, asked, suite)
    with pytest.raises(QueueError, match="only what waits or runs"):
        queue.take_back(asked.id, LATER, by="ana")
    again = sent(suite, tasks=suite.wanted()[:1])
    queue.submit(again)
    with pytest.raises(QueueError, match="only maintainers can take it down"):
        queue.take_back(again.id, LATER, by="ana")
    other = sent(suite, precision=Precision.FLOAT32)
    queue.submit(other)
    queue.take_back(other.id, LATER, by="ana")
    assert [status(queue, one) for one in (asked, again, other)] == [
        Status.FINISHED,
        Status.PENDING,
        Status.WITHDRAWN,
    ]


def test_what_is_not_there_can_be_neither_taken_back_nor_down(queue: Queue):
    for refused in (queue.take_back, queue.take_down):
        with pytest.raises(QueueError, match="There is no request"):
            refused("0" * 32, NOW, by="eva")


def test_incident_26_all_requests_of_a_model_are_taken_down_in_one_commit(
    queue: Queue, store: FolderStore, results: FolderStore, suite: Suite
):
    published = sent(suite)
    publish(queue, results, published, suite)
    others = [
        sent(suite, by="leo", revision="b" * 40),
        sent(suite, precision=Precision.FLOAT32),
        sent(suite, chat_template=ChatTemplate.NONE),
        sent(suite, "SOMOS/Meiga", by=None),
    ]
    neighbours = [sent(suite, "somos/meiga-2"), sent(suite, "otros/meiga")]
    for asked in (*others, *neighbours):
        queue.submit(asked)
    queue.take_back(others[0].id, NOW, by="leo")
    with commits_of(store) as commits:
        taken = queue.take_down(others[1].id, LATER, by="eva")
    assert len(commits) == 1
    assert set(taken) == {one.id for one in (published, *others[1:])}
    view = queue.view()
    assert {view.entries[one].state.history[-1].by for one in taken} == {"eva"}
    assert view.entries[others[0].id].state.withdrawal == Withdrawal(reason=SUBMITTER, at=NOW)
    assert [status(queue, one) for one in neighbours] == [Status.PENDING] * 2
    assert [entry.id for entry in view.withdrawn()][-1] == others[0].id, "the latest first"
    assert len(view.withdrawn()) == 5
    with pytest.raises(QueueError, match="somos/meiga was withdrawn before"):
        queue.take_down(others[1].id, LATER, by="eva")


def test_a_local_folder_is_taken_down_alone_for_another_may_have_its_name(queue: Queue, suite: Suite):
    one, other = (request_for(suite, model=model(revision=some_sha256(files))) for files in ("one", "other"))
    for asked in (one, other):
        queue.submit(asked)
    assert queue.take_down(one.id, LATER) == [one.id]
    assert status(queue, other) is Status.PENDING


def test_incident_26_results_of_a_withdrawn_model_leave_the_board_and_stay_in_the_record(
    queue: Queue, results: FolderStore, suite: Suite
):
    reader = ResultsReader(results)

    def shown() -> list[str]:
        rows = build_board(reader.published(queue.view()).evaluations, suite).rows
        return sorted(row.request.model.name for row in rows)

    gone, stays = sent(suite), sent(suite, "otros/vaca")
    for asked in (gone, stays):
        publish(queue, results, asked, suite)
    assert shown() == ["otros/vaca", "somos/meiga"]
    files = dict(results.snapshot().files)

    queue.take_down(gone.id, LATER, by="eva")
    assert shown() == ["otros/vaca"]
    assert reader.published(queue.view()).set_aside == ()
    (tombstone,) = queue.view().withdrawn()
    assert (tombstone.id, tombstone.state.run is not None) == (gone.id, True)
    assert [entry.id for entry in queue.view().with_results()] == [stays.id]
    assert dict(results.snapshot().files) == files, "nothing was erased"
    assert gone.id in {entry.id for entry in queue.view().of_owner("somos")}
    assert gone.id in {entry.id for entry in queue.view().of_owner("ANA")}

    queue.enqueue([gone], LATER, by="eva")
    assert shown() == ["otros/vaca", "somos/meiga"], "until it is measured anew, the old results count again"


def test_incident_26_an_archived_request_can_be_taken_down_too(queue: Queue, results: FolderStore, suite: Suite):
    asked = sent(suite)
    publish(queue, results, asked, suite)
    assert queue.archive("2026-07") == 1
    queue.take_down(asked.id, LATER, by="eva")
    assert status(queue, asked) is Status.WITHDRAWN
    assert queue.view().set_aside == ()
    assert status(Queue(queue.store), asked) is Status.WITHDRAWN


def test_a_worker_that_comes_back_with_results_of_what_was_withdrawn_has_lost_it(queue: Queue, suite: Suite):
    asked = sent(suite)
    queue.submit(asked)
    take(queue)
    queue.take_down(asked.id, NOW, by="eva")
    turn = tell(queue, Finished(asked.id, 1, run_reference(asked.id)))
    assert asked.id in turn.lost
    assert queue.view().entries[asked.id].state.run is None
    assert status(queue, asked) is Status.WITHDRAWN


def test_incident_26_reevaluating_what_is_outdated_does_not_bring_it_back(
    queue: Queue, results: FolderStore, suite: Suite, tmp_path: Path
):
    gone, stays = sent(suite), sent(suite, "otros/vaca")
    for asked in (gone, stays):
        publish(queue, results, asked, suite)
    queue.take_down(gone.id, NOW, by="eva")
    refranes, sumas = TWO_TASKS
    changed = tiny_suite(tmp_path / "changed", (refranes, {**sumas, "version": 2}))
    view = queue.view()

    def wished(**choice: Any) -> list[str]:
        return [wish.model.name for wish in wishes(view, changed, Choice(**choice), LATER)]

    assert wished(outdated=True) == wished(task="sumas") == ["otros/vaca"]
    with pytest.raises(NothingChosenError):
        wished(model="somos/meiga")
    assert wished(request=gone.id) == ["somos/meiga"], "by its own name a maintainer can"


def test_incident_26_a_house_says_once_which_models_were_taken_down(house: Installation):
    queue = house.queue
    one, other = (sent(house.suite, revision=letter * 40) for letter in "ab")
    back = sent(house.suite, "somos/back")
    for asked in (one, other, back):
        queue.submit(asked)
    queue.take_back(back.id, NOW, by="ana")
    queue.take_down(one.id, NOW, by="eva")
    assert [(tomb.model, tomb.date) for tomb in house.board().withdrawn] == [("somos/meiga", f"{NOW:%Y-%m-%d}")]
    assert replace(house.board(), withdrawn=()).rows == ()
