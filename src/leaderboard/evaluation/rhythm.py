"""When a worker takes its turns, how long its leases are, and how many requests it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from leaderboard.queue import Turn, TurnPlan
from leaderboard.store import Store

SHORTEST_LEASE = timedelta(minutes=2)
_TURNS_IN_A_LEASE = 3
_MOST_HELD = 64
"""Quick evaluations share their turns: however many there are, they make few commits."""

_PAUSE_AFTER_REFUSAL = timedelta(seconds=5)


@dataclass
class Rhythm:
    """The pace of one worker over its two stores. What it does in between, it does without them."""

    states: Store
    results: Store
    live_workers: int = 1
    last_turn: datetime | None = None
    half_a_lease: timedelta = SHORTEST_LEASE / 2
    not_before: datetime | None = None
    """The stores asked to be left alone until then."""
    last_took: timedelta | None = None
    """How long the last evaluation took."""

    def interval(self, workers: int) -> timedelta:
        """Return how far apart each of `workers` keeps its turns, for the store that asks for more patience."""
        return timedelta(seconds=max(self.states.commit_interval(workers), self.results.commit_interval(workers)))

    def lease(self) -> timedelta:
        """Return a lease that outlasts a few turns, also where one more worker joins."""
        return max(SHORTEST_LEASE, _TURNS_IN_A_LEASE * self.interval(self.live_workers + 1))

    def wanted(self, present_lasts: timedelta | None) -> int:
        """Return how many requests to hold: enough to be at work until the next turn.

        An evaluation that lasts longer than those before tells more than they: what waits is for others to take.
        """
        if self.last_took is None:
            return 1
        took = max(self.last_took, present_lasts or timedelta(0), timedelta(seconds=1))
        return min(_MOST_HELD, 1 + int(self.interval(self.live_workers) / took))

    def must_wait(self, now: datetime) -> bool:
        """Tell whether the stores asked to be left alone."""
        return self.not_before is not None and now < self.not_before

    def is_due(self, now: datetime) -> bool:
        """Tell whether it is time for a turn while an evaluation goes on."""
        pause = min(self.interval(self.live_workers), self.half_a_lease)
        return not self.must_wait(now) and (self.last_turn is None or now >= self.last_turn + pause)

    def taken(self, plan: TurnPlan, turn: Turn) -> None:
        """Note a turn that was taken."""
        self.last_turn, self.not_before, self.live_workers = plan.now, None, turn.live_workers
        leases = [entry.state.claim.lease_until - plan.now for entry in turn.held if entry.state.claim]
        # The interval grows when other workers join, and leases that are older than that do not.
        self.half_a_lease = min([plan.lease, *leases]) / 2

    def refused(self, error: Exception, now: datetime) -> None:
        """Note that the stores would not or could not, and for how long they are left alone."""
        told = timedelta(seconds=getattr(error, "retry_after_seconds", None) or 0)
        self.not_before = now + max(_PAUSE_AFTER_REFUSAL, told)
