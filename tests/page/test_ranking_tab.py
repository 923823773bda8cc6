"""What stands above the table."""

from pathlib import Path

import pytest

from leaderboard.installation import BoardView, Tombstone
from leaderboard.page.ranking_tab import _warning, local_files_notice
from leaderboard.records import InvalidRecordError
from leaderboard.suite import load_suite
from leaderboard.texts import load_texts
from tests.builders import choice_rows, declaration, foreign_declaration, write_rows, write_suite
from tests.page.hostile import NAMES, read_html

TEXTS = load_texts("es")


def test_scores_on_files_of_this_machine_say_so(tmp_path: Path):
    suite = write_suite(tmp_path / "suites", [declaration("uno"), foreign_declaration("dos")])
    write_rows(tmp_path / "data" / "dos" / "test.jsonl", choice_rows("dos", 4))
    assert local_files_notice(load_suite(str(suite)), TEXTS) == ""
    notice = local_files_notice(load_suite(str(suite), data=tmp_path / "data"), TEXTS)
    assert "En 1 de las 2 tareas" in notice


def test_incident_26_models_that_were_taken_down_are_named_with_the_day_beside_the_ranking():
    gone = (Tombstone("somos/uno", "2026-07-01"), Tombstone("somos/dos", "2026-06-30"))
    seen = read_html(_warning(BoardView((), (), gone), TEXTS))
    listed = "somos/uno (el 2026-07-01), somos/dos (el 2026-06-30)"
    assert seen.text == TEXTS("ranking.withdrawn", models=listed)
    assert seen.attributes == [{"class": "note", "id": "withdrawn"}]
    assert _warning(BoardView((), ()), TEXTS) == ""


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_beside_the_ranking_is_text(name: str):
    view = BoardView((), (InvalidRecordError(name, "broken"),), (Tombstone(name, "2026-07-01"),))
    seen = read_html(_warning(view, TEXTS))
    assert seen.tags == ["p", "p"]
    assert seen.text.count(name) == 2
