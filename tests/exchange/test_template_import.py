"""Whole folders of the template, into real stores: what becomes of every file; a second time changes nothing."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leaderboard.exchange import FileReport, ImportReport, Outcome, import_template
from leaderboard.exchange import folders as exchange_folders
from leaderboard.exchange.template_files import NotTakenError
from leaderboard.queue import Queue
from leaderboard.records import ChatTemplate, LeaderboardError, Precision
from leaderboard.results.imported import imported_path, read_imported
from leaderboard.store import FolderStore
from leaderboard.suite import Suite
from tests.builders import NOW, tiny_suite
from tests.exchange.template_builders import OTHER_SHA, SHA, put, request_file, template_result


class Place:
    """Two folders to import and two stores to import into."""

    def __init__(self, root: Path, suite: Suite) -> None:
        self.requests, self.results = root / "there" / "requests", root / "there" / "results"
        self.requests.mkdir(parents=True)
        self.results.mkdir()
        self.queue_store, self.store = FolderStore(root / "eval_queue"), FolderStore(root / "own_results")
        self.queue = Queue(self.queue_store)
        self.suite = suite

    def take(self, **changes: Any) -> ImportReport:
        return import_template(
            self.requests,
            self.results,
            **{"queue": self.queue, "store": self.store, "suite": self.suite, "now": NOW, **changes},
        )

    def written(self) -> dict[str, bytes]:
        return {**self.queue_store.snapshot().files, **self.store.snapshot().files}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path, tiny_suite(tmp_path / "suites"))


def outcomes(report: ImportReport) -> dict[str, Outcome]:
    return {one.path: one.outcome for one in report.files}


def only(report: ImportReport) -> FileReport:
    (one,) = report.files
    return one


def test_a_waiting_request_becomes_an_ordinary_one_for_the_present_suite(place: Place):
    put(place.requests, "org/meiga-1b_eval_request_False_bfloat16_Original.json", request_file())
    report = only(place.take())
    assert report.outcome is Outcome.TAKEN
    (entry,) = place.queue.view().pending()
    assert entry.id == report.id
    assert (entry.request.model.name, entry.request.model.revision) == ("org/meiga-1b", SHA)
    assert (entry.request.precision, entry.request.chat_template) == (Precision.BFLOAT16, ChatTemplate.AUTO)
    assert (entry.request.tasks, entry.request.suite) == (place.suite.wanted(), place.suite.label)
    assert entry.request.submitted_at == datetime(2024, 3, 1, 10, tzinfo=UTC)


def test_requests_keep_the_order_in_which_they_were_submitted(place: Place):
    for name, day in (("a", "03"), ("b", "01"), ("c", "02")):
        wish = request_file(model=f"org/{name}", submitted_time=f"2024-03-{day}T10:00:00Z")
        put(place.requests, f"org/{name}_eval_request_False_bfloat16_Original.json", wish)
    report = place.take()
    assert [one.request.model.name for one in place.queue.view().pending()] == ["org/b", "org/c", "org/a"]
    assert [one.path[:5] for one in report.files] == ["org/a", "org/b", "org/c"]


@pytest.mark.parametrize("moment", ["2099-01-01T00:00:00Z", "2024-03-01T10:00:00", None])
def test_a_request_without_a_moment_that_has_been_is_submitted_now(place: Place, moment: str | None):
    put(place.requests, "org/a_eval_request_x.json", request_file(submitted_time=moment))
    place.take()
    assert [one.request.submitted_at for one in place.queue.view().pending()] == [NOW]


@pytest.mark.parametrize("is_dry", [False, True])
def test_the_same_wish_in_two_files_is_one_request(place: Place, is_dry: bool):
    put(place.requests, "org/a_eval_request_1.json", request_file())
    put(place.requests, "org/b_eval_request_2.json", request_file(likes=9))
    first, second = place.take(is_dry=is_dry).files
    assert (first.outcome, second.outcome) == (Outcome.TAKEN, Outcome.KNOWN)
    assert second.reason == f"the same wish as in {first.path}"
    assert first.id == second.id


@pytest.mark.parametrize("is_dry", [False, True])
def test_of_two_equal_wishes_the_earlier_is_kept(place: Place, is_dry: bool):
    put(place.requests, "org/a_eval_request_1.json", request_file(submitted_time="2024-03-02T10:00:00Z"))
    put(place.requests, "org/b_eval_request_2.json", request_file(submitted_time="2024-03-01T10:00:00Z"))
    assert list(outcomes(place.take(is_dry=is_dry)).values()) == [Outcome.KNOWN, Outcome.TAKEN]
    submitted = [one.request.submitted_at for one in place.queue.view().pending()]
    assert submitted == ([] if is_dry else [datetime(2024, 3, 1, 10, tzinfo=UTC)])


def test_every_request_file_is_accounted_for(place: Place):
    put(place.requests, "org/a_eval_request_1.json", request_file(revision="main"))
    put(place.requests, "org/b_eval_request_1.json", request_file(status="FINISHED"))
    put(place.requests, "org/c_eval_request_1.json", b"{")
    put(place.requests, "org/d.json", request_file())
    put(place.requests, "a_eval_request_b/d.json", request_file())
    put(place.requests, "e_eval_request_1.json", request_file())
    put(place.requests, "README.md", b"text")
    put(place.requests, ".cache/f_eval_request_1.json", request_file())
    report = place.take()
    assert outcomes(report) == {
        "a_eval_request_b/d.json": Outcome.NOT_TAKEN,
        "e_eval_request_1.json": Outcome.TAKEN,
        "org/a_eval_request_1.json": Outcome.NOT_TAKEN,
        "org/b_eval_request_1.json": Outcome.NOTHING_TO_DO,
        "org/c_eval_request_1.json": Outcome.NOT_TAKEN,
        "org/d.json": Outcome.NOT_TAKEN,
    }
    assert report.others == 1
    assert report.counts == {
        Outcome.TAKEN: 1,
        Outcome.HISTORY: 0,
        Outcome.KNOWN: 0,
        Outcome.NOTHING_TO_DO: 1,
        Outcome.NOT_TAKEN: 4,
    }


def test_a_request_whose_place_is_taken_by_a_broken_file_is_not_taken(place: Place):
    put(place.requests, "org/a_eval_request_1.json", request_file())
    request_id = only(place.take()).id
    put(place.queue_store.root, f"requests/{str(request_id)[:2]}/{request_id}.json", b"{")
    report = only(place.take())
    assert report.outcome is Outcome.NOT_TAKEN
    assert "cannot be read" in report.reason


def test_results_are_kept_where_they_belong(place: Place):
    put(place.results, "org/meiga-1b/results_2024.json", template_result())
    put(place.results, "results_old.json", template_result(model_sha="main"))
    report = place.take()
    assert outcomes(report) == {"org/meiga-1b/results_2024.json": Outcome.TAKEN, "results_old.json": Outcome.HISTORY}
    assert f"org/meiga-1b@{SHA[:12]}" in report.files[0].reason
    assert "no full commit sha" in report.files[1].reason
    kept, set_aside = read_imported(place.store)
    assert {one.source: one.revision for one in kept} == {
        f"{place.results.name}/org/meiga-1b/results_2024.json": SHA,
        f"{place.results.name}/results_old.json": None,
    }
    assert set_aside == ()
    assert set(place.store.snapshot().files) == {imported_path(str(one.id)) for one in report.files}


def test_a_missing_sha_is_never_taken_from_a_request_of_the_same_model(place: Place):
    put(place.requests, "org/meiga-1b_eval_request_1.json", request_file(status="FINISHED"))
    put(place.results, "org/meiga-1b/results.json", template_result(model_sha=None))
    place.take()
    ((evaluation,), _) = read_imported(place.store)
    assert evaluation.revision is None


def test_importing_twice_changes_nothing(place: Place):
    put(place.requests, "org/a_eval_request_1.json", request_file())
    put(place.results, "a.json", template_result())
    put(place.results, "b.json", template_result(model_sha=None))
    place.take()
    before = place.written()
    again = place.take(now=NOW + timedelta(days=1))
    assert set(outcomes(again).values()) == {Outcome.KNOWN}
    assert place.written() == before
    assert len(before) == 3


@pytest.mark.parametrize("is_dry", [False, True])
def test_two_files_of_the_same_content_are_one_evaluation(place: Place, is_dry: bool):
    put(place.results, "a/results.json", template_result())
    put(place.results, "b/results.json", template_result())
    first, second = place.take(is_dry=is_dry).files
    assert (first.outcome, second.outcome) == (Outcome.TAKEN, Outcome.KNOWN)
    assert second.reason == "the same evaluation was imported from results/a/results.json"


def test_a_dry_run_says_the_same_and_writes_nothing(place: Place):
    put(place.requests, "org/a_eval_request_1.json", request_file())
    put(place.results, "a.json", template_result())
    put(place.results, "b.json", b"{")
    would_be = place.take(is_dry=True)
    assert place.written() == {}
    assert would_be == place.take()
    assert len(place.written()) == 2


def test_many_files_are_committed_by_fifties(place: Place, monkeypatch: pytest.MonkeyPatch):
    for number in range(101):
        put(place.results, f"{number:03}.json", template_result({"t": {"acc": number / 1000}}))
    sizes = []
    commit = place.store.commit

    def counted(changes: Any, **more: Any) -> Any:
        sizes.append(len(changes))
        return commit(changes, **more)

    monkeypatch.setattr(place.store, "commit", counted)
    assert place.take().counts[Outcome.TAKEN] == 101
    assert sizes == [50, 50, 1]
    assert len(read_imported(place.store)[0]) == 101


def test_one_broken_file_does_not_stop_the_rest(place: Place):
    put(place.results, "a.json", b'{"config": {}, "config": {}}')
    put(place.results, "b.json", b"[" * 100_000)
    put(place.results, "c.json", template_result({"t": {"acc": float("nan")}}))
    put(place.results, "d.json", template_result(model_name="../../x"))
    put(place.results, "e.json", template_result())
    assert list(outcomes(place.take()).values()) == [Outcome.NOT_TAKEN] * 4 + [Outcome.TAKEN]
    assert len(place.written()) == 1


def test_links_are_named_and_not_followed(place: Place, tmp_path: Path):
    outside = put(tmp_path / "outside", "secret.json", template_result())
    (place.results / "file.json").symlink_to(outside)
    (place.results / "folder").symlink_to(outside.parent)
    (place.requests / "a_eval_request_1.json").symlink_to(put(tmp_path / "outside", "wish.json", request_file()))
    report = place.take()
    assert set(outcomes(report)) == {"a_eval_request_1.json", "file.json", "folder"}
    assert all(one.outcome is Outcome.NOT_TAKEN and "symbolic link" in one.reason for one in report.files)
    assert place.written() == {}


def test_a_file_that_is_too_large_is_named(place: Place, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange_folders, "MAX_BYTES", 1024**2)
    put(place.results, "large.json", b'{"a": "' + b"x" * 1024**2 + b'"}')
    put(place.results, "small.json", template_result())
    large, small = place.take().files
    assert (large.outcome, large.reason) == (Outcome.NOT_TAKEN, "it is larger than 1 MiB")
    assert small.outcome is Outcome.TAKEN


def test_the_largest_file_that_is_read_has_64_mib():
    assert exchange_folders.MAX_BYTES == 64 * 1024**2


def test_a_pipe_is_named_and_not_waited_for(place: Place):
    os.mkfifo(place.results / "pipe.json")
    assert only(place.take()).reason == "it is not an ordinary file"


@pytest.mark.parametrize("name", [b"a\x1b[2J.json", b"\xff.json", b"a\n.json"])
def test_a_name_that_cannot_be_printed_is_refused_and_shown_harmless(place: Place, name: bytes):
    with open(os.path.join(os.fsencode(place.results), name), "wb") as file:  # noqa: PTH118, PTH123 - a name of bytes
        file.write(b"{}")
    report = only(place.take())
    assert report.path.isascii()
    assert report.path.isprintable()
    assert "cannot be printed" in report.reason


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path):
    gone = exchange_folders.FoundFile(tmp_path / "gone.json", "gone.json")
    with pytest.raises(NotTakenError, match=r"it cannot be read \(No such file or directory\)"):
        gone.read()


def test_a_folder_that_cannot_be_read_is_named(place: Place, monkeypatch: pytest.MonkeyPatch):
    put(place.results, "closed/a.json", template_result())
    scandir = os.scandir

    def refused(folder: Any) -> Any:
        if str(folder).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(exchange_folders.os, "scandir", refused)
    report = only(place.take())
    assert (report.path, report.reason) == ("closed", "it is a folder that cannot be read (Permission denied)")


def test_a_folder_that_is_not_there_is_an_error_and_nothing_is_written(place: Place):
    put(place.requests, "org/a_eval_request_1.json", request_file())
    place.results.rmdir()
    with pytest.raises(LeaderboardError, match="cannot be read as a folder"):
        place.take()
    assert place.written() == {}


def test_a_kept_file_that_somebody_broke_is_not_written_over(place: Place):
    put(place.results, "a.json", template_result())
    path = imported_path(str(only(place.take()).id))
    put(place.store.root, path, b"{")
    report = only(place.take())
    assert report.outcome is Outcome.NOT_TAKEN
    assert path in report.reason
    assert place.store.snapshot().files[path] == b"{"


def test_two_evaluations_of_one_model_are_two(place: Place):
    put(place.results, "a.json", template_result())
    put(place.results, "b.json", template_result(model_sha=OTHER_SHA))
    assert place.take().counts[Outcome.TAKEN] == 2


def test_many_requests_are_committed_by_fifties(place: Place, monkeypatch: pytest.MonkeyPatch):
    commits: list[int] = []
    commit = FolderStore.commit

    def counted(store: FolderStore, changes: dict[str, bytes | None], **named: object) -> object:
        commits.append(len(changes))
        return commit(store, changes, **named)

    monkeypatch.setattr(FolderStore, "commit", counted)
    for number in range(120):
        put(place.requests, f"org/m{number}_eval_request_1.json", request_file(model=f"org/m{number}"))
    assert all(file.outcome is Outcome.TAKEN for file in place.take(is_dry=False).files)
    assert commits == [50, 50, 20]
