"""The board of past days, over real stores: what was published then, and what counted then."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leaderboard.board import Board, View
from leaderboard.history import MomentError, board_as_of, moment_of, taken_down
from leaderboard.installation import Installation, open_installation
from leaderboard.queue import Finished
from leaderboard.records import EvalRequest, ExclusionReason, InvalidRecordError
from leaderboard.results import finished_run, reference_to
from leaderboard.results.rules import RULE, RuleChange, exclusion_of, record_rule
from leaderboard.settings import Settings
from tests.builders import NOW, TWO_TASKS, declaration, manifest, request_for, take, task_result, tell, write_suite

DAY = timedelta(days=1)


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return replace(settings, suite=str(write_suite(tmp_path / "suite")))


def evaluate(house: Installation, asked: EvalRequest, at: datetime, refranes: int, sumas: int, attempt: int = 1) -> str:
    """Let a worker publish an attempt at a request that waits; return where its results lie."""
    right = {one.id: refranes if one.id == "refranes" else sumas for one in house.suite.tasks}
    results = [task_result(asked, one, right=right[one.id], attempt=attempt) for one in house.suite.tasks]
    ran = manifest(asked, results, attempt=attempt, finished_at=at)
    files = finished_run(ran, results)
    files.commit(house.results, "m")
    take(house.queue, now=at, wanted=lambda entry: entry.id == asked.id)
    tell(house.queue, Finished(asked.id, attempt, reference_to(ran)), now=at)
    return next(path for path in files.files if "results-" in path)


def submitted(house: Installation, name: str, at: datetime = NOW) -> EvalRequest:
    asked = request_for(house.suite, name, submitted_at=at)
    house.queue.submit(asked)
    return asked


def scores(board: Board, view: View = View.ES) -> dict[str, float | None]:
    return {row.request.model.name: row.score(view) for row in board.rows}


def test_each_day_has_the_runs_and_models_of_then_and_the_last_is_the_present(house: Installation):
    asked = submitted(house, "a")
    evaluate(house, asked, NOW + DAY, 2, 2)
    evaluate(house, submitted(house, "b", NOW + 2 * DAY), NOW + 3 * DAY, 3, 3)
    house.queue.enqueue([asked], NOW + 4 * DAY)
    evaluate(house, asked, NOW + 5 * DAY, 4, 4, attempt=2)
    shown = [scores(board_as_of(house, NOW + days * DAY).board) for days in range(7)]
    assert shown == [{}, {"a": 0}, {"a": 0}, {"b": 0.5, "a": 0}, {"b": 0.5, "a": 0}, *[{"a": 1, "b": 0.5}] * 2]
    past, present = board_as_of(house, NOW + 6 * DAY), house.board()
    assert past.board == present.board
    assert past.set_aside == present.set_aside == ()


def test_ranks_and_intervals_of_a_past_day_are_those_that_were_shown_on_it(house: Installation):
    asked = submitted(house, "a")
    evaluate(house, asked, NOW + DAY, 2, 2)
    evaluate(house, submitted(house, "b"), NOW + DAY, 3, 3)
    shown_then = house.board().board
    house.queue.enqueue([asked], NOW + 4 * DAY)
    evaluate(house, asked, NOW + 5 * DAY, 4, 4, attempt=2)
    assert scores(house.board().board) == {"a": 1, "b": 0.5}
    evaluate(house, submitted(house, "c", NOW + 2 * DAY), NOW + 5 * DAY, 1, 4)
    assert house.board().board != shown_then
    assert board_as_of(house, NOW + 2 * DAY).board == shown_then


def test_a_run_that_no_longer_counts_is_verified_like_any_other(house: Installation):
    asked = submitted(house, "a")
    path = evaluate(house, asked, NOW + DAY, 2, 2)
    house.queue.enqueue([asked], NOW + 4 * DAY)
    evaluate(house, asked, NOW + 5 * DAY, 4, 4, attempt=2)
    content = house.results.snapshot(path).files[path]
    house.results.commit({path: content.replace(b'"seconds":1.5', b'"seconds":2.5')}, message="m", parent=None)
    view = board_as_of(house, NOW + 2 * DAY)
    assert view.rows == ()
    assert [error.path for error in view.set_aside] == [path]
    assert scores(house.board().board) == {"a": 1}


def test_incident_26_what_was_taken_down_is_on_no_days_board(house: Installation):
    asked = submitted(house, "a")
    evaluate(house, asked, NOW + DAY, 2, 2)
    house.queue.take_down(asked.id, NOW + 2 * DAY)
    assert board_as_of(house, NOW + DAY).rows == ()


def test_what_was_taken_down_since_a_day_is_named_beside_its_board(house: Installation):
    for days, name in ((2, "a"), (3, "b")):
        house.queue.take_down(submitted(house, name).id, NOW + days * DAY)
    named = [[one.model for one in board_as_of(house, NOW + days * DAY).withdrawn] for days in (1, 2, 3)]
    assert named == [["b", "a"], ["b"], []]
    view = house.queue.view()
    spans = [((1, 2), ["a"]), ((1, 3), ["b", "a"]), ((2, 3), ["b"]), ((0, 1), []), ((3, 3), [])]
    for (since, until), models in spans:
        assert [one.model for one in taken_down(view, NOW + since * DAY, NOW + until * DAY)] == models
    assert taken_down(view, NOW, NOW + 2 * DAY)[0].date == "2026-07-03"


def test_incident_18_leaving_a_task_out_changes_no_board_of_before(settings: Settings):
    write_suite(Path(settings.suite).parent, [*TWO_TASKS, declaration("restas", language="gl")])
    house = open_installation(settings)
    evaluate(house, submitted(house, "a"), NOW, 4, 2)
    left_out = exclusion_of(house.suite, "sumas", ExclusionReason.DEAD, "todo a 0")
    record_rule(house.results, house.suite, NOW + DAY, RuleChange("first"))
    record_rule(house.results, house.suite, NOW + 3 * DAY, RuleChange("sumas left out", exclude=left_out))
    boards = [board_as_of(house, NOW + days * DAY).board for days in (0, 1, 2, 3)]
    assert [one.rule.label for one in boards] == ["mini-1.0", "mini-1.1", "mini-1.1", "mini-1.2"]
    assert [list(one.means.views[View.GL]) for one in boards] == [*[["sumas", "restas"]] * 3, ["restas"]]
    assert scores(boards[2], View.ALL) == {"a": 0.5}


def test_incident_24_a_mended_task_leaves_the_boards_of_before_as_they_were(house: Installation, settings: Settings):
    record_rule(house.results, house.suite, NOW, RuleChange("first"))
    evaluate(house, submitted(house, "a"), NOW, 3, 4)
    changed = [TWO_TASKS[0], {**TWO_TASKS[1], "version": 2}, declaration("mas")]
    write_suite(Path(settings.suite).parent, changed)
    reopened = open_installation(settings)
    record_rule(reopened.results, reopened.suite, NOW + 2 * DAY, RuleChange("sumas mended, mas new"))
    assert scores(board_as_of(reopened, NOW + DAY).board) == {"a": 0.5}
    assert scores(board_as_of(reopened, NOW + DAY).board, View.GL) == {"a": 1}
    [row] = board_as_of(reopened, NOW + DAY).rows
    assert (row.is_complete, row.standings[View.ALL].rank) == (True, 1)
    assert scores(board_as_of(reopened, NOW + 2 * DAY).board) == {"a": None}
    assert board_as_of(reopened, NOW + 2 * DAY).board == reopened.board().board


def test_a_broken_history_of_the_rule_makes_no_board_of_the_past(house: Installation):
    evaluate(house, submitted(house, "a"), NOW, 4, 2)
    house.results.commit({RULE: b"{"}, message="m", parent=None)
    with pytest.raises(InvalidRecordError, match=RULE):
        board_as_of(house, NOW)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-30", datetime(2026, 6, 30, 23, 59, 59, 999999, UTC)),
        ("20260630", datetime(2026, 6, 30, 23, 59, 59, 999999, UTC)),
        ("2026-07-01", NOW),
        ("2026-06-30T12:00:00", datetime(2026, 6, 30, 12, tzinfo=UTC)),
        ("2026-06-30T12:00:00+02:00", datetime(2026, 6, 30, 10, tzinfo=UTC)),
        ("2026-06-30T12:00:00Z", datetime(2026, 6, 30, 12, tzinfo=UTC)),
    ],
)
def test_a_date_is_its_end_and_a_time_itself(text: str, moment: datetime):
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-07-02", "has not come yet"),
        ("2026-07-01T12:00:01", "has not come yet"),
        ("yesterday", "neither"),
        ("", "neither"),
    ],
)
def test_what_is_no_moment_of_the_past_is_refused_with_the_reason(text: str, why: str):
    with pytest.raises(MomentError, match=why):
        moment_of(text, NOW)
