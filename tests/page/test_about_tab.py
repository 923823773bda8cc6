"""How the ranking is cited, and what changed its scores."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from leaderboard.page.citation import citation
from leaderboard.page.rule_changes import changed_tasks, rule_changes
from leaderboard.records import Exclusion, ExclusionReason, RuleHistory, RuleVersion, SuiteLabel
from leaderboard.suite import Suite
from leaderboard.texts import LANGUAGES, load_texts
from tests.builders import declaration, some_sha256, tiny_suite
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
DAY = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path, [declaration("dichos", title={"es": "Dichos"}), declaration("sumas")])


def version(
    suite: Suite, number: int, configs: dict[str, str], note: str = "A reason.", **changes: object
) -> RuleVersion:
    return RuleVersion(
        version=number,
        at=DAY,
        note=note,
        suite=SuiteLabel(name=suite.label.name, version=suite.label.version),
        configs={task: some_sha256(config) for task, config in configs.items()},
        **changes,  # type: ignore[arg-type]
    )


def left_out(task: str, detail: str = "") -> Exclusion:
    return Exclusion(task=task, config_hash=some_sha256(task), reason=ExclusionReason.SATURATED, detail=detail)


def test_the_entry_names_suite_rule_and_day_and_the_space_where_there_is_one():
    here, there = citation("muestra-2.1", None, DAY), citation("muestra-2.1", "somos/ranking", DAY)
    assert here.count("{") == here.count("}")
    assert "year   = {2026}" in here
    assert "muestra-2.1, read on 2026-11-03" in here
    assert "howpublished" not in here
    assert "\\url{https://huggingface.co/spaces/somos/ranking}" in there


def test_a_version_says_what_it_changed(suite: Suite):
    old = version(suite, 1, {"dichos": "a", "gone": "a", "kept": "a"}, drafts=("dichos",), excluded=(left_out("kept"),))
    new = version(suite, 2, {"dichos": "b", "kept": "a", "sumas": "a"}, excluded=(left_out("sumas"),))
    assert changed_tasks(old, new) == {
        "added": ["sumas"],
        "changed": ["dichos"],
        "removed": ["gone"],
        "signed": ["dichos"],
        "left_out": ["sumas"],
        "taken_back": ["kept"],
    }
    assert {kind for kind, tasks in changed_tasks(None, old).items() if tasks} == {"left_out"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_newest_change_stands_first_with_its_reason(suite: Suite, language: str):
    texts = load_texts(language)
    first = version(suite, 1, {"dichos": "a"}, note="The beginning.")
    excluded = (left_out("dichos", "All above 98."), left_out("gone"))
    second = version(suite, 2, {"dichos": "a"}, note="Nobody fails it.", excluded=excluded)
    page = read_html(rule_changes(RuleHistory(versions=(first, second)), suite, texts))
    assert page.text.index("Nobody fails it.") < page.text.index("The beginning.")
    assert texts("tasks.reasons.saturated") in page.text
    assert "All above 98." in page.text
    assert texts.date(DAY) in page.text
    assert {"href": "?tab=tasks&task=dichos"} in page.attributes
    assert "gone" in page.text


def test_the_rule_of_another_suite_is_none_of_ours(suite: Suite):
    other = version(suite, 1, {}, note="Elsewhere.").replaced(suite=SuiteLabel(name="otra", version=1))
    said = read_html(rule_changes(RuleHistory(versions=(other,)), suite, TEXTS)).text
    assert "Elsewhere." not in said
    assert TEXTS("about.no_changes") in said


@pytest.mark.parametrize("name", [one for one in NAMES if one.isprintable()])
def test_a_hostile_note_is_text(name: str, suite: Suite):
    def page(note: str) -> list[str]:
        return read_html(rule_changes(RuleHistory(versions=(version(suite, 1, {}, note=note),)), suite, TEXTS)).tags

    assert page(name) == page("tame")
