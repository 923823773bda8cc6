"""Charts, as functions from frames to figures."""

import re
from datetime import UTC, datetime

import pandas as pd
import plotly.graph_objects as go
import pytest

from leaderboard.page.chart_frames import MODEL_COLUMNS
from leaderboard.page.chart_tables import areas_table, models_table
from leaderboard.page.charts import CHARTS, cost_chart, date_chart, readable_count, size_chart
from leaderboard.texts import LANGUAGES, load_texts
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
# What Plotly decodes in a text; it shows every other entity letter by letter.
PLOTLY_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}
DAY = datetime(2026, 7, 1, tzinfo=UTC)


def frame(*models: dict[str, object]) -> pd.DataFrame:
    """Return models of 7B with an average of 50, unless one says otherwise."""
    usual = {
        "model": "meiga",
        "type": "base",
        "parameters": 7e9,
        "average": 50.0,
        "low": 45.0,
        "high": 56.0,
        "submitted": DAY,
        "minutes": 12.0,
        "hardware": "L4",
    }
    return pd.DataFrame([{**usual, **one} for one in models], columns=list(MODEL_COLUMNS))


def traces(figure: go.Figure, mode: str = "markers") -> list[go.Scatter]:
    return [one for one in figure.data if one.mode == mode]


def decoded(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        code = match[1]
        if code.startswith("#"):
            return chr(int(code[1:].replace("x", "0x"), base=0))
        return PLOTLY_ENTITIES.get(code, match[0])

    return re.sub(r"&(#\d+|#x[\da-fA-F]+|[a-z]+);", letter, text)


def test_each_type_is_a_trace_with_its_own_colour_and_form():
    figure = size_chart(frame({}, {"model": "chatty", "type": "instruct", "parameters": 2e9}), TEXTS)
    first, second = traces(figure)
    assert (list(first.x), list(first.y)) == ([7e9], [50.0])
    assert (list(second.x), list(second.y)) == ([2e9], [50.0])
    assert (first.name, second.name) == ("preentrenado", "ajustado con instrucciones")
    assert first.marker.color != second.marker.color
    assert first.marker.symbol != second.marker.symbol


def test_error_bars_reach_to_the_ends_of_the_interval():
    [trace] = traces(size_chart(frame({}), TEXTS))
    assert (list(trace.error_y.array), list(trace.error_y.arrayminus)) == ([6.0], [5.0])


def test_the_frontier_names_the_best_of_every_size():
    models = frame(
        {"model": "org/small", "parameters": 1e9}, {"model": "worse"}, {"model": "org/large", "average": 60.0}
    )
    [line] = traces(size_chart(models, TEXTS), "lines+text")
    assert (list(line.x), list(line.y)) == ([1e9, 7e9], [50.0, 60.0])
    assert list(line.text) == ["small", "large"]
    assert line.line.shape == "hv"


def test_who_has_no_size_is_not_placed():
    [trace] = traces(size_chart(frame({"model": "sizeless", "parameters": None}, {}), TEXTS))
    assert len(trace.x) == 1
    assert "meiga" in trace.text[0]


def test_baselines_are_lines_and_no_points():
    figure = size_chart(frame({"model": "dummy", "type": "baseline", "parameters": None}, {}), TEXTS)
    assert len(traces(figure)) == 1
    assert [one.text for one in figure.layout.annotations] == ["referencia: dummy"]


def test_the_line_over_days_follows_the_best_so_far():
    later = datetime(2026, 8, 1, tzinfo=UTC)
    models = frame({"model": "late", "submitted": later, "average": 70.0}, {}, {"model": "later", "submitted": later})
    [line] = traces(date_chart(models, TEXTS), "lines+text")
    assert list(line.text) == ["meiga", "late"]


def test_each_machine_has_a_colour_and_a_form_of_its_own():
    models = frame({}, {"hardware": "EPYC", "minutes": 90.0}, {"minutes": None})
    one, other = traces(cost_chart(models, TEXTS))
    assert (one.name, list(one.x)) == ("EPYC", [90.0])
    assert (other.name, list(other.x)) == ("L4", [12.0])
    assert (one.marker.color, one.marker.symbol) != (other.marker.color, other.marker.symbol)


@pytest.mark.parametrize("kind", sorted(CHARTS))
def test_an_empty_chart_says_so_and_keeps_its_axes(kind: str):
    figure = CHARTS[kind](frame(), TEXTS)
    assert len(figure.data) == 0
    assert TEXTS("charts.empty") in [one.text for one in figure.layout.annotations]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_hover_text_says_everything_that_is_known_in_the_readers_numbers(language: str):
    texts = load_texts(language)
    [trace] = traces(size_chart(frame({}), texts))
    assert trace.text[0].startswith("meiga<br>")
    for said in (texts.decimal(50.0, 1), texts.decimal(45.0, 1), "7B", texts.date(DAY), "L4"):
        assert said in trace.text[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_stays_text_everywhere(name: str):
    models = frame({"model": name, "hardware": name}, {"model": name, "type": "baseline"})
    for chart in CHARTS.values():
        figure = chart(models, TEXTS)
        [trace] = traces(figure)
        assert decoded(trace.text[0].split("<br>")[0]) == name
        shown = [*(one.text for one in figure.layout.annotations), *(str(one.name) for one in figure.data)]
        assert not [text for text in shown if "<" in text]
    assert not {"script", "img"} & set(read_html(models_table(models, TEXTS)).tags)


def test_the_table_has_what_the_chart_has():
    shown = read_html(models_table(frame({}), TEXTS)).text
    for said in ("meiga", "50,0", "45,0", "7B", "12,0", "L4"):
        assert said in shown


def test_areas_are_coloured_and_a_missing_one_is_a_dot():
    areas = pd.DataFrame(
        [[52.4, None]], index=["meiga"], columns=pd.MultiIndex.from_tuples([("es", "language"), ("gl", "mathematics")])
    )
    markup = areas_table(areas, TEXTS)
    assert "background:rgb" in markup
    assert "<span>52</span>" in markup
    assert "<td>·</td>" in markup
    assert "Gallego" in markup


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (999, "999"),
        (1_500, "1.5k"),
        (135_000_000, "135M"),
        (999_600_000, "1B"),
        (1_000_000_000, "1B"),
        (7_240_000_000, "7.24B"),
        (70_600_000_000, "70.6B"),
        (2_000_000_000_000_000, "2e+03T"),
    ],
)
def test_a_number_of_parameters_has_three_digits(count: int, written: str):
    assert readable_count(count) == written
