"""The life of a request: pure decisions on a snapshot, then one commit."""

from leaderboard.queue.operations import DuplicateRequestError, Queue, QueueError
from leaderboard.queue.transitions import LostClaimError, TransitionError
from leaderboard.queue.turn import Failed, Finished, Released, Renewal, Report, Turn, TurnPlan, WorkerIdentity
from leaderboard.queue.view import QueueEntry, QueueView, entry_as_row, read_queue

__all__ = [
    "DuplicateRequestError",
    "Failed",
    "Finished",
    "LostClaimError",
    "Queue",
    "QueueEntry",
    "QueueError",
    "QueueView",
    "Released",
    "Renewal",
    "Report",
    "TransitionError",
    "Turn",
    "TurnPlan",
    "WorkerIdentity",
    "entry_as_row",
    "read_queue",
]
