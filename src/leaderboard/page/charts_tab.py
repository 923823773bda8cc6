"""The tab with the charts of a view: `?tab=charts&chart=size&view=es`."""

from typing import Any

import gradio as gr
import pandas as pd

from leaderboard.board import Board, View
from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.chart_frames import area_frame, model_frame
from leaderboard.page.chart_tables import areas_table, models_table
from leaderboard.page.charts import CHARTS
from leaderboard.page.choices_form import choices_form, select_field
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.visit import Visit
from leaderboard.texts import Texts

_AREAS = "areas"
_SHOWN_AT_FIRST = 30
_MISSING_COLUMN = {"size": "parameters", "cost": "minutes"}
"""What a chart cannot place a model without."""


def build_charts_tab(_house: Installation, feed: BoardFeed, _texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    head = gr.HTML()
    plot = gr.Plot(show_label=False, elem_id="chart", elem_classes="plot", visible=False)
    tables = gr.HTML()

    def fill(visit: Visit) -> list[Any]:
        return charts_sight(visit, feed.newest().view.board)

    fill_when_shown("charts", fill, [head, plot, tables])


def charts_sight(visit: Visit, board: Board) -> list[Any]:
    """Return what stands above the plot, the plot, and what stands below it."""
    texts = visit.texts
    view = next((one for one in board.means.views if str(one) == visit["view"]), board.means.default_view)
    kind = visit["chart"] if visit["chart"] in {*CHARTS, _AREAS} else next(iter(CHARTS))
    head = _choice(board, view, kind, texts) + element("h2", texts(f"charts.kinds.{kind}"))
    head += element("p", texts(f"charts.notes.{kind}"), {"class": "note"})
    if kind == _AREAS:
        return [head, gr.Plot(visible=False), _areas(board, view, visit)]
    models = model_frame(board, view)
    table = models_table(models, texts) if len(models) else ""
    folded = raw_element("details", element("summary", texts("charts.table")) + table) if table else ""
    return [head, gr.Plot(CHARTS[kind](models, texts), visible=True), _left_out(models, kind, texts) + folded]


def _areas(board: Board, view: View | None, visit: Visit) -> str:
    areas = pd.DataFrame() if view is None else area_frame(board, view)
    if areas.empty:
        return element("p", visit.texts("charts.empty"), {"class": "notice"})
    shown = areas if visit["all"] else areas.head(_SHOWN_AT_FIRST)
    said = areas_table(shown, visit.texts)
    if len(shown) < len(areas):
        query = {"tab": "charts", "chart": _AREAS, "view": str(view), "all": "1"}
        said += raw_element("p", inner_link(visit.texts("charts.show_all", models=len(areas)), query))
    return said


def _left_out(models: pd.DataFrame, kind: str, texts: Texts) -> str:
    """Name the models that the chart cannot place."""
    column = _MISSING_COLUMN.get(kind)
    if column is None:
        return ""
    names = models[models[column].isna() & (models["type"] != "baseline")]["model"]
    if names.empty:
        return ""
    return element("p", texts(f"charts.without_{column}", models=", ".join(names)), {"class": "note"})


def _choice(board: Board, view: View | None, kind: str, texts: Texts) -> str:
    charts = [(name, texts(f"charts.kinds.{name}")) for name in (*CHARTS, _AREAS)]
    views = [(str(one), texts(f"views.{one}")) for one in board.means.views]
    fields = select_field("chart", texts("charts.chart"), charts, kind)
    return choices_form("charts", fields + select_field("view", texts("charts.view"), views, str(view)))
