"""The board of a past day: the results that counted then, under the rule that was in force then."""

from datetime import UTC, date, datetime, time, timedelta

from leaderboard.board import BoardBuilder
from leaderboard.board.rule import rule_as_of, suite_as_of
from leaderboard.installation import BoardView, Installation, Tombstone, tombstones
from leaderboard.queue import QueueView
from leaderboard.records import LeaderboardError, utc_now
from leaderboard.results.rules import read_rule

_DAY = timedelta(days=1, microseconds=-1)


class MomentError(LeaderboardError):
    """That is no moment of the past."""


def moment_of(text: str, now: datetime) -> datetime:
    """Return the moment that a text names: of a date its end, of today the present; without a zone it is UTC.

    Raises:
        MomentError: it is no date or time as ISO 8601 writes them, or it has not come yet.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return _past(_time_of(text), text, now)
    return min(_past(datetime.combine(day, time.min, UTC), text, now) + _DAY, now)


def _time_of(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text[:40]!r} is neither a date nor a time. Write 2026-05-01 or 2026-05-01T12:00:00."
        raise MomentError(message) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _past(moment: datetime, text: str, now: datetime) -> datetime:
    if moment > now:
        message = f"{text[:40]} has not come yet: there is no board of it."
        raise MomentError(message)
    return moment


def board_as_of(house: Installation, moment: datetime, view: QueueView | None = None) -> BoardView:
    """Return the board of a past moment.

    It is computed whole, beside what is kept for the present one. It has the runs that counted then and the tasks,
    configurations and exclusions of the rule's version of then. Weights and areas are those of the present suite, and
    before the first version of the rule so is all else. What is taken down by now is absent, and named as withdrawn.

    Raises:
        InvalidRecordError: the history of the rule is broken: nobody can say what counted.
        StoreError: a store cannot be read.
    """
    view = view or house.queue.view()
    published = house.reader.published(view.as_of(moment))
    history = read_rule(house.results)
    builder = BoardBuilder(suite_as_of(moment, house.suite, history))
    board = builder.build(published.evaluations, rule_as_of(moment, house.suite, history))
    return BoardView(board, published.set_aside, taken_down(view, moment, utc_now()))


def taken_down(view: QueueView, since: datetime, until: datetime) -> tuple[Tombstone, ...]:
    """Name what was taken down after one moment and up to another: the boards of both lack it, so that none tells."""
    gone = ((entry, entry.state.withdrawal) for entry in view.withdrawn())
    return tuple(tombstones(entry for entry, withdrawal in gone if withdrawal and since < withdrawal.at <= until))
