"""The tab in which a native speaker walks through the items of a place.

Whoever runs a copy of their own signs items there; elsewhere the tab shows them and says how to send a correction.
"""

from typing import Any

import gradio as gr
from babel import Locale

from leaderboard.installation import Installation
from leaderboard.page.authority import visitor_of
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.markup import element, raw_element
from leaderboard.page.own_item import own_item
from leaderboard.page.visit import visit_of
from leaderboard.suite.review import ReviewError, ReviewItem, places, reviewable_items, sign
from leaderboard.texts import Texts


def build_review_tab(house: Installation, _feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    choices = places(reviewable_items(house.suite))
    if not choices:
        gr.HTML(element("p", texts("review.nothing"), {"class": "note"}))
        return
    can_sign = house.settings.bound_to_loopback
    gr.HTML(
        element("h2", texts("review.title"))
        + element("p", texts("review.how_to_sign" if can_sign else "review.how_to_send"), {"class": "note"})
    )
    with gr.Row():
        named = [(place_name(one, texts), one) for one in choices]
        place = gr.Dropdown(named, value=choices[0], label=texts("review.place"), elem_id="review-place")
        name = gr.Textbox(label=texts("review.ask_name"), visible=can_sign, elem_id="review-name", max_lines=1)
    # The position in the place's list of drafts, kept by the browser.
    position = gr.Number(0, visible=False, precision=0)
    card = gr.HTML(_card(_drafts(house, choices[0]), 0, texts), elem_id="review-card")
    with gr.Row():
        signing = gr.Button(texts("review.sign"), variant="primary", visible=can_sign, elem_id="review-sign")
        going_on = gr.Button(texts("review.next"), elem_id="review-next")
    answer = gr.HTML(elem_id="review-answer")

    def choose_place(chosen: str, request: gr.Request) -> tuple[int, str, str]:
        return 0, _card(_drafts(house, _text(chosen)), 0, visit_of(request).texts), ""

    def go_on(chosen: str, at: float, request: gr.Request) -> tuple[int, str, str]:
        drafts = _drafts(house, _text(chosen))
        following = (_index(at) + 1) % max(1, len(drafts))
        return following, _card(drafts, following, visit_of(request).texts), ""

    def sign_it(chosen: str, at: float, reviewer: str, request: gr.Request) -> tuple[int, str, str]:
        """Check again who asks: a hidden button is no check."""
        drafts = _drafts(house, _text(chosen))
        index, words = _index(at), visit_of(request).texts
        if not visitor_of(house.settings, request).may_sign_items:
            return index, _card(drafts, index, words), _refused(words("review.how_to_send"))
        if index >= len(drafts):
            return 0, _card(drafts, 0, words), ""
        if not _text(reviewer).strip():
            return index, _card(drafts, index, words), _refused(words("review.name_missing"))
        try:
            sign(drafts[index], _text(reviewer))
        except ReviewError as error:
            return index, _card(drafts, index, words), _refused(words("review.refused", reason=str(error)))
        left = _drafts(house, _text(chosen))
        index = min(index, max(0, len(left) - 1))
        said = element("p", words("review.signed", id=drafts[_index(at)].id), {"class": "accepted", "role": "status"})
        return index, _card(left, index, words), said

    quiet: dict[str, Any] = {"api_name": False, "show_progress": "hidden", "outputs": [position, card, answer]}
    place.change(choose_place, inputs=place, **quiet)
    going_on.click(go_on, inputs=[place, position], **quiet)
    signing.click(sign_it, inputs=[place, position, name], **quiet)


def place_name(place: str, texts: Texts) -> str:
    """Return the name of a place of the suite: a country, a part of one (`ES-canarias`), or a language (`ca`)."""
    country, _, part = place.partition("-")
    territories = Locale(texts.language).territories
    name = texts.get(f"languages.{place}") or territories.get(country, country)
    return f"{name} · {part}" if part else str(name)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _index(value: object) -> int:
    return max(0, int(value)) if isinstance(value, int | float) else 0


def _refused(message: str) -> str:
    return element("p", message, {"class": "refused", "role": "alert"})


def _drafts(house: Installation, place: str) -> list[ReviewItem]:
    return [item for item in reviewable_items(house.suite) if item.place == place and item.is_draft]


def _card(drafts: list[ReviewItem], index: int, texts: Texts) -> str:
    """Return one draft as HTML, the right option marked by a word and not by colour alone."""
    if not drafts:
        return element("p", texts("review.nothing"), {"class": "note"})
    item = drafts[min(index, len(drafts) - 1)]
    number, total = texts.whole(index + 1), texts.whole(len(drafts))
    heading = texts("review.heading", number=number, total=total, id=item.id, place=place_name(item.place, texts))
    said = element("div", heading, {"class": "queue-facts"}) + own_item(item.row, texts)
    return raw_element("div", said, {"class": "review-card", "data-item": item.id})
