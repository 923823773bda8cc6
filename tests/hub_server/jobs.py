"""Jobs: commands that are run for real, in an environment that holds what the job was given and nothing else.

What can go wrong with one is told to `Jobs.play` beforehand: that it is lost, that it ends with an error or is past its
limit, that its log comes late, in disorder or with gaps.
"""

import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass
class JobPlay:
    """What goes wrong with the jobs that are started from now on."""

    ends_with: str | None = None
    """The message of an error before anything runs."""
    lost: bool = False
    """Nobody knows it any more, a moment after it was started."""
    waits: bool = False
    """It stays in the line for a machine until this is taken back."""
    log: Callable[[list[str]], Sequence[str]] = list
    """What becomes of the lines of its log when they are asked for."""
    command: Sequence[str] | None = None
    """What is run in place of its command."""


@dataclass
class Job:
    """One job, and the process that it is."""

    id: str
    namespace: str
    spec: dict[str, Any]
    play: JobPlay
    stage: str = "SCHEDULING"
    message: str | None = None
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float | None = None
    ended: float | None = None
    lines: list[str] = field(default_factory=list)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def running_seconds(self) -> int | None:
        """How long it has run."""
        if self.started is None:
            return None
        return int((self.ended or time.monotonic()) - self.started)

    def as_data(self) -> dict[str, Any]:
        """Return what the Hub says of it; secrets by their names only."""
        told = {name: value for name, value in self.spec.items() if name not in {"secrets", "timeoutSeconds"}}
        return told | {
            "id": self.id,
            "createdAt": f"{self.created:%Y-%m-%dT%H:%M:%S.%fZ}",
            "owner": {"id": "0" * 24, "name": self.namespace, "type": "org"},
            "status": {"stage": self.stage, "message": self.message},
            "secrets": dict.fromkeys(self.spec.get("secrets", {}), ""),
            "durations": {"schedulingSecs": 0, "runningSecs": self.running_seconds, "totalSecs": 0},
        }


@dataclass
class ScheduledJob:
    """What is to be started again and again. Nobody starts it here."""

    id: str
    namespace: str
    spec: dict[str, Any]
    schedule: str
    concurrency: bool

    def as_data(self) -> dict[str, Any]:
        """Return what the Hub says of it; secrets by their names only."""
        spec = {name: value for name, value in self.spec.items() if name not in {"secrets", "timeoutSeconds"}}
        return {
            "id": self.id,
            "createdAt": "2026-11-24T00:00:00.000000Z",
            "jobSpec": spec | {"secrets": dict.fromkeys(self.spec.get("secrets", {}), "")} | _timeout(self.spec),
            "schedule": self.schedule,
            "suspend": False,
            "concurrency": self.concurrency,
            "status": {"lastJob": None, "nextJobRunAt": None},
            "owner": {"id": "0" * 24, "name": self.namespace, "type": "org"},
        }


def _timeout(spec: dict[str, Any]) -> dict[str, Any]:
    return {"timeout": spec["timeoutSeconds"]} if "timeoutSeconds" in spec else {}


HARDWARE: tuple[dict[str, Any], ...] = (
    {"name": "cpu-basic", "cpu": "2 vCPU", "ram": "16 GB", "dollars_a_minute": 0.000167},
    {"name": "t4-small", "cpu": "4 vCPU", "ram": "15 GB", "cards": ("T4", 1, 16), "dollars_a_minute": 0.00667},
    {"name": "l4x1", "cpu": "8 vCPU", "ram": "30 GB", "cards": ("L4", 1, 24), "dollars_a_minute": 0.01333},
    {"name": "a100-large", "cpu": "12 vCPU", "ram": "142 GB", "cards": ("A100", 1, 80), "dollars_a_minute": 0.04167},
    {"name": "l40sx4", "cpu": "48 vCPU", "ram": "382 GB", "cards": ("L40S", 4, 192), "dollars_a_minute": 0.13833},
)
"""Machines, with the memory of all their cards together in thousand millions of bytes."""


@dataclass
class Jobs:
    """All jobs there are."""

    by_id: dict[str, Job] = field(default_factory=dict)
    scheduled: dict[str, ScheduledJob] = field(default_factory=dict)
    hardware: tuple[dict[str, Any], ...] = HARDWARE
    play: JobPlay = field(default_factory=JobPlay)
    refuses_to_start: int = 0
    """So many times it answers that it cannot, without starting one."""
    loses_answers: int = 0
    """So many times it starts a job and says that it could not."""

    def close(self) -> None:
        """End every process."""
        for job in self.by_id.values():
            kill(job, "CANCELED", None)


def disordered(lines: list[str]) -> list[str]:
    """Return a log whose lines come in another order, some of them twice: what `JobPlay.log` may be."""
    draw = random.Random(len(lines))  # noqa: S311 - made disorder
    told = [*lines, *draw.sample(lines, len(lines) // 3)]
    draw.shuffle(told)
    return told


def run(job: Job, url: str) -> None:
    """Run a job's command to its end, in a thread of its own."""
    while job.play.waits and job.stage == "SCHEDULING":
        time.sleep(0.02)
    if job.stage != "SCHEDULING":
        return
    if job.play.ends_with is not None:
        job.stage, job.message = "ERROR", job.play.ends_with
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [*job.spec["command"], *job.spec["arguments"]]
        command = [sys.executable if part == "python" else part for part in command]
        # What an image has, and what a job is given. Nothing of this process's environment is among it.
        environment = {"PATH": os.defpath, "PYTHONPATH": str(SOURCE), "HOME": folder, "HF_ENDPOINT": url}
        environment |= {"JOB_ID": job.id, "CPU_CORES": "2", "MEMORY": "16Gi", "OMP_NUM_THREADS": "1"}
        environment |= {**job.spec["environment"], **job.spec.get("secrets", {})}
        job.process = subprocess.Popen(
            list(job.play.command or command),
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        job.started, job.stage = time.monotonic(), "RUNNING"
        limit = threading.Timer(job.spec.get("timeoutSeconds", 1800), kill, (job, "ERROR", "Job timeout exceeded"))
        limit.start()
        assert job.process.stdout is not None
        for line in job.process.stdout:
            job.lines.append(line.decode(errors="replace").rstrip("\n"))
        status = job.process.wait()
        limit.cancel()
        job.ended = time.monotonic()
        if job.stage == "RUNNING":
            job.stage, job.message = ("COMPLETED", None) if status == 0 else ("ERROR", f"Exit code {status}")


def kill(job: Job, stage: str, message: str | None) -> None:
    """End a job that is under way."""
    if job.stage in {"RUNNING", "SCHEDULING"}:
        job.stage, job.message = stage, message
        if job.process is not None:
            job.process.kill()
