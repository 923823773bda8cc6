"""Free answers: what they are compared with."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.free_text import (
    reference_and_answer,
    reference_from_answer,
    reference_from_diagnosis,
    reference_from_treatment,
)


@pytest.mark.parametrize(
    ("make_reference", "column"),
    [
        (reference_from_answer, "answer"),
        (reference_from_diagnosis, "Diagnostico"),
        (reference_from_treatment, "Tratamiento"),
    ],
)
def test_the_reference_is_the_column_without_spaces_around_it(make_reference, column):
    rows = Dataset.from_list([{"question": "¿Qué?", column: " Migraña.\n"}])
    assert make_reference(rows)[0] == {"question": "¿Qué?", column: " Migraña.\n", "reference": "Migraña."}


def test_a_row_without_reference_is_not_scored():
    rows = Dataset.from_list([{"answer": "Sí."}, {"answer": None}, {"answer": "  "}])
    assert reference_from_answer(rows)["reference"] == ["Sí."]


def test_reference_and_answer_are_handed_on_in_this_order():
    doc = {"reference": "Tres días."}
    assert reference_and_answer(doc, [" Unos tres días.\n"]) == {
        "semantic_similarity": ("Tres días.", "Unos tres días.")
    }


def test_an_empty_answer_stays_one():
    assert reference_and_answer({"reference": "Tres días."}, ["\n"]) == {"semantic_similarity": ("Tres días.", "")}
