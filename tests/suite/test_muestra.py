"""The embedded suite: everybody's first run."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from leaderboard.suite import EMBEDDED_SUITES, Area, Language, Suite, Task, load_suite, read_rows
from leaderboard.suite.counts import count_items
from leaderboard.suite.review import reviewable_items, sign

CHOICES = ("expresiones", "gramatica", "catala", "euskara", "galego")
CALCULATION = ("calculo_es", "calculo_ca", "calculo_eu", "calculo_gl")
TASKS = (*CHOICES, *CALCULATION)
PLACES = {
    *[
        "AR",
        "BO",
        "CL",
        "CO",
        "CR",
        "CU",
        "DO",
        "EC",
        "ES",
        "GT",
        "HN",
        "MX",
        "NI",
        "PA",
        "PE",
        "PR",
        "PY",
        "SV",
        "UY",
        "VE",
    ],
    "ES-andalucia",
    "ES-canarias",
}


@pytest.fixture
def muestra() -> Suite:
    return load_suite("muestra")


@pytest.fixture
def task(muestra: Suite, name: str) -> Task:
    found = muestra.task(name)
    assert found
    return found


def test_it_has_nine_tasks_in_four_languages(muestra: Suite):
    assert muestra.label.name == "muestra"
    assert {task.id for task in muestra.tasks} == set(TASKS)
    assert all(task.declaration.items >= 24 for task in muestra.tasks)
    assert muestra.languages == (Language.ES, Language.CA, Language.EU, Language.GL)


def test_every_area_is_asked_in_spanish(muestra: Suite):
    spanish = {task.declaration.area for task in muestra.tasks if task.declaration.language is Language.ES}
    assert spanish == {Area.COMPREHENSION, Area.LANGUAGE, Area.MATHEMATICS}


@pytest.mark.parametrize("name", CHOICES)
def test_answer_positions_are_balanced(task: Task):
    """A model that always answers the same letter must get no more than chance, give or take one item."""
    rows = read_rows(task.rows.test)
    options = len(rows[0]["options"])
    counts = Counter(row["answer"] for row in rows)
    assert set(counts) == set(range(options))
    assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize("name", CHOICES)
def test_every_item_has_one_answer_among_options_that_differ(task: Task):
    for row in read_rows(task.rows.test):
        assert len(set(row["options"])) == len(row["options"]) == round(1 / task.declaration.chance), row["id"]
        assert row["answer"] in range(len(row["options"])), row["id"]
        assert all(option == option.strip() and option for option in row["options"]), row["id"]


@pytest.mark.parametrize("name", TASKS)
def test_no_item_stands_in_another_file_or_twice(task: Task):
    files = [one for one in (task.rows.test, task.rows.fewshot) if one]
    rows = [row for file in files for row in read_rows(file)]
    contents = [str({key: value for key, value in row.items() if key != "id"}) for row in rows]
    assert len(set(contents)) == len(contents)
    assert len({row["id"] for row in rows}) == len(rows)


@pytest.mark.parametrize("name", TASKS)
def test_there_are_as_many_examples_as_shots(task: Task):
    examples = read_rows(task.rows.fewshot) if task.rows.fewshot else []
    assert len(examples) >= task.declaration.shots


@pytest.mark.parametrize("name", TASKS)
def test_drafts_say_so(task: Task):
    reviewed = sum(row["status"] == "reviewed" for row in read_rows(task.rows.test))
    assert task.reviewed_items == reviewed
    assert task.is_draft == (reviewed < task.declaration.items)


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_title_in_every_language(task: Task):
    assert set(task.declaration.title) == {"es", "en", "ca", "eu", "gl"}


def test_countries_are_known_to_the_prompt(muestra: Suite):
    """A country that the prompt's table lacks would be shown to the model as nothing."""
    task = next(task for task in muestra.tasks if task.id == "expresiones")
    countries = {row["country"] for row in read_rows(task.rows.test)}
    assert len(countries) >= 10
    for country in countries:
        assert f"'{country}': " in task.lm_eval_config["doc_to_text"]


def test_the_suite_names_only_files_of_its_folder(muestra: Suite):
    folder = EMBEDDED_SUITES / "muestra"
    assert all(task.rows.test.parent == folder for task in muestra.tasks)


def test_every_place_has_twenty_expressions(muestra: Suite):
    counts = count_items(muestra)["tasks"]["expresiones"]["places"]
    assert set(counts) >= PLACES
    assert {place: count for place, count in counts.items() if count < 20 and place != "GQ"} == {}


def test_grammar_covers_its_varieties(muestra: Suite):
    counts = count_items(muestra)["tasks"]["gramatica"]
    assert counts["items"] >= 120
    assert sum(count >= 8 for count in counts["places"].values()) >= 8


@pytest.mark.parametrize(
    ("name", "varieties"),
    [("catala", {"central", "valencià", "balear"}), ("euskara", {"batua", "mendebalekoa"}), ("galego", {"norma"})],
)
def test_the_other_languages_have_sixty_items_of_each_and_their_varieties(task: Task, varieties: set[str]):
    rows = read_rows(task.rows.test)
    assert len(rows) >= 60
    assert {row["variety"] for row in rows} == varieties


def test_signing_an_item_makes_no_result_outdated(tmp_path: Path):
    folder = tmp_path / "suites"
    shutil.copytree(EMBEDDED_SUITES, folder)
    before = load_suite(str(folder / "muestra.yaml"))
    item = reviewable_items(before)[0]

    sign(item, "  Ana   Peña ")

    after = load_suite(str(folder / "muestra.yaml"))
    assert [task.config_hash for task in after.tasks] == [task.config_hash for task in before.tasks]
    assert after.tasks[0].reviewed_items == 1
    assert reviewable_items(after)[0].row["reviewer"] == "Ana Peña"
