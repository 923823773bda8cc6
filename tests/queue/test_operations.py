"""What may be done to the queue, over a real folder and by several processes at once."""

import multiprocessing
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from leaderboard.queue import (
    DuplicateRequestError,
    LostClaimError,
    Queue,
    QueueEntry,
    QueueError,
    TransitionError,
)
from leaderboard.queue.layout import request_path, shard_path
from leaderboard.queue.transitions import MAX_ATTEMPTS
from leaderboard.records import Cause, EvalRequest, Progress, RequestState, StateShard, Status
from leaderboard.store import FolderStore
from tests.builders import LEASE, NONCE, NOW, OTHER_NONCE, claim, failure, request, run_reference, some_sha256, state
from tests.queue.races import claim_all, submit_one

AFTER_LEASE = NOW + LEASE + timedelta(seconds=1)
PROGRESS = Progress(task="sumas", items_done=3, items_total=8)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "eval_queue")


@pytest.fixture
def queue(store: FolderStore) -> Queue:
    return Queue(store)


def anything(_entry: QueueEntry) -> bool:
    return True


def take(queue: Queue, **changes: object) -> QueueEntry | None:
    """Claim whatever is first as worker-1 at NOW, unless told otherwise."""
    now = changes.pop("now", NOW)
    return queue.claim(anything, lambda: claim(**changes), now)


def state_of(queue: Queue, one: EvalRequest) -> RequestState:
    return queue.view().entries[one.id].state


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


def test_incident_08_of_several_processes_that_submit_the_same_one_is_accepted(store: FolderStore):
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(4), context.SimpleQueue()
    arguments = (store.root, request().to_json(), start, answers)
    racers = [context.Process(target=submit_one, args=arguments) for _ in range(4)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)
    assert sorted(answers.get() for _ in racers) == ["accepted", "duplicate", "duplicate", "duplicate"]


def test_incident_07_a_new_revision_of_a_model_does_not_overwrite_the_old_one(queue: Queue):
    old = request()
    new = request(model=old.model.replaced(revision=some_sha256("new weights")))
    queue.submit(old)
    queue.submit(new)
    assert set(queue.view().entries) == {old.id, new.id}


def test_incident_03_another_revision_starts_pending_whatever_became_of_the_first(queue: Queue):
    old = request()
    queue.submit(old)
    take(queue)
    queue.finish(old.id, NONCE, run_reference(old.id), None, NOW)
    new = request(model=old.model.replaced(revision=some_sha256("new weights")))
    queue.submit(new)
    assert state_of(queue, new) == RequestState()
    assert state_of(queue, old).status is Status.FINISHED


def test_the_first_that_is_wanted_is_claimed_in_the_order_of_submission(queue: Queue):
    for number, name in enumerate(("first", "second", "third")):
        queue.submit(request(name, submitted_at=NOW + timedelta(minutes=number)))
    chosen = queue.claim(lambda entry: entry.request.model.name != "first", claim, NOW)
    assert chosen
    assert chosen.request.model.name == "second"
    then = take(queue)
    assert then
    assert then.request.model.name == "first"


def test_a_claim_returns_the_entry_as_it_is_stored(queue: Queue):
    queue.submit(request())
    entry = take(queue, worker="worker-7", nonce=OTHER_NONCE)
    assert entry
    assert entry.state == queue.view().entries[entry.id].state
    assert entry.state.claim == claim(worker="worker-7", nonce=OTHER_NONCE)
    assert entry.state.attempt == 1


def test_there_is_nothing_to_claim_in_an_empty_or_busy_queue(queue: Queue, store: FolderStore):
    assert take(queue) is None
    queue.submit(request())
    take(queue)
    version = store.head()
    assert take(queue) is None
    assert store.head() == version


def test_each_request_is_claimed_by_exactly_one_of_several_processes(store: FolderStore):
    requests = [request(f"model-{number}") for number in range(9)]
    queue = Queue(store)
    for one in requests:
        queue.submit(one)
    context = multiprocessing.get_context("spawn")
    start, taken = context.Barrier(5), context.SimpleQueue()
    racers = [
        context.Process(target=claim_all, args=(store.root, f"worker-{number}", NOW, start, taken))
        for number in range(5)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(timeout=60)
    assert [racer.exitcode for racer in racers] == [0] * 5
    claims = [taken.get() for _ in requests]
    assert taken.empty()
    assert {one for one, _, _ in claims} == {one.id for one in requests}
    stored = {
        (entry.id, held.worker, held.nonce) for entry in queue.view().entries.values() if (held := entry.state.claim)
    }
    assert stored == set(claims)


def test_progress_prolongs_the_lease(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    queue.renew(one.id, NONCE, timedelta(hours=1), PROGRESS, NOW)
    assert state_of(queue, one).progress == PROGRESS
    assert take(queue, now=AFTER_LEASE) is None


def test_incident_01_a_request_whose_worker_died_is_taken_by_another_with_its_history(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    assert take(queue, worker="worker-2", nonce=OTHER_NONCE) is None
    again = take(queue, now=AFTER_LEASE, worker="worker-2", nonce=OTHER_NONCE, lease_until=AFTER_LEASE + LEASE)
    assert again
    assert again.state.attempt == 2
    assert [(event.status, event.worker) for event in again.state.history] == [
        (Status.RUNNING, "worker-1"),
        (Status.PENDING, "worker-1"),
        (Status.RUNNING, "worker-2"),
    ]
    lost = again.state.history[1].failure
    assert lost
    assert lost.cause is Cause.LOST_WORKER


def test_incident_01_a_lost_request_that_this_worker_cannot_evaluate_goes_back_all_the_same(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    assert queue.claim(lambda _: False, claim, AFTER_LEASE) is None
    assert state_of(queue, one).status is Status.PENDING


def test_incident_01_a_request_that_kills_its_workers_fails_after_three(queue: Queue):
    one = request()
    queue.submit(one)
    now = NOW
    for _ in range(MAX_ATTEMPTS):
        assert take(queue, now=now, lease_until=now + LEASE)
        now += 2 * LEASE
    assert take(queue, now=now) is None
    ended = state_of(queue, one)
    assert ended.status is Status.FAILED
    assert ended.attempt == 3
    assert ended.failure
    assert ended.failure.cause is Cause.LOST_WORKER


SPEAKING: dict[str, Callable[[Queue, str, str], None]] = {
    "renew": lambda queue, one, nonce: queue.renew(one, nonce, LEASE, PROGRESS, NOW),
    "finish": lambda queue, one, nonce: queue.finish(one, nonce, run_reference(one), None, NOW),
    "fail": lambda queue, one, nonce: queue.fail(one, nonce, failure(), NOW),
    "release": lambda queue, one, nonce: queue.release(one, nonce, NOW),
}


@pytest.mark.parametrize("action", SPEAKING)
def test_incident_02_a_stale_nonce_can_change_nothing(action: str, queue: Queue, store: FolderStore):
    one = request()
    queue.submit(one)
    take(queue)
    take(queue, now=AFTER_LEASE, worker="worker-2", nonce=OTHER_NONCE, lease_until=AFTER_LEASE + LEASE)
    version = store.head()
    with pytest.raises(LostClaimError):
        SPEAKING[action](queue, one.id, NONCE)
    assert store.head() == version


@pytest.mark.parametrize("action", SPEAKING)
def test_a_claim_can_say_nothing_after_it_ended(action: str, queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    queue.finish(one.id, NONCE, run_reference(one.id), None, NOW)
    with pytest.raises(LostClaimError):
        SPEAKING[action](queue, one.id, NONCE)
    assert state_of(queue, one).status is Status.FINISHED


def test_incident_04_a_run_with_failed_tasks_ends_incomplete(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    queue.finish(one.id, NONCE, run_reference(one.id), failure("sumas: it broke"), NOW)
    assert state_of(queue, one).status is Status.INCOMPLETE
    assert state_of(queue, one).failure == failure("sumas: it broke")


def test_incident_06_a_failed_request_stays_in_view_with_its_cause(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    queue.fail(one.id, NONCE, failure("no tokenizer", Cause.TOKENIZER), NOW)
    assert state_of(queue, one).status is Status.FAILED
    assert state_of(queue, one).failure == failure("no tokenizer", Cause.TOKENIZER)
    with pytest.raises(DuplicateRequestError, match="FAILED"):
        queue.submit(one)


def test_a_released_request_can_be_claimed_at_once(queue: Queue):
    one = request()
    queue.submit(one)
    take(queue)
    queue.release(one.id, NONCE, NOW)
    assert state_of(queue, one).status is Status.PENDING
    again = take(queue, nonce=OTHER_NONCE)
    assert again
    assert again.state.attempt == 2


def test_a_failed_request_can_be_retried_and_a_waiting_one_cannot(queue: Queue):
    one = request()
    queue.submit(one)
    with pytest.raises(TransitionError, match="PENDING"):
        queue.retry(one.id, NOW)
    take(queue)
    queue.fail(one.id, NONCE, failure(), NOW)
    queue.retry(one.id, NOW)
    assert state_of(queue, one).status is Status.PENDING
    assert [event.status for event in state_of(queue, one).history] == [Status.RUNNING, Status.FAILED, Status.PENDING]


def test_a_request_that_is_not_there_is_named(queue: Queue):
    with pytest.raises(QueueError, match="0" * 32):
        queue.retry("0" * 32, NOW)


def test_incident_16_a_broken_shard_hides_only_its_own_requests_and_is_never_overwritten(
    queue: Queue, store: FolderStore
):
    requests = [request(f"model-{number}") for number in range(40)]
    for one in requests:
        queue.submit(one)
    broken = shard_path(requests[0].id)
    (store.root / "state").mkdir()
    (store.root / broken).write_bytes(b"half a shard")
    hidden = {one.id for one in requests if shard_path(one.id) == broken}
    taken = set()
    while entry := take(queue):
        taken.add(entry.id)
    assert taken == {one.id for one in requests} - hidden
    assert (store.root / broken).read_bytes() == b"half a shard"
    assert [error.path for error in queue.view().set_aside] == [broken]


@pytest.mark.parametrize("action", SPEAKING)
def test_a_broken_shard_refuses_every_change_of_its_requests(action: str, queue: Queue, store: FolderStore):
    one = request()
    queue.submit(one)
    take(queue)
    (store.root / shard_path(one.id)).write_bytes(b"half a shard")
    with pytest.raises(QueueError):
        SPEAKING[action](queue, one.id, NONCE)
    assert (store.root / shard_path(one.id)).read_bytes() == b"half a shard"


def test_a_request_that_a_broken_shard_hides_cannot_be_submitted_again(queue: Queue, store: FolderStore):
    one = request()
    queue.submit(one)
    take(queue)
    (store.root / shard_path(one.id)).write_bytes(b"half a shard")
    with pytest.raises(QueueError, match=one.id):
        queue.submit(one)


def test_incident_16_a_broken_request_is_set_aside_by_name_and_not_overwritten(queue: Queue, store: FolderStore):
    one, other = request(), request("other")
    queue.submit(one)
    queue.submit(other)
    (store.root / request_path(one.id)).write_bytes(b"half a request")
    seen = queue.view()
    assert list(seen.entries) == [other.id]
    assert [error.path for error in seen.set_aside] == [request_path(one.id)]
    with pytest.raises(QueueError, match="maintainer"):
        queue.submit(one)
    assert (store.root / request_path(one.id)).read_bytes() == b"half a request"


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


def test_a_queue_that_never_stands_still_is_given_up_with_a_word(store: FolderStore, monkeypatch: pytest.MonkeyPatch):
    """Somebody else commits before every commit of ours."""
    monkeypatch.setattr("leaderboard.queue.operations._MAX_CONFLICTS", 3)
    rival, commit = FolderStore(store.root), store.commit

    def overtaken(changes, *, message, parent):
        rival.commit({"README.md": b"x"}, message="rival", parent=None)
        return commit(changes, message=message, parent=parent)

    monkeypatch.setattr(store, "commit", overtaken)
    with pytest.raises(QueueError, match="Try again"):
        Queue(store).submit(request())
    assert not Queue(rival).view().entries
