"""The history of the rule in the results store: which tasks were left out of the means, from when on, and why.

Only a maintainer's command adds to it, and no version of it is ever changed.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from leaderboard.records import (
    Exclusion,
    ExclusionReason,
    InvalidRecordError,
    LeaderboardError,
    RuleHistory,
    RuleVersion,
)
from leaderboard.records.base import first_reason
from leaderboard.store import ConflictError, Snapshot, Store
from leaderboard.suite import Suite

logger = logging.getLogger(__name__)

RULE = "rule/history.json"

_MAX_CONFLICTS = 50
_LONGEST_PAUSE_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.02


class RuleError(LeaderboardError):
    """The rule cannot be changed in this way."""


@dataclass(frozen=True)
class RuleChange:
    """What a maintainer decided. Neither: only that the suite is recorded as it stands."""

    note: str
    """What changes, and why."""
    exclude: Exclusion | None = None
    include: str | None = None
    """A task to be taken back."""


def read_rule(store: Store) -> RuleHistory:
    """Return every version of the rule; none where nobody has changed anything yet.

    Raises:
        InvalidRecordError: the file is broken. What it left out is unknown then: whoever shows a board must say so, or
            keep the last good one.
    """
    return _history(store.snapshot(RULE))


class RuleReader:
    """Reads the history, and keeps the last that could be read: a broken file must not bring left-out tasks back."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._last: RuleHistory | None = None

    def read(self) -> tuple[RuleHistory, tuple[InvalidRecordError, ...]]:
        """Return the newest history that could be read, and what is wrong with the file if anything is.

        Raises:
            InvalidRecordError: the file is broken, and nothing was read before it broke: what is left out is unknown.
            StoreError: the store cannot be read.
        """
        try:
            self._last = read_rule(self._store)
        except InvalidRecordError as error:
            if self._last is None:
                raise
            return self._last, (error,)
        return self._last, ()


def exclusion_of(suite: Suite, task_id: str, reason: ExclusionReason, detail: str) -> Exclusion:
    """Return what leaves out a task at its present configuration.

    Raises:
        RuleError: the suite has no such task, or the detail says nothing, is too long or cannot be printed.
    """
    task = suite.task(task_id)
    if task is None:
        message = f"{suite.label.name} has no task {task_id[:100]}. `suite list` names those it has."
        raise RuleError(message)
    try:
        exclusion = Exclusion(task=task.id, config_hash=task.config_hash, reason=reason, detail=detail)
    except ValidationError as error:
        message = f"{task.id} cannot be left out so: {first_reason(error)}."
        raise RuleError(message) from error
    if not exclusion.detail:
        message = f"{task.id} cannot be left out without evidence. Say in the detail what was seen of it."
        raise RuleError(message)
    return exclusion


def record_rule(
    store: Store, suite: Suite, now: datetime, change: RuleChange, sleep: Callable[[float], None] = time.sleep
) -> RuleVersion:
    """Add a version of the rule, with the suite as it stands; decided anew where somebody else commits meanwhile.

    Raises:
        RuleError: the change would change nothing, or cannot be made.
        InvalidRecordError: the history is broken; it is never overwritten, for it may hold what can be mended.
        StoreError: the store cannot be written.
    """
    for conflicts in range(_MAX_CONFLICTS):
        snapshot = store.snapshot(RULE)
        history = _history(snapshot)
        version = next_version(history, suite, now, change)
        content = history.replaced(versions=(*history.versions, version)).to_json()
        message = f"rule {version.version}: {version.note}"
        try:
            store.commit({RULE: content}, message=message, parent=snapshot.version)
        except ConflictError:
            logger.debug("somebody else committed first; planning %s anew", message)
            longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0**conflicts)
            sleep(random.uniform(0, longest))  # noqa: S311 - jitter, not cryptography
        else:
            return version
    reason = f"The results store kept changing for {_MAX_CONFLICTS} tries at recording the rule. Try again."
    raise RuleError(reason)


def next_version(history: RuleHistory, suite: Suite, now: datetime, change: RuleChange) -> RuleVersion:
    """Return the version that a change makes of the newest one of the suite. Numbers count over all suites.

    Raises:
        RuleError: the change would change nothing, or cannot be made.
    """
    newest = next(reversed(history.of_suite(suite.label.name)), None)
    version = _recorded(history, suite, now, change.note, _excluded_after(newest, suite, change))
    if newest is not None and version == newest.replaced(version=version.version, at=version.at, note=version.note):
        message = f"Nothing has changed since version {newest.version} of {newest.at:%Y-%m-%d}: nothing to record."
        raise RuleError(message)
    return version


def _recorded(
    history: RuleHistory, suite: Suite, now: datetime, note: str, excluded: tuple[Exclusion, ...]
) -> RuleVersion:
    try:
        return RuleVersion(
            version=len(history.versions) + 1,
            # A clock that is behind makes no version older than the one before it.
            at=max([now, *(one.at for one in history.versions)]),
            note=note,
            suite=suite.label,
            configs={task.id: task.config_hash for task in suite.tasks},
            drafts=tuple(task.id for task in suite.tasks if task.is_draft),
            excluded=excluded,
        )
    except ValidationError as error:
        message = f"The rule cannot be recorded so: {first_reason(error)}."
        raise RuleError(message) from error


def _excluded_after(newest: RuleVersion | None, suite: Suite, change: RuleChange) -> tuple[Exclusion, ...]:
    excluded = {one.task: one for one in newest.excluded} if newest else {}
    if change.exclude is not None:
        _check_can_be_left_out(change.exclude.task, suite, excluded)
        excluded[change.exclude.task] = change.exclude
    if change.include is not None and excluded.pop(change.include, None) is None:
        message = f"{change.include[:100]} is not left out. `rule show` names what is."
        raise RuleError(message)
    return tuple(excluded.values())


def _check_can_be_left_out(task_id: str, suite: Suite, excluded: Mapping[str, Exclusion]) -> None:
    if task_id in excluded:
        message = f"{task_id} is left out already, for {excluded[task_id].reason}. `rule show` says since when."
        raise RuleError(message)
    languages = {task.id: task.declaration.language for task in suite.counted}
    if task_id not in languages:
        message = f"{task_id} is in no mean anyway: it has a target, is a probe, or waits for a native speaker."
        raise RuleError(message)
    left = {language for one, language in languages.items() if one not in excluded and one != task_id}
    if languages[task_id] not in left:
        message = (
            f"To leave out {task_id} would leave {languages[task_id]} without a score: no other task of it is in the "
            "means. Take another back first, or take the language out of the suite's file."
        )
        raise RuleError(message)


def _history(snapshot: Snapshot) -> RuleHistory:
    content = snapshot.files.get(RULE)
    return RuleHistory() if content is None else RuleHistory.from_json(content, RULE)
