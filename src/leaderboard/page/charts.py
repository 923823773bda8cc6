"""Charts as pure functions: rows in, a figure out."""

from collections.abc import Sequence

import plotly.graph_objects as go

from leaderboard.board import Row, View
from leaderboard.page.markup import plotly_text
from leaderboard.texts import Texts

# Okabe and Ito's palette, which colour-blind readers can tell apart; the marker's form says the same.
_MARKERS = {"base": ("#0072b2", "circle"), "instruct": ("#d55e00", "diamond")}
_GRID = "rgba(128,128,128,.25)"
_INK = "#6b7280"
_THOUSAND = 1000


def average_against_parameters(rows: Sequence[Row], view: View | None, texts: Texts) -> go.Figure:
    """Return a scatter of a view's average (points of 100) against parameters; the names are in the hover text.

    Baselines are lines. Rows without an average or a known size are not in it; `without_size` names the latter.
    """
    figure = go.Figure()
    averages = {id(row): 100 * score for row in rows if view and (score := row.score(view)) is not None}
    placed = [row for row in rows if id(row) in averages and row.request.facts.parameters]
    for kind, (colour, symbol) in _MARKERS.items():
        group = [row for row in placed if row.request.facts.type == kind]
        if not group:
            continue
        figure.add_trace(
            go.Scatter(
                x=[row.request.facts.parameters for row in group],
                y=[averages[id(row)] for row in group],
                mode="markers",
                name=texts(f"types.{kind}"),
                marker={"color": colour, "symbol": symbol, "size": 12, "line": {"width": 1, "color": "white"}},
                text=[_hover(row, averages[id(row)], texts) for row in group],
                hoverinfo="text",
            )
        )
    for row in rows:
        if row.is_baseline and id(row) in averages:
            label = f"{texts('types.baseline')}: {plotly_text(row.request.model.name)}"
            figure.add_hline(
                y=averages[id(row)], line={"dash": "dot", "color": _INK}, annotation={"text": label, "font_size": 11}
            )
    figure.update_layout(
        title=None,
        showlegend=bool(placed),
        legend={"orientation": "h", "y": 1.12, "x": 0},
        margin={"l": 56, "r": 16, "t": 40, "b": 56},
        height=380,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, 'Segoe UI', Roboto, sans-serif", "color": _INK, "size": 13},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(title=texts("ranking.plot_x"), type="log", gridcolor=_GRID, exponentformat="B", dtick=1)
    figure.update_yaxes(title=texts("ranking.plot_y"), gridcolor=_GRID, zerolinecolor=_INK)
    if not placed:
        figure.add_annotation(_empty_note(texts))
        figure.update_xaxes(range=[8, 11])
        figure.update_yaxes(range=[0, 100])
    return figure


def without_size(rows: Sequence[Row], view: View | None) -> list[str]:
    """Return the names of ranked models whose number of parameters is not known."""
    return [
        row.request.model.name
        for row in rows
        if view and row.score(view) is not None and not row.is_baseline and not row.request.facts.parameters
    ]


def _hover(row: Row, average: float, texts: Texts) -> str:
    return texts(
        "ranking.plot_hover",
        model=plotly_text(row.request.model.name),
        average=f"{average:.1f}",
        parameters=readable_count(row.request.facts.parameters or 0),
    )


def readable_count(count: int) -> str:
    """Return a number of parameters as the field writes it, in three digits: 135M, 7.2B."""
    value, signs = float(count), ["", "k", "M", "B", "T"]
    while round(value) >= _THOUSAND and len(signs) > 1:
        value /= _THOUSAND
        signs.pop(0)
    return f"{value:.3g}{signs[0]}"


def _empty_note(texts: Texts) -> dict[str, object]:
    return {
        "text": plotly_text(texts("ranking.plot_empty")),
        "showarrow": False,
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.5,
    }
