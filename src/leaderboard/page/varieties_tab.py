"""The tab of the varieties of Spanish: `?tab=varieties&model=organisation/name&country=MX`."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from leaderboard.board import Board, Row, View
from leaderboard.board.dialect_zones import CountryReading, readings
from leaderboard.installation import Installation
from leaderboard.page.board_feed import BoardFeed
from leaderboard.page.choices_form import choices_form, model_field, select_field
from leaderboard.page.countries import country_name
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.varieties_map import varieties_map
from leaderboard.page.varieties_tables import Readings, countries_table, heat_table
from leaderboard.page.visit import Visit
from leaderboard.suite import Suite
from leaderboard.texts import Texts

_SHOWN_AT_FIRST = 30


def build_varieties_tab(house: Installation, feed: BoardFeed, _texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    head = gr.HTML()
    with gr.Row(elem_classes="varieties"):
        with gr.Column(scale=2, min_width=300):
            plot = gr.Plot(show_label=False, elem_id="varieties-map", elem_classes="plot map", visible=False)
        with gr.Column(scale=3, min_width=300):
            countries = gr.HTML()
    heat = gr.HTML()

    def fill(visit: Visit) -> list[Any]:
        return _sight(visit, feed.newest().view.board, house.suite)

    fill_when_shown("varieties", fill, [head, plot, countries, heat])


def _sight(visit: Visit, board: Board, suite: Suite) -> list[Any]:
    """Return head, map, table of one model, and heat map."""
    texts, name, country = visit.texts, visit["model"], visit["country"]
    found_by_row = [(row, readings(row, suite)) for row in board.ranking(View.ES)]
    measured = [(row, found) for row, found in found_by_row if any(one.items for one in found)]
    head = element("h2", texts("varieties.title")) + element("p", texts("varieties.lead"), {"class": "note"})
    if not measured:
        empty = element("p", texts("varieties.nothing"), {"class": "notice"})
        return [head + empty, gr.Plot(visible=False), "", ""]
    chosen = _row_asked(name, measured)
    head += _choice(name, country, measured[0][1], texts)
    if chosen is None:
        refused = element("p", texts("varieties.unknown", model=name), {"class": "refused", "role": "alert"})
        return [head + refused, gr.Plot(visible=False), "", _heat(measured, visit)]
    row, found = chosen
    link = inner_link(row.request.model.name, {"tab": "model", "model": row.request.model.name})
    head += raw_element("h3", link)
    if any(one.is_draft for one in found):
        head += element("p", texts("varieties.of_drafts"), {"class": "notice"})
    table = countries_table(found, texts) + element("p", texts("varieties.how_to_read"), {"class": "note"})
    return [head, gr.Plot(varieties_map(found, texts), visible=True), table, _heat(measured, visit)]


def _row_asked(name: str, measured: Sequence[tuple[Row, Readings]]) -> tuple[Row, Readings] | None:
    """Return the model that the address names; the first that is no baseline where it names none."""
    if not name:
        return next((one for one in measured if not one[0].is_baseline), measured[0])
    return next((one for one in measured if one[0].request.model.name.lower() == name.lower()), None)


def _heat(measured: Sequence[tuple[Row, Readings]], visit: Visit) -> str:
    texts, country = visit.texts, visit["country"]
    ordered = sorted(measured, key=lambda one: _place(one[1], country)) if country else list(measured)
    shown = ordered if visit["all"] else ordered[:_SHOWN_AT_FIRST]
    said = element("h3", texts("varieties.heat_title")) + element("p", texts("varieties.heat_help"), {"class": "note"})
    said += heat_table(shown, visit["model"], country, texts)
    if len(shown) < len(ordered):
        query = {"tab": "varieties", "model": visit["model"], "country": country, "all": "1"}
        link = inner_link(
            texts("varieties.show_all", models=texts.whole(len(ordered))),
            {key: one for key, one in query.items() if one},
        )
        said += raw_element("p", link)
    return said


def _place(found: Sequence[CountryReading], country: str) -> float:
    """Return what a model is ordered by: the best on that country's Spanish first, those without a figure last."""
    score = next((one.score for one in found if one.country == country), None)
    return float("inf") if score is None or score.normalised is None else -score.normalised


def _choice(model: str, country: str, found: Readings, texts: Texts) -> str:
    names = sorted(((one.country, country_name(one.country, texts)) for one in found), key=lambda one: one[1])
    countries = [("", texts("varieties.any_country")), *names]
    fields = model_field("model", texts("varieties.model"), model)
    fields += select_field("country", texts("varieties.best_for"), countries, country)
    return choices_form("varieties", fields, texts("varieties.show"))
