"""Taking over a leaderboard made from the usual template: its requests into the queue, its results beside our own.

Every file gets one line that says what became of it. A second import of the same files changes nothing.
"""

import fnmatch
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from leaderboard.exchange.folders import FoundFile, find_json_files
from leaderboard.exchange.lm_eval_import import FILES_PER_COMMIT, import_results
from leaderboard.exchange.reports import FileReport, ImportReport, Kind, Outcome
from leaderboard.exchange.template_files import NothingToDoError, NotTakenError, QueuedThere, read_request
from leaderboard.queue import DuplicateRequestError, Queue, QueueError
from leaderboard.records import ChatTemplate, EvalRequest, new_request
from leaderboard.store import Store
from leaderboard.suite import Suite

_REQUEST_NAME = "*_eval_request_*.json"


def import_template(
    requests: Path, results: Path, *, queue: Queue, store: Store, suite: Suite, now: datetime, is_dry: bool = False
) -> ImportReport:
    """Import two folders of the template; `is_dry` only says what would become of each file.

    Raises:
        LeaderboardError: a folder cannot be read, or a store cannot be written. What was written until then stays, and
            another import goes on from there.
    """
    found_requests, found_results = find_json_files(requests), find_json_files(results)
    reports = [
        *_import_requests(found_requests.files, queue, suite, now, is_dry),
        *import_results(found_results, store, is_dry=is_dry),
    ]
    others = found_requests.others + len(found_requests.samples) + found_results.others
    return ImportReport(tuple(reports), others)


def _import_requests(
    files: tuple[FoundFile, ...], queue: Queue, suite: Suite, now: datetime, is_dry: bool
) -> list[FileReport]:
    """Queue what waits there, the earlier of two equal wishes first: it is the one that is kept."""
    reports: dict[str, FileReport] = {}
    waiting: list[tuple[EvalRequest, str]] = []
    for found in files:
        try:
            waiting.append((_own_request(_read_request(found), suite, now), found.path))
        except NothingToDoError as done:
            reports[found.path] = FileReport(Kind.REQUEST, found.path, Outcome.NOTHING_TO_DO, str(done))
        except NotTakenError as refused:
            reports[found.path] = FileReport(Kind.REQUEST, found.path, Outcome.NOT_TAKEN, str(refused))
    first_paths: dict[str, str] = {}
    for request, path in sorted(waiting, key=lambda one: (one[0].submitted_at, one[1])):
        first = first_paths.setdefault(request.id, path)
        if first != path:
            reports[path] = FileReport(Kind.REQUEST, path, Outcome.KNOWN, f"the same wish as in {first}", request.id)
    wishes = {request.id: request for request, path in waiting if first_paths[request.id] == path}
    problems = _put_into_queue(list(wishes.values()), queue, is_dry=is_dry)
    for request_id, request in wishes.items():
        path = first_paths[request_id]
        reports[path] = _queued(request, path, problems.get(request_id))
    return [reports[path] for path in sorted(reports)]


def _read_request(found: FoundFile) -> QueuedThere:
    if not fnmatch.fnmatchcase(found.file.name, _REQUEST_NAME) and found.problem is None:
        reason = f"its name is not that of a request file ({_REQUEST_NAME})"
        raise NotTakenError(reason)
    return read_request(found.read())


def _own_request(there: QueuedThere, suite: Suite, now: datetime) -> EvalRequest:
    # A moment that has not come yet is no moment of submission, and would wait behind everybody for ever.
    submitted = there.submitted_at if there.submitted_at is not None and there.submitted_at <= now else now
    return new_request(
        model=there.model,
        precision=there.precision,
        chat_template=ChatTemplate.AUTO,
        tasks=suite.wanted(),
        suite=suite.label,
        facts=there.facts,
        submitted_at=submitted,
    )


def _put_into_queue(wishes: Sequence[EvalRequest], queue: Queue, *, is_dry: bool) -> dict[str, QueueError]:
    """Put requests into the queue, some at a time; return what hinders the others, by id."""
    if is_dry:
        known = queue.view().entries
        return {one.id: DuplicateRequestError(known[one.id]) for one in wishes if one.id in known}
    problems: dict[str, QueueError] = {}
    for first in range(0, len(wishes), FILES_PER_COMMIT):
        problems |= queue.add(wishes[first : first + FILES_PER_COMMIT])
    return problems


def _queued(request: EvalRequest, path: str, problem: QueueError | None) -> FileReport:
    """Say what became of a request."""
    if isinstance(problem, DuplicateRequestError):
        return FileReport(Kind.REQUEST, path, Outcome.KNOWN, str(problem), request.id)
    if problem is not None:
        return FileReport(Kind.REQUEST, path, Outcome.NOT_TAKEN, str(problem), request.id)
    reason = f"{request.model.name}@{request.model.revision[:12]} in {request.precision}, queued as {request.id}"
    return FileReport(Kind.REQUEST, path, Outcome.TAKEN, reason, request.id)
