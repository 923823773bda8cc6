"""What a submission is judged by, and what somebody may ask for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from huggingface_hub import HfApi

from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue, QueueView
from leaderboard.records import ChatTemplate, Precision, utc_now
from leaderboard.submission.estimate import Speeds
from leaderboard.submission.findings import Finding
from leaderboard.submission.quota import Quota
from leaderboard.submission.reading import findings_in
from leaderboard.suite import Suite

BASELINES = ("dummy",)
"""lm-eval models that need no weights and may be submitted as baselines."""

AUTO_PRECISION = "auto"
"""The format that most of the weights are stored in; resolved when a model is submitted."""

MODEL_PRECISIONS = (Precision.BFLOAT16, Precision.FLOAT16, Precision.FLOAT32)


@dataclass(frozen=True)
class Wish:
    """What somebody typed or chose. Nothing in it has been checked."""

    model: str
    revision: str = ""
    precision: str = AUTO_PRECISION
    chat_template: str = ChatTemplate.AUTO
    baseline: bool = False


@dataclass(frozen=True)
class Submitter:
    """Who submits, and what they may. Whoever asks decides this, from a session and never from a form."""

    account: str | None = None
    """Their account on the Hub; None for the operator of a copy, who is nobody's guest and has no quota."""
    folders_allowed: bool = False
    quota_exempt: bool = False


OPERATOR = Submitter(folders_allowed=True)
"""Whoever runs commands on this machine."""


def _nothing_known(view: QueueView) -> Speeds:
    del view
    return Speeds((), {})


def _without_limit() -> int:
    return 2**62


@dataclass(frozen=True)
class Premises:
    """Everything that checks need, handed in once."""

    queue: Queue
    suite: Suite
    local_models: LocalModels
    hub: HfApi
    quota: Quota = field(default_factory=Quota)
    batch_size: int = 8
    time_limit_seconds: float = 24 * 3600.0
    quantisations: frozenset[str] = frozenset()
    """The packings of weights that the workers can load."""
    read: Callable[[Path, frozenset[str]], Iterator[Finding]] = findings_in
    """Reads a model's folder, given those packings."""
    memory_bytes: Callable[[], int] = _without_limit
    """What the hardware that evaluates has for one model."""
    speeds: Callable[[QueueView], Speeds] = _nothing_known
    """What earlier evaluations took."""
    clock: Callable[[], datetime] = utc_now
