"""`rule`, as a maintainer runs it."""

import pytest

from leaderboard.results.rules import RULE, read_rule
from leaderboard.store import FolderStore
from tests.cli.conftest import FOUR_TASKS, Place


@pytest.fixture
def place(place: Place) -> Place:
    place.enlarge_the_suite()
    return place


def leave_out(place: Place, task: str = "sumas") -> None:
    said = place.run("rule", "exclude", task, "--reason", "dead", "--detail", "todo a 0")
    assert (said.status, said.out) == (0, f"Version 1 of the rule: {task} left out: dead\n")


def test_before_anything_is_decided_the_suite_counts_as_it_stands_and_is_not_recorded(place: Place):
    assert place.json("rule", "show") == {"rule": "mini-1.0", "recorded": False, "excluded": [], "versions": []}
    said = place.run("rule", "show")
    assert said.status == 0
    assert "In force: mini-1.0." in said.out
    assert "`rule record" in said.err


def test_a_task_is_left_out_of_the_ranking_and_taken_back_and_both_are_shown(place: Place):
    place.finished()
    leave_out(place)
    [row] = place.json("board")
    assert (row["rule"], list(row["views"]), row["tasks"]["sumas"]["excluded"]) == (
        "mini-1.1",
        ["es", "gl", "all"],
        True,
    )
    assert place.json("rule", "include", "sumas", "--note", "mended")["version"] == 2
    [row] = place.json("board")
    assert (row["rule"], row["tasks"]["sumas"]["excluded"]) == ("mini-1.2", False)
    lines = place.run("rule", "show").out.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["1", "2"]
    assert "sumas left out: dead" in lines[1]
    assert lines[1].endswith("sumas")
    assert lines[2].endswith("mended")


def test_what_is_left_out_is_shown_with_its_evidence(place: Place):
    leave_out(place)
    assert "Left out: sumas (dead): todo a 0" in place.run("rule", "show").out
    shown = place.json("rule", "show")
    assert [(one["task"], one["reason"], one["detail"]) for one in shown["excluded"]] == [("sumas", "dead", "todo a 0")]
    assert [(one["label"], one["note"]) for one in shown["versions"]] == [("mini-1.1", "sumas left out: dead")]


def test_after_a_change_of_the_suite_file_it_is_recorded_as_it_stands(place: Place):
    leave_out(place, "refranes")
    assert place.json("rule", "show")["recorded"] is True
    place.change_the_suite(FOUR_TASKS)
    assert place.json("rule", "show")["recorded"] is False
    assert place.run("rule", "record", "--note", "sumas mended").status == 0
    shown = place.json("rule", "show")
    assert shown["recorded"] is True
    old, new = (one["configs"]["sumas"] for one in shown["versions"])
    assert old != new
    assert [one["task"] for one in shown["excluded"]] == ["refranes"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["exclude", "nope", "--reason", "dead", "--detail", "x"], "has no task nope"),
        (["exclude", "sumas", "--reason", "dead", "--detail", "x"], "left out already"),
        (["exclude", "refranes", "--reason", "dead", "--detail", "\x1b[31m"], "printed"),
        (["exclude", "refranes", "--reason", "dead", "--detail", "  "], "cannot be left out without evidence"),
        (["exclude", "restas", "--reason", "dead", "--detail", "x"], "would leave gl without a score"),
        (["exclude", "refranes", "--reason", "ugly", "--detail", "x"], "invalid choice"),
        (["exclude", "refranes", "--reason", "dead"], "--detail"),
        (["include", "refranes", "--note", "x"], "not left out"),
        (["include", "sumas"], "--note"),
        (["record", "--note", "x"], "Nothing has changed since version 1"),
        (["record", "--note", ""], "note: "),
        (["record", "--note", "  "], "note: "),
    ],
)
def test_what_cannot_be_done_says_why_and_changes_nothing(place: Place, arguments: list[str], why: str):
    leave_out(place)
    if arguments[0] == "record" and not arguments[-1].strip():
        place.change_the_suite()
    before = place.files()
    said = place.run("rule", *arguments)
    assert (said.status, said.out) == (2, "")
    assert why in said.err
    assert "Traceback" not in said.err
    assert place.files() == before


def test_a_broken_history_is_named_and_kept(place: Place):
    store = FolderStore(place.folder / "results")
    store.commit({RULE: b"{"}, message="m", parent=None)
    for arguments in (["rule", "show"], ["rule", "record", "--note", "x"], ["board"]):
        said = place.run(*arguments)
        assert (said.status, said.out) == (2, "")
        assert f"{RULE}: " in said.err
        assert "Traceback" not in said.err
    assert store.snapshot().files[RULE] == b"{"
    store.commit({RULE: None}, message="m", parent=None)
    assert read_rule(store).versions == ()
