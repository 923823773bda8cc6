"""Contents on this machine's disk."""

import hashlib
import logging
import subprocess
import threading
from pathlib import Path

import pytest

from leaderboard.store.blob_cache import BlobCache, git_oid, large_oid, matches

CONTENT = b"una pregunta\n"


@pytest.fixture
def cache(tmp_path: Path) -> BlobCache:
    return BlobCache(tmp_path / "cache")


@pytest.mark.parametrize("content", [b"", CONTENT, bytes(range(256)) * 100])
def test_names_are_those_of_git_and_of_large_files(content: bytes):
    named = subprocess.run(["git", "hash-object", "--stdin"], input=content, capture_output=True, check=True)
    assert git_oid(content) == named.stdout.decode().strip()
    assert large_oid(content) == hashlib.sha256(content).hexdigest()
    assert matches(git_oid(content), content)
    assert matches(large_oid(content), content)
    assert not matches(git_oid(content), content + b"x")
    assert not matches(large_oid(content), content + b"x")
    assert not matches("", content)


@pytest.mark.parametrize("name", [git_oid, large_oid])
def test_what_is_kept_is_found_by_every_process(cache: BlobCache, tmp_path: Path, name):
    oid = name(CONTENT)
    assert cache.get(oid) is None
    assert not cache.has(oid)
    cache.put(oid, CONTENT)
    assert BlobCache(tmp_path / "cache").get(oid) == CONTENT
    assert BlobCache(tmp_path / "cache").has(oid)


@pytest.mark.parametrize("damaged", [b"", CONTENT[:-1], CONTENT + b"x", b"other"])
def test_what_is_damaged_counts_as_not_there_and_is_mended(cache: BlobCache, tmp_path: Path, damaged: bytes):
    oid = git_oid(CONTENT)
    cache.put(oid, CONTENT)
    [place] = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    place.write_bytes(damaged)
    assert cache.get(oid) is None
    cache.put(oid, CONTENT)
    assert cache.get(oid) == CONTENT


def test_what_cannot_be_read_counts_as_not_there(cache: BlobCache, tmp_path: Path):
    oid = git_oid(CONTENT)
    (tmp_path / "cache" / oid[:2] / oid).mkdir(parents=True)
    assert cache.get(oid) is None


def test_a_disk_that_takes_nothing_stops_nobody_and_is_spoken_of(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "cache").write_bytes(b"a file where the folder should be")
    cache = BlobCache(tmp_path / "cache")
    with caplog.at_level(logging.WARNING, logger="leaderboard"):
        cache.put(git_oid(CONTENT), CONTENT)
    assert cache.get(git_oid(CONTENT)) is None
    assert "cannot be kept" in caplog.text


def test_a_write_that_fails_leaves_nothing(cache: BlobCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    cache.put(git_oid(CONTENT), CONTENT)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_many_writers_of_one_content_do_not_meet(cache: BlobCache, tmp_path: Path):
    content = CONTENT * 10_000
    oid = git_oid(content)
    found: list[bytes | None] = []

    def put_and_get() -> None:
        for _ in range(20):
            cache.put(oid, content)
            found.append(cache.get(oid))

    threads = [threading.Thread(target=put_and_get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [content] * 80
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
