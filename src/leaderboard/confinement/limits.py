"""Limits that a process puts on itself before it reads what a stranger wrote."""

import logging
import resource
import sys

logger = logging.getLogger(__name__)

_LARGEST_FILE_BYTES = 2**30
_OPEN_FILES = 256


def limit_self(
    *,
    memory_bytes: int | None = None,
    cpu_seconds: int | None = None,
    file_bytes: int | None = _LARGEST_FILE_BYTES,
    open_files: int | None = _OPEN_FILES,
    processes: int | None = None,
) -> None:
    """Limit this process and all it starts, for good. None leaves a limit as it is; a dump of memory is never written.

    Args:
        memory_bytes: what it may allocate. Files that are mapped into memory do not count: they take none.
        cpu_seconds: of each process; the kernel kills it a second later.
        file_bytes: the size of a file that it writes.
        open_files: how many files it may have open.
        processes: how many processes and threads its user may have, those of other programs included; root has no
            such limit.
    """
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: file_bytes,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_NPROC: processes,
    }
    if sys.platform == "linux":
        wanted[resource.RLIMIT_DATA] = memory_bytes
    elif memory_bytes is not None:
        logger.info("this system cannot limit what a process allocates; it goes on without that limit")
    for limit, value in wanted.items():
        if value is not None:
            _lower(limit, value)


def _lower(limit: int, value: int) -> None:
    """Set a limit, soft and hard, unless there is a stricter one."""
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    soft = value
    if limit == resource.RLIMIT_CPU:  # the soft one sends a signal that can be ignored, the hard one kills
        value = value + 1 if hard == resource.RLIM_INFINITY else min(value + 1, hard)
    resource.setrlimit(limit, (soft, value))
