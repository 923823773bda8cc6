"""What jobs may cost, by the day and by the model. The Hub's own list of jobs is the ledger: nothing else is kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huggingface_hub import JobInfo

from leaderboard.evaluation.executors.flavors import Flavor

_DAY = timedelta(days=1)
_UNDER_WAY = frozenset({"SCHEDULING", "RUNNING", "UPDATING"})


@dataclass(frozen=True)
class Spending:
    """What the jobs of the last 24 hours cost, in dollars."""

    spent: float
    reserved: float
    """What those under way may still cost, at most."""


@dataclass(frozen=True)
class Budget:
    """How many dollars may be spent; None: as many as it takes."""

    dollars_a_day: float | None = None
    """In any 24 hours."""
    dollars_a_model: float | None = None
    """What one run may cost at most, by its time limit."""

    def why_not(
        self,
        flavor: Flavor,
        seconds: float,
        jobs: Iterable[JobInfo],
        flavors: Sequence[Flavor],
        now: datetime,
    ) -> str | None:
        """Return why a run of at most so many seconds is not begun, in words for people; None where it may be."""
        most = flavor.dollars(seconds)
        if self.dollars_a_model is not None and most > self.dollars_a_model:
            return f"it may cost ${most:.2f}; a model may cost ${self.dollars_a_model:.2f}"
        if self.dollars_a_day is None:
            return None
        spending = spending_of(jobs, flavors, seconds, now)
        left = self.dollars_a_day - spending.spent - spending.reserved
        if most > left:
            return f"it may cost ${most:.2f}; of ${self.dollars_a_day:.2f} a day ${max(0.0, left):.2f} are left"
        return None


def spending_of(jobs: Iterable[JobInfo], flavors: Sequence[Flavor], longest_seconds: float, now: datetime) -> Spending:
    """Add up what the jobs of the last 24 hours cost. What a job ran on that is not known costs as the dearest does."""
    by_name = {one.name: one for one in flavors}
    dearest = max(flavors, key=lambda one: one.dollars_an_hour)
    spent = reserved = 0.0
    for job in jobs:
        if job.created_at is None or job.created_at < now - _DAY:
            continue
        flavor = by_name.get(str(job.flavor), dearest)
        ran = float(job.durations.running_secs or 0) if job.durations else 0.0
        spent += flavor.dollars(ran)
        if job.status.stage in _UNDER_WAY:
            reserved += flavor.dollars(max(0.0, longest_seconds - ran))
    return Spending(spent, reserved)
