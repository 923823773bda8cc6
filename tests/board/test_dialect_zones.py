"""What is said of a country's Spanish: by its own items, by its zone's, or nothing."""

from pathlib import Path

import pytest

from leaderboard.board.dialect_zones import COUNTRIES_OF, Basis, CountryReading, DialectZone, readings
from leaderboard.suite import Suite
from tests.board.varieties import Answers, board_of_varieties, suite_of_varieties


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return suite_of_varieties(tmp_path / "suites")


def read(suite: Suite, answers: Answers) -> dict[str, CountryReading]:
    (row,) = board_of_varieties(suite, {"meiga": answers}).rows
    return {one.country: one for one in readings(row, suite)}


def test_every_country_of_the_language_stands_in_one_zone(suite: Suite):
    listed = [country for countries in COUNTRIES_OF.values() for country in countries]
    assert len(listed) == len(set(listed)) == 21
    assert list(read(suite, {"MX": (1, 2)})) == listed


def test_a_hundred_items_speak_for_their_country(suite: Suite):
    found = read(suite, {"MX": (50, 100), "GT": (10, 10)})
    assert found["MX"].basis is Basis.OWN
    assert found["MX"].score is found["MX"].own
    assert found["MX"].score is not None
    assert found["MX"].score.normalised == pytest.approx(0.0)


def test_fewer_items_are_read_with_their_zone(suite: Suite):
    found = read(suite, {"MX": (30, 60), "GT": (30, 40), "AR": (3, 10)})
    for country in ("MX", "GT", "HN"):
        assert found[country].basis is Basis.ZONE
        score = found[country].score
        assert score is not None
        assert (score.items, score.raw) == (100, 0.6)
    assert found["AR"].basis is Basis.NONE
    assert found["AR"].score is None
    assert (found["AR"].items, found["HN"].items) == (10, 0)


def test_a_narrow_interval_is_enough(suite: Suite):
    found = read(suite, {"CL": (99, 99), "ES": (49, 99)})
    assert found["CL"].basis is Basis.OWN
    assert found["ES"].basis is Basis.NONE


def test_a_country_of_no_zone_stands_by_itself(suite: Suite):
    found = read(suite, {"US": (70, 120), "PH": (5, 10)})
    assert (found["US"].zone, found["US"].basis) == (None, Basis.OWN)
    assert (found["PH"].zone, found["PH"].basis) == (None, Basis.NONE)
    assert list(found)[-2:] == ["PH", "US"]


def test_other_constructs_say_nothing_of_understanding(tmp_path: Path):
    suite = suite_of_varieties(tmp_path / "culture", construct="culture")
    found = read(suite, {"MX": (100, 120)})
    assert found["MX"].own is None
    assert found["MX"].pooled is None


def test_items_nobody_has_signed_are_drafts(tmp_path: Path, suite: Suite):
    assert not read(suite, {"MX": (100, 120)})["MX"].is_draft
    drafts = read(suite_with_drafts(tmp_path / "drafts"), {"MX": (100, 120)})
    assert drafts["MX"].is_draft
    assert not drafts["AR"].is_draft  # nothing of it was asked
    assert DialectZone.CARIBBEAN not in {one.zone for one in drafts.values() if one.is_draft}


def suite_with_drafts(folder: Path) -> Suite:
    suite = suite_of_varieties(folder)
    return suite.replaced(tasks=tuple(task.replaced(reviewed_items=0) for task in suite.tasks))
