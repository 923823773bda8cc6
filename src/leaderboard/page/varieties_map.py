"""A map of the countries where Spanish is an official language, coloured by how well a model understands each one's."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import plotly.graph_objects as go

from leaderboard.board.dialect_zones import Basis, CountryReading
from leaderboard.page.countries import country_name
from leaderboard.page.markup import plotly_text
from leaderboard.page.outlines import Line, load_sheet
from leaderboard.page.score_colours import SCALE, colour_of, ink_on
from leaderboard.texts import Texts

_AROUND, _WITHOUT, _BORDER = "rgba(128,128,128,.16)", "rgba(128,128,128,.4)", "rgba(128,128,128,.9)"
_ROOM_FOR_A_NUMBER = 200_000
"""The area on the sheet, in its units, from which a country has room for two digits."""
_PIXELS_HIGH = 720


def varieties_map(readings: Sequence[CountryReading], texts: Texts) -> go.Figure:
    """Return the map: plain where a country's own items are enough, hatched where its zone's are read in their place.

    Countries with too few of either are grey. Numbers are normalised points; what has no room for one has it in the
    hover text, and the table beside the map says all of it.
    """
    sheet = load_sheet()
    figure = go.Figure(_land(sheet.around))
    for reading in readings:
        line = sheet.countries.get(reading.country)
        if line is not None:
            figure.add_trace(_country(reading, line, texts))
            _write_number(figure, reading, line, texts)
    for left, low, right, high in sheet.insets:
        figure.add_shape(type="rect", x0=left, y0=low, x1=right, y1=high, line={"width": 1, "color": _BORDER})
    figure.add_trace(_scale(texts))
    hidden = {"visible": False, "fixedrange": True}
    figure.update_layout(
        showlegend=False,
        height=_PIXELS_HIGH,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "system-ui, 'Segoe UI', Roboto, sans-serif", "size": 12},
        hoverlabel={"align": "left"},
        dragmode=False,
        xaxis={**hidden, "range": [0, sheet.width]},
        yaxis={**hidden, "range": [0, sheet.height], "scaleanchor": "x"},
    )
    return figure


def told(reading: CountryReading, texts: Texts) -> str:
    """Say what a country's figure is made of."""
    score = reading.score
    if reading.basis is Basis.OWN:
        return texts("varieties.of_own", items=texts.whole(reading.items))
    if reading.basis is Basis.ZONE and score is not None:
        zone = texts(f"zones.{reading.zone}")
        return texts("varieties.of_zone", zone=zone, items=texts.whole(score.items))
    return texts("varieties.too_few")


def _land(line: Line) -> go.Scatter:
    return go.Scatter(
        x=line.x, y=line.y, mode="lines", fill="toself", fillcolor=_AROUND, line={"width": 0}, hoverinfo="skip"
    )


def _country(reading: CountryReading, line: Line, texts: Texts) -> go.Scatter:
    score = reading.score
    colour = _WITHOUT if score is None or score.normalised is None else colour_of(score.normalised)
    fill: dict[str, object] = {"fillcolor": colour}
    if reading.basis is Basis.ZONE:
        # The hatching lies on the colour: what is coloured still says how much.
        ink = ink_on(colour)
        fill = {"fillpattern": {"shape": "/", "bgcolor": colour, "fgcolor": ink, "fgopacity": 0.35, "size": 7}}
    return go.Scatter(
        x=line.x,
        y=line.y,
        mode="lines",
        fill="toself",
        line={"width": 1, "color": _BORDER},
        hoveron="fills",
        name=reading.country,
        text=_hover(reading, texts),
        hoverinfo="text",
        **fill,
    )


def _hover(reading: CountryReading, texts: Texts) -> str:
    score, said = reading.score, [f"<b>{plotly_text(country_name(reading.country, texts))}</b>"]
    if score is not None:
        interval = score.normalised_interval
        shown = texts.points(score.normalised)
        if interval is not None:
            between = texts("varieties.between", low=texts.points(interval.low), high=texts.points(interval.high))
            shown = f"{shown} ({between})"
        said.append(plotly_text(shown))
    said.append(plotly_text(told(reading, texts)))
    if reading.is_draft:
        said.append(plotly_text(texts("varieties.draft")))
    return "<br>".join(said)


def _write_number(figure: go.Figure, reading: CountryReading, line: Line, texts: Texts) -> None:
    score = reading.score
    if score is None or score.normalised is None:
        return
    ring = max(_rings(line), key=lambda one: abs(_area(one)))
    if abs(_area(ring)) < _ROOM_FOR_A_NUMBER:
        return
    x, y = _middle(ring)
    figure.add_annotation(
        x=x,
        y=y,
        text=f"{texts.decimal(100 * score.normalised + 0.0, 0)}{'*' if reading.is_draft else ''}",
        showarrow=False,
        font={"size": 12, "color": ink_on(colour_of(score.normalised))},
        bgcolor=colour_of(score.normalised),
        borderpad=1,
        hovertext=_hover(reading, texts),
    )


def _scale(texts: Texts) -> go.Scatter:
    """Return the bar that says which colour is how much: it belongs to a point that is nowhere."""
    bar = {"title": {"text": texts("varieties.points"), "side": "top"}, "orientation": "h", "y": 0.02, "x": 0.02}
    bar |= {"xanchor": "left", "yanchor": "bottom", "len": 0.42, "thickness": 12, "tickvals": [0, 25, 50, 75, 100]}
    marker = {"color": [0], "cmin": 0, "cmax": 100, "colorscale": SCALE, "showscale": True, "colorbar": bar}
    return go.Scatter(x=[None], y=[None], mode="markers", marker=marker, hoverinfo="skip")


def _rings(line: Line) -> Iterable[list[tuple[float, float]]]:
    ring: list[tuple[float, float]] = []
    for x, y in (*zip(line.x, line.y, strict=True), (None, None)):
        if x is None or y is None:
            yield ring
            ring = []
        else:
            ring.append((x, y))


def _area(ring: Sequence[tuple[float, float]]) -> float:
    return sum(x * below - left * y for (x, y), (left, below) in pairwise(ring)) / 2


def _middle(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the centre of gravity of a closed ring."""
    turns = [(x, y, left, below, x * below - left * y) for (x, y), (left, below) in pairwise(ring)]
    whole = 3 * sum(turn for *_, turn in turns)
    return (
        sum((x + left) * turn for x, _, left, _, turn in turns) / whole,
        sum((y + below) * turn for _, y, _, below, turn in turns) / whole,
    )
