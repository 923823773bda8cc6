"""Which files a process can still open: Landlock, which the kernel keeps and no later code can undo.

The rules are per folder, for everything that this process and what it starts opens from then on. With them goes what
the kernel refuses any process in such a domain: to look into processes outside it (their environment, memory and open
files under /proc), to mount, and from kernel 6.12 on to signal them. Root has a privilege that looks into any process
all the same, which `capabilities` gives up. The network stays as it is.
Source: the kernel's Documentation/userspace-api/landlock.rst.
"""

import ctypes
import errno
import logging
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import leaderboard
from leaderboard.confinement.linux import IS_LINUX, PR_SET_NO_NEW_PRIVS, prctl, system_call

logger = logging.getLogger(__name__)

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = (1 << bit for bit in range(4))
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_RIGHTS_OF_VERSION = (13, 14, 15, 15, 16)
"""How many rights the versions 1, 2, ... know; later ones know as many as the last."""
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
"""The rights that a rule for a single file may name; the others are of folders."""

_NETWORK_VERSION, _SCOPE_VERSION = 4, 6
_NO_ABSTRACT_SOCKETS, _NO_SIGNALS = 1, 2

_SYSTEM = ("/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc", "/proc", "/sys", "/opt/rocm")
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty", "shm", "nvidia*", "dri", "kfd")
"""Not all of /dev: through the device of a disk root would read every file on it."""


def readable_by_interpreter() -> list[Path]:
    """Return what any Python process of this project reads: the system, the interpreter, its packages, our source.

    No user's home is among them, unless the interpreter itself lies there, and then nothing else of it.
    """
    packages = [Path(entry) for entry in sys.path if entry and Path(entry) not in (Path("/"), Path.home())]
    source = Path(leaderboard.__file__).resolve().parents[1]
    named = [Path(os.environ[name]) for name in ("SSL_CERT_FILE",) if os.environ.get(name)]
    libraries = [Path(entry) for entry in os.environ.get("LD_LIBRARY_PATH", "").split(":") if entry.startswith("/")]
    # Often a link to what a service of the system keeps elsewhere.
    resolver = Path("/etc/resolv.conf").resolve()
    interpreter = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve()]
    return [*map(Path, _SYSTEM), *interpreter, *packages, source, *named, *libraries, resolver]


def writable_devices() -> list[Path]:
    """Return the devices that computing needs: GPUs, shared memory, sources and sinks of bytes."""
    return [device for pattern in _DEVICES for device in sorted(Path("/dev").glob(pattern))]


def restrict_to(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Let this process open nothing but what lies at or under these paths, for good.

    To be called while there is one thread: another that runs already would keep its rights. Paths that do not exist
    are skipped; what is writable is readable too.

    Returns:
        False where the kernel cannot do it, with a line in the log.
    """
    version = _landlock_version()
    if version < 1:
        logger.warning("this system has no Landlock: a child process can read what its user can read")
        return False
    rights = (1 << _RIGHTS_OF_VERSION[min(version, len(_RIGHTS_OF_VERSION)) - 1]) - 1
    ruleset = _new_ruleset(version, rights)
    try:
        for path in readable:
            _allow(ruleset, path, _READ & rights)
        for path in writable:
            _allow(ruleset, path, rights)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        system_call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    except OSError as error:
        logger.warning("Landlock refuses (%s): a child process can read what its user can read", error.strerror)
        return False
    finally:
        os.close(ruleset)
    return True


def _landlock_version() -> int:
    """Return the version of Landlock that this kernel has; 0 for none, or one that is switched off."""
    if not IS_LINUX:
        return 0
    try:
        return system_call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    except OSError:
        return 0


def _new_ruleset(version: int, rights: int) -> int:
    fields = list(_attributes(version, rights))
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return system_call(
        _CREATE_RULESET, ctypes.c_char_p(attributes), ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0)
    )


def _attributes(version: int, rights: int) -> Iterator[int]:
    """Yield the fields of `struct landlock_ruleset_attr` that a version knows."""
    yield rights
    if version >= _NETWORK_VERSION:
        yield 0  # no right of the network is taken
    if version >= _SCOPE_VERSION:
        yield _NO_ABSTRACT_SOCKETS | _NO_SIGNALS


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Add a rule; a path that is not there, or that nobody may look for, needs none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EACCES):
            raise
        return
    try:
        if not path.is_dir():
            rights &= _OF_A_FILE
        rule = struct.pack("=Qi", rights, place)
        system_call(
            _ADD_RULE,
            ctypes.c_int(ruleset),
            ctypes.c_int(_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(place)
