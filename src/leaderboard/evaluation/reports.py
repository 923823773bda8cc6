"""What a worker publishes and says of its runs at its turn."""

from collections.abc import Iterable

from leaderboard.evaluation.run import Run
from leaderboard.queue import Failed, Finished, QueueEntry, Released, Renewal, Report
from leaderboard.records import Cause, Failure
from leaderboard.results import Publication, checkpoint_of, finished_run, finished_tasks, reference_to

_WORTH_A_COMMIT_SECONDS = 600.0
"""Computing that is worth a commit of its own, so that another machine need not repeat it."""


def conclusion(run: Run, worker: str) -> tuple[Publication, Report]:
    """Return what a run that has ended publishes, and what the queue is to be told."""
    summary = run.summary_of_failures()
    request, attempt = run.entry.id, run.entry.state.attempt
    if not run.results:
        failure = run.fatal or summary or Failure(cause=Cause.ENGINE_ERROR, detail="there was nothing to measure")
        return Publication(), Failed(request, attempt, failure)
    manifest = run.manifest(worker)
    kept = checkpoint_of(run.job.run, run.results) if summary else None
    return finished_run(manifest, run.results), Finished(request, attempt, reference_to(manifest), summary, kept)


def unsafe_tasks(run: Run, *, stopping: bool) -> Publication:
    """Return the file of what a run has finished so far, where losing it would cost more than a commit."""
    at_risk = run.seconds_at_risk()
    if at_risk == 0 or not (stopping or at_risk >= _WORTH_A_COMMIT_SECONDS):
        return Publication()
    return finished_tasks(run.job.run, run.results)


def word_of(current: Run | None, waiting: Iterable[QueueEntry], hold: int) -> list[Report]:
    """Say of the present run, and then of those that wait, that they are held; what is beyond `hold` is given back."""
    reports: list[Report] = []
    if current is not None:
        request, attempt = current.entry.id, current.entry.state.attempt
        reports.append(
            Renewal(request, attempt, current.meter.reading(), current.checkpoint)
            if hold
            else Released(request, attempt, current.checkpoint)
        )
    for entry in waiting:
        told = Renewal if len(reports) < hold else Released
        reports.append(told(entry.id, entry.state.attempt))
    return reports
