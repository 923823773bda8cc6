"""How much one person and one organisation may submit in a while. Counted in the queue itself, never in memory."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from leaderboard.queue import QueueView
from leaderboard.records import ModelReference, ModelSource, owner_of
from leaderboard.submission.problems import ProblemCode, SubmissionRefusedError


@dataclass(frozen=True)
class Quota:
    """Submissions that count are those of people who signed in, however they ended: failed, cancelled, withdrawn."""

    per_user: int = 5
    per_organisation: int = 10
    """Of models of one owner on the Hub, whoever submits them."""
    window: timedelta = timedelta(days=7)

    def check(self, view: QueueView, user: str, model: ModelReference, now: datetime) -> None:
        """Refuse one more submission of `user` where it would be one too many within the window that ends now.

        Raises:
            SubmissionRefusedError: QUOTA_OF_USER or QUOTA_OF_ORGANISATION, with when the next is free.
        """
        since = now - self.window
        entries = view.entries.values()
        recent = [one for one in entries if one.submitted_by is not None and one.submitted_at > since]
        own = [one.submitted_at for one in recent if (one.submitted_by or "").lower() == user.lower()]
        self._refuse_beyond(self.per_user, own, ProblemCode.QUOTA_OF_USER, user)
        if model.source is not ModelSource.HUB:
            return
        owner = owner_of(model.name)
        of_owner = [
            one.submitted_at
            for one in recent
            if one.request.model.source is ModelSource.HUB and owner_of(one.request.model.name) == owner
        ]
        self._refuse_beyond(self.per_organisation, of_owner, ProblemCode.QUOTA_OF_ORGANISATION, owner)

    def _refuse_beyond(self, most: int, moments: list[datetime], code: ProblemCode, account: str) -> None:
        if len(moments) < most:
            return
        free_at = sorted(moments)[len(moments) - most] + self.window if most else None
        raise SubmissionRefusedError(
            code,
            account=account,
            most=str(most),
            days=f"{self.window / timedelta(days=1):g}",
            free=f"{free_at:%Y-%m-%d %H:%M} UTC" if free_at else "—",
        )
