"""`moves`, as a maintainer runs it."""

from datetime import timedelta

import pytest

from leaderboard.records import Exclusion, ExclusionReason, RuleHistory, utc_now
from leaderboard.results import finished_run, reference_to
from leaderboard.results.rules import RULE, RuleChange, record_rule
from leaderboard.store import FolderStore
from tests.builders import NOW, evaluation, finish, request_for
from tests.cli.conftest import Place

BEFORE, AFTER = "2026-06-01", "2026-07-01"


def publish(place: Place, name: str, refranes: int) -> None:
    """Have a model in the ranking from 2026-07-01 on."""
    asked = request_for(place.suite, name)
    ran = evaluation(asked, place.suite, {"refranes": refranes, "sumas": 2, "mas": 4, "restas": 4})
    finished_run(ran.manifest, ran.results).commit(FolderStore(place.folder / "results"), "m")
    finish(place.queue, asked, reference_to(ran.manifest))


def test_what_came_since_a_day_is_listed_with_its_reason(place: Place):
    publish(place, "a", 4)
    publish(place, "b", 3)
    found = place.json("moves", "--since", BEFORE, "--view", "es")
    assert [(one["model"], one["before"], one["after"]) for one in found["moves"]] == [
        ("a", None, {"score": 1.0, "rank": 1}),
        ("b", None, {"score": 0.5, "rank": 2}),
    ]
    assert {cause["reason"] for one in found["moves"] for cause in one["causes"]} == {"new_model"}
    assert found["since"] == "2026-06-01T23:59:59.999999+00:00"
    assert found["rules"] == {"before": "mini-1.0", "after": "mini-1.0"}
    said = place.run("moves", "--since", BEFORE, "--view", "es")
    header, *lines = said.out.splitlines()
    assert header.split() == ["view", "model", "rank", "score", "why"]
    assert lines[1].split() == ["es", "b", "-", "->", "2", "-", "->", "50.00", "new", "model"]


def test_all_views_are_listed_where_none_is_named_and_nothing_where_nothing_moved(place: Place):
    publish(place, "a", 4)
    found = place.json("moves", "--since", BEFORE)
    assert [one["view"] for one in found["moves"]] == ["es", "gl", "all"]
    assert place.json("moves", "--since", AFTER)["moves"] == []
    assert place.run("moves", "--since", AFTER).out == "Nothing moved.\n"
    assert place.json("moves", "--since", BEFORE, "--until", BEFORE)["moves"] == []
    assert len(place.json("moves", "--since", BEFORE, "--until", AFTER)["moves"]) == 3


def test_incident_24_a_mended_task_is_the_reason_and_who_passed_whom_is_told(place: Place):
    publish(place, "a", 4)
    publish(place, "b", 3)
    assert place.run("rule", "record", "--note", "first").status == 0
    recorded = utc_now().isoformat()
    place.change_the_suite()
    lines = place.run("moves", "--since", recorded).out.splitlines()[1:]
    assert [line.split() for line in lines] == [
        ["gl", "a", "1", "->", "-", "0.00", "->", "-", "task", "version", "(sumas)"],
        ["gl", "b", "1", "->", "-", "0.00", "->", "-", "task", "version", "(sumas)"],
        ["all", "a", "1", "->", "-", "50.00", "->", "-", "task", "version", "(sumas)"],
        ["all", "b", "2", "->", "-", "25.00", "->", "-", "task", "version", "(sumas)"],
    ]


def test_a_task_that_was_left_out_is_the_reason(place: Place):
    place.enlarge_the_suite()
    publish(place, "a", 4)
    before = (utc_now() - timedelta(seconds=1)).isoformat()
    assert place.run("rule", "exclude", "sumas", "--reason", "dead", "--detail", "todo a 0").status == 0
    found = place.json("moves", "--since", before)
    assert found["rules"] == {"before": "mini-1.0", "after": "mini-1.1"}
    assert {(one["view"], cause["reason"], *cause["tasks"]) for one in found["moves"] for cause in one["causes"]} == {
        ("gl", "rule_version", "sumas"),
        ("all", "rule_version", "sumas"),
    }


def test_incident_26_what_was_taken_down_between_is_named_though_it_is_on_neither_board(place: Place):
    publish(place, "a", 4)
    publish(place, "b", 3)
    [asked] = [entry.request for entry in place.queue.view().entries.values() if entry.request.model.name == "a"]
    day = NOW + timedelta(days=2)
    place.queue.take_down(asked.id, day)
    gone = f"taken down since: a ({day:%Y-%m-%d}); ranks of others may have moved by it"
    found = place.json("moves", "--since", AFTER)
    assert (found["moves"], found["taken_down"]) == ([], [{"model": "a", "date": f"{day:%Y-%m-%d}"}])
    assert place.run("moves", "--since", AFTER).out == f"Nothing moved.\n{gone}\n"
    assert place.run("moves", "--since", BEFORE).out.endswith(f"\n{gone}\n")
    assert place.json("moves", "--since", day.isoformat())["taken_down"] == []
    assert place.json("moves", "--since", BEFORE, "--until", AFTER)["taken_down"] == []
    said = place.run("board", "--as-of", AFTER)
    assert (said.status, said.err) == (0, f"warning: {gone}\n")
    assert [place.run("board", *more).err for more in ([], ["--as-of", day.isoformat()])] == ["", ""]


def test_a_view_that_neither_board_has_is_refused_like_one_that_the_board_lacks(place: Place):
    publish(place, "a", 4)
    said = place.run("moves", "--since", BEFORE, "--view", "eu")
    assert (said.status, said.out) == (2, "")
    assert said.err == "The suite mini has no view eu. It has: es, gl, all.\n"
    assert said.err == place.run("board", "--view", "eu").err


def test_a_view_that_only_the_board_of_before_has_is_listed(place: Place):
    """All of a language was left out while that was still allowed."""
    publish(place, "a", 4)
    store, task = FolderStore(place.folder / "results"), place.suite.tasks[1]
    version = record_rule(store, place.suite, utc_now(), RuleChange("first"))
    left_out = Exclusion(task=task.id, config_hash=task.config_hash, reason=ExclusionReason.DEAD, detail="todo a 0")
    content = RuleHistory(versions=(version.replaced(excluded=(left_out,)),)).to_json()
    store.commit({RULE: content}, message="m", parent=None)
    [move] = place.json("moves", "--since", AFTER, "--view", "gl")["moves"]
    assert (move["model"], move["after"]["rank"]) == ("a", None)
    assert place.run("board", "--view", "gl").status == 2


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--since", "2126-01-01"], "has not come yet"),
        (["--since", "soon"], "neither a date nor a time"),
        (["--since", AFTER, "--until", BEFORE], "Turn them round"),
        (["--since", BEFORE, "--view", "pt"], "invalid choice"),
        ([], "--since"),
    ],
)
def test_what_is_no_span_is_refused_with_the_reason(place: Place, arguments: list[str], why: str):
    said = place.run("moves", *arguments)
    assert (said.status, said.out) == (2, "")
    assert why in said.err


def test_a_file_that_is_set_aside_is_named_once(place: Place):
    publish(place, "a", 4)
    FolderStore(place.folder / "eval_queue").commit({"requests/00/broken.json": b"{"}, message="m", parent=None)
    said = place.run("moves", "--since", BEFORE)
    assert said.status == 0
    assert said.err.count("requests/00/broken.json") == 1
    assert NOW.isoformat()[:10] == AFTER
