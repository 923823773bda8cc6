"""What jobs may cost, by the day and by the model. The Hub's own list of jobs is the ledger: nothing else is kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from huggingface_hub import JobInfo

from leaderboard.evaluation.executors.flavors import Flavor

_DAY = timedelta(days=1)
_SHORTEST_SECONDS = 600.0
"""To load a model and say anything takes minutes: a job that may not run so long is money thrown away."""
_UNDER_WAY = frozenset({"SCHEDULING", "RUNNING", "UPDATING"})


class WaitReason(StrEnum):
    """Why a job is not begun yet."""

    A_DAY = "a_day"
    """What is left of the day's dollars does not suffice."""
    A_MODEL = "a_model"
    """What a model may cost does not suffice for a run worth beginning."""
    UNKNOWN = "unknown"
    """The Hub does not say what was spent."""


@dataclass(frozen=True)
class Waiting:
    """That a request waits for money, with the figures."""

    reason: WaitReason
    most: float = 0.0
    """What it may cost at most, in dollars."""
    left: float = 0.0
    """What may be spent now."""


@dataclass(frozen=True)
class Account:
    """Dollars of the last 24 hours."""

    spent: float
    left: float
    """What may still be spent, when what is under way costs all that it may."""
    a_day: float


@dataclass(frozen=True)
class Budget:
    """How many dollars may be spent."""

    dollars_a_day: float
    """In any 24 hours."""
    dollars_a_model: float
    """A job is ended when it has cost so much."""

    def seconds_for(self, flavor: Flavor, time_limit_seconds: float) -> float:
        """Return how long a job may run: until the time limit, or until it has cost what a model may."""
        return min(time_limit_seconds, 3600 * self.dollars_a_model / flavor.dollars_an_hour)

    def why_not(
        self,
        flavor: Flavor,
        time_limit_seconds: float,
        jobs: Iterable[JobInfo],
        flavors: Sequence[Flavor],
        now: datetime,
    ) -> Waiting | None:
        """Return why a job is not begun now; None where it may be."""
        seconds = self.seconds_for(flavor, time_limit_seconds)
        most = flavor.dollars(seconds)
        if seconds < min(_SHORTEST_SECONDS, time_limit_seconds):
            return Waiting(WaitReason.A_MODEL, flavor.dollars(_SHORTEST_SECONDS), self.dollars_a_model)
        left = self.left(jobs, flavors, time_limit_seconds, now)
        return Waiting(WaitReason.A_DAY, most, left) if most > left else None

    def left(
        self, jobs: Iterable[JobInfo], flavors: Sequence[Flavor], time_limit_seconds: float, now: datetime
    ) -> float:
        """Return how many dollars may be spent now: the day's, less what was spent and what is under way may cost."""
        spent = reserved = 0.0
        for flavor, ran, is_under_way in _of_the_last_day(jobs, flavors, now):
            spent += flavor.dollars(ran)
            if is_under_way:
                reserved += flavor.dollars(max(0.0, self.seconds_for(flavor, time_limit_seconds) - ran))
        return max(0.0, self.dollars_a_day - spent - reserved)


def dollars_spent(jobs: Iterable[JobInfo], flavors: Sequence[Flavor], now: datetime) -> float:
    """Return what the jobs of the last 24 hours cost so far."""
    return sum(flavor.dollars(ran) for flavor, ran, _ in _of_the_last_day(jobs, flavors, now))


def _of_the_last_day(
    jobs: Iterable[JobInfo], flavors: Sequence[Flavor], now: datetime
) -> Iterator[tuple[Flavor, float, bool]]:
    """Yield machine, seconds and whether it is under way; a machine that is not known costs as the dearest does."""
    by_name = {one.name: one for one in flavors}
    dearest = max(flavors, key=lambda one: one.dollars_an_hour, default=None)
    for job in jobs:
        flavor = by_name.get(str(job.flavor), dearest)
        if flavor is None or job.created_at is None or job.created_at < now - _DAY:
            continue
        ran = float(job.durations.running_secs or 0) if job.durations else 0.0
        yield flavor, ran, job.status.stage in _UNDER_WAY
