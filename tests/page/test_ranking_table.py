"""The ranking as a frame, and the component over it."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from leaderboard.board import View, build_board, rule_in_force
from leaderboard.page.ranking_table import build_table, column_names, ranking_frame, task_title
from leaderboard.records import Exclusion, ExclusionReason, ModelSource, ModelType, Precision, RuleHistory
from leaderboard.suite import Suite, load_suite
from leaderboard.texts import LANGUAGES, Texts, load_texts
from tests.builders import TWO_TASKS, declaration, evaluation, facts, model, request_for, tiny_suite
from tests.page.hostile import NAMES, read_markdown

TEXTS = load_texts("es")
PARAMETERS = TEXTS("columns.parameters")


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites")


def frame_of(suite: Suite, name: str = "meiga", right: dict[str, int] | None = None, **changes: object) -> pd.DataFrame:
    scores = {"refranes": 3, "sumas": 4} if right is None else right
    run = evaluation(request_for(suite, name, **changes), suite, scores)
    return ranking_frame(build_board([run], suite), suite, TEXTS)


def columns_of(suite: Suite, texts: Texts = TEXTS) -> list[str]:
    return column_names(build_board([], suite), suite, texts)


def test_a_row_shows_points_of_a_hundred_and_the_facts(suite: Suite):
    row = frame_of(suite).iloc[0]
    assert row["Puesto"] == 1
    assert row["Puestos posibles"] == "1"
    assert (row["Español"], row["Gallego"], row["Todas las lenguas"]) == (50.0, 100.0, 75.0)
    assert (row["Refranes"], row["Sumas"]) == (50.0, 100.0)
    assert row["Tipo"] == "preentrenado"
    assert row[PARAMETERS] == 7.0
    assert row["Precisión"] == "bfloat16"
    assert row["Tareas hechas"] == "2/2"
    assert row["Revisión"] == model("meiga").revision[:12]
    assert read_markdown(row["Licencia"]) == [("text", "apache-2.0")]


def test_scores_are_rounded_to_one_decimal(tmp_path: Path):
    thirds = tiny_suite(tmp_path / "thirds", [declaration("uno", chance=1 / 3, items=3)])
    assert frame_of(thirds, right={"uno": 2}).iloc[0]["Español"] == 50.0
    sevenths = tiny_suite(tmp_path / "sevenths", [declaration("uno", chance=0.5, items=7)])
    assert frame_of(sevenths, right={"uno": 6}).iloc[0]["Español"] == 71.4


def test_incident_15_an_incomplete_row_is_shown_with_gaps_and_without_rank(suite: Suite):
    row = frame_of(suite, right={"sumas": 4}).iloc[0]
    assert row["Tareas hechas"] == "1/2"
    assert row["Sumas"] == 100.0
    for column in ("Puesto", "Español", "Todas las lenguas", "Refranes"):
        assert pd.isna(row[column]), column
    assert row["Puestos posibles"] == row["Intervalo"] == ""
    assert row["Gallego"] == 100.0


def test_incident_21_a_score_of_nothing_is_empty_and_not_zero(suite: Suite):
    frame = frame_of(suite, right={"refranes": 2})
    assert frame.iloc[0]["Refranes"] == 0.0
    assert pd.isna(frame.iloc[0]["Sumas"])


def test_what_is_unknown_is_said_or_empty(suite: Suite):
    row = frame_of(suite, facts=facts(parameters=None, licence=None)).iloc[0]
    assert row["Licencia"] == "no consta"
    assert pd.isna(row[PARAMETERS])


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_text(name: str, suite: Suite):
    row = frame_of(suite, name).iloc[0]
    assert read_markdown(row["Modelo"]) == [("text", name)]


def test_what_is_not_markdown_is_left_as_it_is(suite: Suite):
    """Filters show a licence letter by letter, and a search must find a name as people type it."""
    row = frame_of(suite, "meiga-1b", facts=facts(licence="apache-2.0")).iloc[0]
    assert row["Licencia"] == "apache-2.0"
    assert row["Nombre"] == "meiga-1b"


def test_a_model_of_the_hub_links_to_its_page(suite: Suite):
    row = frame_of(suite, model=model("org/meiga", source=ModelSource.HUB)).iloc[0]
    assert ("link_open", "https://huggingface.co/org/meiga") in read_markdown(row["Modelo"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_the_embedded_suite_has_a_name_of_its_own(language: str):
    columns = columns_of(load_suite("muestra"), load_texts(language))
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize(
    "title", ["Español", "Gallego", "Todas las lenguas", "Intervalo", "Modelo", "Tipo", "Licencia", "Sumas"]
)
def test_a_task_with_the_title_of_another_column_is_told_apart(title: str, tmp_path: Path):
    suite = tiny_suite(tmp_path / "suites", [*TWO_TASKS, declaration("otra", title={"es": title})])
    columns = columns_of(suite)
    assert len(set(columns)) == len(columns)
    assert f"{title} (es)" in columns


def test_tasks_of_one_title_are_told_apart_by_their_language_or_else_by_their_name(tmp_path: Path):
    same = {"title": {"es": "XNLI"}}
    declared = [declaration("uno", **same), declaration("dos", language="gl", **same)]
    assert {"XNLI (es)", "XNLI (gl)"} <= set(columns_of(tiny_suite(tmp_path / "two", declared)))
    three = tiny_suite(tmp_path / "three", [*declared, declaration("tres", **same)])
    assert {"XNLI (uno)", "XNLI (gl)", "XNLI (tres)"} <= set(columns_of(three))


def test_a_title_falls_back_to_spanish(tmp_path: Path):
    suite = tiny_suite(tmp_path / "suites", [declaration("uno", title={"es": "Uno", "en": "One"}), declaration("dos")])
    assert [task_title(task.declaration, "en") for task in suite.tasks] == ["One", "Dos"]


def test_an_empty_board_is_an_empty_frame_with_all_columns(suite: Suite):
    frame = ranking_frame(build_board([], suite), suite, TEXTS)
    assert frame.empty
    assert list(frame.columns) == columns_of(suite)


def test_the_component_knows_what_each_column_is(suite: Suite):
    board = build_board([evaluation(request_for(suite), suite, {"refranes": 3, "sumas": 4})], suite)
    kinds = dict(zip(columns_of(suite), build_table(board, suite, TEXTS).datatype, strict=True))
    assert kinds["Modelo"] == "markdown"
    assert {kinds[name] for name in ("Puesto", "Español", "Todas las lenguas", "Sumas", PARAMETERS)} == {"number"}
    assert (
        kinds["Puestos posibles"]
        == kinds["Intervalo"]
        == kinds["Tipo"]
        == kinds["Precisión"]
        == kinds["Revisión"]
        == kinds["Licencia"]
        == "str"
    )


def test_the_component_is_built_over_an_empty_board_too(suite: Suite):
    assert build_table(build_board([], suite), suite, TEXTS).headers == columns_of(suite)


def test_incident_21_every_type_that_may_come_can_be_filtered_from_the_start(suite: Suite):
    table = build_table(build_board([], suite), suite, TEXTS)
    types = next(one for one in table.filter_columns if one.column == "Tipo")
    assert {label for label, _ in types.choices} == {TEXTS(f"types.{one}") for one in ModelType}


def test_incident_17_two_precisions_stand_in_two_rows(suite: Suite):
    runs = [
        evaluation(request_for(suite, precision=precision), suite, {"refranes": 4, "sumas": 4})
        for precision in (Precision.BFLOAT16, Precision.FLOAT32)
    ]
    frame = ranking_frame(build_board(runs, suite), suite, TEXTS, with_others=True)
    assert sorted(frame["Precisión"]) == ["bfloat16", "float32"]
    assert list(frame["Versión"]) == [TEXTS("values.main_identity"), TEXTS("values.other_identity")]
    assert frame["Puesto"].tolist()[0] == 1
    assert pd.isna(frame["Puesto"].tolist()[1])


def test_other_identities_are_not_shown_before_they_are_asked_for_and_can_be_filtered_then(suite: Suite):
    runs = [
        evaluation(request_for(suite, precision=precision), suite, {"refranes": 4, "sumas": 4})
        for precision in (Precision.BFLOAT16, Precision.FLOAT32)
    ]
    board = build_board(runs, suite)
    table = build_table(board, suite, TEXTS)
    precisions = next(one for one in table.filter_columns if one.column == "Precisión")
    assert len(ranking_frame(board, suite, TEXTS)) == len(table.value["data"]) == 1
    assert sorted(label for label, _ in precisions.choices) == ["bfloat16", "float32"]
    assert precisions.default == precisions.choices


def test_the_default_view_stands_first_with_its_interval_behind_it(suite: Suite, tmp_path: Path):
    columns = columns_of(suite)
    assert columns[:7] == [
        "Puesto",
        "Puestos posibles",
        "Modelo",
        "Español",
        "Intervalo",
        "Gallego",
        "Todas las lenguas",
    ]
    galician = tiny_suite(tmp_path / "gl", [declaration("uno", language="gl")])
    assert columns_of(galician)[3:6] == ["Gallego", "Intervalo", "Uno"]


def test_incident_25_the_ranks_that_a_model_may_have_and_the_interval_stand_beside_its_score(suite: Suite):
    runs = [
        evaluation(request_for(suite, name), suite, {"refranes": right, "sumas": 4})
        for name, right in (("uno", 3), ("dos", 2))
    ]
    board = build_board(runs, suite)
    frame = ranking_frame(board, suite, TEXTS)
    assert list(frame["Puesto"]) == [1, 2]
    assert list(frame["Puestos posibles"]) == ["1\N{EN DASH}2", "1\N{EN DASH}2"]
    for shown, row in zip(frame["Intervalo"], board.rows, strict=True):
        mean = row.standings[View.ES].mean
        assert mean is not None
        assert mean.interval is not None
        low, high = (float(end) for end in shown.split(" a "))
        assert (low, high) == pytest.approx((100 * mean.interval.low, 100 * mean.interval.high), abs=0.051)
        assert high - low > 100, "four items tell little"


def test_a_board_without_views_is_a_table_of_its_tasks(suite: Suite):
    plain = rule_in_force(suite, RuleHistory())
    excluded = {
        task: Exclusion(task=task, config_hash=digest, reason=ExclusionReason.FAULTY)
        for task, digest in plain.configs.items()
    }
    run = evaluation(request_for(suite), suite, {"refranes": 3, "sumas": 4})
    board = build_board([run], suite, replace(plain, excluded=excluded))
    frame = ranking_frame(board, suite, TEXTS)
    assert frame.iloc[0]["Refranes"] == 50.0
    assert pd.isna(frame.iloc[0]["Puesto"])
    assert "Intervalo" not in frame.columns
    assert build_table(board, suite, TEXTS).headers == list(frame.columns)
