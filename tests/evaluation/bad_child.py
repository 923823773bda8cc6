"""A child process that does harm where the model is called so, and else answers like the light one.

`python -S bad_child.py SCRIPT JOB`; the model's name says what it does. Whatever it does has an end of its own, so that
a machine whose worker does not stop it survives.
"""

import ctypes
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import light_child  # type: ignore[import-not-found]  # its folder is on the path as for a script

_LONG_SECONDS = 45.0
_PR_SET_CHILD_SUBREAPER = 36


def allocate() -> None:
    """Take memory, 1.5 GB at most."""
    kept = []
    for _ in range(30):
        kept.append(b"x" * 50_000_000)
        time.sleep(0.05)
    time.sleep(_LONG_SECONDS)


def fork() -> None:
    """Start processes, 150 at most."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for _ in range(150):
        if os.fork() == 0:
            os.setsid()
            time.sleep(_LONG_SECONDS)
            os._exit(0)
    time.sleep(_LONG_SECONDS)


def leave() -> None:
    """Leave a process behind that is nobody's child and in no group of ours, and end well."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.closerange(0, 3)
            time.sleep(_LONG_SECONDS)
        os._exit(0)
    os.wait()


def hang() -> None:
    """Do nothing, for long."""
    time.sleep(_LONG_SECONDS)


def fall_silent() -> None:
    """Say that nothing more will come, and stay."""
    os.closerange(1, 3)
    time.sleep(_LONG_SECONDS)


def _write(descriptor: int, piece: bytes, megabytes: int) -> None:
    for _ in range(megabytes * 10**6 // len(piece)):
        os.write(descriptor, piece)
    time.sleep(_LONG_SECONDS)


def say_an_endless_line() -> None:
    """Say 500 MB without an end of the line."""
    _write(1, b"x" * 65_536, 500)


def say_endless_events() -> None:
    """Say the same true word 500 MB long."""
    event = b'{"event":"task_progress","task":"sumas","items_done":1}\n'
    _write(1, event * 1000, 500)


def say_endless_nonsense() -> None:
    """Say 500 MB of lines that mean nothing."""
    _write(1, b"no event\n" * 7000, 500)


def write_an_endless_log() -> None:
    """Write 150 MB into the log."""
    _write(2, b"x" * 65_535 + b"\n", 150)


def tell_tales() -> None:
    """Say of the failure what nobody should read."""
    failure = {
        "cause": "task_error",
        "detail": "ValueError: hf_abcdefghijkl in /home/ana/modelos/x\nand the item: ¿2 + 2?",
        "log": ["lm_eval/api/task.py:412 in build", "the item: ¿2 + 2?", "/home/ana/x.py:3", "Segmentation fault"],
    }
    light_child.say(event="task_failed", failed={"task": "sumas", "failure": failure})
    light_child.say(event="run_failed", failure={**failure, "detail": "token=abcdef"})
    time.sleep(_LONG_SECONDS)


HARM: dict[str, Callable[[], None]] = {
    one.__name__.replace("_", "-"): one
    for one in (
        *(allocate, fork, leave, hang, fall_silent, say_an_endless_line, say_endless_events, say_endless_nonsense),
        *(write_an_endless_log, tell_tales),
    )
}


def main(script: Path, folder: Path) -> None:
    """Do harm, or answer every task of the job."""
    model = json.loads((folder / "job.json").read_text())["model"]["name"].rpartition("/")[2]
    if model in HARM:
        HARM[model]()
    else:
        light_child.main(script, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
