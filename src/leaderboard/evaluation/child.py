"""The child process: loads one model once, runs every task of a job, writes results, tells its worker.

Started as `python -m leaderboard.evaluation.child JOB_FOLDER` by the worker, with an environment that holds no
secret. It speaks on standard output, one record a line. It ends when its worker is gone: the kernel sees to that on
Linux, at whatever the child may be; elsewhere it sees its standard input closed.
"""

import ctypes
import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from leaderboard.evaluation.causes import failure_of
from leaderboard.evaluation.job import (
    JOB_FILE,
    RESULTS_FOLDER,
    Job,
    ModelLoaded,
    RunFailed,
    TaskFailed,
    TaskFinished,
    TaskProgress,
)
from leaderboard.records import Cause, Record, TaskFailure, canonical_json
from leaderboard.suite import Task

_REPORT_EVERY_SECONDS = 0.5
_PR_SET_PDEATHSIG = 1
"""From Linux's sys/prctl.h: the signal this process gets when its parent ends."""


class Speaker:
    """Writes records to the worker. Keeps standard output to itself: what libraries print goes to the log."""

    def __init__(self) -> None:
        self._out: IO[bytes] = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def say(self, record: Record) -> None:
        """Send one record as one line."""
        self._out.write(canonical_json(record.model_dump(mode="json")) + b"\n")
        self._out.flush()

    def progress_of(self, task: Task) -> Callable[[int, int], None]:
        """Return a function that reports items done, at most twice a second."""
        last = 0.0

        def report(items_done: int, items: int) -> None:
            nonlocal last
            if time.monotonic() - last >= _REPORT_EVERY_SECONDS:
                last = time.monotonic()
                self.say(TaskProgress(task=task.id, items_done=items_done, items=items))

        return report


def end_with_the_worker() -> None:
    """End this process as soon as its worker is gone, however it went: no orphan keeps a GPU."""
    if sys.platform == "linux":
        worker = os.getppid()
        # Code that holds the interpreter for minutes would keep the thread below from seeing anything.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != worker:  # it went before the kernel was asked
            os._exit(3)

    def wait() -> None:
        os.read(0, 1)  # not sys.stdin: its lock would hold up the end of this process for a second
        os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


def run_job(folder: Path, speaker: Speaker) -> None:
    """Run the job in `folder`; one broken task does not stop the others."""
    job = Job.from_json((folder / JOB_FILE).read_bytes(), JOB_FILE)
    try:
        # Imported here: a broken installation is then a recorded failure, not a traceback nobody reads.
        from leaderboard.evaluation.lm_eval_models import describe_engine, describe_hardware, load_model
        from leaderboard.evaluation.lm_eval_runner import TaskRunner

        runner = TaskRunner(job, load_model(job), describe_engine(job), describe_hardware(job))
    except Exception as error:  # noqa: BLE001 - whatever a foreign model raises is a cause to record
        speaker.say(RunFailed(failure=failure_of(error, Cause.ENGINE_ERROR)))
        return
    speaker.say(ModelLoaded())
    for task in job.tasks:
        speaker.say(TaskProgress(task=task.id, items_done=0))
        try:
            result = runner.run(task, speaker.progress_of(task))
        except Exception as error:  # noqa: BLE001 - likewise
            failure = failure_of(error, Cause.TASK_ERROR)
            speaker.say(TaskFailed(failed=TaskFailure(task=task.id, failure=failure)))
            continue
        (folder / RESULTS_FOLDER / f"{task.id}.json").write_bytes(result.to_json())
        speaker.say(TaskFinished(task=task.id))


if __name__ == "__main__":
    end_with_the_worker()
    faulthandler.enable()  # a crash in native code then says where in the log
    run_job(Path(sys.argv[1]), Speaker())
