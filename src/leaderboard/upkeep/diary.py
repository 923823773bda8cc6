"""When each duty was begun and done last, as a file in the results store that every process reads before it acts.

To begin a duty is a commit on the head that was read: of a Space and a scheduled job that look at the same moment, one
does it.
"""

import logging
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from leaderboard.records.base import Record, SharedRecord, Timestamp
from leaderboard.store import ConflictError, Store

logger = logging.getLogger(__name__)

DIARY = "upkeep/diary.json"
_TRIES = 5
_LONGEST_WORD = 500
_SLACK = timedelta(hours=1)
"""What is looked at hourly by one process and each quarter by another must not slip by a round every week."""
_AGAIN = timedelta(hours=6)
"""What failed is tried again after so long."""


class DutyRecord(Record):
    """The last time of one duty."""

    begun_at: Timestamp
    done_at: Timestamp | None = None
    """None: it is under way, or whoever began it was ended."""
    failed: bool = False
    said: Annotated[str, Field(max_length=_LONGEST_WORD)] = ""
    """What it did, or why it could not."""

    def is_due(self, every: timedelta, now: datetime) -> bool:
        """Tell whether it is time again; after a failure that is soon."""
        return now - self.begun_at >= (_AGAIN if self.failed else every - _SLACK)


class Diary(SharedRecord):
    """The last time of every duty, by name."""

    schema_version: Literal[1] = 1
    duties: dict[Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")], DutyRecord] = Field(default_factory=dict)


def read_diary(store: Store) -> Diary:
    """Return the diary; an empty one where there is none.

    Raises:
        InvalidRecordError: it is broken.
        StoreError: the store cannot be read.
    """
    content = store.snapshot(DIARY).files.get(DIARY)
    return Diary() if content is None else Diary.from_json(content, DIARY)


def begin(store: Store, duty: str, every: timedelta, now: datetime) -> bool:
    """Note that a duty begins, if it is due; tell whether it is, and so ours to do.

    Raises:
        InvalidRecordError: the diary is broken: nothing is done, for nobody knows what was.
        StoreError: the store cannot be read or written.
    """
    for _ in range(_TRIES):
        snapshot = store.snapshot(DIARY)
        content = snapshot.files.get(DIARY)
        diary = Diary() if content is None else Diary.from_json(content, DIARY)
        last = diary.duties.get(duty)
        if last is not None and not last.is_due(every, now):
            return False
        changed = diary.replaced(duties={**diary.duties, duty: DutyRecord(begun_at=now)})
        try:
            store.commit({DIARY: changed.to_json()}, message=f"upkeep: {duty} begins", parent=snapshot.version)
        except ConflictError:
            continue
        return True
    logger.info("%s: the store keeps changing; the next round tries again", duty)
    return False


def end(store: Store, duty: str, said: str, now: datetime, *, failed: bool = False) -> None:
    """Note that a duty is done; where the store keeps changing, only its beginning stays noted."""
    for _ in range(_TRIES):
        snapshot = store.snapshot(DIARY)
        content = snapshot.files.get(DIARY)
        diary = Diary() if content is None else Diary.from_json(content, DIARY)
        last = diary.duties.get(duty, DutyRecord(begun_at=now))
        changed = diary.replaced(
            duties={**diary.duties, duty: last.replaced(done_at=now, failed=failed, said=said[:_LONGEST_WORD])}
        )
        try:
            store.commit({DIARY: changed.to_json()}, message=f"upkeep: {duty} is done", parent=snapshot.version)
        except ConflictError:
            continue
        return
    logger.warning("%s is done, and the diary could not say so: the store keeps changing", duty)
