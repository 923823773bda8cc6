"""One process at a time sits at a desk, and whoever sits down after a crash is the same worker again."""

import logging
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leaderboard.evaluation.desk import sit_down
from leaderboard.queue import WorkerIdentity
from leaderboard.records import LeaderboardError
from tests.evaluation.stage import set_stage
from tests.store.places import folder_place

_AT_ONCE = 8


@contextmanager
def processes(count: int, act: Callable[[], str]) -> Iterator[list[tuple[int, str]]]:
    """Let `count` processes act at the same moment; give their ids and words while they live, then kill them."""
    start_read, start_write = os.pipe()
    children = []
    for _ in range(count):
        heard, told = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(start_write)
            os.read(start_read, 1)  # until the parent closes it
            try:
                os.write(told, act().encode())
                time.sleep(60)
            finally:
                os._exit(1)
        os.close(told)
        children.append((child, heard))
    os.close(start_read)
    os.close(start_write)
    try:
        yield [(child, os.read(heard, 1000).decode()) for child, heard in children]
    finally:
        for child, heard in children:
            os.close(heard)
            kill(child)


def kill(child: int) -> None:
    try:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    except (ProcessLookupError, ChildProcessError):  # killed by the test
        return


def in_words(identity: WorkerIdentity) -> str:
    return f"{identity.name} {identity.secret.hex()}"


def sit_and_stay(work: Path) -> Callable[[], str]:
    """Return what a process does that keeps its desk until it ends."""
    desks = []

    def act() -> str:
        desks.append(sit_down(work))
        return in_words(desks[-1].identity)

    return act


def secret_of(work: Path, name: str) -> Path:
    return work / "workers" / name / "secret"


def test_a_desk_gives_a_name_and_a_secret_that_nobody_else_has(tmp_path: Path):
    first, second = (sit_down(tmp_path / machine).identity for machine in ("one", "two"))
    assert first.name != second.name
    assert first.secret != second.secret
    assert {len(first.secret), len(second.secret)} == {32}
    assert first.nonce("0" * 32, 1) != second.nonce("0" * 32, 1)


def test_the_name_says_nothing_of_the_machine(tmp_path: Path):
    kind, _, number = sit_down(tmp_path).identity.name.partition("-")
    assert kind == "worker"
    assert len(bytes.fromhex(number)) == 4


def test_the_same_worker_sits_down_again_where_it_sat(tmp_path: Path):
    desk = sit_down(tmp_path)
    identity = desk.identity
    desk.leave()
    assert sit_down(tmp_path).identity == identity


def test_a_desk_that_is_taken_in_this_process_is_not_given_twice(tmp_path: Path):
    first, second = sit_down(tmp_path), sit_down(tmp_path)
    assert first.identity.name != second.identity.name


def test_a_live_process_keeps_its_desk(tmp_path: Path):
    with processes(1, sit_and_stay(tmp_path)) as [(_, words)]:
        assert in_words(sit_down(tmp_path).identity) != words


def test_a_stopped_process_keeps_its_desk_too(tmp_path: Path):
    """It may wake: nobody may speak in its name meanwhile."""
    with processes(1, sit_and_stay(tmp_path)) as [(child, words)]:
        os.kill(child, signal.SIGSTOP)
        assert in_words(sit_down(tmp_path).identity) != words


def test_a_killed_process_frees_its_desk_at_once_for_the_same_name_and_secret(tmp_path: Path):
    with processes(1, sit_and_stay(tmp_path)) as [(child, words)]:
        kill(child)
        assert in_words(sit_down(tmp_path).identity) == words


@pytest.mark.parametrize("crashed", [0, 1])
def test_the_desk_of_a_crashed_process_is_taken_before_one_that_was_left(tmp_path: Path, crashed: int):
    """Its claims would wait for the end of a lease, while somebody sits beside them."""
    desks = []

    def act() -> str:
        desks.extend(sorted((sit_down(tmp_path), sit_down(tmp_path)), key=lambda desk: desk.identity.name))
        desks[1 - crashed].leave()
        return in_words(desks[crashed].identity)

    with processes(1, act) as [(child, words)]:
        kill(child)
        again = sit_down(tmp_path)
        assert in_words(again.identity) == words
        assert in_words(sit_down(tmp_path).identity) != words, "the other one, which is free too"
    assert len(list((tmp_path / "workers").iterdir())) == 2


def test_a_child_that_outlives_its_worker_does_not_keep_the_desk(tmp_path: Path):
    kept = []

    def with_a_child() -> str:
        desk, left_behind = sit_down(tmp_path), subprocess.Popen([sys.executable, "-S", "-c", "input()"])
        kept.append(desk)
        return f"{desk.identity.name} {left_behind.pid}"

    with processes(1, with_a_child) as [(child, words)]:
        name, pid = words.split()
        kill(child)
        try:
            os.kill(int(pid), 0)  # it still runs
            assert sit_down(tmp_path).identity.name == name
        finally:
            os.kill(int(pid), signal.SIGKILL)


def test_processes_that_begin_at_once_get_a_desk_each(tmp_path: Path):
    with processes(_AT_ONCE, sit_and_stay(tmp_path)) as found:
        words = {words for _, words in found}
        assert len(words) == _AT_ONCE
        assert all(len(one.split()) == 2 for one in words)

    with processes(_AT_ONCE, sit_and_stay(tmp_path)) as found:
        assert {words for _, words in found} == words, "the desks were free, and no new one was needed"


def test_only_whole_desks_count(tmp_path: Path):
    """A process that is killed while it sets one up leaves a folder under another name, or one without a secret."""
    desks = tmp_path / "workers"
    for name in (".new-worker-00000000", "worker-00000001", "worker-00000002"):
        (desks / name).mkdir(parents=True)
    (desks / ".new-worker-00000000" / "secret").write_bytes(b"s" * 32)
    (desks / "worker-00000002" / "secret").mkdir()
    (desks / "worker-00000003").write_bytes(b"s" * 32)

    identity = sit_down(tmp_path).identity

    assert (desks / identity.name).is_dir()
    assert not identity.name.endswith(("00000000", "00000001", "00000002", "00000003"))


@pytest.mark.parametrize("damaged", [b"", b"short", b"s" * 31, b"s" * 33])
def test_a_desk_with_a_damaged_secret_is_left_alone_for_its_nonces_could_be_guessed(tmp_path: Path, damaged: bytes):
    desk = sit_down(tmp_path)
    desk.leave()
    secret_of(tmp_path, desk.identity.name).write_bytes(damaged)

    identity = sit_down(tmp_path).identity

    assert identity.name != desk.identity.name
    assert len(identity.secret) == 32
    assert secret_of(tmp_path, desk.identity.name).read_bytes() == damaged


def test_a_secret_that_is_lost_meanwhile_does_not_change_who_sits_there(tmp_path: Path):
    desk = sit_down(tmp_path)
    before = desk.identity.nonce("0" * 32, 1)
    secret_of(tmp_path, desk.identity.name).unlink()
    assert desk.identity.nonce("0" * 32, 1) == before


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_secret_is_for_its_owner_alone(tmp_path: Path, umask: int):
    before = os.umask(umask)
    try:
        identity = sit_down(tmp_path).identity
    finally:
        os.umask(before)
    secret = secret_of(tmp_path, identity.name)
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert secret.read_bytes() == identity.secret


def test_the_secret_is_shown_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    stage = set_stage(folder_place(tmp_path / "queue"), folder_place(tmp_path / "results"), tmp_path)
    worker = stage.worker()
    worker.work_off()
    desk = worker.desk
    shown = f"{worker!r} {desk!r} {desk.identity!r} {desk.identity} {vars(desk)} {caplog.text}"
    assert desk.identity.name in shown
    for spelling in (desk.identity.secret.hex(), repr(desk.identity.secret)[2:-1]):
        assert spelling not in shown


@pytest.mark.parametrize("blocked", ["work", "work/workers"])
def test_a_work_folder_that_cannot_be_written_is_named_with_the_setting_and_without_its_place(
    tmp_path: Path, blocked: str
):
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text("not a folder")
    with pytest.raises(LeaderboardError, match=r"The scratch folder work cannot be written: .+ See LEADERBOARD_WORK\."):
        sit_down(tmp_path / "work")
    with pytest.raises(LeaderboardError) as refused:
        sit_down(tmp_path / "work")
    assert str(tmp_path) not in str(refused.value)
