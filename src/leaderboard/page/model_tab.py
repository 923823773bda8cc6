"""The tab with everything known of one model: `?tab=model&model=organisation/name`."""

from typing import Any

import gradio as gr

from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.model_page import model_page
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.visit import Visit
from leaderboard.texts import Texts


def build_model_tab(house: Installation, feed: BoardFeed, _texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    head = gr.HTML(elem_id="model-page")
    plot = gr.Plot(show_label=False, elem_id="model-radar", elem_classes="plot", visible=False)
    rest = gr.HTML(elem_id="model-rest")

    def fill(visit: Visit) -> list[Any]:
        page = model_page(visit, feed.newest().view.board, feed.queue(), house.suite)
        shown = gr.Plot(visible=False) if page.radar is None else gr.Plot(page.radar, visible=True)
        return [page.head, shown, page.rest]

    fill_when_shown("model", fill, [head, plot, rest])
