"""Taking over results that lm-eval or the usual leaderboard template wrote, with the samples that lie beside them.

A result whose samples contradict it is taken without them, and the samples are left with the reason: the figure stands
as its publisher gave it, and nothing here says more of it than that. A second import of the same changes nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import ValidationError

from leaderboard.exchange.folders import FoundFile, FoundFiles, find_json_files, find_result_file
from leaderboard.exchange.lm_eval_samples import date_of_result, read_samples, task_and_date
from leaderboard.exchange.reports import FileReport, ImportReport, Kind, Outcome
from leaderboard.exchange.template_files import NotTakenError
from leaderboard.exchange.template_results import read_result
from leaderboard.records import ImportedEvaluation, ImportedSamples, with_samples
from leaderboard.records.base import first_reason
from leaderboard.results.imported import imported_path, read_imported
from leaderboard.store import Store

FILES_PER_COMMIT = 50
"""What the Hub advises for one commit."""

_BYTES_PER_COMMIT = 64 * 1024 * 1024


@dataclass
class _Batch:
    """Evaluations that wait to be committed together, and those that are there or will be."""

    store: Store
    is_dry: bool
    known: dict[str, str]
    """Source of each evaluation by id."""
    unreadable: frozenset[str]
    waiting: dict[str, bytes | None] = field(default_factory=dict)
    size: int = 0

    def add(self, evaluation: ImportedEvaluation) -> None:
        # Samples are long: each number on a line of its own would double them.
        content = evaluation.to_line() if evaluation.samples else evaluation.to_json()
        self.known[evaluation.id] = evaluation.source
        self.waiting[imported_path(evaluation.id)] = content
        self.size += len(content)
        if len(self.waiting) == FILES_PER_COMMIT or self.size > _BYTES_PER_COMMIT:
            self.commit()

    def commit(self) -> None:
        # No parent: an evaluation's path is its own, and whoever writes it too writes the same.
        if self.waiting and not self.is_dry:
            self.store.commit(self.waiting, message=f"import {len(self.waiting)} evaluations", parent=None)
        self.waiting, self.size = {}, 0


def import_lm_eval(paths: Iterable[Path], *, store: Store, is_dry: bool = False) -> ImportReport:
    """Import files and folders of results; `is_dry` only says what would become of each file.

    A file's path in the report begins with the path that was given; what is kept of it is relative to that.

    Raises:
        LeaderboardError: a path cannot be read, or the store cannot be written. What was written until then stays, and
            another import goes on from there.
    """
    found = [(path, _found_at(path)) for path in paths]
    seen: set[Path] = set()
    batch = _new_batch(store, is_dry=is_dry)
    reports: list[FileReport] = []
    # Samples that were named alone come last: the result they belong to may have been named after them.
    for path, files in sorted(found, key=lambda one: not one[1].files):
        new = replace(files, files=_unseen(files.files, seen), samples=_unseen(files.samples, seen))
        reports += [_shown(one, path if path.is_dir() else path.parent) for one in _reports_of(new, batch)]
    batch.commit()
    return ImportReport(tuple(reports), sum(files.others for _, files in found))


def import_results(found: FoundFiles, store: Store, *, is_dry: bool) -> list[FileReport]:
    """Import the results of a folder, and say of each file, by path, what became of it.

    Raises:
        LeaderboardError: the store cannot be written.
    """
    batch = _new_batch(store, is_dry=is_dry)
    reports = list(_reports_of(found, batch))
    batch.commit()
    return reports


def _found_at(path: Path) -> FoundFiles:
    if path.is_dir():
        return find_json_files(path)
    found = find_result_file(path)
    # Samples of other results in the folder were not asked for.
    ours = tuple(one for one in found.samples if not found.files or _is_beside(one, found.files[0]))
    return replace(found, samples=ours)


def _new_batch(store: Store, *, is_dry: bool) -> _Batch:
    evaluations, set_aside = read_imported(store)
    return _Batch(
        store=store,
        is_dry=is_dry,
        known={one.id: one.source for one in evaluations},
        unreadable=frozenset(error.path for error in set_aside),
    )


def _unseen(files: Sequence[FoundFile], seen: set[Path]) -> tuple[FoundFile, ...]:
    """Leave out what was found under another of the paths, and remember the rest. Links are reported, not followed."""
    new = []
    for found in files:
        place = found.file.parent.resolve() / found.file.name
        if place not in seen:
            seen.add(place)
            new.append(found)
    return tuple(new)


def _shown(report: FileReport, folder: Path) -> FileReport:
    path = (folder / report.path).as_posix()
    return replace(report, path=path if path.isprintable() else ascii(path)[1:-1])


def _is_beside(samples: FoundFile, result: FoundFile) -> bool:
    """Whether samples are those of a result: the same folder, the same moment in both names."""
    named = task_and_date(samples.file.name)
    same_folder = samples.file.parent == result.file.parent
    return named is not None and same_folder and named[1] == date_of_result(result.file.name)


def _reports_of(found: FoundFiles, batch: _Batch) -> Iterator[FileReport]:
    left = dict.fromkeys(found.samples)
    for result in found.files:
        beside = [one for one in left if _is_beside(one, result)]
        for one in beside:
            del left[one]
        yield from _import_result(result, beside, batch)
    for one in left:
        yield _not_taken(Kind.SAMPLES, one, one.problem or _WITHOUT_RESULT)


_WITHOUT_RESULT = (
    "no result file lies beside it that its name belongs to (samples_{task}_{date}.jsonl and results_{date}.json)"
)


def _import_result(result: FoundFile, beside: Sequence[FoundFile], batch: _Batch) -> Iterator[FileReport]:
    try:
        evaluation = read_result(result.read(), result.path)
        samples, reports = _samples_of(evaluation, beside)
        evaluation = _with(evaluation, samples)
        kept = _kept(evaluation, batch)
    except NotTakenError as refused:
        yield _not_taken(Kind.RESULT, result, str(refused))
        for one in beside:
            yield _not_taken(Kind.SAMPLES, one, f"its result {result.path} was not taken")
        return
    yield kept
    for report in reports:
        taken = report.outcome is Outcome.TAKEN
        yield replace(report, outcome=kept.outcome, id=evaluation.id) if taken else report


def _samples_of(
    evaluation: ImportedEvaluation, beside: Sequence[FoundFile]
) -> tuple[list[ImportedSamples], list[FileReport]]:
    """Return the samples that agree with their result, and what became of each file."""
    samples: list[ImportedSamples] = []
    reports: list[FileReport] = []
    for found in beside:
        named = task_and_date(found.file.name)
        try:
            read = read_samples(found.lines(), evaluation, named[0] if named else "")
        except NotTakenError as refused:
            reports.append(_not_taken(Kind.SAMPLES, found, str(refused)))
            continue
        samples += read
        metrics = sorted({metric for one in read for metric in one.scores})
        reason = (
            f"items: {len(read[0].ids)}, {', '.join(metrics)}" if read else "read; no figure is a mean of its items"
        )
        reports.append(FileReport(Kind.SAMPLES, found.path, Outcome.TAKEN, reason))
    return samples, reports


def _with(evaluation: ImportedEvaluation, samples: Sequence[ImportedSamples]) -> ImportedEvaluation:
    try:
        return with_samples(evaluation, samples) if samples else evaluation
    except ValidationError as error:
        raise NotTakenError(first_reason(error)) from None


def _not_taken(kind: Kind, found: FoundFile, reason: str) -> FileReport:
    return FileReport(kind, found.path, Outcome.NOT_TAKEN, reason)


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
