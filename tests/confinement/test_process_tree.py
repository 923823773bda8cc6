"""A child and all it started: counted, weighed and ended."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from leaderboard.confinement.process_tree import ProcessTree
from tests.confinement.processes import environment_for

MARK = "TESTS_PROCESS_TREE"

ADOPT_ORPHANS = """
from leaderboard.confinement.linux import PR_SET_CHILD_SUBREAPER, prctl
prctl(PR_SET_CHILD_SUBREAPER, 1)
"""
LEAVE = """
import os, sys, time
def leave():
    "Start a process that leaves its group and loses its parent, and return when it has."
    first = os.fork()
    if first == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        print(os.getpid(), flush=True)
        time.sleep(60)
        os._exit(0)
    os.waitpid(first, 0)
"""


TreeStarter = Callable[[str], tuple[ProcessTree, "subprocess.Popen[str]"]]


@pytest.fixture
def tree_of(tmp_path: Path) -> Iterator[TreeStarter]:
    """Start Python code in a session of its own, and wait until it has said a line."""
    started: list[ProcessTree] = []

    def start(code: str) -> tuple[ProcessTree, "subprocess.Popen[str]"]:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment_for(**{MARK: str(tmp_path)}),
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )
        started.append(ProcessTree(process.pid, (MARK, str(tmp_path))))
        return started[-1], process

    yield start
    for tree in started:
        tree.kill()


def said(process: "subprocess.Popen[str]") -> int:
    """Return the number that a process says next."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_all_descendants_are_counted_and_ended(tree_of: TreeStarter) -> None:
    tree, process = tree_of(
        "import subprocess, time\nprint(subprocess.Popen(['sleep', '60']).pid, flush=True)\ntime.sleep(60)"
    )
    grandchild = said(process)

    assert tree.usage(2**60).processes == 2
    assert tree.kill()
    assert process.wait(timeout=5) < 0
    assert not lives(grandchild)
    assert tree.usage(2**60).processes == 0


def test_an_orphan_that_left_its_group_is_found_where_the_child_adopts_it(tree_of: TreeStarter) -> None:
    tree, process = tree_of(ADOPT_ORPHANS + LEAVE + "leave()\ntime.sleep(60)")
    orphan = said(process)
    assert os.getpgid(orphan) != process.pid

    assert {member.pid for member in tree.members()} == {process.pid, orphan}
    assert tree.kill()
    assert not lives(orphan)


def test_one_that_was_seen_is_ended_after_the_child_and_its_mark_are_gone(tree_of: TreeStarter) -> None:
    tree, process = tree_of(
        "import os, subprocess, time\n"
        f"del os.environ['{MARK}']\n"
        "print(subprocess.Popen(['sleep', '60'], start_new_session=True).pid, flush=True)\n"
        "time.sleep(0.7)"
    )
    stray = said(process)
    assert len(tree.members()) == 2
    process.wait(timeout=10)

    assert lives(stray)
    assert tree.kill()
    assert not lives(stray)


def test_one_that_was_never_seen_is_found_by_its_mark(tree_of: TreeStarter) -> None:
    tree, process = tree_of(LEAVE + "leave()")
    stray = said(process)
    process.wait(timeout=10)

    assert lives(stray)
    assert tree.kill()
    assert not lives(stray)


def test_what_starts_processes_all_the_time_is_ended_whole(tree_of: TreeStarter) -> None:
    """It starts 400 at most, so that this machine survives a tree that is not ended."""
    code = ADOPT_ORPHANS + (
        "import os, time\n"
        "print(0, flush=True)\n"
        "for _ in range(200):\n"
        "    if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        os.fork()\n"
        "        time.sleep(30)\n"
        "        os._exit(0)\n"
        "    time.sleep(0.002)\n"
        "time.sleep(30)\n"
    )
    tree, process = tree_of(code)
    said(process)
    end = time.monotonic() + 20
    while tree.usage(2**60).processes < 40:
        assert time.monotonic() < end

    assert tree.kill()
    assert tree.members() == []


def test_an_unrelated_process_is_left_alone(tree_of: TreeStarter) -> None:
    other = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        tree, process = tree_of("print(0, flush=True)\nimport time\ntime.sleep(60)")
        said(process)
        assert tree.kill()
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


ALLOCATE = """
import mmap, os, sys, time
size = 200 * 2**20
{how}
print(0, flush=True)
time.sleep(60)
"""

MAP_A_FILE = """
file = open("weights", "w+b")
for _ in range(200):
    file.write(b"x" * 2**20)
mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
sum(mapped[place] for place in range(0, len(mapped), 4096))
"""


@pytest.mark.parametrize(
    ("how", "megabytes"),
    [
        ("block = b'x' * size", (200, 260)),
        ("block = b'x' * size\nos.fork(), os.fork()", (200, 300)),  # four processes share it
        ("file = open(sys.executable, 'rb')", (0, 60)),
        (MAP_A_FILE, (0, 60)),
    ],
    ids=["own", "shared", "little", "mapped"],
)
def test_memory_is_what_cannot_be_given_back_and_is_counted_once(
    tree_of: TreeStarter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, megabytes: tuple[int, int]
) -> None:
    monkeypatch.chdir(tmp_path)
    tree, process = tree_of(ALLOCATE.format(how=how))
    said(process)

    end = time.monotonic() + 10
    # Of four that share it, one may not be listed yet.
    while (exact := tree.usage(0).memory_bytes / 2**20) < megabytes[0] and time.monotonic() < end:
        time.sleep(0.05)
    assert megabytes[0] <= exact <= megabytes[1]
    assert tree.usage(2**60).memory_bytes / 2**20 >= exact
