"""The history of the rule in a real store: what may be added, and by whom at once."""

from collections.abc import Mapping
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from unittest import mock

import pytest

from leaderboard.records import ExclusionReason, InvalidRecordError, RuleHistory
from leaderboard.results.rules import RULE, RuleChange, RuleError, RuleReader, exclusion_of, read_rule, record_rule
from leaderboard.store import ConflictError, FolderStore, Version
from leaderboard.suite import Suite, load_suite
from tests.builders import NOW, TWO_TASKS, bias_declaration, declaration, tiny_suite, write_suite

DAY = timedelta(days=1)
TASKS = (*TWO_TASKS, declaration("mas"), declaration("restas", language="gl"), bias_declaration("sesgo"))


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return tiny_suite(tmp_path / "suites", TASKS)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "results")


def leave_out(suite: Suite, task: str, detail: str = "todo a 0") -> RuleChange:
    return RuleChange(f"{task} left out", exclude=exclusion_of(suite, task, ExclusionReason.DEAD, detail))


def test_a_store_without_the_file_has_no_versions(store: FolderStore):
    assert read_rule(store) == RuleHistory()


def test_versions_are_added_and_none_is_ever_changed(store: FolderStore, suite: Suite):
    first = record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    second = record_rule(store, suite, NOW + DAY, leave_out(suite, "mas"))
    third = record_rule(store, suite, NOW + 2 * DAY, RuleChange("mended", include="sumas"))
    assert read_rule(store).versions == (first, second, third)
    assert [one.version for one in (first, second, third)] == [1, 2, 3]
    assert [[left.task for left in one.excluded] for one in (first, second, third)] == [
        ["sumas"],
        ["sumas", "mas"],
        ["mas"],
    ]
    [left] = first.excluded
    task = suite.task("sumas")
    assert task is not None
    assert (left.reason, left.detail, left.config_hash) == (ExclusionReason.DEAD, "todo a 0", task.config_hash)
    assert first.configs == {one.id: one.config_hash for one in suite.tasks}
    assert (first.at, third.note) == (NOW, "mended")


def test_a_change_of_the_suite_is_recorded_and_what_is_left_out_stays_out(
    store: FolderStore, suite: Suite, tmp_path: Path
):
    record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    changed = tiny_suite(tmp_path / "changed", ({**TASKS[0], "version": 2}, *TASKS[1:]))
    version = record_rule(store, changed, NOW + DAY, RuleChange("refranes mended"))
    assert version.configs != read_rule(store).versions[0].configs
    assert [left.task for left in version.excluded] == ["sumas"]


def test_a_signature_is_recorded_though_no_configuration_changes(store: FolderStore, suite: Suite):
    record_rule(store, suite, NOW, RuleChange("first"))
    states = [0 if task.is_draft else task.declaration.items for task in suite.tasks]
    other = [0 if state else task.declaration.items for state, task in zip(states, suite.tasks, strict=True)]
    signed = suite.replaced(
        tasks=tuple(task.replaced(reviewed_items=count) for task, count in zip(suite.tasks, other, strict=True))
    )
    assert record_rule(store, signed, NOW + DAY, RuleChange("signed")).version == 2


@pytest.mark.parametrize(
    ("task", "why"),
    [("nope", "has no task nope"), ("sumas", "left out already, for dead"), ("sesgo", "in no mean anyway")],
)
def test_what_cannot_be_left_out_is_refused_with_the_reason(store: FolderStore, suite: Suite, task: str, why: str):
    record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    before = store.snapshot().files
    with pytest.raises(RuleError, match=why):
        record_rule(store, suite, NOW + DAY, leave_out(suite, task))
    assert store.snapshot().files == before


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (RuleChange("n", include="refranes"), "refranes is not left out"),
        (RuleChange("n"), r"Nothing has changed since version 1 of 2026-07-01"),
        (RuleChange("n" * 301, include="sumas"), "note: .*300"),
        (RuleChange("\x1b[31m", include="sumas"), "note: .*printed"),
        (RuleChange("  ", include="sumas"), "note: .*at least 1"),
    ],
    ids=["not left out", "nothing changed", "a long note", "a hostile note", "a blank note"],
)
def test_what_changes_nothing_or_cannot_be_written_is_refused(
    store: FolderStore, suite: Suite, change: RuleChange, why: str
):
    record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    with pytest.raises(RuleError, match=why):
        record_rule(store, suite, NOW + DAY, change)
    assert len(read_rule(store).versions) == 1


def test_a_draft_is_in_no_mean_anyway(suite: Suite, store: FolderStore):
    signed = [task.replaced(reviewed_items=task.declaration.items) for task in suite.tasks]
    with_draft = suite.replaced(tasks=(signed[0], signed[1].replaced(reviewed_items=0), *signed[2:]))
    with pytest.raises(RuleError, match="sumas is in no mean anyway"):
        record_rule(store, with_draft, NOW, leave_out(with_draft, "sumas"))


def test_a_clock_that_is_behind_makes_no_version_older_than_the_one_before(store: FolderStore, suite: Suite):
    record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    assert record_rule(store, suite, NOW - DAY, leave_out(suite, "mas")).at == NOW


def test_a_broken_history_is_named_and_never_overwritten(store: FolderStore, suite: Suite):
    store.commit({RULE: b'{"versions": ['}, message="m", parent=None)
    with pytest.raises(InvalidRecordError, match=RULE):
        read_rule(store)
    with pytest.raises(InvalidRecordError, match=RULE):
        record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    assert store.snapshot().files == {RULE: b'{"versions": ['}


def test_incident_18_a_file_that_breaks_brings_no_task_back(store: FolderStore, suite: Suite):
    reader = RuleReader(store)
    assert reader.read() == (RuleHistory(), ())
    version = record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    assert reader.read() == (RuleHistory(versions=(version,)), ())
    store.commit({RULE: b"{"}, message="m", parent=None)
    history, broken = reader.read()
    assert history.versions == (version,)
    assert [error.path for error in broken] == [RULE]


def test_incident_18_a_file_that_was_broken_before_anything_was_read_is_no_empty_history(
    store: FolderStore, suite: Suite
):
    store.commit({RULE: b"{"}, message="m", parent=None)
    reader = RuleReader(store)
    for _ in range(2):
        with pytest.raises(InvalidRecordError, match=RULE):
            reader.read()
    store.commit({RULE: None}, message="m", parent=None)
    version = record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    assert reader.read() == (RuleHistory(versions=(version,)), ())


def test_of_two_suites_in_one_store_each_has_its_own_rule_and_versions_count_together(
    store: FolderStore, suite: Suite, tmp_path: Path
):
    other = tiny_suite(tmp_path / "other", TASKS)
    other = other.replaced(label=other.label.replaced(name="other"))
    record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    second = record_rule(store, other, NOW + 2 * DAY, leave_out(other, "mas"))
    assert (second.version, [left.task for left in second.excluded]) == (2, ["mas"])
    with pytest.raises(RuleError, match="Nothing has changed since version 1 of"):
        record_rule(store, suite, NOW + 3 * DAY, RuleChange("n"))
    third = record_rule(store, suite, NOW + DAY, RuleChange("mended", include="sumas"))
    assert (third.version, third.excluded, third.at) == (3, (), NOW + 2 * DAY)


@pytest.mark.parametrize(("first", "last", "language"), [("refranes", "mas", "es"), ("restas", "sumas", "gl")])
def test_the_last_task_of_a_language_is_not_left_out(
    store: FolderStore, suite: Suite, first: str, last: str, language: str
):
    record_rule(store, suite, NOW, leave_out(suite, first))
    with pytest.raises(RuleError, match=f"leave out {last} would leave {language} without a score: .* Take another"):
        record_rule(store, suite, NOW, leave_out(suite, last))
    assert len(read_rule(store).versions) == 1


def test_a_draft_keeps_no_language_in_the_ranking(store: FolderStore, suite: Suite):
    signed = [task.replaced(reviewed_items=0 if task.id == "mas" else task.declaration.items) for task in suite.tasks]
    with pytest.raises(RuleError, match="would leave es without a score"):
        record_rule(store, suite.replaced(tasks=tuple(signed)), NOW, leave_out(suite, "refranes"))


def test_detail_and_note_are_kept_without_the_space_around_them(store: FolderStore, suite: Suite):
    [left] = record_rule(store, suite, NOW, leave_out(suite, "sumas", "  todo a 0\n")).excluded
    assert left.detail == "todo a 0"
    assert record_rule(store, suite, NOW, RuleChange(" mended ", include="sumas")).note == "mended"


@pytest.mark.parametrize("detail", ["", "  ", "\n"])
def test_nothing_is_left_out_without_evidence(suite: Suite, detail: str):
    with pytest.raises(RuleError, match=r"sumas cannot be left out without evidence\. Say in the detail"):
        exclusion_of(suite, "sumas", ExclusionReason.DEAD, detail)


def test_the_commit_says_what_and_why(store: FolderStore, suite: Suite):
    with mock.patch.object(store, "commit", wraps=store.commit) as commit:
        record_rule(store, suite, NOW, leave_out(suite, "sumas"))
    [call] = commit.call_args_list
    assert call.kwargs["message"] == "rule 1: sumas left out"
    assert call.kwargs["parent"] is not None


def test_after_a_conflict_the_change_is_decided_anew(store: FolderStore, suite: Suite):
    """A worker publishes, and another maintainer decides, between the look and the commit."""
    commit, tries = store.commit, []

    def raced(changes: Mapping[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        tries.append(parent)
        if len(tries) == 1:
            with mock.patch.object(store, "commit", commit):
                record_rule(store, suite, NOW, leave_out(suite, "mas"))
        return commit(changes, message=message, parent=parent)

    pauses: list[float] = []
    with mock.patch.object(store, "commit", raced):
        version = record_rule(store, suite, NOW + DAY, leave_out(suite, "sumas"), sleep=pauses.append)
    assert (version.version, [left.task for left in version.excluded]) == (2, ["mas", "sumas"])
    assert (len(tries), len(pauses)) == (2, 1)


def test_a_store_that_never_rests_is_given_up_with_the_reason(store: FolderStore, suite: Suite):
    pauses: list[float] = []
    with (
        mock.patch.object(store, "commit", side_effect=ConflictError("busy")),
        pytest.raises(RuleError, match="kept changing for 50 tries"),
    ):
        record_rule(store, suite, NOW, leave_out(suite, "sumas"), sleep=pauses.append)
    assert len(pauses) == 50
    assert max(pauses) <= 10


def _leave_out_in_a_process(store: Path, suite_file: str, task: str) -> None:
    suite = load_suite(suite_file)
    record_rule(FolderStore(store), suite, NOW, leave_out(suite, task))


def test_of_maintainers_who_decide_at_once_none_is_lost(store: FolderStore, tmp_path: Path):
    suite_file = str(write_suite(tmp_path / "larger", (*TASKS, declaration("otra"))))
    processes = [
        get_context("spawn").Process(target=_leave_out_in_a_process, args=(store.root, suite_file, task))
        for task in ("refranes", "sumas", "mas")
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    versions = read_rule(store).versions
    assert [len(one.excluded) for one in versions] == [1, 2, 3]
    assert {left.task for left in versions[-1].excluded} == {"refranes", "sumas", "mas"}
