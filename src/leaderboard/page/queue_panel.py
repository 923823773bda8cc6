"""The queue as HTML: each request's place, progress, and how it ended."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from leaderboard.installation import Money
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.queue_money import why_it_waits
from leaderboard.page.task_titles import task_title
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import Failure, Progress, RequestState, Status
from leaderboard.suite import Suite
from leaderboard.texts import Texts
from leaderboard.texts.findings import duration

PARTS = 5
"""The reader's own that is under way, the reader's own that has ended, the same of all others, and notes on them."""

_SHOWN_OF_EACH_STATUS = 25
_UNDER_WAY = (Status.RUNNING, Status.PENDING)
_ORDER = (
    *_UNDER_WAY,
    Status.FAILED,
    Status.INCOMPLETE,
    Status.FINISHED,
    Status.CANCELLED,
    Status.WITHDRAWN,
)
_SECONDS_IN_WORDS = 90


def queue_parts(
    view: QueueView,
    suite: Suite,
    texts: Texts,
    at_home: Callable[[QueueEntry], bool],
    *,
    waits: Mapping[str, float] | None = None,
    money: Money | None = None,
    mine: str | None = None,
) -> list[str]:
    """Return the queue: first what the reader submitted, then what runs, what waits, and what ended, newest first.

    It comes in parts because what is under way changes all the time: whoever reads the log of a failure keeps it open.
    `at_home` tells whether a waiting request can be evaluated on this machine; `waits` has, by request, the seconds
    until its turn where they can be told; `money` says which of them wait for want of it; `mine` is the reader's
    account.
    """
    own = {entry.id for entry in view.entries.values() if mine is not None and entry.submitted_by == mine}
    listed_of = (enumerate(_of_status(view, status)) for status in _ORDER)
    entries = [one for group in listed_of for place, one in group if place < _SHOWN_OF_EACH_STATUS or one.id in own]
    if not entries:
        return [element("p", texts("queue.empty"), {"class": "queue-empty"}), *[""] * (PARTS - 1)]
    places = {one.id: number for number, one in enumerate(view.pending(), 1)}
    around = _Around(places, waits or {}, _same_weights(view), money)
    parts = [
        _list_html(
            [one for one in entries if (one.id in own) is theirs and _is_under_way(one) is moves], around, suite, texts
        )
        for theirs in (True, False)
        for moves in (True, False)
    ]
    parts.append("")
    if hidden := len(view.entries) - len(entries):
        parts[-1] += element("p", texts("queue.hidden", count=texts.whole(hidden)), {"class": "queue-note"})
    if not all(at_home(entry) for entry in view.pending()):
        parts[-1] += element("p", texts("queue.not_here"), {"class": "queue-note"})
    return parts


def owner_html(view: QueueView, account: str, texts: Texts) -> str:
    """Return everything of one account, however it ended: nobody shows the best of many tries as the only one."""
    if not account.strip():
        return ""
    entries = view.of_owner(account)
    if not entries:
        return element("p", texts("queue.owner_nothing", account=account.strip()[:100]), {"class": "queue-note"})
    lines = [_history_line(entry, texts) for entry in reversed(entries)]
    many = texts.whole(len(entries))
    heading = element("p", texts("queue.owner_heading", account=account.strip(), count=many))
    return heading + raw_element("ul", "".join(lines), {"class": "queue-history"})


def _history_line(entry: QueueEntry, texts: Texts) -> str:
    request = entry.request
    facts = [
        texts.date(entry.submitted_at),
        request.model.name,
        request.precision_label,
        request.model.revision[:12],
        texts(f"statuses.{entry.state.status}"),
    ]
    if entry.submitted_by:
        facts.append(texts("queue.submitted_by", account=entry.submitted_by))
    return element("li", " · ".join(facts), {"data-request": entry.id})


def _same_weights(view: QueueView) -> dict[str, tuple[str, ...]]:
    """Return, by request, the names of other models whose weights are the very same bytes."""
    names: dict[str, set[str]] = {}
    for entry in view.entries.values():
        if entry.request.facts.weights_sha256:
            names.setdefault(entry.request.facts.weights_sha256, set()).add(entry.request.model.name)
    return {
        entry.id: tuple(sorted(names[weights] - {entry.request.model.name}))
        for entry in view.entries.values()
        if (weights := entry.request.facts.weights_sha256)
    }


def _of_status(view: QueueView, status: Status) -> list[QueueEntry]:
    entries = [entry for entry in view.entries.values() if entry.state.status is status]
    return entries if status in {Status.RUNNING, Status.PENDING} else entries[::-1]


def _is_under_way(entry: QueueEntry) -> bool:
    return entry.state.status in _UNDER_WAY


@dataclass(frozen=True)
class _Around:
    """What is to be said of a request because of the others."""

    places: Mapping[str, int]
    waits: Mapping[str, float]
    twins: Mapping[str, tuple[str, ...]]
    money: Money | None = None


def _list_html(entries: Sequence[QueueEntry], around: _Around, suite: Suite, texts: Texts) -> str:
    items = "".join(_entry_html(entry, around, suite, texts) for entry in entries)
    return raw_element("ul", items, {"class": "queue"}) if items else ""


def _entry_html(entry: QueueEntry, around: _Around, suite: Suite, texts: Texts) -> str:
    request, state = entry.request, entry.state
    name, twins = request.model.name, around.twins.get(entry.id)
    head = raw_element("span", inner_link(name, {"tab": "model", "model": name}), {"class": "queue-model"}) + element(
        "span", texts(f"statuses.{state.status}"), {"class": f"queue-status status-{state.status.lower()}"}
    )
    facts = [*_turn(entry, around, texts), request.precision_label, request.model.revision[:12]]
    if state.attempt > 1 or state.failure is not None:
        facts.append(texts("queue.attempt", attempt=texts.whole(state.attempt)))
    if entry.submitted_by:
        facts.append(texts("queue.submitted_by", account=entry.submitted_by))
    parts = [
        raw_element("div", head, {"class": "queue-head"}),
        element("div", " · ".join(facts), {"class": "queue-facts"}),
    ]
    if twins:
        parts.append(element("div", texts("queue.same_weights", models=", ".join(twins)), {"class": "queue-facts"}))
    if state.status is Status.PENDING:
        parts.append(why_it_waits(around.money, entry.id, texts))
    if state.withdrawal is not None:
        parts.append(element("div", withdrawal_in_words(entry, texts), {"class": "queue-cause"}))
    if state.status is Status.RUNNING:
        parts.append(_progress_html(state.progress, suite, texts))
    if state.failure is not None and state.status in {Status.FAILED, Status.INCOMPLETE}:
        cause = texts(f"causes.{state.failure.cause}")
        words = f"{cause[:1].upper()}{cause[1:]}. {state.failure.detail}"
        parts.append(element("div", words, {"class": "queue-cause"}))
        parts.append(_next_try_html(state, texts))
        parts.append(log_html(state.failure, texts))
    return raw_element("li", "".join(parts), {"data-request": request.id, "data-status": str(state.status)})


def _turn(entry: QueueEntry, around: _Around, texts: Texts) -> list[str]:
    """Return the place of what waits, and how long it is likely to wait where that can be told."""
    place, wait = around.places.get(entry.id), around.waits.get(entry.id)
    facts = [] if place is None else [texts("queue.place", place=texts.whole(place))]
    return [*facts, texts("queue.expected", wait=duration(wait, texts))] if wait else facts


def withdrawal_in_words(entry: QueueEntry, texts: Texts) -> str:
    """Return the line of a tombstone: that a submission was there, and who took it back when."""
    withdrawal = entry.state.withdrawal
    if withdrawal is None:
        return ""
    return texts(f"withdrawals.{withdrawal.reason}", model=entry.request.model.name, date=texts.date(withdrawal.at))


def _next_try_html(state: RequestState, texts: Texts) -> str:
    if state.retry_at is None:
        return ""
    moment = state.retry_at.astimezone(UTC)
    words = texts("queue.retry_at", date=texts.date(moment), time=f"{moment:%H:%M}")
    return element("div", words, {"class": "queue-facts"})


def log_html(failure: Failure, texts: Texts) -> str:
    """Fold the places of the log away: they are for whoever wants to mend the model."""
    if not failure.log:
        return ""
    lines = element("pre", "\n".join(failure.log))
    return raw_element("details", element("summary", texts("queue.log")) + lines, {"class": "queue-log"})


def _progress_html(progress: Progress | None, suite: Suite, texts: Texts) -> str:
    if progress is None or progress.task is None:
        bar = raw_element("progress", "", {"aria-label": texts("queue.loading")})
        return bar + element("div", texts("queue.loading"), {"class": "queue-progress"})
    task = suite.task(progress.task)
    title = task_title(task.declaration, texts.language) if task else progress.task
    done, total = texts.whole(progress.items_done), texts.whole(progress.items_total)
    words = texts("queue.progress", task=title, done=done, total=total)
    if progress.eta_seconds is not None:
        words += f", {_eta(progress.eta_seconds, texts)}"
    attributes = {"value": str(progress.items_done), "max": str(progress.items_total), "aria-label": words}
    return raw_element("progress", "", attributes) + element("div", words, {"class": "queue-progress"})


def _eta(seconds: float, texts: Texts) -> str:
    if seconds < _SECONDS_IN_WORDS:
        return texts("queue.eta_seconds", count=texts.whole(max(1, round(seconds))))
    return texts("queue.eta_minutes", count=texts.whole(round(seconds / 60)))
