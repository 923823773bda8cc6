"""What stands above the table."""

from pathlib import Path

import pytest

from leaderboard.board import BoardBuilder, build_board
from leaderboard.installation import BoardView, Tombstone
from leaderboard.page.ranking_tab import _warning, local_files_notice
from leaderboard.records import Engine, EngineName, InvalidRecordError
from leaderboard.suite import Language, load_suite
from leaderboard.texts import load_texts
from tests.builders import (
    choice_rows,
    declaration,
    evaluation,
    foreign_declaration,
    request_for,
    tiny_suite,
    write_rows,
    write_suite,
)
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")
SUITE = load_suite("muestra")
EMPTY = BoardBuilder(SUITE).build(())


def test_scores_on_files_of_this_machine_say_so(tmp_path: Path):
    suite = write_suite(tmp_path / "suites", [declaration("uno"), foreign_declaration("dos")])
    write_rows(tmp_path / "data" / "dos" / "test.jsonl", choice_rows("dos", 4))
    assert local_files_notice(load_suite(str(suite)), TEXTS) == ""
    notice = local_files_notice(load_suite(str(suite), data=tmp_path / "data"), TEXTS)
    assert "En 1 de las 2 tareas" in notice


def test_incident_26_models_that_were_taken_down_are_named_with_the_day_beside_the_ranking():
    gone = (Tombstone("somos/uno", "2026-07-01"), Tombstone("somos/dos", "2026-06-30"))
    seen = read_html(_warning(BoardView(EMPTY, (), gone), SUITE, TEXTS))
    listed = "somos/uno (el 2026-07-01), somos/dos (el 2026-06-30)"
    assert seen.text == TEXTS("ranking.withdrawn", models=listed)
    assert seen.attributes == [{"class": "note", "id": "withdrawn"}]
    assert _warning(BoardView(EMPTY, ()), SUITE, TEXTS) == ""


def test_a_column_with_scores_of_two_engines_says_so(tmp_path: Path):
    suite = tiny_suite(tmp_path / "suites")
    run, other = (evaluation(request_for(suite, name), suite, {"refranes": 2}) for name in ("uno", "dos"))
    shared = Engine(name=EngineName.SHARED_PREFIX, version="1.0", versions={})
    other = other.replaced(results=tuple(result.replaced(engine=shared) for result in other.results))
    seen = read_html(_warning(BoardView(build_board([run, other], suite), ()), suite, TEXTS))
    assert seen.attributes == [{"class": "note", "id": "mixed-engines"}]
    assert f"{suite.tasks[0].declaration.title[Language.ES]} (" in seen.text
    assert "hf 0.4.13: 1" in seen.text
    assert "hf-shared-prefix 1.0: 1" in seen.text
    assert _warning(BoardView(build_board([run], suite), ()), suite, TEXTS) == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_beside_the_ranking_is_text(name: str):
    view = BoardView(EMPTY, (InvalidRecordError(name, "broken"),), (Tombstone(name, "2026-07-01"),))
    seen = read_html(_warning(view, SUITE, TEXTS))
    assert seen.tags == ["p", "p"]
    assert seen.text.count(name) == 2
