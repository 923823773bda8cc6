"""What people may do to the queue, over a real folder: submit, retry, cancel, enqueue, archive."""

from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.queue import DuplicateRequestError, Failed, Finished, Queue, QueueError, Renewal, TransitionError
from leaderboard.queue.layout import archive_path, request_path, shard_path
from leaderboard.records import Cause, EvalRequest, RequestState, StateShard, Status
from leaderboard.store import FolderStore
from tests.builders import NOW, checkpoint, failure, finish, request, run_reference, some_sha256, state, take, tell
from tests.queue.stores import commits_of

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "eval_queue")


@pytest.fixture
def queue(store: FolderStore) -> Queue:
    return Queue(store)


def state_of(queue: Queue, one: EvalRequest) -> RequestState:
    return queue.view().entries[one.id].state


def put(store: FolderStore, one: EvalRequest, now: RequestState) -> None:
    """Have a request in the queue as it is now; the others of its shard must not matter."""
    files = {request_path(one.id): one.to_json(), shard_path(one.id): StateShard(states={one.id: now}).to_json()}
    store.commit(files, message="put", parent=None)


def test_a_submitted_request_waits(queue: Queue):
    one = request()
    queue.submit(one)
    assert [entry.request for entry in queue.view().pending()] == [one]


def test_a_duplicate_is_refused_and_says_where_the_first_stands(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    with pytest.raises(DuplicateRequestError, match="RUNNING") as refused:
        queue.submit(request(submitted_at=NOW + timedelta(days=1)))
    assert refused.value.entry.id == one.id
    assert queue.view().entries[one.id].request.submitted_at == NOW


def test_incident_08_a_duplicate_is_seen_by_a_queue_that_was_opened_before(store: FolderStore):
    opened_early = Queue(FolderStore(store.root))
    assert not opened_early.view().entries
    Queue(store).submit(request())
    with pytest.raises(DuplicateRequestError):
        opened_early.submit(request())


def test_incident_07_a_new_revision_of_a_model_does_not_overwrite_the_old_one(queue: Queue):
    old = request()
    new = request(model=old.model.replaced(revision=some_sha256("new weights")))
    queue.submit(old)
    queue.submit(new)
    assert set(queue.view().entries) == {old.id, new.id}


def test_incident_03_another_revision_starts_pending_whatever_became_of_the_first(queue: Queue):
    old = request()
    finish(queue, old, run_reference(old.id))
    new = request(model=old.model.replaced(revision=some_sha256("new weights")))
    queue.submit(new)
    assert state_of(queue, new) == RequestState()
    assert state_of(queue, old).status is Status.FINISHED


def test_incident_06_a_failed_request_stays_in_view_with_its_cause(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    tell(queue, Failed(one.id, 1, failure("no tokenizer", Cause.TOKENIZER)))
    assert state_of(queue, one).status is Status.FAILED
    assert state_of(queue, one).failure == failure("no tokenizer", Cause.TOKENIZER)
    with pytest.raises(DuplicateRequestError, match="FAILED"):
        queue.submit(one)


def test_a_failed_request_can_be_retried_and_a_waiting_one_cannot(queue: Queue):
    one = request()
    queue.submit(one)
    with pytest.raises(TransitionError, match="PENDING"):
        queue.retry([one.id], NOW)
    take(queue)
    tell(queue, Failed(one.id, 1, failure()))
    queue.retry([one.id], NOW)
    assert state_of(queue, one).status is Status.PENDING
    assert [event.status for event in state_of(queue, one).history] == [Status.RUNNING, Status.FAILED, Status.PENDING]


def test_a_cancelled_request_waits_no_more_and_can_be_put_back(queue: Queue):
    one = request()
    queue.submit(one)
    queue.cancel(one.id, NOW)
    assert state_of(queue, one).status is Status.CANCELLED
    assert take(queue).held == ()
    queue.retry([one.id], NOW)
    assert [entry.id for entry in take(queue).held] == [one.id]


def test_the_worker_of_a_cancelled_request_loses_it(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    queue.cancel(one.id, NOW)
    for report in (Renewal(one.id, 1), Finished(one.id, 1, run_reference(one.id)), Failed(one.id, 1, failure())):
        turn = tell(queue, report)
        assert (turn.lost, turn.held) == ({one.id}, ())
    assert state_of(queue, one).status is Status.CANCELLED
    assert state_of(queue, one).run is None


def test_a_finished_request_cannot_be_cancelled(queue: Queue):
    one = request()
    finish(queue, one, run_reference(one.id))
    with pytest.raises(TransitionError, match="FINISHED"):
        queue.cancel(one.id, NOW)


def test_several_requests_are_retried_in_one_commit(queue: Queue, store: FolderStore):
    requests = [request("one"), request("two")]
    for one in requests:
        queue.submit(one)
        queue.cancel(one.id, NOW)
    with commits_of(store) as commits:
        queue.retry([one.id for one in requests], NOW)
    assert len(commits) == 1
    assert len(queue.view().pending()) == 2


def test_where_one_request_cannot_be_retried_none_is(queue: Queue, store: FolderStore):
    cancelled, waiting = request("cancelled"), request("waiting")
    queue.submit(cancelled)
    queue.submit(waiting)
    queue.cancel(cancelled.id, NOW)
    with commits_of(store) as commits:
        with pytest.raises(TransitionError, match="PENDING"):
            queue.retry([cancelled.id, waiting.id], NOW)
        with pytest.raises(QueueError, match="0" * 32):
            queue.retry([cancelled.id, "0" * 32], NOW)
    assert commits == []
    assert state_of(queue, cancelled).status is Status.CANCELLED


def test_a_request_that_is_not_there_cannot_be_cancelled(queue: Queue):
    with pytest.raises(QueueError, match="0" * 32):
        queue.cancel("0" * 32, NOW)


def test_new_wishes_are_added(queue: Queue, store: FolderStore):
    wishes = [request("new"), request("newer")]
    with commits_of(store) as commits:
        queue.enqueue(wishes, NOW)
    assert {entry.id for entry in queue.view().pending()} == {wish.id for wish in wishes}
    assert len(commits) == 1


@pytest.mark.parametrize("status", [Status.FINISHED, Status.INCOMPLETE])
def test_a_known_wish_that_has_results_is_measured_anew(status: Status, queue: Queue, store: FolderStore):
    one = request()
    put(store, one, state(status, checkpoint=checkpoint(), run=run_reference(one.id)))
    queue.enqueue([request(submitted_at=LATER)], LATER)
    again = state_of(queue, one)
    assert (again.status, again.fresh_from, again.checkpoint) == (Status.PENDING, 2, None)
    assert again.run == run_reference(one.id)
    assert queue.view().entries[one.id].request.submitted_at == NOW


@pytest.mark.parametrize("status", [Status.INCOMPLETE, Status.FAILED, Status.CANCELLED])
def test_a_known_wish_that_failed_begins_with_nothing_or_with_what_it_has(
    status: Status, queue: Queue, store: FolderStore
):
    one = request()
    ended = state(status, checkpoint=checkpoint())
    put(store, one, ended)
    queue.enqueue([one], LATER, keep_finished=True)
    again = state_of(queue, one)
    assert (again.status, again.fresh_from, again.checkpoint) == (Status.PENDING, 1, checkpoint())
    put(store, one, ended)
    queue.enqueue([one], LATER)
    again = state_of(queue, one)
    assert (again.status, again.fresh_from, again.checkpoint) == (Status.PENDING, ended.attempt + 1, None)


@pytest.mark.parametrize("status", [Status.PENDING, Status.RUNNING])
def test_a_known_wish_that_waits_or_runs_is_left_alone(status: Status, queue: Queue, store: FolderStore):
    one = request()
    put(store, one, state(status))
    with commits_of(store) as commits:
        queue.enqueue([one], LATER)
    assert commits == []
    assert state_of(queue, one) == state(status)


def test_new_and_known_wishes_go_into_one_commit_and_a_second_time_into_none(queue: Queue, store: FolderStore):
    known, new = request("known"), request("new")
    finish(queue, known, run_reference(known.id))
    with commits_of(store) as commits:
        queue.enqueue([new, known, new], NOW)
        queue.enqueue([new, known], LATER)
    assert [sorted(paths) for paths in commits] == [[request_path(new.id), shard_path(known.id)]]
    assert len(queue.view().pending()) == 2


def test_a_wish_that_cannot_be_read_is_not_written_over(queue: Queue, store: FolderStore):
    one = request()
    store.commit({request_path(one.id): b"half a request"}, message="m", parent=None)
    with pytest.raises(QueueError, match="maintainer"):
        queue.enqueue([one], NOW)
    with pytest.raises(QueueError, match="maintainer"):
        queue.submit(one)
    assert (store.root / request_path(one.id)).read_bytes() == b"half a request"


def test_states_of_finished_requests_move_into_the_archive_and_stay_in_view(queue: Queue, store: FolderStore):
    done, waiting = request("done"), request("waiting")
    finish(queue, done, run_reference(done.id))
    queue.submit(waiting)
    before = queue.view().entries
    assert queue.archive("2026-07") == 1
    assert queue.view().entries == before
    assert queue.archive("2026-08") == 0
    assert sorted(store.snapshot("archive/", "state/").files) == [archive_path("2026-07")]


def test_the_archive_leaves_every_other_state_of_a_shard_in_its_place(queue: Queue, store: FolderStore):
    done = request("done")
    running = next(
        one for one in map(request, "abcdefghijklmnopqrstuvwxyz") if shard_path(one.id) == shard_path(done.id)
    )
    states = {done.id: state(Status.FINISHED), running.id: state(Status.RUNNING)}
    files = {request_path(one.id): one.to_json() for one in (done, running)}
    store.commit({**files, shard_path(done.id): StateShard(states=states).to_json()}, message="m", parent=None)
    assert queue.archive("2026") == 1
    assert {one: entry.state for one, entry in queue.view().entries.items()} == states
    left = StateShard.from_json(store.snapshot().files[shard_path(done.id)], "shard").states
    assert left == {running.id: states[running.id]}


def test_an_archive_is_never_written_over(queue: Queue):
    for name in ("first", "second"):
        finish(queue, request(name), run_reference(request(name).id))
        if name == "first":
            queue.archive("2026")
    with pytest.raises(QueueError, match="another name"):
        queue.archive("2026")


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_of_two_archives_the_later_state_counts_whatever_they_are_called(first: str, second: str, queue: Queue):
    one = request()
    finish(queue, one, run_reference(one.id))
    queue.archive(first)
    queue.enqueue([one], NOW)
    take(queue)
    tell(queue, Finished(one.id, 2, run_reference(one.id, attempt=2)))
    queue.archive(second)
    assert state_of(queue, one).run == run_reference(one.id, attempt=2)
    assert queue.view().set_aside == ()


def test_a_queue_that_never_stands_still_is_given_up_with_a_word(store: FolderStore, monkeypatch: pytest.MonkeyPatch):
    """Somebody else commits before every commit of ours."""
    monkeypatch.setattr("leaderboard.queue.operations._MAX_CONFLICTS", 3)
    rival, commit, pauses = FolderStore(store.root), store.commit, []

    def overtaken(changes, *, message, parent):
        rival.commit({"README.md": b"x"}, message="rival", parent=None)
        return commit(changes, message=message, parent=parent)

    monkeypatch.setattr(store, "commit", overtaken)
    with pytest.raises(QueueError, match="Try again"):
        Queue(store, sleep=pauses.append, clock=lambda: 0.0).submit(request())
    assert not Queue(rival).view().entries
    assert len(pauses) == 3
    assert all(0 <= pause <= 0.02 * 2**tries for tries, pause in enumerate(pauses, start=1))
