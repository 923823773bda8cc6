"""What root may do beyond its files: given up by whoever is about to run something foreign.

Whoever is not root has nothing of it, and nothing changes. Root keeps only the right to read and write files whoever
owns them: `filesystem` says which.
"""

import ctypes

from leaderboard.confinement.linux import IS_LINUX, PR_SET_NO_NEW_PRIVS, libc, prctl

_VERSION_3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2
"""From Linux's include/uapi/linux/capability.h."""

_KEPT = 1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH


def drop_capabilities() -> bool:
    """Give up loading kernel modules, mounting, tracing and the like, for good; tell whether the kernel took it."""
    if not IS_LINUX or not prctl(PR_SET_NO_NEW_PRIVS, 1):  # else the next program of root's would have them again
        return False
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    # Effective, permitted and inheritable, of the capabilities 0 to 31; then the same of 32 to 63.
    held = (ctypes.c_uint32 * 6)()
    if libc().capget(header, held) != 0:
        return False
    left = (ctypes.c_uint32 * 6)(*(one & _KEPT for one in held[:3]), 0, 0, 0)
    return int(libc().capset(header, left)) == 0
