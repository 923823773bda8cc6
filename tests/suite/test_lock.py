"""The lock file: what was looked up once."""

from pathlib import Path

import pytest

from leaderboard.records import InvalidRecordError
from leaderboard.suite import HubDataset, SuiteError
from leaderboard.suite.lock import Lock, lock_key, lock_path, read_lock, write_lock
from tests.builders import floor, some_sha256

COMMIT = "a" * 40
OTHER_COMMIT = "b" * 40


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    return tmp_path / "mini.yaml"


def dataset(name: str = "org/data", branch: str = "main") -> HubDataset:
    return HubDataset(id=name, split="test", columns=("a",), revision=branch)


def test_a_lock_lies_beside_its_suite(suite_file: Path):
    assert lock_path(suite_file) == suite_file.parent / "mini.lock.json"


def test_without_a_file_nothing_is_locked(suite_file: Path):
    lock = read_lock(suite_file)
    assert lock == Lock()
    assert lock.revision_of(dataset()) is None


def test_what_is_written_is_read_again(suite_file: Path):
    lock = Lock(
        lm_eval="0.4.13",
        upstream={"xquad/xquad_es.yaml": some_sha256("xquad")},
        datasets={"org/data@main": COMMIT},
        encoders={"org/encoder": OTHER_COMMIT},
        floors={"uno": floor()},
    )
    write_lock(suite_file, lock)
    assert read_lock(suite_file) == lock


def test_a_commit_is_locked_for_one_branch_of_one_dataset():
    lock = Lock(datasets={lock_key(dataset()): COMMIT, lock_key(dataset(branch="fixed")): OTHER_COMMIT})
    assert lock.revision_of(dataset()) == COMMIT
    assert lock.revision_of(dataset(branch="fixed")) == OTHER_COMMIT
    assert lock.revision_of(dataset(branch="another")) is None
    assert lock.revision_of(dataset("org/other")) is None


def test_the_order_in_which_things_were_looked_up_leaves_no_trace(suite_file: Path):
    commits = {f"org/{name}@main": COMMIT for name in "cab"}
    hashes = {f"{name}.yaml": some_sha256(name) for name in "cab"}
    encoders = {f"org/{name}": COMMIT for name in "cab"}
    floors = dict.fromkeys("cab", floor())
    lock = Lock(datasets=commits, upstream=hashes, encoders=encoders, floors=floors)
    write_lock(suite_file, lock)
    first = lock_path(suite_file).read_bytes()
    turned = {
        name: dict(reversed(getattr(lock, name).items())) for name in ("datasets", "upstream", "encoders", "floors")
    }
    write_lock(suite_file, Lock(**turned))
    assert lock_path(suite_file).read_bytes() == first


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"[]",
        b'{"dataset": {}}',
        b'{"datasets": {"org/data@main": "main"}}',
        b'{"upstream": {"a.yaml": "0"}}',
        b'{"encoders": {"org/encoder": null}}',
        b'{"floors": {"uno": {"mean": 0.3}}}',
    ],
)
def test_a_lock_that_no_command_wrote_is_refused_by_its_name(suite_file: Path, content: bytes):
    lock_path(suite_file).write_bytes(content)
    with pytest.raises(InvalidRecordError, match=r"mini\.lock\.json"):
        read_lock(suite_file)


def test_a_lock_in_another_encoding_is_named(suite_file: Path):
    lock_path(suite_file).write_bytes(b'{"lm_eval": "\xff"}')
    with pytest.raises(SuiteError, match=r"^mini\.lock\.json: it is not UTF-8"):
        read_lock(suite_file)
