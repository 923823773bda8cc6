"""The queue as HTML: each request's place, progress, and how it ended."""

from collections.abc import Callable, Sequence
from datetime import UTC

from leaderboard.page.markup import element, raw_element
from leaderboard.page.ranking_table import task_title
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import Failure, Progress, RequestState, Status
from leaderboard.suite import Suite
from leaderboard.texts import Texts

_SHOWN_OF_EACH_STATUS = 25
_ORDER = (
    Status.RUNNING,
    Status.PENDING,
    Status.FAILED,
    Status.INCOMPLETE,
    Status.FINISHED,
    Status.CANCELLED,
    Status.WITHDRAWN,
)
_SECONDS_IN_WORDS = 90


def queue_html(
    view: QueueView, suite: Suite, texts: Texts, at_home: Callable[[QueueEntry], bool], mine: str | None = None
) -> str:
    """Return the queue: first what the reader submitted, then what runs, what waits, and what ended, newest first.

    `at_home` tells whether a waiting request can be evaluated on this machine; `mine` is the reader's account.
    """
    own = {entry.id for entry in view.entries.values() if mine is not None and entry.submitted_by == mine}
    listed_of = (enumerate(_of_status(view, status)) for status in _ORDER)
    entries = [one for group in listed_of for place, one in group if place < _SHOWN_OF_EACH_STATUS or one.id in own]
    hidden = len(view.entries) - len(entries)
    entries.sort(key=lambda entry: entry.id not in own)
    if not entries:
        return element("p", texts("queue.empty"), {"class": "queue-empty"})
    places = {entry.id: number for number, entry in enumerate(view.pending(), start=1)}
    twins = _same_weights(view)
    items = [_entry_html(entry, suite, texts, places.get(entry.id), twins.get(entry.id, ())) for entry in entries]
    listed = raw_element("ul", "".join(items), {"class": "queue"})
    if hidden:
        listed += element("p", texts("queue.hidden", count=hidden), {"class": "queue-note"})
    if all(at_home(entry) for entry in view.pending()):
        return listed
    return listed + element("p", texts("queue.not_here"), {"class": "queue-note"})


def owner_html(view: QueueView, account: str, texts: Texts) -> str:
    """Return everything of one account, however it ended: nobody shows the best of many tries as the only one."""
    if not account.strip():
        return ""
    entries = view.of_owner(account)
    if not entries:
        return element("p", texts("queue.owner_nothing", account=account.strip()[:100]), {"class": "queue-note"})
    lines = [_history_line(entry, texts) for entry in reversed(entries)]
    heading = element("p", texts("queue.owner_heading", account=account.strip(), count=len(entries)))
    return heading + raw_element("ul", "".join(lines), {"class": "queue-history"})


def _history_line(entry: QueueEntry, texts: Texts) -> str:
    request = entry.request
    facts = [
        f"{entry.submitted_at.astimezone(UTC):%Y-%m-%d}",
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


def _entry_html(entry: QueueEntry, suite: Suite, texts: Texts, place: int | None, twins: Sequence[str] = ()) -> str:
    request, state = entry.request, entry.state
    head = element("span", request.model.name, {"class": "queue-model"}) + element(
        "span", texts(f"statuses.{state.status}"), {"class": f"queue-status status-{state.status.lower()}"}
    )
    facts = [request.precision_label, request.model.revision[:12]]
    if place is not None:
        facts.insert(0, texts("queue.place", place=place))
    if state.attempt > 1 or state.failure is not None:
        facts.append(texts("queue.attempt", attempt=state.attempt))
    if entry.submitted_by:
        facts.append(texts("queue.submitted_by", account=entry.submitted_by))
    parts = [
        raw_element("div", head, {"class": "queue-head"}),
        element("div", " · ".join(facts), {"class": "queue-facts"}),
    ]
    if twins:
        parts.append(element("div", texts("queue.same_weights", models=", ".join(twins)), {"class": "queue-facts"}))
    if state.withdrawal is not None:
        parts.append(element("div", withdrawal_in_words(entry, texts), {"class": "queue-cause"}))
    if state.status is Status.RUNNING:
        parts.append(_progress_html(state.progress, suite, texts))
    if state.failure is not None and state.status in {Status.FAILED, Status.INCOMPLETE}:
        cause = texts(f"causes.{state.failure.cause}")
        words = f"{cause[:1].upper()}{cause[1:]}. {state.failure.detail}"
        parts.append(element("div", words, {"class": "queue-cause"}))
        parts.append(_next_try_html(state, texts))
        parts.append(_log_html(state.failure, texts))
    return raw_element("li", "".join(parts), {"data-request": request.id, "data-status": str(state.status)})


def withdrawal_in_words(entry: QueueEntry, texts: Texts) -> str:
    """Return the line of a tombstone: that a submission was there, and who took it back when."""
    withdrawal = entry.state.withdrawal
    if withdrawal is None:
        return ""
    date = f"{withdrawal.at.astimezone(UTC):%Y-%m-%d}"
    return texts(f"withdrawals.{withdrawal.reason}", model=entry.request.model.name, date=date)


def _next_try_html(state: RequestState, texts: Texts) -> str:
    if state.retry_at is None:
        return ""
    moment = state.retry_at.astimezone(UTC)
    words = texts("queue.retry_at", date=f"{moment:%Y-%m-%d}", time=f"{moment:%H:%M}")
    return element("div", words, {"class": "queue-facts"})


def _log_html(failure: Failure, texts: Texts) -> str:
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
    words = texts("queue.progress", task=title, done=progress.items_done, total=progress.items_total)
    if progress.eta_seconds is not None:
        words += f", {_eta(progress.eta_seconds, texts)}"
    attributes = {"value": str(progress.items_done), "max": str(progress.items_total), "aria-label": words}
    return raw_element("progress", "", attributes) + element("div", words, {"class": "queue-progress"})


def _eta(seconds: float, texts: Texts) -> str:
    if seconds < _SECONDS_IN_WORDS:
        return texts("queue.eta_seconds", count=max(1, round(seconds)))
    return texts("queue.eta_minutes", count=round(seconds / 60))
