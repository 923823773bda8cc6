"""The plot, as a function from rows to a figure."""

import re
from pathlib import Path

import pytest

from leaderboard.board import Row, View, build_board
from leaderboard.page.charts import average_against_parameters, readable_count, without_size
from leaderboard.records import ModelSource, ModelType, Precision
from leaderboard.suite import Suite
from leaderboard.texts import load_texts
from tests.builders import evaluation, facts, model, request_for, tiny_suite
from tests.page.hostile import NAMES

TEXTS = load_texts("es")
# What Plotly decodes in a text; it shows every other entity letter by letter.
PLOTLY_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def rows_of(suite: Suite, **changes: dict[str, object]) -> tuple[Row, ...]:
    """Return a board with a row for each name; every model got everything right unless `right` says otherwise."""
    runs = []
    for name, change in changes.items():
        right = change.pop("right", {"refranes": 4, "sumas": 4})
        runs.append(evaluation(request_for(suite, name, **change), suite, right))
    return build_board(runs, suite).rows


def decoded(text: str) -> str:
    def letter(match: re.Match[str]) -> str:
        code = match[1]
        if code.startswith("#"):
            return chr(int(code[1:].replace("x", "0x"), base=0))
        return PLOTLY_ENTITIES.get(code, match[0])

    return re.sub(r"&(#\d+|#x[\da-fA-F]+|[a-z]+);", letter, text)


def test_each_type_is_a_trace_with_its_own_colour_and_form(suite: Suite):
    rows = rows_of(suite, base={}, chatty={"facts": facts(ModelType.INSTRUCT, parameters=2_000_000_000)})
    first, second = average_against_parameters(rows, View.ALL, TEXTS).data
    assert (list(first.x), list(first.y)) == ([7_000_000_000], [100.0])
    assert (list(second.x), list(second.y)) == ([2_000_000_000], [100.0])
    assert first.name == "preentrenado"
    assert second.name == "ajustado con instrucciones"
    assert first.marker.color != second.marker.color
    assert first.marker.symbol != second.marker.symbol


def test_rows_without_an_average_or_a_size_are_not_placed(suite: Suite):
    rows = rows_of(suite, partial={"right": {"sumas": 4}}, sizeless={"facts": facts(parameters=None)}, placed={})
    [trace] = average_against_parameters(rows, View.ALL, TEXTS).data
    assert len(trace.x) == 1
    assert "placed" in trace.text[0]


def test_each_view_places_models_by_its_own_average(suite: Suite):
    rows = rows_of(suite, meiga={"right": {"refranes": 3, "sumas": 4}}, partial={"right": {"refranes": 4}})
    heights = {}
    for view in (View.ES, View.GL, View.ALL):
        [trace] = average_against_parameters(rows, view, TEXTS).data
        heights[view] = sorted(trace.y)
    assert heights == {View.ES: [50.0, 100.0], View.GL: [100.0], View.ALL: [75.0]}


def test_a_board_without_views_places_nobody(suite: Suite):
    rows = rows_of(suite, meiga={}, sizeless={"facts": facts(parameters=None)})
    assert len(average_against_parameters(rows, None, TEXTS).data) == 0
    assert without_size(rows, None) == []


def test_who_is_missing_for_want_of_a_size_is_named(suite: Suite):
    baseline = {
        "model": model("dummy", source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
        "facts": facts(ModelType.BASELINE, parameters=None),
    }
    rows = rows_of(
        suite,
        dummy=baseline,
        sizeless={"facts": facts(parameters=None)},
        partial={"facts": facts(parameters=None), "right": {"sumas": 4}},
        placed={},
    )
    assert without_size(rows, View.ALL) == ["sizeless"]


def test_an_empty_plot_says_so_and_keeps_its_axes(suite: Suite):
    figure = average_against_parameters(rows_of(suite), View.ALL, TEXTS)
    assert len(figure.data) == 0
    assert figure.layout.annotations[0].text == TEXTS("ranking.plot_empty")
    assert figure.layout.xaxis.title.text == TEXTS("ranking.plot_x")
    assert figure.layout.xaxis.type == "log"


def test_the_hover_text_says_name_average_and_size(suite: Suite):
    rows = rows_of(suite, meiga={"right": {"refranes": 3, "sumas": 4}})
    [trace] = average_against_parameters(rows, View.ALL, TEXTS).data
    assert list(trace.text) == ["meiga<br>Media: 75.0<br>Parámetros: 7B"]
    assert trace.hoverinfo == "text"


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_comes_out_of_the_hover_text_as_text(name: str, suite: Suite):
    [trace] = average_against_parameters(rows_of(suite, **{name: {}}), View.ALL, TEXTS).data
    shown, *rest = trace.text[0].split("<br>")
    assert len(rest) == 2
    assert "<" not in shown
    assert decoded(shown) == name


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_comes_out_of_the_line_of_a_baseline_as_text(name: str, suite: Suite):
    baseline = {
        "model": model(name, source=ModelSource.BASELINE, revision="0.4.13"),
        "precision": Precision.NONE,
        "facts": facts(ModelType.BASELINE, parameters=None),
    }
    figure = average_against_parameters(rows_of(suite, **{name: baseline}), View.ALL, TEXTS)
    [label] = [one.text for one in figure.layout.annotations if one.text.startswith("referencia: ")]
    assert "<" not in label
    assert decoded(label) == f"referencia: {name}"


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
        (671_000_000_000, "671B"),
        (1_026_000_000_000, "1.03T"),
    ],
)
def test_counts_are_written_as_the_field_writes_them(count: int, written: str):
    assert readable_count(count) == written
