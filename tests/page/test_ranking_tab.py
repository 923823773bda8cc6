"""What stands above the table."""

import json
from pathlib import Path

import pytest

from leaderboard.board import BoardBuilder, build_board
from leaderboard.installation import BoardView, Tombstone
from leaderboard.page.ranking_tab import _warning, _words_for_the_browser, local_files_notice
from leaderboard.records import Engine, EngineName, InvalidRecordError
from leaderboard.suite import Language, Suite, load_suite
from leaderboard.texts import load_texts
from tests.board.test_drafts import with_reviewed
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
    listed = "somos/uno (el 1 de julio de 2026), somos/dos (el 30 de junio de 2026)"
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


def drafts_told(suite: Suite) -> dict[str, bool]:
    words = json.loads(read_html(_words_for_the_browser(suite, TEXTS)).text)
    return {task: told["draft"] for task, told in words["tasks"].items()}


def test_a_draft_column_says_so_where_others_are_not_drafts(tmp_path: Path):
    suite = tiny_suite(tmp_path)
    mixed = with_reviewed(suite, {"refranes": 4, "sumas": 0})
    assert drafts_told(mixed) == {"refranes": False, "sumas": True}
    assert drafts_told(with_reviewed(suite, {"refranes": 0, "sumas": 0})) == {"refranes": False, "sumas": False}


def test_no_title_of_a_task_can_end_the_words_for_the_browser(tmp_path: Path):
    hostile = declaration("uno") | {"title": {"es": "</script><img src=x>"}}
    markup = _words_for_the_browser(load_suite(str(write_suite(tmp_path, [hostile]))), TEXTS)
    assert markup.count("<") == 2
    assert json.loads(read_html(markup).text)["tasks"]["uno"]["title"] == "</script><img src=x>"
