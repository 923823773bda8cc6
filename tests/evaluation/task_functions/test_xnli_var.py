"""XNLIvar: both sentences as the cloze needs them, each pair with its country."""

import pytest
from datasets import Dataset

from leaderboard.evaluation.task_functions.xnli_var import continuation, opening, place_of, process_docs


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cuba", ("CU", "Cuba")),
        ("Espainia_and", ("ES", "Andalucía")),
        ("Espainia_ten", ("ES", "Tenerife")),
        (" Uruguay ", ("UY", "Uruguay")),
        ("Marte", (None, "Marte")),
        (None, (None, "")),
    ],
)
def test_a_place_has_its_country_and_an_unknown_one_none(name: str | None, expected: tuple):
    assert place_of(name) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("Va en guagua .", "Va en guagua"), ("¿Vos querés ?", "¿Vos querés"), ("Sin punto", "Sin punto"), ("", "")],
)
def test_a_premise_loses_its_last_mark(sentence: str, expected: str):
    assert opening(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [("Va en autobús .", "va en autobús."), ("Ya llegó", "ya llegó."), ("", ".")],
)
def test_a_hypothesis_begins_small_and_ends_in_a_full_stop(sentence: str, expected: str):
    assert continuation(sentence) == expected


def test_a_whole_split_gets_countries_and_keeps_its_clusters():
    pair = {
        "herrialdea": "Ecuador",
        "prem_id": "prem1",
        "premise": "Mi ñaña salió .",
        "hypothesis": "Salió .",
        "label": "0",
    }
    rows = process_docs(Dataset.from_list([pair, pair | {"herrialdea": "Cuba", "label": "2"}]))
    assert [row["country"] for row in rows] == ["EC", "CU"]
    assert [row["label"] for row in rows] == [0, 2]
    assert rows[0]["prem_id"] == "prem1"
