"""What racing workers and submitters do. Apart from the tests, so that a new process imports little."""

import uuid
from datetime import datetime, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path

from leaderboard.queue import DuplicateRequestError, Queue
from leaderboard.records import Claim, EvalRequest
from leaderboard.store import FolderStore


def claim_all(
    folder: Path, worker: str, now: datetime, start: Barrier, taken: "SimpleQueue[tuple[str, str, str]]"
) -> None:
    """Claim requests until none is left; tell which were taken, with which nonce."""
    queue = Queue(FolderStore(folder))
    start.wait(timeout=30)

    def held_by() -> Claim:
        return Claim(worker=worker, nonce=uuid.uuid4().hex, lease_until=now + timedelta(minutes=2))

    while (entry := queue.claim(lambda _: True, held_by, now)) is not None:
        claim = entry.state.claim
        taken.put((entry.id, worker, claim.nonce if claim else ""))


def submit_one(folder: Path, content: bytes, start: Barrier, answers: "SimpleQueue[str]") -> None:
    """Submit one request together with all the others; tell how it went."""
    queue = Queue(FolderStore(folder))
    request = EvalRequest.from_json(content, "request")
    start.wait(timeout=30)
    try:
        queue.submit(request)
    except DuplicateRequestError:
        answers.put("duplicate")
    else:
        answers.put("accepted")
