"""What stands above the table."""

from pathlib import Path

from leaderboard.page.ranking_tab import local_files_notice
from leaderboard.suite import load_suite
from leaderboard.texts import load_texts
from tests.builders import choice_rows, declaration, foreign_declaration, write_rows, write_suite

TEXTS = load_texts("es")


def test_scores_on_files_of_this_machine_say_so(tmp_path: Path):
    suite = write_suite(tmp_path / "suites", [declaration("uno"), foreign_declaration("dos")])
    write_rows(tmp_path / "data" / "dos" / "test.jsonl", choice_rows("dos", 4))
    assert local_files_notice(load_suite(str(suite)), TEXTS) == ""
    notice = local_files_notice(load_suite(str(suite), data=tmp_path / "data"), TEXTS)
    assert "En 1 de las 2 tareas" in notice
