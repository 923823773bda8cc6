"""Every environment variable the project reads, in one place, checked at start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.records import LeaderboardError
from leaderboard.store import HUB_SCHEME

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_POLL_THE_HUB_SECONDS = 30.0
_DEVICE = re.compile(r"cpu|cuda(:\d+)?|mps")


class SettingsError(LeaderboardError):
    """An environment variable holds something that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """What the environment says. Built once, handed down as an argument."""

    queue: str = "eval_queue"
    """LEADERBOARD_QUEUE: where requests and their states are kept."""
    results: str = "results"
    """LEADERBOARD_RESULTS: where runs are published."""
    suite: str = "muestra"
    """LEADERBOARD_SUITE: what is measured, a name in suites/ or the path of a suite file."""
    data: Path | None = None
    """LEADERBOARD_DATA: a folder of files in the place of datasets on the Hub; see suites/README.md."""
    work_dir: Path = Path(".leaderboard")
    """LEADERBOARD_WORK: this machine's scratch folder; nothing in it is published."""
    poll_seconds: float = 5.0
    """LEADERBOARD_POLL_SECONDS: how often scheduler and page look into the queue; 30 by default where it is on the Hub,
    which counts calls."""
    device: str | None = None
    """LEADERBOARD_DEVICE: cpu, cuda, cuda:1, mps; by default cuda where there is one, else cpu."""
    batch_size: int = 8
    """LEADERBOARD_BATCH_SIZE: options scored at once."""
    time_limit_seconds: float = 24 * 3600.0
    """LEADERBOARD_TIME_LIMIT: seconds one evaluation may take."""
    hub_endpoint: str | None = None
    """HF_ENDPOINT: another Hub than huggingface.co, for tests and mirrors."""
    hub_token: str | None = field(default=None, repr=False)
    """HF_TOKEN: needed to write stores on the Hub. No child process and no log gets it."""
    hub_timeout_seconds: float = 30.0
    """LEADERBOARD_HUB_TIMEOUT: how long to wait for one answer of the Hub."""
    port: int = 7860
    """GRADIO_SERVER_PORT, read by Gradio too."""
    server_name: str = "127.0.0.1"
    """GRADIO_SERVER_NAME, read by Gradio too."""
    share: bool = False
    """GRADIO_SHARE, read by Gradio too: a public tunnel to this page."""
    on_space: bool = False
    """SPACE_ID is set: this process is a Hugging Face Space."""

    @property
    def bound_to_loopback(self) -> bool:
        """Whether only this machine can reach the page."""
        return self.server_name in _LOOPBACK and not self.on_space and not self.share

    @property
    def queue_lasts(self) -> bool:
        """Whether what is submitted survives a restart: a Space's disk does not."""
        return not self.on_space or self.queue.startswith(HUB_SCHEME)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Read the settings.

        Raises:
            SettingsError: a value cannot be used; the message names the variable and what it may be.
        """
        queue = environment.get("LEADERBOARD_QUEUE") or cls.queue
        poll = _POLL_THE_HUB_SECONDS if queue.startswith(HUB_SCHEME) else cls.poll_seconds
        on_space = bool(environment.get("SPACE_ID"))
        device = environment.get("LEADERBOARD_DEVICE") or None
        if device is not None and not _DEVICE.fullmatch(device):
            message = f"LEADERBOARD_DEVICE is {device!r}; it may be cpu, cuda, cuda:N or mps."
            raise SettingsError(message)
        return cls(
            queue=queue,
            results=environment.get("LEADERBOARD_RESULTS") or cls.results,
            suite=environment.get("LEADERBOARD_SUITE") or cls.suite,
            data=Path(environment["LEADERBOARD_DATA"]) if environment.get("LEADERBOARD_DATA") else None,
            work_dir=Path(environment.get("LEADERBOARD_WORK") or cls.work_dir),
            poll_seconds=_number(environment, "LEADERBOARD_POLL_SECONDS", poll, low=0.1, high=3600),
            device=device,
            batch_size=_whole_number(environment, "LEADERBOARD_BATCH_SIZE", cls.batch_size, low=1, high=4096),
            time_limit_seconds=_number(
                environment, "LEADERBOARD_TIME_LIMIT", cls.time_limit_seconds, low=1, high=30 * 86400
            ),
            hub_endpoint=environment.get("HF_ENDPOINT") or None,
            hub_token=environment.get("HF_TOKEN") or None,
            hub_timeout_seconds=_number(
                environment, "LEADERBOARD_HUB_TIMEOUT", cls.hub_timeout_seconds, low=0.1, high=600
            ),
            port=_whole_number(environment, "GRADIO_SERVER_PORT", cls.port, low=0, high=65535),
            server_name=environment.get("GRADIO_SERVER_NAME") or cls.server_name,
            share=environment.get("GRADIO_SHARE", "").lower() == "true",
            on_space=on_space,
        )


def _number(environment: Mapping[str, str], name: str, default: float, *, low: float, high: float) -> float:
    text = environment.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        message = f"{name} is {text!r}; it must be a number from {low:g} to {high:g}."
        raise SettingsError(message)
    return value


def _whole_number(environment: Mapping[str, str], name: str, default: int, *, low: int, high: int) -> int:
    value = _number(environment, name, default, low=low, high=high)
    if value != int(value):
        message = f"{name} is {environment[name]!r}; it must be a whole number from {low} to {high}."
        raise SettingsError(message)
    return int(value)
