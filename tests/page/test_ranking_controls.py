"""The form above the ranking: every field has a name for the address, and every choice a label."""

from pathlib import Path

import pytest

from leaderboard.page.ranking_controls import MISSING, OPENNESS, SIZES, ranking_controls
from leaderboard.suite import Suite, load_suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import TWO_TASKS, tiny_suite
from tests.page.hostile import read_html

SUITE = load_suite("muestra")


def fields_of(suite: Suite, language: str) -> list[tuple[str, str | None, str | None]]:
    read = read_html(ranking_controls(suite, load_texts(language)))
    found = zip(read.tags, read.attributes, strict=True)
    return [(tag, one.get("name"), one.get("value")) for tag, one in found if tag in {"input", "select", "option"}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_fields_and_values(language: str):
    fields = fields_of(SUITE, language)
    assert fields == fields_of(SUITE, "es")
    values = {value for tag, _, value in fields if tag == "option"}
    assert values >= {*SIZES, *OPENNESS, *MISSING}


def test_a_suite_of_one_language_offers_no_other_view(tmp_path: Path):
    fields = fields_of(tiny_suite(tmp_path, TWO_TASKS[:1]), "es")
    assert [value for _, name, value in fields if name == "view"] == ["es"]
