"""The life of a request: pure decisions on a snapshot, then one commit."""

from leaderboard.queue.operations import DuplicateRequestError, Queue, QueueError
from leaderboard.queue.transitions import LostClaimError, TransitionError
from leaderboard.queue.view import QueueEntry, QueueView, entry_as_row, read_queue

__all__ = [
    "DuplicateRequestError",
    "LostClaimError",
    "Queue",
    "QueueEntry",
    "QueueError",
    "QueueView",
    "TransitionError",
    "entry_as_row",
    "read_queue",
]
