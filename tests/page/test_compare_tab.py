"""Comparing models: what the address asks for, in a sentence, in figures and item by item."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from leaderboard.board import build_board
from leaderboard.installation import BoardView
from leaderboard.page.board_feed import Edition
from leaderboard.page.compare_cache import Comparisons
from leaderboard.page.compare_tab import compare_page
from leaderboard.page.item_texts import ItemTexts
from leaderboard.page.visit import Visit
from leaderboard.records import Evaluation, ItemResult
from leaderboard.suite import Suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import declaration, manifest, request_for, task_result, tiny_suite
from tests.page.hostile import NAMES, read_html

MANY = 60
RIGHT: Mapping[str, Mapping[str, int]] = {
    "lista": {"dichos": 58, "sumas": 30},
    "lerda": {"dichos": 20, "sumas": 31},
    "media": {"dichos": 40},
}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path, [declaration("dichos", items=MANY), declaration("sumas", items=MANY, language="gl")])


def answered(suite: Suite, name: str, right: Mapping[str, int]) -> Evaluation:
    """Return a run of a model that had the first `right` items of each task right."""
    asked, results = request_for(suite, name), []
    for task in suite.tasks:
        if task.id in right:
            items = tuple(
                ItemResult(id=f"{task.id}-{place}", options=2, choice=int(wrong), gold=0, score=float(not wrong))
                for place in range(MANY)
                for wrong in [place >= right[task.id]]
            )
            results.append(task_result(asked, task, items=items, raw=right[task.id] / MANY))
    return Evaluation(request=asked, manifest=manifest(asked, results), results=tuple(results))


def page(suite: Suite, models: Mapping[str, Mapping[str, int]] = RIGHT, language: str = "es", **query: str) -> str:
    runs = [answered(suite, name, right) for name, right in models.items()]
    edition = Edition("1", BoardView(build_board(runs, suite), ()))
    source = ItemTexts(Path("nowhere"), reader=("false",))
    return compare_page(Visit(language, query), edition, suite, Comparisons(suite), source)


def text(markup: str) -> str:
    return " ".join(read_html(markup).text.split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_models_are_compared_in_a_sentence_and_task_by_task(suite: Suite, language: str):
    texts = load_texts(language)
    said = text(page(suite, language=language, a="lista", b="lerda"))
    assert texts("compare.summary", one="lista", other="lerda", better=1, worse=0, even=1, of=2) in said
    assert texts.signed_points(38 / 60) in said
    assert texts("compare.verdicts.better") in said
    assert texts("compare.verdicts.no_difference_shown") in said


def test_what_one_has_not_done_is_no_comparison(suite: Suite):
    said = text(page(suite, a="lista", b="media"))
    assert "falta el resultado de uno de los modelos" in said
    assert "No se pueden comparar: 1." in said


def test_a_view_shows_its_tasks_alone(suite: Suite):
    said = text(page(suite, a="lista", b="lerda", view="gl"))
    assert "Sumas" in said
    assert "Dichos" not in said


def test_the_first_of_three_is_compared_with_each_other(suite: Suite):
    said = text(page(suite, a="media", b="lista", c="lerda"))
    assert "media frente a lista" in said
    assert "media frente a lerda" in said
    assert "lista frente a lerda" not in said


def test_the_items_on_which_they_part_are_listed_with_each_ones_choice(suite: Suite):
    markup = page(suite, a="lista", b="lerda", task="dichos")
    said = text(markup)
    assert f"De {MANY} preguntas, no respondieron lo mismo a 38." in said
    assert "acierta" in said
    assert "falla" in said
    assert "El texto de estas preguntas no se muestra" in said
    assert "dichos-20" in said
    assert "dichos-19" not in said  # both had it right


def test_a_name_nobody_has_is_told_and_the_others_stay(suite: Suite):
    said = text(page(suite, a="lista", b="nadie", c="lerda"))
    assert "nadie" in said
    assert "lista frente a lerda: mejor en 1" in said


def test_one_model_or_none_asks_for_two(suite: Suite):
    for query in ({}, {"a": "lista"}, {"a": "lista", "b": "LISTA"}):
        assert "Elige al menos dos modelos" in text(page(suite, **query))


@pytest.mark.parametrize("name", NAMES)
def test_whatever_stands_in_the_address_stays_text(suite: Suite, name: str):
    seen = read_html(page(suite, a=name, b="lista", view=name, task=name, c="lerda"))
    assert "script" not in seen.tags
    assert "img" not in seen.tags
