"""Finished tasks of evaluations that have not ended, on this machine's disk: a crash costs the task it fell into."""

import logging
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from leaderboard.evaluation.inspection import LARGEST_RESULT_BYTES
from leaderboard.evaluation.job import RESULTS_FOLDER
from leaderboard.records import InvalidRecordError, TaskResult

logger = logging.getLogger(__name__)

_STARTS = ".starts"
"""One byte for every start: a process that is killed cannot leave half a number."""

_FORGOTTEN_AFTER_SECONDS = 30 * 86400.0


class KeptResults:
    """Results by request, until the request has ended. All workers of a machine share them."""

    def __init__(self, work_dir: Path) -> None:
        self._folder = work_dir / "kept"
        self._jobs = work_dir / "jobs"

    def keep(self, result: TaskResult) -> None:
        """Keep one finished task; a process that is killed meanwhile leaves nothing or all of it."""
        folder = self._folder / result.request
        folder.mkdir(parents=True, exist_ok=True)
        new = folder / f".{result.task}.{os.getpid()}"
        new.write_bytes(result.to_json())
        os.replace(new, folder / f"{result.task}.json")
        (folder / _STARTS).unlink(missing_ok=True)

    def has(self, result: TaskResult) -> bool:
        """Tell whether something is kept of that task."""
        return (self._folder / result.request / f"{result.task}.json").exists()

    def note_start(self, request_id: str) -> int:
        """Note that a child is started; return how many starts were noted and never ended, this one counted.

        A worker that lives to see its child's end takes its note back: only those that were killed are left.
        """
        folder = self._folder / request_id
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _STARTS).open("ab") as starts:
            starts.write(b".")
            return starts.tell()

    def note_end(self, request_id: str) -> None:
        """Note that the worker has outlived the child."""
        (self._folder / request_id / _STARTS).unlink(missing_ok=True)

    def of(self, request_id: str) -> list[TaskResult]:
        """Return what is kept of a request, then what its children wrote and their killed workers did not see.

        What cannot be read is measured again. What can be read is, like the word of a living child, not yet believed.
        """
        kept = sorted((self._folder / request_id).glob("[!.]*.json"))
        unseen = sorted(self._jobs.glob(f"{request_id}-*/{RESULTS_FOLDER}/*.json"))
        return [result for path in (*kept, *unseen) if (result := _readable(path)) is not None]

    def forget(self, request_id: str) -> None:
        """Throw away what is kept of a request that has ended."""
        shutil.rmtree(self._folder / request_id, ignore_errors=True)

    def tidy(self) -> None:
        """Throw away what nobody came back for in a month."""
        oldest = time.time() - _FORGOTTEN_AFTER_SECONDS
        for folder in (*self._folder.glob("*"), *self._jobs.glob("*")):
            with suppress(FileNotFoundError):  # another worker of this machine tidies too, or has just ended its job
                if folder.stat().st_mtime < oldest:
                    shutil.rmtree(folder, ignore_errors=True)


def _readable(path: Path) -> TaskResult | None:
    try:
        return TaskResult.from_json(_content(path), path.name)
    except (InvalidRecordError, OSError) as error:
        logger.warning("a result that was left behind is measured again: %s", error)
        return None


def _content(path: Path) -> bytes:
    """Read a file that a child may have made, which is not to be waited for and not to fill the memory."""
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_RESULT_BYTES:
        raise InvalidRecordError(path.name, "it is not a file of a result's size")
    return path.read_bytes()
