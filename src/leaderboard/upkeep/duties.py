"""The duties: what each does, how often, and what it says of it. None of them loses anything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from leaderboard.canary import canary_entry, canary_report
from leaderboard.installation import Installation
from leaderboard.records import Status
from leaderboard.results.compaction import compact
from leaderboard.submission.reevaluation import Choice, NothingChosenError, wishes

_AT_ONCE = 1
"""Requests of ours in the queue: whoever submits meanwhile waits for one evaluation at most."""
_ENOUGH_TO_ARCHIVE = 50
"""Finished states that are worth a file of their own."""
_OLD_ENOUGH = timedelta(days=30)
"""Nobody goes on with a run so old."""


class DutyName(StrEnum):
    """What there is to do."""

    REEVALUATION = "reevaluation"
    CANARY = "canary"
    COMPACTION = "compaction"
    SQUASH = "squash"


@dataclass(frozen=True)
class Duty:
    """One thing to be done again and again."""

    name: DutyName
    every: timedelta | None
    """None: at every round; it looks itself whether there is anything to do, and twice does no harm."""
    act: Callable[[Installation, datetime], str]
    """Does it and says in a line what was done; nothing where there was nothing to do."""


def reevaluate_outdated(house: Installation, now: datetime) -> str:
    """Put what a new configuration has outdated into the queue, one request at a time, while nobody else waits.

    What was tried at the present configuration already, however it ended, is a person's to decide.
    """
    view = house.queue.view()
    if any(entry.state.status in {Status.PENDING, Status.RUNNING} for entry in view.entries.values()):
        return ""
    try:
        outdated = wishes(view, house.suite, Choice(outdated=True), now)
    except NothingChosenError:
        return ""
    new = [wish for wish in outdated if wish.id not in view.entries]
    if not new:
        return ""
    chosen = new[:_AT_ONCE]
    house.queue.enqueue(chosen, now)
    names = ", ".join(f"{wish.model.name} ({len(wish.tasks)} tasks)" for wish in chosen)
    return f"{names} is measured again; {len(new) - len(chosen)} more are outdated"


def send_the_canary(house: Installation, now: datetime) -> str:
    """Compare the canary's last run with its first, and have it measured again."""
    canary = house.settings.canary
    if canary is None:
        return "no canary is named (LEADERBOARD_CANARY)"
    view = house.queue.view()
    entry = canary_entry(view, canary)
    if entry is None:
        return f"{canary} is not in the queue: submit it once"
    report = canary_report(view, house.reader, canary)
    house.queue.enqueue(wishes(view, house.suite, Choice(request=entry.id), now), now)
    if report is None:
        return f"{canary} is measured for the first time"
    drifted = ", ".join(drift.task for drift in report.drifts) or "none"
    return f"{canary} is measured again; of {report.tasks} tasks drifted so far: {drifted}"


def compact_finished(house: Installation, now: datetime) -> str:
    """Move states of finished requests into one file, runs into few; delete checkpoints nobody can go on with."""
    view = house.queue.view()
    finished = [entry for entry in view.entries.values() if entry.state.status is Status.FINISHED]
    old = [entry for entry in finished if entry.state.history and entry.state.history[-1].at < now - _OLD_ENOUGH]
    said = []
    if len(old) >= _ENOUGH_TO_ARCHIVE:
        said.append(f"{house.queue.archive(f'{now:%Y-%m-%d-%H%M}')} states archived")
    compacted = compact(house.results, old)
    if compacted.runs or compacted.deleted:
        said.append(f"{compacted.runs} runs packed, {compacted.deleted} stale checkpoints deleted")
    return "; ".join(said)


def squash_long_histories(house: Installation, _now: datetime) -> str:
    """Let stores whose history is long begin anew with what they hold: what people restore from goes with it."""
    longest = house.settings.longest_history
    stores = {"requests": house.queue.store, "results": house.results}
    shortened = [name for name, store in stores.items() if store.shorten_history(longest)]
    return f"the history of {' and '.join(shortened)} begins anew" if shortened else ""


_WEEKLY = timedelta(days=7)
DUTIES = (
    Duty(DutyName.REEVALUATION, None, reevaluate_outdated),
    Duty(DutyName.CANARY, _WEEKLY, send_the_canary),
    Duty(DutyName.COMPACTION, _WEEKLY, compact_finished),
    Duty(DutyName.SQUASH, _WEEKLY, squash_long_histories),
)
