"""The canary: a small pinned model that is measured again and again, whose scores must stay what they were.

Weights, data and configuration are the same each time, so a change is of our machinery: a library, a template, an
engine, a machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import Evaluation, Status, TaskResult
from leaderboard.results import ResultsReader

LARGEST_CHANGE = 0.01
"""Of a raw score. Half precision on another machine moves a few items of a thousand, a wrong template hundreds."""


@dataclass(frozen=True)
class Drift:
    """One task on which the canary is not what it was."""

    task: str
    before: float
    now: float
    prompts_changed: bool
    """Whether the model was shown another text, which no machine can be the cause of."""


@dataclass(frozen=True)
class CanaryReport:
    """How the canary's newest run compares with its first."""

    model: str
    request: str
    runs: int
    """How often it was measured."""
    tasks: int
    """Compared: those whose configuration is the same in both runs."""
    drifts: tuple[Drift, ...]


def canary_entry(view: QueueView, canary: str | None) -> QueueEntry | None:
    """Return the canary's request, the first of the model at that commit; None where none was submitted."""
    name, _, revision = (canary or "").partition("@")
    found = (
        entry
        for entry in view.entries.values()
        if entry.request.model.name.lower() == name.lower()
        and entry.request.model.revision == revision
        and entry.state.status not in {Status.WITHDRAWN, Status.CANCELLED}
    )
    return next(found, None)


def canary_report(view: QueueView, reader: ResultsReader, canary: str | None) -> CanaryReport | None:
    """Compare the canary's newest run with its first; None where it has not been measured.

    Raises:
        StoreError: the store cannot be read.
    """
    entry = canary_entry(view, canary)
    if entry is None or entry.state.run is None:
        return None
    runs = [event.run for event in entry.state.history if event.run is not None]
    moments = [event.at for event in entry.state.history if event.run is not None]
    newest = _evaluation(reader, QueueView(view.version, {entry.id: entry}, ()))
    first = _evaluation(reader, view.as_of(moments[0]), entry.id) if moments else newest
    if newest is None or first is None:
        return None
    drifts = tuple(_drifts(first, newest))
    compared = len(_alike(first, newest))
    return CanaryReport(entry.request.model.name, entry.id, max(1, len(set(runs))), compared, drifts)


def _evaluation(reader: ResultsReader, view: QueueView, request: str | None = None) -> Evaluation | None:
    entries = {one: entry for one, entry in view.entries.items() if request is None or one == request}
    published = reader.published(QueueView(view.version, entries, ())).evaluations
    return published[0] if published else None


def _alike(first: Evaluation, newest: Evaluation) -> list[tuple[TaskResult, TaskResult]]:
    """Pair the results of tasks that were configured alike, and of the same data."""
    before = {(one.task, one.config_hash, one.dataset): one for one in first.results}
    keys = [(one, before.get((one.task, one.config_hash, one.dataset))) for one in newest.results]
    return [(earlier, now) for now, earlier in keys if earlier is not None]


def _drifts(first: Evaluation, newest: Evaluation) -> Iterator[Drift]:
    for before, now in _alike(first, newest):
        prompts_changed = before.rendered_prompts_sha256 != now.rendered_prompts_sha256
        if prompts_changed or abs(now.raw - before.raw) > LARGEST_CHANGE:
            yield Drift(now.task, before.raw, now.raw, prompts_changed)


def drift_in_words(report: CanaryReport) -> str:
    """Say which tasks drifted and from where to where, for maintainers."""
    told = (
        f"{one.task} {one.before:.4f} -> {one.now:.4f}{' with other prompts' if one.prompts_changed else ''}"
        for one in report.drifts
    )
    return f"the canary {report.model} is not what it was: {'; '.join(told)}"
