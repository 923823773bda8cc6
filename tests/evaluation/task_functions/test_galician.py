"""Galician sets: clear paraphrases only, whole articles only."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.galician import is_clear_pair, news, paraphrase, paraphrases

PAIR = {"Frase": "A ponte é vella .", "Paráfrase": " Esta ponte ten anos .", "Avaliación": 2}


@pytest.mark.parametrize(
    ("change", "clear"),
    [
        ({}, True),
        ({"Avaliación": 0}, True),
        ({"Avaliación": 1}, False),
        ({"Avaliación": 2.0}, True),
        ({"Avaliación": "0"}, True),
        ({"Avaliación": "1"}, False),
        ({"Avaliación": None}, False),
        ({"Avaliación": float("nan")}, False),
        ({"Avaliación": "sen clasificar"}, False),
        ({"Frase": " "}, False),
        ({"Paráfrase": None}, False),
    ],
)
def test_only_clear_judgements_on_two_sentences_are_asked(change: dict, clear: bool):
    assert is_clear_pair(PAIR | change) is clear


@pytest.mark.parametrize(("judgement", "label"), [(0, 0), ("0", 0), (2, 1), ("2", 1)])
def test_the_label_does_not_depend_on_the_columns_type(judgement: object, label: int):
    assert paraphrase(PAIR | {"Avaliación": judgement}) == {
        "first": "A ponte é vella",
        "second": "esta ponte ten anos.",
        "label": label,
    }


def test_a_whole_split_loses_its_borderline_pairs():
    rows = paraphrases(Dataset.from_list([PAIR, PAIR | {"Avaliación": 1}, PAIR | {"Avaliación": 0}]))
    assert [row["label"] for row in rows] == [1, 0]


def test_an_article_is_one_paragraph_and_one_without_a_summary_is_left_out():
    whole = {"id": "1", "text": "Choveu  moito.\n\nNon houbo feridos. ", "summary": " Choveu  moito."}
    rows = news(Dataset.from_list([whole, whole | {"summary": " "}, whole | {"text": None}]))
    assert list(rows) == [{"id": "1", "text": "Choveu moito. Non houbo feridos.", "summary": "Choveu moito."}]
