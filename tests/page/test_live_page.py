"""The page begins in each visitor's language, at the tab they ask for."""

from collections.abc import Iterator

import gradio as gr
import pytest

from leaderboard.page.live_page import LivePage
from leaderboard.page.visit import Visit
from leaderboard.page.visiting import VISITING


@pytest.fixture
def in_english() -> Iterator[None]:
    token = VISITING.set(Visit("en", {"tab": "other"}))
    yield
    VISITING.reset(token)


def laid_out(word: str) -> LivePage:
    page = LivePage()
    with page, gr.Tabs():
        with gr.Tab(word, id="first"):
            gr.Textbox(label=word)
        with gr.Tab(word, id="other"):
            gr.HTML(word)
    return page


def both() -> LivePage:
    page = laid_out("hola")
    page.speak("es", page)
    page.speak("en", laid_out("hello"))
    return page


def words(page: LivePage) -> set[str]:
    return {one["props"].get("label") or one["props"].get("value") for one in page.config["components"]} - {None}


@pytest.mark.usefixtures("in_english")
def test_a_visit_gets_the_words_of_its_language_under_the_ids_of_the_page_that_answers():
    page = both()
    assert words(page) == {"hello"}
    ids = [one["id"] for one in page.config["components"]]
    assert ids == list(page.blocks)
    [tabs] = [one["props"] for one in page.config["components"] if one["type"] == "tabs"]
    assert tabs["selected"] == "other"


def test_a_visit_without_wishes_gets_spanish_and_the_first_tab():
    page = both()
    assert words(page) == {"hola"}
    [tabs] = [one["props"] for one in page.config["components"] if one["type"] == "tabs"]
    assert "selected" not in tabs


def test_layouts_that_differ_are_a_mistake_that_is_told():
    other = LivePage()
    with other:
        gr.Button("hello")
    with pytest.raises(ValueError, match="'en' is laid out otherwise"):
        both().speak("en", other)
