"""What is to be measured again: a maintainer's choice, turned into wishes at the suite's present configurations.

A wish for one task costs one task. What was published before stays as history, and on the board until the new is there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import (
    Cause,
    EvalRequest,
    Evaluation,
    LeaderboardError,
    ModelIdentity,
    Status,
    WantedTask,
    new_request,
)
from leaderboard.suite import Suite

_ENDED_WITHOUT_A_RUN = {Status.FAILED, Status.CANCELLED, Status.WITHDRAWN}


class NothingChosenError(LeaderboardError):
    """No request fits what was asked for."""


@dataclass(frozen=True)
class Choice:
    """What a maintainer wants measured again: one of these is given."""

    request: str | None = None
    """One request, whole."""
    model: str | None = None
    """Every identity of a model, whole."""
    task: str | None = None
    """One task, of all models that ran it."""
    outdated: bool = False
    """Of every model the tasks that it ran at another configuration than the suite's present one."""


@dataclass(frozen=True)
class Estimate:
    """What a wish will cost, as far as earlier runs tell."""

    items: int | None
    """None where the size of a task's data is not known before they are read."""
    seconds: float
    """Of the tasks that the same model has run before."""
    tasks_without_a_time: int


def wishes(view: QueueView, suite: Suite, choice: Choice, now: datetime) -> list[EvalRequest]:
    """Return one wish for each model identity that the choice concerns.

    Raises:
        NothingChosenError: nothing in the queue fits.
    """
    found = []
    withdrawn_too = choice.request is not None  # nothing brings a withdrawn model back but its own name
    for entries in _by_identity(view, withdrawn_too=withdrawn_too).values():
        tasks = [task for task in suite.wanted() if task.task in _chosen_tasks(entries, suite, choice)]
        if tasks:
            found.append(_wish(entries[-1].request, tuple(tasks), suite, now))
    if not found:
        message = (
            "Nothing in the queue fits. `queue` lists what there is; only what was evaluated can be evaluated anew."
        )
        raise NothingChosenError(message)
    return found


def failed_for(view: QueueView, suite: Suite, cause: Cause, now: datetime) -> list[EvalRequest]:
    """Return a wish for every request that failed for a cause, or lacks tasks for it.

    It is the request itself while the suite measures the same, else its tasks at the present configurations.

    Raises:
        NothingChosenError: there are none.
    """
    failed = [
        entry.request
        for entry in view.entries.values()
        if entry.state.status in {Status.FAILED, Status.INCOMPLETE}
        and entry.state.failure is not None
        and entry.state.failure.cause is cause
    ]
    present = {one.task: one for one in suite.wanted()}
    found = []
    for request in failed:
        tasks = tuple(present[one.task] for one in request.tasks if one.task in present)
        if tasks:
            found.append(request if tasks == request.tasks else _wish(request, tasks, suite, now))
    if not found:
        message = f"No request failed for {cause}. `queue --status FAILED` lists those that failed, with their causes."
        raise NothingChosenError(message)
    return found


def estimate(wish: EvalRequest, suite: Suite, evaluations: Iterable[Evaluation]) -> Estimate:
    """Add up the items of a wish, and the seconds its tasks took when the same model last ran them."""
    seconds: dict[str, float] = {}
    for evaluation in sorted(evaluations, key=lambda one: one.manifest.finished_at):
        if evaluation.request.identity == wish.identity:
            seconds |= {result.task: result.seconds for result in evaluation.results}
    names = [one.task for one in wish.tasks]
    items = [task.declaration.items for task in suite.tasks if task.id in names]
    return Estimate(
        items=None if None in items else sum(count or 0 for count in items),
        seconds=sum(seconds.get(name, 0.0) for name in names),
        tasks_without_a_time=sum(name not in seconds for name in names),
    )


def _wish(request: EvalRequest, tasks: tuple[WantedTask, ...], suite: Suite, now: datetime) -> EvalRequest:
    """Return a wish for some tasks of the model identity that `request` is about."""
    return new_request(
        model=request.model,
        precision=request.precision,
        chat_template=request.chat_template,
        thinking=request.thinking,
        tasks=tasks,
        suite=suite.label,
        facts=request.facts,
        submitted_at=now,
    )


def _by_identity(view: QueueView, *, withdrawn_too: bool) -> Mapping[ModelIdentity, list[QueueEntry]]:
    """Group what has ended, or ever published anything, by model identity, in the order of submission."""
    groups: dict[ModelIdentity, list[QueueEntry]] = {}
    for entry in view.entries.values():
        if entry.state.status is Status.WITHDRAWN and not withdrawn_too:
            continue
        if entry.state.run is not None or entry.state.status in _ENDED_WITHOUT_A_RUN:
            groups.setdefault(entry.request.identity, []).append(entry)
    return groups


def _chosen_tasks(entries: list[QueueEntry], suite: Suite, choice: Choice) -> set[str]:
    """Return the tasks of one identity that the choice means; tasks the suite no longer has drop out later."""
    asked = {one.task: one.config_hash for entry in entries for one in entry.request.tasks}
    ran = {one.task: one.config_hash for entry in entries if entry.state.run for one in entry.request.tasks}
    if choice.request is not None:
        return {one.task for entry in entries if entry.id == choice.request for one in entry.request.tasks}
    if choice.model is not None:
        return set(asked) if entries[-1].request.model.name == choice.model else set()
    if choice.task is not None:
        return {choice.task} & set(ran)
    if choice.outdated:
        present = {one.task: one.config_hash for one in suite.wanted()}
        return {task for task, config_hash in ran.items() if present.get(task, config_hash) != config_hash}
    return set()


def is_waiting(view: QueueView, wish: EvalRequest) -> bool:
    """Tell whether a wish is in the queue or at work already, so that asking again changes nothing."""
    known = view.entries.get(wish.id)
    return known is not None and known.state.status in {Status.PENDING, Status.RUNNING}
