"""Taking over a leaderboard made from the usual template: its requests into the queue, its results beside our own.

Every file gets one line that says what became of it. A second import of the same files changes nothing.
"""

import fnmatch
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from leaderboard.exchange.folders import FoundFile, find_json_files
from leaderboard.exchange.template_files import NothingToDoError, NotTakenError, QueuedThere, read_request
from leaderboard.exchange.template_results import read_result
from leaderboard.queue import DuplicateRequestError, Queue, QueueError
from leaderboard.records import ChatTemplate, EvalRequest, ImportedEvaluation, new_request
from leaderboard.results.imported import imported_path, read_imported
from leaderboard.store import Store
from leaderboard.suite import Suite

_REQUEST_NAME = "*_eval_request_*.json"
_FILES_PER_COMMIT = 50
"""What the Hub advises for one commit."""


class Outcome(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    HISTORY = "history"
    """Kept, but never ranked."""
    KNOWN = "known"
    """Here already."""
    NOTHING_TO_DO = "nothing to do"
    NOT_TAKEN = "not taken"


class Kind(StrEnum):
    """Which of the two folders a file lies in."""

    REQUEST = "request"
    RESULT = "result"


@dataclass(frozen=True)
class FileReport:
    """What became of one file, and why."""

    kind: Kind
    path: str
    outcome: Outcome
    reason: str
    id: str | None = None
    """Of the request or of the imported evaluation."""


@dataclass(frozen=True)
class ImportReport:
    """What became of every file, requests first, by path; and how many files are no JSON and were not looked at."""

    files: tuple[FileReport, ...]
    others: int

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many files came to each outcome."""
        counted = Counter(one.outcome for one in self.files)
        return {outcome: counted[outcome] for outcome in Outcome}


@dataclass
class _Batch:
    """Evaluations that wait to be committed together, and those that are there or will be."""

    store: Store
    is_dry: bool
    known: dict[str, str]
    """Source of each evaluation by id."""
    unreadable: frozenset[str]
    waiting: dict[str, bytes | None] = field(default_factory=dict)

    def add(self, evaluation: ImportedEvaluation) -> None:
        self.known[evaluation.id] = evaluation.source
        self.waiting[imported_path(evaluation.id)] = evaluation.to_json()
        if len(self.waiting) == _FILES_PER_COMMIT:
            self.commit()

    def commit(self) -> None:
        # No parent: an evaluation's path is its own, and whoever writes it too writes the same.
        if self.waiting and not self.is_dry:
            self.store.commit(self.waiting, message=f"import {len(self.waiting)} evaluations", parent=None)
        self.waiting = {}


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
        *_import_results(found_results.files, store, is_dry),
    ]
    return ImportReport(tuple(reports), found_requests.others + found_results.others)


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
    for first in range(0, len(wishes), _FILES_PER_COMMIT):
        problems |= queue.add(wishes[first : first + _FILES_PER_COMMIT])
    return problems


def _queued(request: EvalRequest, path: str, problem: QueueError | None) -> FileReport:
    """Say what became of a request."""
    if isinstance(problem, DuplicateRequestError):
        return FileReport(Kind.REQUEST, path, Outcome.KNOWN, str(problem), request.id)
    if problem is not None:
        return FileReport(Kind.REQUEST, path, Outcome.NOT_TAKEN, str(problem), request.id)
    reason = f"{request.model.name}@{request.model.revision[:12]} in {request.precision}, queued as {request.id}"
    return FileReport(Kind.REQUEST, path, Outcome.TAKEN, reason, request.id)


def _import_results(files: tuple[FoundFile, ...], store: Store, is_dry: bool) -> list[FileReport]:
    evaluations, set_aside = read_imported(store)
    batch = _Batch(
        store=store,
        is_dry=is_dry,
        known={one.id: one.source for one in evaluations},
        unreadable=frozenset(error.path for error in set_aside),
    )
    reports = []
    for found in files:
        try:
            reports.append(_kept(read_result(found.read(), found.path), batch))
        except NotTakenError as refused:
            reports.append(FileReport(Kind.RESULT, found.path, Outcome.NOT_TAKEN, str(refused)))
    batch.commit()
    return reports


def _kept(evaluation: ImportedEvaluation, batch: _Batch) -> FileReport:
    path = imported_path(evaluation.id)
    if path in batch.unreadable:
        reason = f"{path} is in the results store already, but cannot be read; mend or delete it"
        raise NotTakenError(reason)
    first = batch.known.get(evaluation.id)
    if first is not None:
        reason = "imported before" if first == evaluation.source else f"the same evaluation was imported from {first}"
        return FileReport(Kind.RESULT, evaluation.source, Outcome.KNOWN, reason, evaluation.id)
    batch.add(evaluation)
    why_unranked = evaluation.why_unranked
    figures = f"figures: {len(evaluation.tasks)}"
    if why_unranked is not None:
        reason = f"{evaluation.model}, {figures}, kept unranked: {why_unranked}"
        return FileReport(Kind.RESULT, evaluation.source, Outcome.HISTORY, reason, evaluation.id)
    reason = f"{evaluation.model}@{(evaluation.revision or '')[:12]}, {figures}"
    return FileReport(Kind.RESULT, evaluation.source, Outcome.TAKEN, reason, evaluation.id)
