"""The tab with the form, whose checks appear one by one, and the queue beside it."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from leaderboard.evaluation.installation import missing_packages
from leaderboard.installation import Installation
from leaderboard.page.actions_panel import build_actions_panel
from leaderboard.page.authority import Visitor, visitor_of, why_closed
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.checks_list import checks_html
from leaderboard.page.markup import element
from leaderboard.page.one_each import OneEach
from leaderboard.page.queue_panel import owner_html, queue_html
from leaderboard.page.trouble import trouble_notice, why_unchanged
from leaderboard.queue import QueueError
from leaderboard.records import ChatTemplate
from leaderboard.store import StoreError
from leaderboard.submission import (
    AUTO_PRECISION,
    MODEL_PRECISIONS,
    Examination,
    Finding,
    Outcome,
    Problem,
    ProblemCode,
    SubmissionRefusedError,
    Submitter,
    Wish,
)
from leaderboard.texts import Texts, problem_in_words

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 1.5

_EXAMINATIONS = "examinations"
_AT_ONCE = 2
"""Each reads a model in a process of its own: more of them would slow down the page."""

_Make = Callable[[Wish, Visitor], Iterator[tuple[str, Any]]]


def build_submit_tab(house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    is_open = house.settings.queue_lasts
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=300):
            gr.HTML(element("h2", texts("form.heading")))
            notice = gr.HTML(elem_id="form-notice")
            if missing_packages():
                gr.HTML(element("p", texts("form.read_only"), {"class": "notice", "id": "no-evaluation"}))
            fields = _fields(house, texts, interactive=is_open)
            with gr.Row():
                send = gr.Button(texts("form.send"), variant="primary", interactive=is_open, elem_id="send")
                try_it = gr.Button(texts("form.check"), interactive=is_open, elem_id="check")
            answer = gr.HTML(elem_id="form-answer")
        with gr.Column(scale=1, min_width=300):
            gr.HTML(element("h2", texts("queue.heading")))
            show_actions_after = build_actions_panel(house, feed, texts)
            panel = gr.HTML(lambda: _panel(house, feed, texts, Visitor()), elem_id="queue-panel")
            owner = gr.Textbox(
                label=texts("queue.owner"), info=texts("queue.owner_help"), max_lines=1, elem_id="queue-owner"
            )
            of_owner = gr.HTML(elem_id="queue-of-owner")

    form = _Form(house, feed, texts)

    def show_to(request: gr.Request) -> tuple[str, dict[str, Any], dict[str, Any], str]:
        """Show each visitor what is theirs to do."""
        visitor = visitor_of(house.settings, request)
        reason = why_closed(house.settings, visitor)
        closed = element("p", texts(reason), {"class": "notice", "id": "form-closed"}) if reason else ""
        usable = gr.update(interactive=not reason)
        return closed, usable, usable, _panel(house, feed, texts, visitor)

    quiet: dict[str, Any] = {"api_name": False, "show_progress": "hidden"}
    gr.on(fn=show_to, outputs=[notice, send, try_it, panel], queue=False, **quiet)

    examined: dict[str, Any] = {"concurrency_id": _EXAMINATIONS, "concurrency_limit": _AT_ONCE, **quiet}
    sent = gr.on(
        [send.click, fields[0].submit],
        form.submit,
        inputs=list(fields),
        outputs=[answer, panel],
        trigger_mode="once",
        **examined,
    )
    show_actions_after(sent)
    try_it.click(form.check, inputs=list(fields), outputs=[answer, panel], trigger_mode="once", **examined)

    def of_account(name: object) -> str:
        """List everything of an account."""
        return owner_html(feed.queue(), _typed(name), texts)

    owner.submit(of_account, inputs=owner, outputs=of_owner, **quiet)

    timer = gr.Timer(REFRESH_SECONDS)
    shown = gr.State("")

    def refresh(last: str, request: gr.Request) -> tuple[Any, Any]:
        """Send the queue only when it has changed."""
        now = _panel(house, feed, texts, visitor_of(house.settings, request))
        return (gr.skip(), gr.skip()) if now == last else (now, now)

    timer.tick(refresh, inputs=shown, outputs=[panel, shown], queue=False, **quiet)


class _Form:
    """What the two buttons do. Everything is checked again as if forged: a closed form is no check."""

    def __init__(self, house: Installation, feed: BoardFeed, texts: Texts) -> None:
        self._house, self._feed, self._texts = house, feed, texts
        self._one_each = OneEach()

    def submit(
        self, model: str, revision: str, precision: str, chat_template: str, request: gr.Request
    ) -> Iterator[tuple[str, Any]]:
        """Check and queue, and say each thing as it is known."""
        wish = Wish(_typed(model), _typed(revision), _typed(precision), _typed(chat_template))
        yield from self._one_at_a_time(self._submit, wish, visitor_of(self._house.settings, request))

    def check(
        self, model: str, revision: str, precision: str, chat_template: str, request: gr.Request
    ) -> Iterator[tuple[str, Any]]:
        """Make every check and queue nothing; whoever maintains this copy has a few items tried as well."""
        wish = Wish(_typed(model), _typed(revision), _typed(precision), _typed(chat_template))
        yield from self._one_at_a_time(self._check, wish, visitor_of(self._house.settings, request))

    def _one_at_a_time(self, make: _Make, wish: Wish, visitor: Visitor) -> Iterator[tuple[str, Any]]:
        """Examine a wish for whoever may have it examined; a check costs no quota, so nobody has two at once."""
        if closed := self._closed_to(visitor):
            yield closed, gr.skip()
            return
        with self._one_each.turn(visitor.name) as may_begin:
            if not may_begin:
                yield _refused(self._texts("form.busy")), gr.skip()
                return
            try:
                yield from make(wish, visitor)
            except (QueueError, StoreError) as error:
                logger.warning("a submission could not be examined or queued: %r", str(error))
                yield _refused(why_unchanged(error, self._texts)), gr.skip()

    def _submit(self, wish: Wish, visitor: Visitor) -> Iterator[tuple[str, Any]]:
        examination, findings = self._house.desk.examine(wish, _submitter(visitor)), list[Finding]()
        for told in self._told(examination, findings):
            yield told, gr.skip()
        listed = checks_html(findings, self._texts)
        yield self._entered(examination, visitor) + listed, self._panel_of(visitor)

    def _check(self, wish: Wish, visitor: Visitor) -> Iterator[tuple[str, Any]]:
        examination, findings = self._house.desk.examine(wish, _submitter(visitor)), list[Finding]()
        for told in self._told(examination, findings):
            yield told, gr.skip()
        if examination.candidate is not None and visitor.may_maintain:
            findings.append(self._house.smoke_test(examination.candidate))
        refused = any(one.outcome is Outcome.REFUSED for one in findings)
        words = self._texts("form.not_acceptable" if refused else "form.acceptable", model=examination.name)
        verdict = element("p", words, {"class": "refused" if refused else "accepted", "role": "status"})
        yield verdict + checks_html(findings, self._texts), gr.skip()

    def _closed_to(self, visitor: Visitor) -> str | None:
        """Return what is said to somebody from whom nothing is taken."""
        if not why_closed(self._house.settings, visitor):
            return None
        return self._refusal(
            Problem(ProblemCode.SIGN_IN_FIRST if self._house.settings.signs_in else ProblemCode.FORM_CLOSED)
        )

    def _told(self, examination: Examination, findings: list[Finding]) -> Iterator[str]:
        """Make the checks, collect what they find, and yield the list as it grows."""
        yield checks_html(findings, self._texts, working=True)
        for finding in examination.findings():
            findings.append(finding)
            yield checks_html(findings, self._texts, working=True)

    def _entered(self, examination: Examination, visitor: Visitor) -> str:
        candidate = examination.candidate
        if candidate is None:
            first = examination.refusals[0]
            assert first.problem is not None  # noqa: S101 - a refusal has one
            return self._refusal(Problem(first.problem, first.words))
        try:
            accepted = self._house.desk.enter(candidate, _submitter(visitor))
        except SubmissionRefusedError as refused:
            return self._refusal(refused.problem)
        self._feed.look_now()
        place = self._feed.queue().place(accepted.id) or 1
        message = self._texts("form.accepted", model=accepted.model.name, place=place)
        return element("p", message, {"class": "accepted", "role": "status"})

    def _refusal(self, problem: Problem) -> str:
        return _refused(problem_in_words(problem, self._texts))

    def _panel_of(self, visitor: Visitor) -> str:
        return _panel(self._house, self._feed, self._texts, visitor)


def _submitter(visitor: Visitor) -> Submitter:
    return Submitter(
        account=visitor.name, folders_allowed=visitor.may_submit_folders, quota_exempt=visitor.may_maintain
    )


def _refused(words: str) -> str:
    return element("p", words, {"class": "refused", "role": "alert"})


def _fields(
    house: Installation, texts: Texts, *, interactive: bool
) -> tuple[gr.Textbox, gr.Textbox, gr.Radio, gr.Radio]:
    local = house.settings.bound_to_loopback
    return (
        gr.Textbox(
            label=texts("form.model"),
            info=texts("form.model_help_local" if local else "form.model_help"),
            placeholder=texts("form.model_placeholder"),
            max_lines=1,
            interactive=interactive,
            elem_id="field-model",
        ),
        gr.Textbox(
            label=texts("form.revision"),
            info=texts("form.revision_help"),
            placeholder="main",
            max_lines=1,
            interactive=interactive,
            elem_id="field-revision",
        ),
        gr.Radio(
            [AUTO_PRECISION, *map(str, MODEL_PRECISIONS)],
            value=AUTO_PRECISION,
            label=texts("form.precision"),
            info=texts("form.precision_help"),
            interactive=interactive,
            elem_id="field-precision",
        ),
        gr.Radio(
            [str(one) for one in ChatTemplate],
            value=str(ChatTemplate.AUTO),
            label=texts("form.chat_template"),
            info=texts("form.chat_template_help"),
            interactive=interactive,
            elem_id="field-chat-template",
        ),
    )


def _typed(value: object) -> str:
    """Return what came in a field as text: a forged event may carry anything."""
    return value if isinstance(value, str) else ""


def _panel(house: Installation, feed: BoardFeed, texts: Texts, visitor: Visitor) -> str:
    listed = queue_html(feed.queue(), house.suite, texts, house.can_evaluate, mine=visitor.name)
    return trouble_notice(feed, texts) + listed
