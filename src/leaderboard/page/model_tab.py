"""The tab with everything known of one model: `?tab=model&model=organisation/name`."""

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.model_page import model_page
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.visit import Visit
from leaderboard.texts import Texts


def build_model_tab(house: Installation, feed: BoardFeed, _texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    page = gr.HTML(elem_id="model-page")

    def fill(visit: Visit) -> str:
        return model_page(
            visit["model"], visit["request"], feed.newest().view.board, feed.queue(), house.suite, visit.texts
        )

    fill_when_shown("model", fill, [page])
