"""Our own secrets, once they are read: out of the environment, and out of reach of other processes.

A child of the same user could otherwise read them where the kernel shows a process's first environment and its memory,
under /proc. The settings hold what is needed from then on.
"""

import ctypes
import os
import re
from collections.abc import MutableMapping
from pathlib import Path

from leaderboard.confinement.linux import IS_LINUX, PR_SET_DUMPABLE, libc, prctl

_OF_A_SECRET = re.compile(r"TOKEN(?!IZ)|SECRET|PASSWOR[DT]|PASSWD|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIAL")
_ENVIRONMENT_START, _ENVIRONMENT_END = 49, 50
"""Where /proc/self/stat says from where to where a process's first environment lies: fields 50 and 51."""


def hide_secrets(environment: MutableMapping[str, str]) -> tuple[str, ...]:
    """Remove every variable that holds a secret, and let no other process look into this one.

    To be called when the settings are read and before anything is started. The names that `huggingface_hub` and Gradio
    use are covered; both must be given their tokens from then on. Gradio reads those of its login at import.

    Returns:
        The values, for whoever keeps them out of the log.
    """
    names = [name for name in environment if _OF_A_SECRET.search(name.upper())]
    values = [environment[name] for name in names]
    _overwrite_first_environment(names)
    for name in names:
        _overwrite_present_value(name)
        del environment[name]
    prctl(PR_SET_DUMPABLE, 0)  # not readable for processes of the same user any more, and no dump of its memory
    return tuple(value for value in values if value)


def _overwrite_first_environment(names: list[str]) -> None:
    """Overwrite the values in the block that this process was started with, which /proc/self/environ shows."""
    if not IS_LINUX:
        return
    fields = Path("/proc/self/stat").read_text().rpartition(") ")[2].split()
    # The first two fields, before the last parenthesis, are gone.
    start, end = int(fields[_ENVIRONMENT_START - 2]), int(fields[_ENVIRONMENT_END - 2])
    if start == 0:  # the kernel does not say
        return
    secret = {os.fsencode(name) for name in names}
    place = start
    for entry in ctypes.string_at(start, end - start).split(b"\0"):
        name, _, value = entry.partition(b"=")
        if name in secret:
            ctypes.memset(place + len(entry) - len(value), 0, len(value))
        place += len(entry) + 1


def _overwrite_present_value(name: str) -> None:
    """Overwrite a value where the C library keeps it now: elsewhere, if it was set after the start."""
    getenv = libc().getenv
    getenv.restype = ctypes.c_void_p
    place = getenv(os.fsencode(name))
    if place:
        ctypes.memset(place, 0, len(ctypes.string_at(place)))
