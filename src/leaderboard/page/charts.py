"""Charts as pure functions: a frame of models in, a figure out. See `chart_frames`."""

from collections.abc import Callable, Mapping

import pandas as pd
import plotly.graph_objects as go

from leaderboard.page.chart_frames import frontier
from leaderboard.page.markup import plotly_text
from leaderboard.texts import Texts

# Okabe and Ito's palette, which colour-blind readers can tell apart; the marker's form says the same.
_MARKERS = {"base": ("#0072b2", "circle"), "instruct": ("#d55e00", "diamond")}
_FORMS = ("circle", "diamond", "square", "triangle-up", "cross", "star")
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_GRID = "rgba(128,128,128,.25)"
_INK = "#6b7280"
_THOUSAND = 1000


def size_chart(models: pd.DataFrame, texts: Texts) -> go.Figure:
    """Return averages against parameters; a line joins the best of every size, and names them."""
    figure = _figure(texts)
    placed = models.dropna(subset=["parameters"])
    _draw_frontier(figure, frontier(placed, "parameters"), "parameters", texts("charts.frontier"))
    for kind, (colour, form) in _MARKERS.items():
        _draw(figure, placed[placed["type"] == kind], "parameters", texts(f"types.{kind}"), colour, form, texts)
    _draw_baselines(figure, models, texts)
    figure.update_xaxes(title=texts("charts.parameters"), type="log", exponentformat="B", dtick=1)
    return _or_empty(figure, placed, texts, [8, 11])


def date_chart(models: pd.DataFrame, texts: Texts) -> go.Figure:
    """Return averages against the day of the first submission; a line follows the best so far."""
    figure = _figure(texts)
    placed = models[models["type"] != "baseline"]
    _draw_frontier(figure, frontier(placed, "submitted"), "submitted", texts("charts.best_so_far"))
    for kind, (colour, form) in _MARKERS.items():
        _draw(figure, placed[placed["type"] == kind], "submitted", texts(f"types.{kind}"), colour, form, texts)
    figure.update_xaxes(title=texts("charts.submitted"), type="date", tickformat="%Y-%m-%d")
    return _or_empty(figure, placed, texts, None)


def cost_chart(models: pd.DataFrame, texts: Texts) -> go.Figure:
    """Return averages against the minutes that the view's tasks took, a colour and a form for each machine."""
    figure = _figure(texts)
    placed = models[models["type"] != "baseline"].dropna(subset=["minutes"])
    for number, (hardware, group) in enumerate(placed.groupby("hardware", sort=True)):
        colour, form = _COLOURS[number % len(_COLOURS)], _FORMS[number % len(_FORMS)]
        _draw(figure, group, "minutes", plotly_text(str(hardware)), colour, form, texts)
    figure.update_xaxes(title=texts("charts.minutes"), type="log")
    return _or_empty(figure, placed, texts, [0, 3])


CHARTS: Mapping[str, Callable[[pd.DataFrame, Texts], go.Figure]] = {
    "size": size_chart,
    "date": date_chart,
    "cost": cost_chart,
}
"""What an address may ask for; the heat map of areas is a table, `areas_table`."""


def readable_count(count: float) -> str:
    """Return a number of parameters as the field writes it, in three digits: 135M, 7.2B."""
    value, signs = float(count), ["", "k", "M", "B", "T"]
    while round(value) >= _THOUSAND and len(signs) > 1:
        value /= _THOUSAND
        signs.pop(0)
    return f"{value:.3g}{signs[0]}"


def _figure(texts: Texts) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        legend={"orientation": "h", "y": 1.12, "x": 0},
        margin={"l": 56, "r": 16, "t": 40, "b": 56},
        height=460,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, 'Segoe UI', Roboto, sans-serif", "color": _INK, "size": 13},
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(gridcolor=_GRID)
    figure.update_yaxes(title=texts("charts.average"), gridcolor=_GRID, zerolinecolor=_INK)
    return figure


def _draw(figure: go.Figure, group: pd.DataFrame, by: str, name: str, colour: str, form: str, texts: Texts) -> None:
    if group.empty:
        return
    figure.add_trace(
        go.Scatter(
            x=list(group[by]),
            y=list(group["average"]),
            mode="markers",
            name=name,
            marker={"color": colour, "symbol": form, "size": 11, "line": {"width": 1, "color": "white"}},
            error_y={
                "array": list(group["high"] - group["average"]),
                "arrayminus": list(group["average"] - group["low"]),
                "color": colour,
                "thickness": 1,
                "width": 2,
            },
            text=[_hover(model, texts) for model in group.to_dict("records")],
            hoverinfo="text",
        )
    )


def _draw_frontier(figure: go.Figure, best: pd.DataFrame, by: str, name: str) -> None:
    if best.empty:
        return
    figure.add_trace(
        go.Scatter(
            x=list(best[by]),
            y=list(best["average"]),
            mode="lines+text",
            name=name,
            line={"shape": "hv", "color": _INK, "width": 1.5, "dash": "dash"},
            text=[plotly_text(model.rpartition("/")[2]) for model in best["model"]],
            textposition="top left",
            textfont={"size": 11},
            hoverinfo="skip",
            cliponaxis=False,
        )
    )


def _draw_baselines(figure: go.Figure, models: pd.DataFrame, texts: Texts) -> None:
    for model in models[models["type"] == "baseline"].to_dict("records"):
        label = f"{texts('types.baseline')}: {plotly_text(model['model'])}"
        line = {"dash": "dot", "color": _INK}
        figure.add_hline(y=model["average"], line=line, annotation={"text": label, "font_size": 11})


def _hover(model: Mapping[str, object], texts: Texts) -> str:
    """Return name, average with its interval, size, day, time and machine of a model, as far as they are known."""
    known = pd.Series(model).dropna()
    said = [plotly_text(str(model["model"])), texts("charts.hover_average", average=texts.decimal(known["average"], 1))]
    if "low" in known and "high" in known:
        low, high = texts.decimal(known["low"], 1), texts.decimal(known["high"], 1)
        said.append(texts("charts.hover_interval", low=low, high=high))
    if "parameters" in known:
        said.append(texts("charts.hover_parameters", parameters=readable_count(known["parameters"])))
    said.append(texts.date(known["submitted"]))
    if "minutes" in known:
        minutes = texts.decimal(known["minutes"], 1)
        said.append(texts("charts.hover_minutes", minutes=minutes, hardware=plotly_text(str(model["hardware"]))))
    return "<br>".join(said)


def _or_empty(figure: go.Figure, placed: pd.DataFrame, texts: Texts, decades: list[int] | None) -> go.Figure:
    """Return the figure; where nothing is placed, with a note and axes that have a beginning and an end."""
    if placed.empty:
        text, middle = plotly_text(texts("charts.empty")), {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        figure.add_annotation(text=text, showarrow=False, **middle)
        figure.update_yaxes(range=[0, 100])
        if decades is not None:
            figure.update_xaxes(range=decades)
    return figure
