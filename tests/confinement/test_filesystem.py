"""Which files a confined process can still open; each in a process of its own, with the kernel's real rules."""

from pathlib import Path

import pytest

from tests.confinement.processes import run_code

CODE = """
import json, os, subprocess, sys
from pathlib import Path
from leaderboard.confinement import drop_capabilities, filesystem
from leaderboard.confinement import readable_by_interpreter, restrict_to, writable_devices
folder, version = Path(sys.argv[1]), int(sys.argv[2])
drop_capabilities()
# Of the same user with the same rights, and not confined; it cannot be ended from here.
twin = subprocess.Popen(["sleep", "2"], **dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL))
if version:
    filesystem._landlock_version = lambda: version
restricted = restrict_to(
    [*readable_by_interpreter(), folder / "readable", folder / "one.txt", folder / "missing"],
    [folder / "writable", *writable_devices()],
)
def tried(act):
    try:
        act()
        return True
    except OSError:
        return False
def reads(path):
    return tried(lambda: Path(path).read_bytes())
def writes(path):
    return tried(lambda: Path(path).write_text("x"))
import sqlite3, tempfile  # extension modules and files of the standard library are still found
print(json.dumps({
    "restricted": restricted,
    "readable": reads(folder / "readable" / "a.txt"),
    "one": reads(folder / "one.txt"),
    "beside": reads(folder / "beside.txt"),
    "link": reads(folder / "readable" / "link.txt"),
    "listing": tried(lambda: os.listdir(folder)),
    "write readable": writes(folder / "readable" / "a.txt"),
    "write writable": writes(folder / "writable" / "deep.txt") and reads(folder / "writable" / "deep.txt"),
    "write beside": writes(folder / "new.txt"),
    "write null": writes("/dev/null"),
    "random": tried(lambda: open("/dev/urandom", "rb").read(1)),
    "parent": reads(f"/proc/{os.getppid()}/environ"),
    "twin": reads(f"/proc/{twin.pid}/environ"),
    "itself": reads("/proc/self/environ"),
    "signal": tried(lambda: twin.send_signal(0)),
    "inherited": os.system(f"cat {folder}/beside.txt >/dev/null 2>&1") == 0,
}), flush=True)
"""


def restricted(tmp_path: Path, version: int = 0) -> dict[str, bool]:
    for name in ("readable", "writable"):
        (tmp_path / name).mkdir()
    for name in ("readable/a.txt", "one.txt", "beside.txt"):
        (tmp_path / name).write_text("words")
    (tmp_path / "readable" / "link.txt").symlink_to(tmp_path / "beside.txt")
    return dict(run_code(CODE, str(tmp_path), str(version)))


EXPECTED = {
    "restricted": True,
    "readable": True,
    "one": True,
    "beside": False,
    "link": False,
    "listing": False,
    "write readable": False,
    "write writable": True,
    "write beside": False,
    "write null": True,
    "random": True,
    "parent": False,
    "twin": False,
    "itself": True,
    "signal": False,
    "inherited": False,
}


def test_a_process_opens_what_it_was_left_and_nothing_else(tmp_path: Path) -> None:
    assert restricted(tmp_path) == EXPECTED


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 7, 99])
def test_older_and_newer_versions_of_landlock_keep_the_same_files(tmp_path: Path, version: int) -> None:
    assert restricted(tmp_path, version) == {**EXPECTED, "signal": version < 6}


def test_a_kernel_without_landlock_is_told_in_one_line() -> None:
    code = """
import json, logging, sys
from leaderboard.confinement import filesystem
lines = []
handler = logging.Handler()
handler.emit = lambda record: lines.append(record.getMessage())
logging.getLogger().addHandler(handler)
filesystem._CREATE_RULESET = 100_000  # no kernel has such a call
print(json.dumps([filesystem.restrict_to([], []), lines, open("/etc/passwd").read() != ""]))
"""
    told, lines, reads = run_code(code)
    assert (told, reads) == (False, True)
    assert lines == ["this system has no Landlock: a child process can read what its user can read"]


def test_the_users_home_is_not_among_what_python_reads() -> None:
    code = """
import json, sys
from pathlib import Path
sys.path += [str(Path.home()), "/", ""]
from leaderboard.confinement import readable_by_interpreter, writable_devices
print(json.dumps([list(map(str, readable_by_interpreter())), list(map(str, writable_devices()))]))
"""
    readable, devices = run_code(code)
    assert not {str(Path.home()), str(Path.home() / ".cache"), "/", ".", "/home", "/root", "/tmp"} & set(readable)  # noqa: S108
    assert "/dev/null" in devices
    assert not [device for device in devices if device in ("/dev", "/dev/mem", "/dev/vda", "/dev/sda")]
