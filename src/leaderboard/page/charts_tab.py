"""The tab with the charts of a view: `?tab=charts&view=es`."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from leaderboard.board import Board, View
from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.charts import average_against_parameters, without_size
from leaderboard.page.markup import element, raw_element
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.visit import Visit
from leaderboard.texts import Texts


def build_charts_tab(_house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    choice = gr.HTML()
    gr.HTML(element("h2", texts("ranking.plot_title")))
    plot = gr.Plot(show_label=False, elem_id="size-plot", elem_classes="plot")
    note = gr.HTML()

    def fill(visit: Visit) -> list[Any]:
        board = feed.newest().view.board
        view = _view_asked(visit["view"], board)
        return [
            _choice_of_view(board, view, visit.texts),
            average_against_parameters(board.rows, view, visit.texts),
            _note(without_size(board.rows, view), visit.texts),
        ]

    fill_when_shown("charts", fill, [choice, plot, note])


def _view_asked(name: str, board: Board) -> View | None:
    return next((one for one in board.means.views if str(one) == name), board.means.default_view)


def _choice_of_view(board: Board, view: View | None, texts: Texts) -> str:
    options = "".join(
        element("option", texts(f"views.{one}"), {"value": str(one)} | ({"selected": ""} if one is view else {}))
        for one in board.means.views
    )
    label = raw_element(
        "label", element("span", texts("charts.view")) + raw_element("select", options, {"name": "view"})
    )
    tab = raw_element("input", "", {"type": "hidden", "name": "tab", "value": "charts"}).removesuffix("</input>")
    return raw_element("form", tab + label, {"class": "choices", "method": "get", "data-auto": ""})


def _note(names: Sequence[str], texts: Texts) -> str:
    return element("p", texts("ranking.plot_note", models=", ".join(names)), {"class": "note"}) if names else ""
