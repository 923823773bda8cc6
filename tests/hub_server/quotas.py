"""How often one account may call within a window of time."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.hub_server.calls import Kind
from tests.hub_server.faults import rate_headers, rate_limited

_HOUR = 3600
_FIVE_MINUTES = 300


@dataclass
class _Window:
    """What an account did since its first call of a window."""

    start: float
    calls: int = 0


@dataclass
class Quota:
    """The Hub's limits, for every account apart; None is no limit.

    A window begins with an account's first call in it. A commit that is refused for another reason counts as one that
    lands, and each commit counts as a call too. Neither is known of the real Hub: here the strict reading holds.
    """

    commits_per_hour: int | None = 128
    calls_per_five_minutes: int | None = 1000
    resolves_per_five_minutes: int | None = 5000
    _windows: dict[tuple[str, str], _Window] = field(default_factory=dict)

    def spend(self, kind: Kind, user: str, now: float) -> Mapping[str, str]:
        """Count a call; return the headers that say what is left, or refuse it, in which case it does not count."""
        if kind is Kind.STORAGE:  # another origin, which counts for itself
            return {}
        if kind is Kind.RESOLVE:
            return self._spend("resolvers", user, now, self.resolves_per_five_minutes, _FIVE_MINUTES)
        headers = self._spend("api", user, now, self.calls_per_five_minutes, _FIVE_MINUTES)
        if kind is Kind.COMMIT:
            self._spend("commits", user, now, self.commits_per_hour, _HOUR)
        return headers

    def _spend(self, resource: str, user: str, now: float, quota: int | None, seconds: int) -> Mapping[str, str]:
        if quota is None:
            return {}
        window = self._windows.get((resource, user))
        if window is None or now >= window.start + seconds:
            window = self._windows[resource, user] = _Window(now)
        left = window.start + seconds - now
        if window.calls >= quota:
            raise rate_limited(seconds=left, quota=quota, window=seconds, resource=resource)
        window.calls += 1
        return rate_headers(resource, quota - window.calls, left, quota, seconds)
