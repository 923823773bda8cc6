"""BLEnD: every accepted spelling, the commonest first, and only questions that have an answer."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.blend import has_answer, process_docs, question_and_answers

QUESTION = {
    "ID": "Xx-01",
    "question": "¿Con qué se le pega a una piñata? ",
    "annotations": [
        {"answers": ["bate", " palo "], "count": 1},
        {"answers": ["palo", "un palo", ""], "count": 4},
        {"answers": None, "count": None},
    ],
    "idks": {"idk": 0, "no-answer": 0, "not-applicable": 0},
}


def test_spellings_come_once_and_by_how_many_gave_them():
    assert question_and_answers(QUESTION) == {
        "id": "Xx-01",
        "question": "¿Con qué se le pega a una piñata?",
        "answers": {"text": ["palo", "un palo", "bate"]},
    }


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"idks": None}, True),
        ({"idks": {"idk": 4, "no-answer": None, "not-applicable": 2}}, True),
        ({"idks": {"idk": 0, "no-answer": 1, "not-applicable": 2}}, False),
        ({"idks": {"idk": 5, "no-answer": 0, "not-applicable": 0}}, False),
        ({"annotations": []}, False),
        ({"annotations": [{"answers": [" "], "count": 2}]}, False),
    ],
)
def test_a_question_without_an_answer_is_left_out(change: dict, kept: bool):
    assert has_answer(QUESTION | change) is kept


def test_a_whole_split_has_only_what_is_read():
    plain = QUESTION | {"annotations": QUESTION["annotations"][:2]}
    rows = process_docs(Dataset.from_list([plain, plain | {"ID": "Xx-02", "annotations": []}]))
    assert [row["id"] for row in rows] == ["Xx-01"]
    assert set(rows.column_names) == {"id", "question", "answers"}
