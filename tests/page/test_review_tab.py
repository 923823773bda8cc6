"""What the review's buttons answer, without a browser around them; signing is in tests/browser."""

from collections.abc import Callable
from typing import Any

import gradio as gr
import pytest

from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.review_tab import build_review_tab, place_name
from leaderboard.texts import LANGUAGES, load_texts
from tests.page.hostile import read_html
from tests.page.test_authority import asking


@pytest.fixture
def handlers(house: Installation) -> dict[str, Callable[..., Any]]:
    """What the events of the Spanish page call, whoever reads it in whatever language."""
    with gr.Blocks() as blocks:
        build_review_tab(house, BoardFeed(house), load_texts("es"))
    return {event.fn.__name__: event.fn for event in blocks.fns.values() if event.fn is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_cards_and_answers_are_in_the_readers_language(handlers: dict[str, Callable[..., Any]], language: str):
    texts, reader = load_texts(language), asking(cookie=f"lang={language}")
    for said in (
        handlers["choose_place"]("MX", reader),
        handlers["go_on"]("MX", 0, reader),
        handlers["sign_it"]("MX", 0, "", reader),
    ):
        assert texts("review.right") in read_html(said[1]).text or texts("review.fine_nowhere") in said[1]
    assert read_html(handlers["sign_it"]("MX", 0, "", reader)[2]).text == texts("review.name_missing")
    stranger = asking(client="192.0.2.9", cookie=f"lang={language}")
    assert read_html(handlers["sign_it"]("MX", 0, "Ana", stranger)[2]).text == texts("review.how_to_send")


@pytest.mark.parametrize("forged", [None, 7, ["MX"], "nowhere"])
def test_a_place_that_is_none_has_no_drafts(handlers: dict[str, Callable[..., Any]], forged: object):
    for name, more in (("choose_place", []), ("go_on", [0]), ("sign_it", [0, "Ana"])):
        index, card, _ = handlers[name](forged, *more, asking())
        assert index == 0
        assert read_html(card).text == load_texts("es")("review.nothing")


@pytest.mark.parametrize(
    ("place", "language", "name"),
    [
        ("MX", "es", "México"),
        ("ES", "en", "Spain"),
        ("ES-canarias", "es", "España · canarias"),
        ("ca", "es", "Catalán"),
        ("<b>", "es", "<b>"),
    ],
)
def test_places_are_told_by_their_names(place: str, language: str, name: str):
    assert place_name(place, load_texts(language)) == name
