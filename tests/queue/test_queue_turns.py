"""Turns over a real folder: one commit each, whatever they say; what happens when an answer or a file is lost."""

from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.queue import Failed, Finished, Queue, QueueError, Released, Renewal, Report, Turn
from leaderboard.queue.layout import shard_path
from leaderboard.queue.retrying import MAX_ATTEMPTS
from leaderboard.records import Cause, EvalRequest, Progress, RequestState, StateShard, Status
from leaderboard.store import ConflictError, FolderStore, StoreError, StoreUnavailableError
from tests.builders import (
    LEASE,
    NOW,
    failure,
    finish,
    request,
    run_reference,
    state,
    take,
    tell,
    turn_plan,
    worker,
)
from tests.queue.stores import answer_lost, commits_of

AFTER_LEASE = NOW + LEASE + timedelta(seconds=1)
PROGRESS = Progress(task="sumas", items_done=3, items_total=8)
OTHER = worker("worker-2")


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "eval_queue")


@pytest.fixture
def queue(store: FolderStore) -> Queue:
    return Queue(store)


def submitted(queue: Queue, count: int) -> list[EvalRequest]:
    requests = [request(f"m-{number}", submitted_at=NOW + timedelta(seconds=number)) for number in range(count)]
    for one in requests:
        queue.submit(one)
    return requests


def state_of(queue: Queue, one: EvalRequest) -> RequestState:
    return queue.view().entries[one.id].state


def ids(turn: Turn) -> list[str]:
    return [entry.id for entry in turn.held]


def test_a_turn_returns_entries_as_they_are_stored(queue: Queue):
    submitted(queue, 2)
    turn = take(queue, who=OTHER, hold=2)
    assert {entry.id: entry for entry in turn.held} == dict(queue.view().entries)


def test_a_turn_says_and_takes_everything_in_one_commit(queue: Queue, store: FolderStore):
    one, two, three, four, five, six = submitted(queue, 6)
    take(queue, hold=4)
    reports = [
        Finished(one.id, 1, run_reference(one.id)),
        Failed(two.id, 1, failure(cause=Cause.GATED)),
        Released(three.id, 1),
        Renewal(four.id, 1, PROGRESS),
    ]
    chosen = {five.id, six.id}
    with commits_of(store) as commits:
        turn = take(queue, reports=reports, hold=3, wanted=lambda entry: entry.id in chosen)
    assert len(commits) == 1
    assert commits[0] == {shard_path(asked.id) for asked in (one, two, three, four, five, six)}
    assert ids(turn) == [four.id, five.id, six.id]
    assert [entry.state.status for entry in queue.view().entries.values()] == [
        Status.FINISHED,
        Status.FAILED,
        Status.PENDING,
        *[Status.RUNNING] * 3,
    ]


def test_a_turn_with_nothing_to_say_makes_no_commit(queue: Queue, store: FolderStore):
    version = store.head()
    assert take(queue).held == ()
    assert store.head() == version
    submitted(queue, 1)
    take(queue, who=OTHER)
    with commits_of(store) as commits:
        assert take(queue).held == ()
        assert len(take(queue, who=OTHER).held) == 1
    assert commits == []


def test_a_lost_report_alone_makes_no_commit(queue: Queue, store: FolderStore):
    [one] = submitted(queue, 1)
    take(queue, who=OTHER)
    with commits_of(store) as commits:
        assert tell(queue, Renewal(one.id, 1, PROGRESS)).lost == {one.id}
    assert commits == []


REPORTS = {
    "finished": lambda one: Finished(one.id, 1, run_reference(one.id)),
    "incomplete": lambda one: Finished(one.id, 1, run_reference(one.id), failure()),
    "failed": lambda one: Failed(one.id, 1, failure()),
    "renewal": lambda one: Renewal(one.id, 1, PROGRESS),
}


@pytest.mark.parametrize("report", REPORTS)
def test_a_turn_whose_answer_was_lost_is_taken_again_and_changes_nothing(report: str, queue: Queue, store: FolderStore):
    one, other = submitted(queue, 2)
    take(queue)
    plan = turn_plan(REPORTS[report](one), hold=2)
    with answer_lost(store, StoreUnavailableError("no answer")), pytest.raises(StoreUnavailableError):
        queue.turn(plan)
    known = queue.view().entries
    with commits_of(store) as commits:
        turn = queue.turn(plan)
    assert commits == []
    assert turn.lost == set()
    assert other.id in ids(turn)
    assert queue.view().entries == known
    assert known[other.id].state.attempt == 1


@pytest.mark.parametrize("report", REPORTS)
def test_a_conflict_with_its_own_commit_is_no_loss(report: str, queue: Queue, store: FolderStore):
    """A client that repeats a request whose answer was lost hears that somebody committed first: itself."""
    one, other = submitted(queue, 2)
    take(queue)
    with answer_lost(store, ConflictError("somebody was first")):
        turn = take(queue, reports=[REPORTS[report](one)], hold=2)
    assert turn.lost == set()
    assert other.id in ids(turn)
    assert state_of(queue, other).attempt == 1


def test_after_a_crash_a_worker_goes_on_with_what_it_holds(queue: Queue):
    [one] = submitted(queue, 1)
    first = take(queue)
    again = take(queue, now=NOW + timedelta(seconds=30))
    assert again.held == first.held
    assert tell(queue, Finished(one.id, 1, run_reference(one.id))).lost == set()
    assert state_of(queue, one).status is Status.FINISHED


def test_a_worker_with_the_same_name_and_another_secret_can_say_nothing(queue: Queue):
    [one] = submitted(queue, 1)
    take(queue)
    impostor = worker("worker-1", secret="another")
    turn = tell(queue, Finished(one.id, 1, run_reference(one.id)), who=impostor)
    assert (turn.lost, turn.held) == ({one.id}, ())
    assert state_of(queue, one).status is Status.RUNNING


def test_progress_prolongs_the_lease(queue: Queue):
    [one] = submitted(queue, 1)
    take(queue)
    tell(queue, Renewal(one.id, 1, PROGRESS), lease=timedelta(hours=1))
    assert state_of(queue, one).progress == PROGRESS
    assert take(queue, who=OTHER, now=AFTER_LEASE).held == ()


def test_incident_01_a_request_whose_worker_died_is_taken_by_another_with_its_history(queue: Queue):
    submitted(queue, 1)
    take(queue)
    assert take(queue, who=OTHER).held == ()
    [again] = take(queue, who=OTHER, now=AFTER_LEASE).held
    assert again.state.attempt == 2
    assert [(event.status, event.worker) for event in again.state.history] == [
        (Status.RUNNING, "worker-1"),
        (Status.PENDING, "worker-1"),
        (Status.RUNNING, "worker-2"),
    ]
    lost = again.state.history[1].failure
    assert lost
    assert lost.cause is Cause.LOST_WORKER


def test_incident_01_a_request_that_kills_its_workers_fails_after_three(queue: Queue):
    [one] = submitted(queue, 1)
    now = NOW
    for number in range(MAX_ATTEMPTS):
        assert take(queue, who=worker(f"victim-{number}"), now=now).held
        now += 2 * LEASE
    assert take(queue, now=now).held == ()
    ended = state_of(queue, one)
    assert (ended.status, ended.attempt, ended.retry_at) == (Status.FAILED, 3, None)
    assert ended.failure
    assert ended.failure.cause is Cause.LOST_WORKER


SAYINGS = {**REPORTS, "released": lambda one: Released(one.id, 1)}


@pytest.mark.parametrize("report", SAYINGS)
def test_incident_02_a_worker_that_lost_its_claim_can_change_nothing(report: str, queue: Queue, store: FolderStore):
    [one] = submitted(queue, 1)
    take(queue)
    take(queue, who=OTHER, now=AFTER_LEASE)
    version = store.head()
    assert tell(queue, SAYINGS[report](one), now=AFTER_LEASE).lost == {one.id}
    assert store.head() == version
    assert state_of(queue, one).claim.worker == "worker-2"


def test_incident_04_a_run_with_failed_tasks_ends_incomplete(queue: Queue):
    one = request()
    finish(queue, one, run_reference(one.id), failure("sumas: it broke"))
    assert state_of(queue, one).status is Status.INCOMPLETE
    assert state_of(queue, one).failure == failure("sumas: it broke")


def test_a_request_that_cannot_reach_the_hub_is_tried_again_when_its_time_has_come(queue: Queue):
    [one] = submitted(queue, 1)
    take(queue)
    tell(queue, Failed(one.id, 1, failure(cause=Cause.UNREACHABLE)))
    assert take(queue, now=NOW + timedelta(minutes=4, seconds=59)).held == ()
    [again] = take(queue, now=NOW + timedelta(minutes=5)).held
    assert again.state.attempt == 2


def test_a_released_request_can_be_claimed_at_once(queue: Queue):
    [one] = submitted(queue, 1)
    take(queue)
    tell(queue, Released(one.id, 1))
    assert state_of(queue, one).status is Status.PENDING
    [again] = take(queue, who=OTHER).held
    assert again.state.attempt == 2


def test_incident_16_a_broken_shard_hides_only_its_own_requests_and_is_never_overwritten(
    queue: Queue, store: FolderStore
):
    requests = submitted(queue, 40)
    broken = shard_path(requests[0].id)
    (store.root / "state").mkdir()
    (store.root / broken).write_bytes(b"half a shard")
    hidden = {one.id for one in requests if shard_path(one.id) == broken}
    assert set(ids(take(queue, hold=40))) == {one.id for one in requests} - hidden
    assert (store.root / broken).read_bytes() == b"half a shard"
    assert [error.path for error in queue.view().set_aside] == [broken]


@pytest.mark.parametrize("report", SAYINGS)
def test_incident_16_a_report_on_a_request_in_a_broken_shard_is_lost_and_stops_no_other(
    report: str, queue: Queue, store: FolderStore
):
    requests = submitted(queue, 9)
    one, other = requests[0], next(two for two in requests if shard_path(two.id) != shard_path(requests[0].id))
    take(queue, hold=9)
    (store.root / shard_path(one.id)).write_bytes(b"half a shard")
    reports: list[Report] = [SAYINGS[report](one), Finished(other.id, 1, run_reference(other.id))]
    turn = tell(queue, *reports)
    assert turn.lost == {one.id}
    assert state_of(queue, other).status is Status.FINISHED
    assert (store.root / shard_path(one.id)).read_bytes() == b"half a shard"


def test_a_request_that_a_broken_shard_hides_cannot_be_changed_or_submitted_again(queue: Queue, store: FolderStore):
    [one] = submitted(queue, 1)
    take(queue)
    (store.root / shard_path(one.id)).write_bytes(b"half a shard")
    for refused in (
        lambda: queue.retry([one.id], NOW),
        lambda: queue.cancel(one.id, NOW),
        lambda: queue.submit(one),
        lambda: queue.enqueue([one], NOW),
    ):
        with pytest.raises(QueueError, match=one.id):
            refused()
    assert (store.root / shard_path(one.id)).read_bytes() == b"half a shard"


def test_a_change_keeps_every_other_state_of_its_shard(queue: Queue, store: FolderStore):
    one = request()
    orphan = one.id[0] + "f" * 31
    queue.submit(one)
    states = {orphan: state(Status.FINISHED)}
    store.commit({shard_path(one.id): StateShard(states=states).to_json()}, message="m", parent=None)
    take(queue)
    kept = StateShard.from_json((store.root / shard_path(one.id)).read_bytes(), "shard").states
    assert kept[orphan] == state(Status.FINISHED)
    assert kept[one.id].status is Status.RUNNING


def test_a_store_that_cannot_be_read_stops_the_turn_with_its_own_word(queue: Queue, store: FolderStore):
    store.root.mkdir(parents=True)
    (store.root / ".store").write_bytes(b"a file where a folder belongs")
    with pytest.raises(StoreError, match="cannot be opened"):
        take(queue)
