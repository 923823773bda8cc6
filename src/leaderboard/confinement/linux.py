"""What Linux offers by number only: system calls and process controls that Python has no name for."""

import ctypes
import os
import sys
from functools import cache
from typing import Any

IS_LINUX = sys.platform == "linux"

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
"""From Linux's include/uapi/linux/prctl.h."""


@cache
def libc() -> ctypes.CDLL:
    """Return the C library of this process."""
    return ctypes.CDLL(None, use_errno=True)


def prctl(control: int, value: int) -> bool:
    """Set a control of this process; False where the kernel does not have it."""
    return IS_LINUX and libc().prctl(control, ctypes.c_ulong(value), *(ctypes.c_ulong(0),) * 3) == 0


def system_call(number: int, *arguments: Any) -> int:
    """Make a system call.

    Raises:
        OSError: the kernel refuses it, or does not have it (ENOSYS).
    """
    call = libc().syscall
    call.restype = ctypes.c_long
    answer = int(call(ctypes.c_long(number), *arguments))
    if answer < 0:
        number_of_error = ctypes.get_errno()
        raise OSError(number_of_error, os.strerror(number_of_error))
    return answer
