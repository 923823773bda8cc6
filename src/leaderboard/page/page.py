"""The page: its head and its tabs."""

import gradio as gr
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from leaderboard.installation import Installation
from leaderboard.page.about_tab import build_about_tab
from leaderboard.page.api import build_api
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.charts_tab import build_charts_tab
from leaderboard.page.compare_tab import build_compare_tab
from leaderboard.page.guard import Guard
from leaderboard.page.live_page import LivePage
from leaderboard.page.masthead import masthead
from leaderboard.page.model_tab import build_model_tab
from leaderboard.page.ranking_tab import build_ranking_tab
from leaderboard.page.review_tab import build_review_tab
from leaderboard.page.script import head
from leaderboard.page.sign_in import build_sign_in
from leaderboard.page.style import css, theme
from leaderboard.page.submit_tab import build_submit_tab
from leaderboard.page.tasks_tab import build_tasks_tab
from leaderboard.page.varieties_tab import build_varieties_tab
from leaderboard.page.wellness import health_route
from leaderboard.texts import LANGUAGES, Texts, load_texts

_LONGEST_LINE_OF_EVENTS = 64
"""More would not be answered while anybody waits for them."""

_TABS = (
    ("ranking", build_ranking_tab),
    ("model", build_model_tab),
    ("compare", build_compare_tab),
    ("varieties", build_varieties_tab),
    ("charts", build_charts_tab),
    ("tasks", build_tasks_tab),
    ("submit", build_submit_tab),
    ("review", build_review_tab),
    ("about", build_about_tab),
)


def build_page(house: Installation) -> LivePage:
    """Return the page over one installation, in all its languages, ready to launch."""
    feed = BoardFeed(house)
    page = _laid_out(house, feed, load_texts(LANGUAGES[0]))
    page.speak(LANGUAGES[0], page)
    for language in LANGUAGES[1:]:
        page.speak(language, _laid_out(house, feed, load_texts(language)))
    page.queue(max_size=_LONGEST_LINE_OF_EVENTS)
    page.launch_arguments = {
        # Gradio shares a page of its own accord in some notebooks; then who may do what would be decided wrongly.
        "share": house.settings.share,
        "app_kwargs": {
            "routes": [health_route(house, feed)],
            "middleware": [
                Middleware(Guard, settings=house.settings, texts=load_texts(LANGUAGES[0])),
                Middleware(GZipMiddleware, compresslevel=4),  # a fifth of the time of 9, for a few more bytes
            ],
        },
    }
    return page


def launch_page(page: LivePage) -> None:
    """Serve the page until it is stopped, where GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say."""
    page.launch(ssr_mode=False, **page.launch_arguments)  # server-side rendering brings nothing here


def _laid_out(house: Installation, feed: BoardFeed, texts: Texts) -> LivePage:
    page = LivePage(
        title=texts("site.name"), theme=theme(), css=css(), head=head(), analytics_enabled=False, fill_width=True
    )
    with page:
        with gr.Row(equal_height=False, elem_classes="page-head"):
            gr.HTML(masthead(house.settings, texts))
            build_sign_in(house.settings, texts)
        with gr.Tabs(elem_id="tabs"):
            for name, build_tab in _TABS:
                with gr.Tab(texts(f"tabs.{name}"), id=name, elem_id=f"tab-{name}"):
                    build_tab(house, feed, texts)
        build_api(house, feed)
    return page
