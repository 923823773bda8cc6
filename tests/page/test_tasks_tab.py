"""The catalogue of tasks and the page of one: what the registry says, what the results say, and clear words."""

from pathlib import Path
from typing import Any

import pytest

from leaderboard.board import build_board
from leaderboard.board.health import Finding, Health, HealthState
from leaderboard.installation import BoardView
from leaderboard.page.board_feed import Edition
from leaderboard.page.catalogue_table import COLUMNS, catalogue_frame
from leaderboard.page.task_health import TaskHealth, health_section, state_in_words
from leaderboard.page.task_page import task_page
from leaderboard.page.task_scores import histogram, scores_on, scores_section
from leaderboard.page.tasks_tab import tasks_sight
from leaderboard.page.visit import Visit
from leaderboard.records import Exclusion, ExclusionReason
from leaderboard.suite import Suite, load_suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import (
    bias_declaration,
    declaration,
    evaluation,
    floor,
    foreign_declaration,
    request_for,
    tiny_suite,
)
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
MUESTRA = load_suite("muestra")


def edition(suite: Suite, version: str = "1", **models: dict[str, int]) -> Edition:
    """Return a board with a row for each model, which has so many items of each task right."""
    runs = [evaluation(request_for(suite, name), suite, right) for name, right in models.items()]
    return Edition(version, BoardView(build_board(runs, suite), ()))


def shown(suite: Suite, query: dict[str, str], language: str = "es", **models: dict[str, int]) -> list[Any]:
    of_models = edition(suite, **models)
    return tasks_sight(Visit(language, query), of_models, TaskHealth(suite).of(of_models), suite)


def health(**changes: Any) -> Health:
    usual = {"task": "dichos", "state": HealthState.SOUND, "models": 9, "owners": 5, "is_counted": True}
    return Health(**{**usual, "left_out": None, **changes})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_task_has_a_row_in_the_readers_language(language: str):
    head, column, frame, bias = shown(MUESTRA, {}, language)
    texts = load_texts(language)
    assert list(frame.columns) == [texts(f"catalogue.columns.{one}") for one in COLUMNS]
    assert len(frame) == len(MUESTRA.tasks)
    assert texts("tasks.shown", shown="9", all="9") in read_html(head).text
    assert column["visible"]
    assert bias == ""
    first = frame.iloc[0]
    assert first.iloc[0].startswith("[")
    assert "(?tab=tasks&task=expresiones)" in first.iloc[0]
    assert texts("areas.comprehension") in set(first)
    assert texts.points(0.25) in set(first)


def test_the_address_filters_and_what_it_does_not_know_filters_nothing():
    def ids(**query: str) -> list[str]:
        frame = catalogue_frame(MUESTRA, {}, Visit("es", query))
        return [one.partition("task=")[2].partition(")")[0] for one in frame["Tarea"]]

    assert ids(language="eu") == ["euskara", "calculo_eu"]
    assert ids(language="eu", area="mathematics") == ["calculo_eu"]
    assert ids(origin="native", language="es") == ["expresiones", "gramatica"]
    assert ids(area="law") == ids(area="<b>") == ids()
    frame = catalogue_frame(MUESTRA, {}, Visit("es", {"language": "eu", "area": "comprehension"}))
    assert len(frame) == 0
    assert frame.columns[0] == "Tarea"


def test_figures_order_as_text_as_they_order_as_numbers():
    frame = catalogue_frame(MUESTRA, {}, Visit("es"))
    items = [int(one) for one in sorted(frame["Preguntas"])]
    assert items == sorted(items)
    assert len({len(one) for one in frame["Azar"]}) == 1
    assert "" not in set(frame.to_numpy().ravel()), "every cell is a button, and has a word"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("task", ["expresiones", "gramatica", "calculo_es", "catala"])
def test_a_task_says_what_it_is_and_shows_an_example_of_ours(task: str, language: str):
    page, column, frame, bias = shown(MUESTRA, {"task": task}, language)
    text, texts, declared = read_html(page).text, load_texts(language), MUESTRA.task(task).declaration
    assert declared.title[language] in text
    assert declared.licence in text
    assert declared.source.citation in text
    assert texts.points(declared.chance) in text
    assert texts("tasks.example") in text
    assert texts("tasks.example_unscored" if task == "calculo_es" else "tasks.example_scored") in text
    assert texts("review.right") in text or task == "calculo_es"
    assert texts("tasks.no_scores") in text
    assert MUESTRA.task(task).config_hash[:12] in text
    assert not column["visible"]
    assert len(frame) == len(MUESTRA.tasks), "the component fails on an update without a value"
    assert bias == ""


def test_a_task_nobody_knows_is_said_and_the_catalogue_stays():
    head, column, _, _ = shown(MUESTRA, {"task": "<img src=x>"})
    assert TEXTS("tasks.unknown", task="<img src=x>") in read_html(head).text
    assert "img" not in read_html(head).tags
    assert column["visible"]


def test_the_data_of_others_are_linked_at_their_locked_commit(tmp_path: Path):
    suite = tiny_suite(tmp_path, [foreign_declaration("ajena", human={"score": 0.93, "source": "Pérez 2020"})])
    task = suite.tasks[0].replaced(floor=floor(0.21))
    page = read_html(task_page(task, None, (), TEXTS))
    dataset = task.dataset_reference("").id
    links = [one["href"] for one in page.attributes if one.get("href")]
    assert any(link.startswith(f"https://huggingface.co/datasets/{dataset}") for link in links)
    assert "93,0 (Pérez 2020)" in page.text
    assert "21,0" in page.text
    assert TEXTS("tasks.example") not in page.text


def test_bias_stands_below_the_catalogue_and_has_its_distribution(tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("dichos"), bias_declaration("sesgo", items=40)])
    models = {"meiga": {"dichos": 3, "sesgo": 30}, "trasno": {"dichos": 1, "sesgo": 18}}
    assert TEXTS("bias.title") in read_html(shown(suite, {}, **models)[3]).text
    page = read_html(shown(suite, {"task": "sesgo"}, **models)[0]).text
    assert "trasno(\N{MINUS SIGN}5,0) · meiga(25,0)" in page.replace(" (", "(")
    assert TEXTS("tasks.in_ranking") not in page


@pytest.mark.parametrize(
    ("points", "bins"),
    [
        ([], []),
        ([100.0], [(90, 1)]),
        ([99.96, 0.0], [(0, 1), *((begin, 0) for begin in range(10, 90, 10)), (90, 1)]),
        ([-3.0, 5.0, 9.96], [(-10, 1), (0, 1), (10, 1)]),
    ],
)
def test_models_are_counted_in_bins_of_ten_points_and_none_is_lost(points: list[float], bins: list[tuple[int, int]]):
    assert histogram(points) == bins
    assert sum(count for _, count in histogram(points)) == len(points)


def test_baselines_and_models_without_the_task_are_not_in_its_distribution(tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("dichos"), declaration("sumas")])
    rows = edition(suite, a={"dichos": 4, "sumas": 1}, b={"dichos": 1}, c={"sumas": 2}).view.board.rows
    assert [(one.model, one.points) for one in scores_on(suite.tasks[0], rows)] == [("a", 100.0), ("b", -50.0)]
    said = read_html(scores_section(suite.tasks[0], rows, TEXTS)).text
    assert TEXTS("tasks.scores_above_chance", models="2", median="25,0") in said


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_model_is_text(name: str, tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("dichos")])

    def page(model: str) -> Any:
        rows = edition(suite, **{model: {"dichos": 3}}).view.board.rows
        found = Finding(ExclusionReason.DEGENERATE, {}, (model,))
        about = health(state=HealthState.QUESTIONABLE, findings=(found,))
        return read_html(task_page(suite.tasks[0], about, rows, TEXTS))

    assert page(name).tags == page("tame").tags
    assert page(name).text == page("tame").text.replace("tame", name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", HealthState)
def test_health_is_said_in_words_with_what_it_was_assessed_by(state: HealthState, language: str):
    texts = load_texts(language)
    said = read_html(health_section(health(state=state), texts)).text
    assert texts(f"tasks.about_state.{state}", models=9, owners=5) in said
    assert state_in_words(health(state=state), texts) == texts(f"tasks.states.{state}")


def test_what_speaks_against_a_task_is_said_and_that_it_still_counts():
    finding = Finding(ExclusionReason.DEGENERATE, {}, tuple(f"casa/{number}" for number in range(6)))
    said = read_html(health_section(health(state=HealthState.QUESTIONABLE, findings=(finding,)), TEXTS)).text
    reason = TEXTS("tasks.reasons.degenerate")
    assert TEXTS("tasks.finding_of_many", reason=reason, models="casa/0, casa/1, casa/2, casa/3", more=2) in said
    assert TEXTS("tasks.advised_against") in said


def test_a_task_that_was_left_out_says_why():
    left = Exclusion(
        task="dichos", config_hash="0" * 64, reason=ExclusionReason.FAULTY, detail="The key is wrong in 9 items."
    )
    about = health(is_counted=False, left_out=left)
    said = read_html(health_section(about, TEXTS)).text
    assert "The key is wrong in 9 items." in said
    assert TEXTS("tasks.reasons.faulty") in said
    assert state_in_words(about, TEXTS) == TEXTS("tasks.left_out")
    assert state_in_words(None, TEXTS) == ""


def test_tasks_are_assessed_once_for_an_edition(tmp_path: Path):
    suite = tiny_suite(tmp_path, [declaration("dichos")])
    assessed = TaskHealth(suite)
    first = assessed.of(edition(suite, a={"dichos": 3}))
    assert assessed.of(edition(suite, a={"dichos": 1}, b={"dichos": 2})) is first, "the same version"
    assert assessed.of(edition(suite, "2", a={"dichos": 1}, b={"dichos": 2}))["dichos"].models == 2
