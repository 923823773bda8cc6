"""What the form's buttons do, what an address fills in, and the link that fills it in."""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.authority import Visitor, visitor_of, why_closed
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.checks_list import checks_html
from leaderboard.page.live_queue import LiveQueue
from leaderboard.page.markup import element, raw_element
from leaderboard.page.one_each import OneEach
from leaderboard.page.queue_panel import PARTS
from leaderboard.page.trouble import why_unchanged
from leaderboard.page.visit import Visit, visit_of
from leaderboard.queue import QueueError
from leaderboard.records import ChatTemplate, is_model_id, is_revision
from leaderboard.settings import Settings
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

PRECISIONS = (AUTO_PRECISION, *map(str, MODEL_PRECISIONS))
CHAT_TEMPLATES = tuple(map(str, ChatTemplate))
"""The first of each is what is chosen where nothing is said."""

_TAB = "submit"

Answer = tuple[Any, ...]
"""What is said below the form, and the parts of the queue."""

_Make = Callable[[Wish, Visitor, Texts], Iterator[Answer]]

logger = logging.getLogger(__name__)


def asked_for(visit: Visit) -> list[str] | None:
    """Return what an address puts into the fields, in their order; None where it says nothing of the form.

    It is text as if somebody had typed it, to be checked when it is sent; a choice that there is not is left out.
    """
    if visit["tab"] != _TAB or not (visit["model"] or visit["revision"]):
        return None
    precision, chat_template = visit["precision"], visit["chat_template"]
    return [
        visit["model"],
        visit["revision"],
        precision if precision in PRECISIONS else PRECISIONS[0],
        chat_template if chat_template in CHAT_TEMPLATES else CHAT_TEMPLATES[0],
    ]


def link_to_form(wish: Wish, settings: Settings, origin: str) -> str:
    """Return the address of the form with a wish filled in; empty where no other copy could make sense of it.

    `origin` is where this page was loaded from, empty where that is not known. A Space is reached through the Hub's
    page around it.
    """
    if not is_model_id(wish.model) or not is_revision(wish.revision or "main"):
        return ""
    chosen = {"model": wish.model, "revision": wish.revision}
    chosen |= {"precision": wish.precision} if wish.precision in PRECISIONS[1:] else {}
    chosen |= {"chat_template": wish.chat_template} if wish.chat_template in CHAT_TEMPLATES[1:] else {}
    query = urlencode({"tab": _TAB} | {name: value for name, value in chosen.items() if value}, safe="/")
    base = f"https://huggingface.co/spaces/{settings.space_id}" if settings.space_id else f"{origin}/"
    return f"{base}?{query}"


class SubmitForm:
    """What the two buttons do. Everything is checked again as if forged: a closed form is no check."""

    def __init__(self, house: Installation, feed: BoardFeed, queue: LiveQueue) -> None:
        self._house, self._feed, self._queue = house, feed, queue
        self._one_each = OneEach()

    def submit(
        self, model: str, revision: str, precision: str, chat_template: str, request: gr.Request
    ) -> Iterator[Answer]:
        """Check and queue, and say each thing as it is known."""
        wish = Wish(typed(model), typed(revision), typed(precision), typed(chat_template))
        yield from self._one_at_a_time(self._submit, wish, request)

    def check(
        self, model: str, revision: str, precision: str, chat_template: str, request: gr.Request
    ) -> Iterator[Answer]:
        """Make every check and queue nothing; whoever maintains this copy has a few items tried as well."""
        wish = Wish(typed(model), typed(revision), typed(precision), typed(chat_template))
        origin = request.headers.get("origin", "")

        def with_link(wish: Wish, visitor: Visitor, texts: Texts) -> Iterator[Answer]:
            said = ""
            for said in self._check(wish, visitor, texts):
                yield _said(said)
            yield _said(said + _link_html(link_to_form(wish, self._house.settings, origin), texts))

        yield from self._one_at_a_time(with_link, wish, request)

    def _one_at_a_time(self, make: _Make, wish: Wish, request: gr.Request) -> Iterator[Answer]:
        """Examine a wish for whoever may have it examined; a check costs no quota, so nobody has two at once."""
        visitor, texts = visitor_of(self._house.settings, request), visit_of(request).texts
        if closed := self._closed_to(visitor, texts):
            yield _said(closed)
            return
        with self._one_each.turn(visitor.name) as may_begin:
            if not may_begin:
                yield _said(_refused(texts("form.busy")))
                return
            try:
                yield from make(wish, visitor, texts)
            except (QueueError, StoreError) as error:
                logger.warning("a submission could not be examined or queued: %r", str(error))
                yield _said(_refused(why_unchanged(error, texts)))

    def _submit(self, wish: Wish, visitor: Visitor, texts: Texts) -> Iterator[Answer]:
        examination, findings = self._house.desk.examine(wish, submitter(visitor)), list[Finding]()
        for told in _told(examination, findings, texts):
            yield _said(told)
        entered = self._entered(examination, visitor, texts)
        yield entered + checks_html(findings, texts), *self._queue.parts(visitor, texts)

    def _check(self, wish: Wish, visitor: Visitor, texts: Texts) -> Iterator[str]:
        examination, findings = self._house.desk.examine(wish, submitter(visitor)), list[Finding]()
        yield from _told(examination, findings, texts)
        if examination.candidate is not None and visitor.may_maintain:
            findings.append(self._house.smoke_test(examination.candidate))
        refused = any(one.outcome is Outcome.REFUSED for one in findings)
        words = texts("form.not_acceptable" if refused else "form.acceptable", model=examination.name)
        verdict = element("p", words, {"class": "refused" if refused else "accepted", "role": "status"})
        yield verdict + checks_html(findings, texts)

    def _closed_to(self, visitor: Visitor, texts: Texts) -> str | None:
        """Return what is said to somebody from whom nothing is taken."""
        if not why_closed(self._house.settings, visitor):
            return None
        code = ProblemCode.SIGN_IN_FIRST if self._house.settings.signs_in else ProblemCode.FORM_CLOSED
        return _refused(problem_in_words(Problem(code), texts))

    def _entered(self, examination: Examination, visitor: Visitor, texts: Texts) -> str:
        candidate = examination.candidate
        if candidate is None:
            first = examination.refusals[0]
            assert first.problem is not None  # noqa: S101 - a refusal has one
            return _refused(problem_in_words(Problem(first.problem, first.words), texts))
        try:
            accepted = self._house.desk.enter(candidate, submitter(visitor))
        except SubmissionRefusedError as refused:
            return _refused(problem_in_words(refused.problem, texts))
        self._feed.look_now()
        place = texts.whole(self._feed.queue().place(accepted.id) or 1)
        message = texts("form.accepted", model=accepted.model.name, place=place)
        return element("p", message, {"class": "accepted", "role": "status"})


def submitter(visitor: Visitor) -> Submitter:
    """Return as whom a visitor submits."""
    return Submitter(
        account=visitor.name, folders_allowed=visitor.may_submit_folders, quota_exempt=visitor.may_maintain
    )


def typed(value: object) -> str:
    """Return what came in a field as text: a forged event may carry anything."""
    return value if isinstance(value, str) else ""


def _said(words: str) -> Answer:
    """Return an answer below the form; the queue stays as it is."""
    return words, *[gr.skip()] * PARTS


def _told(examination: Examination, findings: list[Finding], texts: Texts) -> Iterator[str]:
    """Make the checks, collect what they find, and yield the list as it grows."""
    yield checks_html(findings, texts, working=True)
    for finding in examination.findings():
        findings.append(finding)
        yield checks_html(findings, texts, working=True)


def _refused(words: str) -> str:
    return element("p", words, {"class": "refused", "role": "alert"})


def _link_html(address: str, texts: Texts) -> str:
    """Return the link with a button that copies it."""
    if not address:
        return ""
    query = address[address.index("?") :]
    link = element("a", address, {"href": query, "id": "form-link"})
    copy = element("button", texts("site.copy_link"), {"type": "button", "data-copy": "#form-link"})
    return raw_element("p", f"{element('span', texts('form.link'))} {link} {copy}", {"class": "form-link"})
