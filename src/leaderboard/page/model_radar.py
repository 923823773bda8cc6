"""The areas of one model as a radar, beside the median of all models, and the same as a table."""

from statistics import median

import plotly.graph_objects as go

from leaderboard.board import Board, Mean, Row, View
from leaderboard.page.markup import element, plotly_text, raw_element
from leaderboard.suite import Area, Language
from leaderboard.texts import Texts

_INK = "#6b7280"
_GRID = "rgba(128,128,128,.3)"
_LEAST_SPOKES = 3

AreaKey = tuple[Language, Area]


def area_keys(row: Row, board: Board, view: View) -> list[AreaKey]:
    """Return the areas of a view in which a row has an average."""
    return [key for key in board.means.areas if key in row.areas and view in (View.ALL, View(str(key[0])))]


def radar(row: Row, board: Board, view: View, texts: Texts) -> go.Figure | None:
    """Return a radar in points above chance, from 0; None where there are fewer areas than make an area of a radar."""
    keys = area_keys(row, board, view)
    if len(keys) < _LEAST_SPOKES:
        return None
    names = [plotly_text(area_name(key, view, texts)) for key in keys]
    own = [100 * row.areas[key].score for key in keys]
    middles = [100 * (_median(board, key) or 0.0) for key in keys]
    figure = go.Figure()
    for name, values, colour, dash, fill in (
        (texts("model.median"), middles, "#d55e00", "dash", "none"),
        (plotly_text(row.request.model.name), own, "#0072b2", "solid", "toself"),
    ):
        figure.add_trace(
            go.Scatterpolar(
                r=[*(max(0.0, value) for value in values), max(0.0, values[0])],
                theta=[*names, names[0]],
                mode="lines+markers",
                name=name,
                line={"color": colour, "dash": dash},
                fill=fill,
                fillcolor="rgba(86,180,233,.25)",
                text=[f"{name}: {texts.decimal(value + 0.0, 1)}" for value in (*values, values[0])],
                hoverinfo="text",
            )
        )
    figure.update_layout(
        height=380,
        margin={"l": 60, "r": 60, "t": 40, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, 'Segoe UI', Roboto, sans-serif", "color": _INK, "size": 12},
        legend={"orientation": "h", "y": -0.08},
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "radialaxis": {"range": [0, 100], "gridcolor": _GRID, "linecolor": _GRID, "tickfont": {"color": _INK}},
            "angularaxis": {"gridcolor": _GRID, "linecolor": _GRID, "direction": "clockwise"},
        },
    )
    return figure


def areas_of_model(row: Row, board: Board, view: View, texts: Texts) -> str:
    """Return the radar's figures as a table, with intervals."""
    keys = area_keys(row, board, view)
    if not keys:
        return ""
    head = [texts(f"model.{key}") for key in ("area", "score", "interval", "median")]
    lines = [_line(area_name(key, view, texts), row.areas[key], _median(board, key), texts) for key in keys]
    cells = raw_element("tr", "".join(element("th", one, {"scope": "col"}) for one in head))
    table = raw_element("thead", cells) + raw_element("tbody", "".join(lines))
    frame = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": texts("model.areas")}
    return raw_element("div", raw_element("table", table, {"class": "figures"}), frame)


def area_name(key: AreaKey, view: View, texts: Texts) -> str:
    """Return the name of an area, with its language where the view has several."""
    language, area = key
    name = texts(f"areas.{area}")
    return f"{texts(f'languages.{language}')}: {name}" if view is View.ALL else name


def _line(name: str, mean: Mean, middle: float | None, texts: Texts) -> str:
    interval = mean.interval
    between = (
        ""
        if interval is None
        else texts("model.from_to", low=texts.points(interval.low), high=texts.points(interval.high))
    )
    cells = "".join(element("td", one) for one in (texts.points(mean.score), between, texts.points(middle)))
    return raw_element("tr", element("th", name, {"scope": "row"}) + cells)


def _median(board: Board, key: AreaKey) -> float | None:
    found = [row.areas[key].score for row in board.rows if key in row.areas and not row.is_baseline]
    return median(found) if found else None
