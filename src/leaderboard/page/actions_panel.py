"""What may be done to requests from the page: by maintainers to all of them, by a submitter to their own.

Whoever may do nothing sees nothing of it; and every event is judged anew, for what is hidden can still be sent.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gradio as gr
from gradio.events import Dependency

from leaderboard.installation import Installation
from leaderboard.page.authority import Visitor, visitor_of
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element
from leaderboard.page.trouble import why_unchanged
from leaderboard.page.visit import visit_of
from leaderboard.queue import QueueEntry, QueueView, TransitionError
from leaderboard.records import LeaderboardError, Status, utc_now
from leaderboard.store import StoreError
from leaderboard.submission import Problem, ProblemCode
from leaderboard.submission.reevaluation import Choice, NothingChosenError, wishes
from leaderboard.texts import Texts, problem_in_words

_MAINTAINERS_ACTIONS = ("retry", "cancel", "reevaluate", "take_down")
_SUBMITTERS_ACTION = "take_back"
_LISTED = 200
_LONGEST_ID_SHOWN = 100
_NOT_FROM = {_SUBMITTERS_ACTION: frozenset(Status) - {Status.PENDING, Status.RUNNING}, "take_down": {Status.WITHDRAWN}}
"""The states from which the queue refuses an action itself, before any transition is tried."""

logger = logging.getLogger(__name__)


def build_actions_panel(house: Installation, feed: BoardFeed, texts: Texts) -> Callable[[Dependency], None]:
    """Lay out the panel, hidden until it is known who looks; return what shows it anew after an event of others.

    That is needed after a submission: its sender can take back what they could not before.
    """
    with gr.Group(visible=False, elem_id="actions") as group:
        # Any text is taken and judged by the queue: a list of choices is no check.
        chosen = gr.Dropdown(
            [], label=texts("actions.request"), allow_custom_value=True, elem_id="actions-request", interactive=True
        )
        with gr.Row():
            buttons = {
                action: gr.Button(texts(f"actions.{action}"), size="sm", visible=False, elem_id=f"action-{action}")
                for action in (*_MAINTAINERS_ACTIONS, _SUBMITTERS_ACTION)
            }
        answer = gr.HTML(elem_id="actions-answer")
    listed = gr.State([])
    actions = _Actions(house, feed)
    seen = [group, chosen, listed, *buttons.values()]
    quiet: dict[str, Any] = {"api_name": False, "show_progress": "hidden"}
    gr.on(fn=actions.shown_to, outputs=seen, queue=False, **quiet)
    newest: dict[str, Any] = {"inputs": listed, "outputs": [chosen, listed], "queue": False, **quiet}
    chosen.focus(actions.newest_choices, **newest)
    for action, button in buttons.items():
        button.click(actions.handler(action), inputs=chosen, outputs=answer, **quiet).then(
            actions.newest_choices, **newest
        )
    return lambda event: event.then(actions.shown_to, outputs=seen, queue=False, **quiet)


class _Actions:
    def __init__(self, house: Installation, feed: BoardFeed) -> None:
        self._house, self._feed = house, feed

    def shown_to(self, request: gr.Request) -> list[Any]:
        """Show a visitor the buttons that are theirs."""
        visitor = visitor_of(self._house.settings, request)
        theirs = visitor.may_maintain or bool(self._requests_of(visitor))
        shown = [gr.update(visible=visitor.may_maintain) for _ in _MAINTAINERS_ACTIONS]
        shown.append(gr.update(visible=visitor.name is not None))
        choices = self._choices(visitor)
        return [gr.update(visible=theirs), gr.update(choices=choices), choices, *shown]

    def newest_choices(self, listed: list[tuple[str, str]], request: gr.Request) -> tuple[Any, Any]:
        """Bring the list of requests up to date: only when it changed, for Gradio then hides all but the chosen one."""
        choices = self._choices(visitor_of(self._house.settings, request))
        return (gr.skip(), gr.skip()) if choices == listed else (gr.update(choices=choices), choices)

    def handler(self, action: str) -> Any:
        """Return what a button does."""

        def act(chosen: object, request: gr.Request) -> str:
            visitor, texts = visitor_of(self._house.settings, request), visit_of(request).texts
            allowed = visitor.name is not None if action == _SUBMITTERS_ACTION else visitor.may_maintain
            if not allowed:
                problem = Problem(ProblemCode.MAINTAINERS_ONLY)
                return element("p", problem_in_words(problem, texts), {"class": "refused", "role": "alert"})
            meant = self._meant(chosen, visitor)
            try:
                self._do(action, meant, visitor)
            except LeaderboardError as error:
                logger.warning("%s could not be done: %r", action, str(error))
                words = self._why_not(error, action, meant, visitor, texts)
                return element("p", words, {"class": "refused", "role": "alert"})
            self._feed.look_now()
            return element("p", texts(f"actions.{action}_done"), {"class": "accepted", "role": "status"})

        return act

    def _do(self, action: str, request_id: str, visitor: Visitor) -> None:
        queue, now = self._house.queue, utc_now()
        match action:
            case "retry":
                queue.retry([request_id], now, visitor.name)
            case "cancel":
                queue.cancel(request_id, now, visitor.name)
            case "reevaluate":
                queue.enqueue(
                    wishes(queue.view(), self._house.suite, Choice(request=request_id), now), now, by=visitor.name
                )
            case "take_down":
                queue.take_down(request_id, now, visitor.name)
            case _:
                queue.take_back(request_id, now, visitor.name)

    def _why_not(self, error: LeaderboardError, action: str, request_id: str, visitor: Visitor, texts: Texts) -> str:
        """Return in the page's words why the queue did nothing; its own are for the log."""
        if isinstance(error, StoreError):
            return why_unchanged(error, texts)
        with suppress(StoreError):
            view = self._house.queue.view()
            reason = _hindrance(view, error, action, request_id, visitor)
            if reason is not None:
                entry = view.entries.get(request_id)
                status = texts(f"statuses.{entry.state.status}").lower() if entry else ""
                return texts(f"actions.{reason}", id=request_id[:_LONGEST_ID_SHOWN], status=status)
        return why_unchanged(error, texts)

    def _meant(self, chosen: object, visitor: Visitor) -> str:
        """Return the id of what was chosen or typed: where Gradio takes any text, it may send a choice's label."""
        text = chosen if isinstance(chosen, str) else ""
        return next((one for label, one in self._choices(visitor) if label == text), text)

    def _requests_of(self, visitor: Visitor) -> list[QueueEntry]:
        view = self._feed.queue()
        return list(view.entries.values()) if visitor.may_maintain else _submitted_by(view, visitor.name)

    def _choices(self, visitor: Visitor) -> list[tuple[str, str]]:
        newest = self._requests_of(visitor)[::-1][:_LISTED]
        return [(_label(entry), entry.id) for entry in newest]


def _label(entry: QueueEntry) -> str:
    """Name a request by what never changes: Gradio keeps what is chosen by its label while the list changes."""
    return f"{entry.request.model.name} · {entry.request.precision_label} · {entry.id[:8]}"


def _submitted_by(view: QueueView, name: str | None) -> list[QueueEntry]:
    return [entry for entry in view.entries.values() if name is not None and entry.submitted_by == name]


def _hindrance(view: QueueView, error: LeaderboardError, action: str, request_id: str, visitor: Visitor) -> str | None:
    """Return the name of the text that says why an action was refused; None where it was not the request's fault."""
    entry = view.entries.get(request_id)
    if entry is None:
        return "unknown" if request_id else "not_chosen"
    if action == _SUBMITTERS_ACTION and entry.submitted_by != visitor.name:
        return "not_yours"
    if action == _SUBMITTERS_ACTION and _is_published(view, entry):
        return "published"
    of_its_state = isinstance(error, TransitionError | NothingChosenError)
    return "not_possible" if of_its_state or entry.state.status in _NOT_FROM.get(action, ()) else None


def _is_published(view: QueueView, entry: QueueEntry) -> bool:
    """Tell whether there are results of the same model identity, by whatever request."""
    return any(one.state.run and one.request.identity == entry.request.identity for one in view.entries.values())
