"""The tab with the form, whose checks appear one by one, and the queue beside it."""

from typing import Any

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.actions_panel import build_actions_panel
from leaderboard.page.authority import visitor_of, why_closed
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.live_queue import LiveQueue, Shown
from leaderboard.page.markup import element
from leaderboard.page.queue_panel import PARTS, owner_html
from leaderboard.page.submit_form import CHAT_TEMPLATES, PRECISIONS, SubmitForm, asked_for, typed
from leaderboard.page.visit import visit_of
from leaderboard.texts import Texts

REFRESH_SECONDS = 1.5

_EXAMINATIONS = "examinations"
_AT_ONCE = 2
"""Each reads a model in a process of its own: more of them would slow down the page."""

EXAMINED: dict[str, Any] = {"concurrency_id": _EXAMINATIONS, "concurrency_limit": _AT_ONCE}
_QUIET: dict[str, Any] = {"api_name": False, "show_progress": "hidden"}


def build_submit_tab(house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    is_open = house.settings.queue_lasts
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=300):
            gr.HTML(element("h2", texts("form.heading")))
            notice = gr.HTML(elem_id="form-notice")
            if not house.evaluates:
                gr.HTML(element("p", texts("form.read_only"), {"class": "notice", "id": "no-evaluation"}))
            fields = _fields(house, texts, interactive=is_open)
            with gr.Row():
                send = gr.Button(texts("form.send"), variant="primary", interactive=is_open, elem_id="send")
                try_it = gr.Button(texts("form.check"), interactive=is_open, elem_id="check")
            answer = gr.HTML(elem_id="form-answer")
        with gr.Column(scale=1, min_width=300):
            gr.HTML(element("h2", texts("queue.heading")))
            show_actions_after = build_actions_panel(house, feed, texts)
            with gr.Column(elem_id="queue-panel"):
                panel = [gr.HTML(element("p", texts("queue.reading"), {"class": "queue-note"}))]
                panel += [gr.HTML() for _ in range(PARTS - 1)]
            owner = gr.Textbox(
                label=texts("queue.owner"), info=texts("queue.owner_help"), max_lines=1, elem_id="queue-owner"
            )
            of_owner = gr.HTML(elem_id="queue-of-owner")

    queue = LiveQueue(house, feed)
    form = SubmitForm(house, feed, queue)
    shown = gr.State(Shown())

    def show_to(request: gr.Request) -> list[Any]:
        """Show each visitor what is theirs to do."""
        visitor, words = visitor_of(house.settings, request), visit_of(request).texts
        reason = why_closed(house.settings, visitor)
        closed = element("p", words(reason), {"class": "notice", "id": "form-closed"}) if reason else ""
        usable = gr.update(interactive=not reason)
        return [closed, usable, usable, *queue.changes(Shown(), visitor, words)]

    gr.on(fn=show_to, outputs=[notice, send, try_it, *panel, shown], queue=False, **_QUIET)

    sent = gr.on(
        [send.click, fields[0].submit],
        form.submit,
        inputs=list(fields),
        outputs=[answer, *panel],
        trigger_mode="once",
        **EXAMINED,
        **_QUIET,
    )
    show_actions_after(sent)
    try_it.click(form.check, inputs=list(fields), outputs=[answer, *panel], trigger_mode="once", **EXAMINED, **_QUIET)

    def of_account(name: object, request: gr.Request) -> str:
        """List everything of an account."""
        return owner_html(feed.queue(), typed(name), visit_of(request).texts)

    owner.submit(of_account, inputs=owner, outputs=of_owner, **_QUIET)

    def refresh(last: Shown, request: gr.Request) -> list[Any]:
        """Send the parts of the queue that have changed."""
        return queue.changes(last, visitor_of(house.settings, request), visit_of(request).texts)

    gr.Timer(REFRESH_SECONDS).tick(refresh, inputs=shown, outputs=[*panel, shown], queue=False, **_QUIET)
    _fill_in_as_asked(fields)


def _fill_in_as_asked(fields: tuple[gr.Textbox, gr.Textbox, gr.Radio, gr.Radio]) -> None:
    """Have the address fill the form in when the tab is shown: once, for what a reader changed then is theirs."""
    asked = gr.State([""])
    button = gr.Button("submit", elem_id="show-submit", elem_classes="unseen")  # pressed by the page's script

    def fill_in(before: list[str], request: gr.Request) -> list[Any]:
        wanted = asked_for(visit_of(request))
        return [gr.skip()] * 5 if wanted is None or wanted == before else [*wanted, wanted]

    button.click(fill_in, inputs=asked, outputs=[*fields, asked], queue=False, **_QUIET)


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
            list(PRECISIONS),
            value=PRECISIONS[0],
            label=texts("form.precision"),
            info=texts("form.precision_help"),
            interactive=interactive,
            elem_id="field-precision",
        ),
        gr.Radio(
            list(CHAT_TEMPLATES),
            value=CHAT_TEMPLATES[0],
            label=texts("form.chat_template"),
            info=texts("form.chat_template_help"),
            interactive=interactive,
            elem_id="field-chat-template",
        ),
    )
