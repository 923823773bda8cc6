"""The page: its head and its tabs."""

import gradio as gr
from starlette.middleware import Middleware

from leaderboard.installation import Installation
from leaderboard.page.about_tab import build_about_tab
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.guard import Guard
from leaderboard.page.live_page import LivePage
from leaderboard.page.markup import element, raw_element
from leaderboard.page.ranking_tab import RankingTab
from leaderboard.page.review_tab import build_review_tab
from leaderboard.page.sign_in import build_sign_in
from leaderboard.page.style import css, theme
from leaderboard.page.submit_tab import build_submit_tab
from leaderboard.texts import load_texts

PAGE_LANGUAGE = "es"

_LONGEST_LINE_OF_EVENTS = 64
"""More would not be answered while anybody waits for them."""

# A plot that was drawn while its tab was hidden has a width of its own choice until the window is measured again.
_MEASURE_AGAIN = "() => { setTimeout(() => window.dispatchEvent(new Event('resize')), 50); }"


def build_page(house: Installation) -> LivePage:
    """Return the page over one installation, ready to launch."""
    texts = load_texts(PAGE_LANGUAGE)
    feed = BoardFeed(house)
    page = LivePage(title=texts("site.name"), theme=theme(), css=css(), analytics_enabled=False, fill_width=True)
    with page:
        with gr.Row(equal_height=False, elem_classes="page-head"):
            gr.HTML(
                raw_element(
                    "header",
                    element("h1", texts("site.name")) + element("p", texts("site.tagline")),
                    {"class": "masthead"},
                )
            )
            build_sign_in(house.settings, texts)
        with gr.Tabs():
            with gr.Tab(texts("tabs.ranking"), id="ranking") as ranking_tab:
                ranking = RankingTab(house, feed, texts)
            with gr.Tab(texts("tabs.submit"), id="submit"):
                build_submit_tab(house, feed, texts)
            with gr.Tab(texts("tabs.review"), id="review"):
                build_review_tab(house, texts)
            with gr.Tab(texts("tabs.about"), id="about"):
                build_about_tab(house.suite, texts)
        ranking_tab.select(None, js=_MEASURE_AGAIN, api_name=False)

    def bring_up_to_date() -> bool:
        newest = feed.newest()
        if newest.version == ranking.edition_version:
            return False
        ranking.begin_with(newest)
        return True

    page.queue(max_size=_LONGEST_LINE_OF_EVENTS)
    page.bring_up_to_date = bring_up_to_date
    page.launch_arguments = {
        # Gradio shares a page of its own accord in some notebooks; then who may do what would be decided wrongly.
        "share": house.settings.share,
        "app_kwargs": {"middleware": [Middleware(Guard, settings=house.settings, texts=texts)]},
    }
    return page


def launch_page(page: LivePage) -> None:
    """Serve the page until it is stopped, where GRADIO_SERVER_NAME and GRADIO_SERVER_PORT say."""
    # Server-side rendering brings nothing here, and no endpoint is public yet, so there is no API to show.
    page.launch(ssr_mode=False, show_api=False, **page.launch_arguments)
