"""The tab with the form and the queue beside it."""

from typing import Any

import gradio as gr

from leaderboard.evaluation.installation import missing_packages
from leaderboard.installation import Installation
from leaderboard.page.authority import is_the_operator
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element
from leaderboard.page.queue_panel import queue_html
from leaderboard.page.trouble import trouble_notice
from leaderboard.queue import QueueError
from leaderboard.records import ChatTemplate
from leaderboard.store import StoreError
from leaderboard.submission import AUTO_PRECISION, MODEL_PRECISIONS, Problem, ProblemCode, SubmissionRefusedError, Wish
from leaderboard.texts import Texts

REFRESH_SECONDS = 1.5


def build_submit_tab(house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    is_open = house.settings.queue_lasts
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=300):
            gr.HTML(element("h2", texts("form.heading")))
            if not is_open:
                gr.HTML(element("p", texts("form.closed"), {"class": "notice", "id": "form-closed"}))
            if missing_packages():
                gr.HTML(element("p", texts("form.read_only"), {"class": "notice", "id": "no-evaluation"}))
            fields = _fields(house, texts, interactive=is_open)
            send = gr.Button(texts("form.send"), variant="primary", interactive=is_open, elem_id="send")
            answer = gr.HTML(elem_id="form-answer")
        with gr.Column(scale=1, min_width=300):
            gr.HTML(element("h2", texts("queue.heading")))
            panel = gr.HTML(lambda: _panel(house, feed, texts), elem_id="queue-panel")

    def submit(model: str, revision: str, precision: str, chat_template: str, request: gr.Request) -> tuple[str, str]:
        """Check everything again as if forged: a closed form is no check."""
        wish = Wish(_typed(model), _typed(revision), _typed(precision), _typed(chat_template))
        if not is_open:
            return _refusal(Problem(ProblemCode.FORM_CLOSED), texts), _panel(house, feed, texts)
        try:
            accepted = house.desk.submit(wish, folders_allowed=is_the_operator(house.settings, request))
        except SubmissionRefusedError as refused:
            return _refusal(refused.problem, texts), _panel(house, feed, texts)
        except (QueueError, StoreError) as error:
            return element("p", str(error), {"class": "refused", "role": "alert"}), _panel(house, feed, texts)
        feed.look_now()
        place = feed.queue().place(accepted.id) or 1
        message = texts("form.accepted", model=accepted.model.name, place=place)
        return element("p", message, {"class": "accepted", "role": "status"}), _panel(house, feed, texts)

    sending = element("p", texts("form.sending"), {"class": "note", "role": "status"})
    gr.on(
        [send.click, fields[0].submit],
        lambda: sending,
        outputs=answer,
        api_name=False,
        queue=False,
        show_progress="hidden",
    ).then(submit, inputs=list(fields), outputs=[answer, panel], api_name=False, show_progress="hidden")

    timer = gr.Timer(REFRESH_SECONDS)
    shown = gr.State("")

    def refresh(last: str) -> tuple[Any, Any]:
        """Send the queue only when it has changed."""
        now = _panel(house, feed, texts)
        return (gr.skip(), gr.skip()) if now == last else (now, now)

    timer.tick(refresh, inputs=shown, outputs=[panel, shown], api_name=False, show_progress="hidden", queue=False)


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


def _refusal(problem: Problem, texts: Texts) -> str:
    parameters = dict(problem.parameters)
    if problem.code is ProblemCode.DUPLICATE:
        parameters["status"] = texts(f"statuses.{parameters['status']}").lower()
        parameters["id"] = parameters["id"][:8]
    return element("p", texts.problem(Problem(problem.code, parameters)), {"class": "refused", "role": "alert"})


def _panel(house: Installation, feed: BoardFeed, texts: Texts) -> str:
    listed = queue_html(feed.queue(), house.suite, texts, house.can_evaluate)
    return trouble_notice(feed, texts) + listed
