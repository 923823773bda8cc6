"""INCLUDE: options in either of the forms they were published in, countries as codes."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.include import exam_item, iso_country, process_docs

FOUR_COLUMNS = {
    "question": "¿Qué río pasa por Sevilla? ",
    "option_a": "El Ebro",
    "option_b": " El Guadalquivir",
    "option_c": "El Duero",
    "option_d": "El Miño",
    "answer": 1,
    "country": "Spain",
    "domain": "Social Science",
}
ONE_LIST = {
    "question": "¿Qué río pasa por Sevilla?",
    "choices": ["El Ebro", "El Guadalquivir", "El Duero", "El Miño"],
    "answer": 1,
    "country": "Spain",
    "domain": "Social Science",
}


@pytest.mark.parametrize("doc", [FOUR_COLUMNS, ONE_LIST], ids=["four columns", "one list"])
def test_both_forms_of_options_give_the_same_item(doc: dict):
    assert exam_item(doc) == {
        "question": "¿Qué río pasa por Sevilla?",
        "options": ["El Ebro", "El Guadalquivir", "El Duero", "El Miño"],
        "answer": 1,
        "country": "ES",
    }


def test_an_item_without_options_says_which_columns_it_has():
    with pytest.raises(ValueError, match="its columns are question, answer"):
        exam_item({"question": "¿Qué río pasa por Sevilla?", "answer": 1})


def test_three_options_are_not_taken_for_four():
    with pytest.raises(ValueError, match="neither four"):
        exam_item(ONE_LIST | {"choices": ["El Ebro", "El Duero", "El Miño"]})


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Mexico", "MX"),
        (" argentina ", "AR"),
        ("Dominican Republic", "DO"),
        ("Atlantis", None),
        ("", None),
        (None, None),
    ],
)
def test_a_country_becomes_its_code_and_an_unknown_name_none(name: str | None, code: str | None):
    assert iso_country(name) == code


def test_a_whole_split_is_processed_and_keeps_its_other_columns():
    rows = process_docs(Dataset.from_list([FOUR_COLUMNS, FOUR_COLUMNS | {"country": "Other"}]))
    assert [row["country"] for row in rows] == ["ES", None]
    assert rows[0]["domain"] == "Social Science"
