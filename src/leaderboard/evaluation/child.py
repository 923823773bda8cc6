"""The child process: loads one model once, runs every task of a job, writes results, tells its worker.

Started as `python -m leaderboard.evaluation.child JOB_FOLDER` by the worker, with an environment that holds no
secret. It confines itself before it reads anything foreign. It speaks on standard output, one record a line. It ends
when its worker is gone: the kernel sees to that on Linux, at whatever the child may be; elsewhere it sees its standard
input closed.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from leaderboard.confinement import (
    drop_capabilities,
    limit_self,
    readable_by_interpreter,
    restrict_to,
    writable_devices,
)
from leaderboard.confinement.linux import PR_SET_CHILD_SUBREAPER, PR_SET_PDEATHSIG, prctl
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
from leaderboard.records import Cause, EngineName, Failure, ModelSource, Record, TaskFailure, canonical_json
from leaderboard.suite import EMBEDDED_SUITES, FolderRows, OwnRows, Task

_REPORT_EVERY_SECONDS = 0.5


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
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != worker:  # it went before the kernel was asked
            os._exit(3)

    def wait() -> None:
        os.read(0, 1)  # not sys.stdin: its lock would hold up the end of this process for a second
        os._exit(3)

    threading.Thread(target=wait, daemon=True).start()


def begin(folder: Path) -> Job:
    """Return the job in `folder`, in a process that from then on can do nothing but that job.

    To be called first of all, while there is one thread.
    """
    job = Job.from_json((folder / JOB_FILE).read_bytes(), JOB_FILE)
    prctl(PR_SET_CHILD_SUBREAPER, 1)  # what it starts stays its descendant, and the worker can find and end it
    with suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text("1000")  # when memory ends, this goes first and not the worker
    limit_self(file_bytes=None, open_files=None)
    drop_capabilities()
    hub_cache = Path(os.environ["HF_HOME"])
    restrict_to(
        readable=[*readable_by_interpreter(), *_inputs_of(job)], writable=[folder, hub_cache, *writable_devices()]
    )
    end_with_the_worker()
    return job


def _inputs_of(job: Job) -> Iterator[Path]:
    """Yield the files and folders that a job reads: its model, its tasks' data, their encoders."""
    yield EMBEDDED_SUITES
    folders = [] if job.model_folder is None else [job.model_folder]
    for task in job.tasks:
        if isinstance(task.rows, OwnRows):
            yield task.rows.test
            if task.rows.fewshot is not None:
                yield task.rows.fewshot
        elif isinstance(task.rows, FolderRows):
            folders.append(task.rows.folder)
        if task.encoder is not None and Path(task.encoder.id).is_dir():
            folders.append(Path(task.encoder.id))
    for folder in dict.fromkeys(folders):
        yield folder
        # In the Hub's own cache a model's files are links to where their bytes lie.
        yield from (file.resolve() for file in folder.rglob("*") if file.is_symlink())


def run_job(job: Job, folder: Path, speaker: Speaker) -> None:
    """Run the job in `folder`; one broken task does not stop the others."""
    try:
        # Imported here: a broken installation is then a recorded failure, not a traceback nobody reads.
        from leaderboard.evaluation.energy import EnergyMeter
        from leaderboard.evaluation.lm_eval_models import describe_hardware, load_model, why_not_scored
        from leaderboard.evaluation.lm_eval_runner import TaskRunner

        # What guesses takes no electricity worth a meter, and of a server's machine nobody here knows.
        is_elsewhere = job.engine is EngineName.COMPLETIONS or job.model.source is ModelSource.BASELINE
        meter = None if is_elsewhere or os.environ.get("LEADERBOARD_ENERGY") == "off" else EnergyMeter()
        model = load_model(job)
        runner = TaskRunner(job, model, describe_hardware(job), meter)
        refused = {task.id: reason for task in job.tasks if (reason := why_not_scored(model, task))}
    except Exception as error:  # noqa: BLE001 - whatever a foreign model raises is a cause to record
        speaker.say(RunFailed(failure=failure_of(error, Cause.ENGINE_ERROR)))
        return
    speaker.say(ModelLoaded())
    for task_id, reason in refused.items():
        failure = Failure(cause=Cause.TASK_ERROR, detail=reason)
        speaker.say(TaskFailed(failed=TaskFailure(task=task_id, failure=failure)))
    for task in (one for one in job.tasks if one.id not in refused):
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
    FOLDER = Path(sys.argv[1])
    JOB = begin(FOLDER)
    faulthandler.enable()  # a crash in native code then says where in the log
    run_job(JOB, FOLDER, Speaker())
