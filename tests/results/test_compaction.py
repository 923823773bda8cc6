"""Old runs in packs: whoever reads finds them, and nothing that counts is lost."""

from pathlib import Path

import pytest

from leaderboard.queue import Queue, QueueEntry
from leaderboard.records import Checkpoint, InvalidRecordError
from leaderboard.results import ResultsReader, finished_tasks
from leaderboard.results.compaction import Compacted, compact, pack, unpack
from leaderboard.results.layout import PACKS, RUNS
from leaderboard.store import ConflictError, FolderStore, Store
from tests.made_models import publish_made_models

MODELS = tuple((f"casa/modelo-{number}", 1.0 + number, 0.5) for number in range(9))


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    publish_made_models(tmp_path, MODELS)
    return Queue(FolderStore(tmp_path / "eval_queue"))


@pytest.fixture
def results(tmp_path: Path, queue: Queue) -> FolderStore:
    del queue
    return FolderStore(tmp_path / "results")


def entries(queue: Queue) -> list[QueueEntry]:
    return list(queue.view().entries.values())


def test_what_was_packed_is_read_as_before(queue: Queue, results: FolderStore):
    before = ResultsReader(results).published(queue.view())
    assert compact(results, entries(queue)) == Compacted(9, 0)
    files = results.snapshot().files
    assert not [path for path in files if path.startswith(RUNS)]
    assert len([path for path in files if path.startswith(PACKS)]) == 1
    after = ResultsReader(results).published(queue.view())
    assert after == before
    assert len(after.evaluations) == 9
    assert compact(results, entries(queue)) == Compacted(0, 0)


def test_a_reader_that_was_there_before_finds_them_too(queue: Queue, results: FolderStore, tmp_path: Path):
    reader = ResultsReader(results)
    compact(results, entries(queue))
    assert len(reader.published(queue.view()).evaluations) == 9
    publish_made_models(tmp_path, tuple((f"otra/m-{n}", 1.0, 0.5) for n in range(8)), first_seed=20)
    compact(results, entries(queue))
    assert len(results.snapshot(PACKS).files) == 2
    assert len(reader.published(queue.view()).evaluations) == 17


def test_few_runs_are_not_worth_a_pack(queue: Queue, results: FolderStore):
    assert compact(results, entries(queue)[:7]) == Compacted(0, 0)


def test_a_run_that_is_not_what_its_name_says_stays_where_it_is(queue: Queue, results: FolderStore):
    broken = min(path for path in results.snapshot(RUNS).files if "results-" in path)
    results.commit({broken: b"{}\n"}, message="by hand", parent=None)
    assert compact(results, entries(queue)).runs == 8
    assert broken in results.snapshot(RUNS).files
    published = ResultsReader(results).published(queue.view())
    assert len(published.evaluations) == 8
    assert broken in str(published.set_aside[0])


def test_a_broken_pack_hides_its_runs_and_they_are_named(queue: Queue, results: FolderStore):
    compact(results, entries(queue))
    (path,) = results.snapshot(PACKS).files
    results.commit({path: b"no pack"}, message="by hand", parent=None)
    published = ResultsReader(results).published(queue.view())
    assert (len(published.evaluations), len(published.set_aside)) == (0, 9)


def test_a_pack_that_lies_is_caught_by_the_hashes(queue: Queue, results: FolderStore):
    compact(results, entries(queue))
    (path,) = results.snapshot(PACKS).files
    files = unpack(results.snapshot(PACKS).files[path], path)
    forged = next(name for name in files if "results-" in name)
    results.commit({path: pack(files | {forged: b"{}\n"})}, message="forged", parent=None)
    published = ResultsReader(results).published(queue.view())
    assert len(published.evaluations) == 8
    assert forged in str(published.set_aside[0])


def test_stale_checkpoints_go_and_those_a_manifest_names_stay(queue: Queue, results: FolderStore):
    evaluations = ResultsReader(results).published(queue.view()).evaluations
    one = evaluations[0]
    finished_tasks(one.manifest.run, one.results[:1]).commit(results, "a checkpoint")
    assert compact(results, entries(queue)[:3]) == Compacted(0, 1)
    assert len(ResultsReader(results).published(queue.view()).evaluations) == 9
    whole = Checkpoint(run=one.manifest.run, sha256=one.manifest.results_sha256)
    assert ResultsReader(results).finished_tasks(whole) == one.results


def test_whoever_commits_meanwhile_costs_another_try(queue: Queue, tmp_path: Path):
    class Busy(FolderStore):
        conflicts = 2

        def commit(self, changes, *, message, parent):
            if self.conflicts:
                self.conflicts -= 1
                raise ConflictError
            return super().commit(changes, message=message, parent=parent)

    assert compact(Busy(tmp_path / "results"), entries(queue)).runs == 9


def test_whoever_commits_all_the_time_is_not_overwritten(queue: Queue, results: FolderStore, tmp_path: Path):
    class Busier(FolderStore):
        def commit(self, *_changes, **_more):
            raise ConflictError

    store: Store = Busier(tmp_path / "results")
    with pytest.raises(ConflictError):
        compact(store, entries(queue))
    assert len(ResultsReader(results).published(queue.view()).evaluations) == 9


def test_a_run_too_large_for_a_pack_stays_and_the_others_share_several(
    queue: Queue, results: FolderStore, monkeypatch: pytest.MonkeyPatch
):
    sizes: dict[str, int] = {}
    for path, content in results.snapshot(RUNS).files.items():
        run = path.split("/")[2]
        sizes[run] = sizes.get(run, 0) + len(content)
    monkeypatch.setattr("leaderboard.results.compaction._LARGEST_PACK", sorted(sizes.values())[-2])
    assert compact(results, entries(queue)).runs == 8
    assert len(results.snapshot(PACKS).files) > 1
    assert len(ResultsReader(results).published(queue.view()).evaluations) == 9


def test_what_could_not_be_read_again_is_not_deleted(
    queue: Queue, results: FolderStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("leaderboard.results.compaction._LARGEST_UNPACKED", 1000)
    before = dict(results.snapshot().files)
    with pytest.raises(InvalidRecordError):
        compact(results, entries(queue))
    assert results.snapshot().files == before
