"""Limits that a process puts on itself."""

import signal
import subprocess
import sys

from tests.confinement.processes import environment_for, run_code


def ended(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from leaderboard.confinement import limit_self\n" + code],
        env=environment_for(),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_what_allocates_without_end_gets_no_more() -> None:
    done = ended("limit_self(memory_bytes=200 * 2**20)\nall = []\nwhile True: all.append(bytearray(2**20))")
    assert done.returncode == 1
    assert "MemoryError" in done.stderr


def test_a_file_that_is_mapped_takes_no_memory() -> None:
    code = """
import json, mmap, tempfile
from leaderboard.confinement import limit_self
limit_self(memory_bytes=100 * 2**20)
with tempfile.TemporaryFile() as file:
    file.truncate(2**30)
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        print(json.dumps(len(mapped)))
"""
    assert run_code(code) == 2**30


def test_what_computes_without_end_is_ended_also_when_it_does_not_want_to() -> None:
    done = ended(
        "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nlimit_self(cpu_seconds=1)\nwhile True: pass"
    )
    assert done.returncode == -signal.SIGKILL


def test_files_processes_and_dumps_are_limited_and_no_limit_is_ever_raised() -> None:
    code = """
import json, resource
from leaderboard.confinement import limit_self
limit_self(memory_bytes=10**9, cpu_seconds=50, file_bytes=1000, open_files=40, processes=5000)
limit_self(memory_bytes=2 * 10**9, cpu_seconds=500, file_bytes=2000, open_files=80, processes=6000)
names = ("CORE", "CPU", "FSIZE", "NOFILE", "NPROC", "DATA")
print(json.dumps({name: resource.getrlimit(getattr(resource, "RLIMIT_" + name)) for name in names}))
"""
    assert run_code(code) == {
        "CORE": [0, 0],
        "CPU": [51, 51],
        "FSIZE": [1000, 1000],
        "NOFILE": [40, 40],
        "NPROC": [5000, 5000],
        "DATA": [10**9, 10**9],
    }


def test_what_is_not_named_stays_as_it_is() -> None:
    code = """
import json, resource
from leaderboard.confinement import limit_self
names = ("RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_NPROC", "RLIMIT_DATA")
before = [resource.getrlimit(getattr(resource, name)) for name in names]
limit_self(file_bytes=None, open_files=None)
print(json.dumps(before == [resource.getrlimit(getattr(resource, name)) for name in names]))
"""
    assert run_code(code) is True
