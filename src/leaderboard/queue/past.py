"""What a request's history tells of its state at a past moment."""

from datetime import datetime
from itertools import takewhile

from leaderboard.records import HistoryEntry, RequestState, RunReference, Status, Withdrawal, WithdrawalReason

_PUBLISHING = {Status.FINISHED, Status.INCOMPLETE}


def state_as_of(state: RequestState, moment: datetime) -> RequestState:
    """Return the state of a request at a past moment, as far as its history knows.

    It names the run that counted then. Who held it, how far it was and when it was to be tried again nobody wrote down:
    what was RUNNING shows as PENDING. What is withdrawn by now is withdrawn whatever the moment.
    """
    past = tuple(takewhile(lambda event: event.at <= moment, state.history))
    if state.status is Status.WITHDRAWN or len(past) == len(state.history):
        return state
    if not past:
        return RequestState()
    last, run = past[-1], _run_of(state, past)
    return RequestState(
        status=Status.PENDING if last.status is Status.RUNNING else last.status,
        attempt=last.attempt,
        run=run,
        failure=last.failure,
        withdrawal=_withdrawal(last, run) if last.status is Status.WITHDRAWN else None,
        history=past,
    )


def _run_of(state: RequestState, past: tuple[HistoryEntry, ...]) -> RunReference | None:
    """Return the run that counted at the end of `past`.

    Entries written before they named their run are of a run that nobody can name any more, but for the last of them:
    it is the one that the state names.
    """
    newest = _last_published(state.history)
    event = _last_published(past)
    if event is None:
        return None
    return event.run or (state.run if event is newest else None)


def _last_published(history: tuple[HistoryEntry, ...]) -> HistoryEntry | None:
    return next((event for event in reversed(history) if event.status in _PUBLISHING), None)


def _withdrawal(event: HistoryEntry, run: RunReference | None) -> Withdrawal:
    """Return the tombstone of what was put back since; what had published a run only maintainers can take down."""
    return Withdrawal(reason=WithdrawalReason.TAKEDOWN if run else WithdrawalReason.SUBMITTER, at=event.at)
