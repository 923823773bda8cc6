"""The desk that takes submissions: from a wish to a request in the queue, or to the reason why not."""

from dataclasses import dataclass

from leaderboard.queue import DuplicateRequestError, QueueView
from leaderboard.records import EvalRequest
from leaderboard.submission.examination import Candidate, Examination, check_not_withdrawn, repetition
from leaderboard.submission.premises import Premises, Submitter, Wish
from leaderboard.submission.problems import SubmissionRefusedError


@dataclass(frozen=True)
class SubmissionDesk:
    """Takes submissions by what `premises` say."""

    premises: Premises

    def examine(self, wish: Wish, by: Submitter) -> Examination:
        """Begin the checks of a wish; nothing is made before its findings are asked for, and nothing is queued."""
        return Examination(self.premises, wish, by)

    def enter(self, candidate: Candidate, by: Submitter) -> EvalRequest:
        """Queue what was examined. Duplicate, quota and withdrawal are looked at again, in the very commit.

        Raises:
            SubmissionRefusedError: the queue has changed since, or somebody else was faster.
        """
        request = candidate.request

        def admit(view: QueueView) -> None:
            check_not_withdrawn(view, request)
            if by.account is not None and not by.quota_exempt:
                self.premises.quota.check(view, by.account, request.model, request.submitted_at)

        if candidate.folder is not None:
            self.premises.local_models.remember(request.model.revision, candidate.folder)
        try:
            self.premises.queue.submit(request, admit)
        except DuplicateRequestError as error:
            known = error.entry
            raise SubmissionRefusedError(
                repetition(known), model=request.model.name, id=known.id, status=str(known.state.status)
            ) from error
        return request

    def submit(self, wish: Wish, by: Submitter) -> EvalRequest:
        """Make every check and queue what passes them.

        Raises:
            SubmissionRefusedError: for the first check that was refused; nothing was queued.
        """
        examination = self.examine(wish, by)
        for _ in examination.findings():
            pass
        if examination.candidate is None:
            first = examination.refusals[0]
            assert first.problem is not None  # noqa: S101 - a refusal has one
            raise SubmissionRefusedError(first.problem, **first.words)
        return self.enter(examination.candidate, by)
