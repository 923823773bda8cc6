"""How the lines of a job come back: through its log, or through a bucket that is mounted in it. Neither is believed."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import huggingface_hub
from huggingface_hub import HfApi, Volume

from leaderboard.records import LeaderboardError

FOLDER_VARIABLE = "LEADERBOARD_OUTPUT"
"""Where a job is to write its lines; unset, on its standard output."""
_MOUNTED_AT = "/output"
_LARGEST_FILE = 1024 * 2**20
"""Bytes: twice what a run may say, for what it says is checked line by line."""


class JobOutput(Protocol):
    """A way back."""

    def lines(self, job_id: str, run: str, *, tail: int | None) -> Iterable[str]:
        """Return what a run's job has said so far, or its end; raises what the client raises."""
        ...

    def volumes(self) -> list[Volume] | None:
        """Return what a job needs mounted."""
        ...

    def environment(self) -> dict[str, str]:
        """Return what a job is told of it."""
        ...


@dataclass(frozen=True)
class LogOutput:
    """The job's log, as the Hub keeps it: the default."""

    api: HfApi
    namespace: str

    def lines(self, job_id: str, run: str, *, tail: int | None) -> Iterable[str]:
        """Return the log's lines."""
        del run
        return self.api.fetch_job_logs(job_id=job_id, namespace=self.namespace, tail=tail)

    def volumes(self) -> None:
        """Return nothing: a log is there without being mounted."""

    def environment(self) -> dict[str, str]:
        """Return nothing: without a word the job writes on its standard output."""
        return {}


@dataclass(frozen=True)
class BucketOutput:
    """A file in a bucket that jobs have mounted: for results larger than a log holds.

    Unproven: no job has written into a bucket yet. What is tested ends at the client's own functions.
    """

    api: HfApi
    bucket: str

    def lines(self, job_id: str, run: str, *, tail: int | None) -> Iterator[str]:
        """Yield the file's lines; none where it is not there yet. A bucket gives no part of a file."""
        del job_id, tail
        with tempfile.TemporaryDirectory(prefix="output-") as folder:
            here = Path(folder) / "lines"
            self.api.download_bucket_files(self.bucket, [(file_name(run), here)])
            if here.is_file() and here.stat().st_size <= _LARGEST_FILE:
                with here.open(encoding="utf-8", errors="replace") as file:
                    yield from file

    def volumes(self) -> list[Volume]:
        """Return the bucket, to be written."""
        return [Volume(type="bucket", source=self.bucket, mount_path=_MOUNTED_AT, read_only=False)]

    def environment(self) -> dict[str, str]:
        """Tell the job where to write."""
        return {FOLDER_VARIABLE: _MOUNTED_AT}


class NoBucketsError(LeaderboardError):
    """This version of the Hub's client knows no buckets."""


def job_output(api: HfApi, namespace: str, bucket: str | None) -> JobOutput:
    """Return the way back that the settings name.

    Raises:
        NoBucketsError: a bucket is named, and the client cannot mount or read one.
    """
    if bucket is None:
        return LogOutput(api, namespace)
    if not hasattr(api, "download_bucket_files") or not hasattr(huggingface_hub, "Volume"):
        message = "LEADERBOARD_JOBS_BUCKET is set, and this huggingface_hub knows no buckets. Unset it."
        raise NoBucketsError(message)
    return BucketOutput(api, bucket)


def file_name(run: str) -> str:
    """Return the name of a run's file."""
    return f"{run}.lines"
