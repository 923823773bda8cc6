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
from leaderboard.exchange.template_results import read_finite
from leaderboard.records import ImportedEvaluation, ImportedSamples, ImportedTask, LeaderboardError, with_samples
from leaderboard.records.base import Record, first_reason
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
    same_file: dict[tuple[str, str], list[ImportedEvaluation]]
    """What was kept of each file, by its content's hash and model: a later reading may know more of it."""
    unreadable: frozenset[str]
    waiting: dict[str, bytes | None] = field(default_factory=dict)
    size: int = 0

    def add(self, evaluation: ImportedEvaluation) -> None:
        """Put an evaluation in the place of all that was kept of the same file."""
        for old in self.same_file.get(_file_of(evaluation), ()):
            del self.known[old.id]
            # It goes in the commit that brings the new one; where it only waited, a store deletes nothing.
            self.waiting[imported_path(old.id)] = None
        self.same_file[_file_of(evaluation)] = [evaluation]
        # Samples are long: each number on a line of its own would double them.
        content = evaluation.to_line() if evaluation.samples else evaluation.to_json()
        self.known[evaluation.id] = evaluation.source
        self.waiting[imported_path(evaluation.id)] = content
        self.size += len(content)
        if len(self.waiting) >= FILES_PER_COMMIT or self.size > _BYTES_PER_COMMIT:
            self.commit()

    def commit(self) -> None:
        # No parent: an evaluation's path is its own, and whoever writes it too writes the same.
        if self.waiting and not self.is_dry:
            written = sum(content is not None for content in self.waiting.values())
            self.store.commit(self.waiting, message=f"import {written} evaluations", parent=None)
        self.waiting, self.size = {}, 0


def import_lm_eval(paths: Iterable[Path], *, store: Store, is_dry: bool = False) -> ImportReport:
    """Import files and folders of results; `is_dry` only says what would become of each file.

    A file's path in the report begins with the path that was given; what is kept of it, with the name of the folder.

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
    try:
        if path.is_dir():
            return find_json_files(path)
        found = find_result_file(path)
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror}). Check the path."
        raise LeaderboardError(reason) from error
    # Samples of other results in the folder were not asked for.
    ours = tuple(one for one in found.samples if not found.files or _is_beside(one, found.files[0]))
    return replace(found, samples=ours)


def _new_batch(store: Store, *, is_dry: bool) -> _Batch:
    evaluations, set_aside = read_imported(store)
    same_file: dict[tuple[str, str], list[ImportedEvaluation]] = {}
    for one in evaluations:
        same_file.setdefault(_file_of(one), []).append(one)
    return _Batch(
        store=store,
        is_dry=is_dry,
        known={one.id: one.source for one in evaluations},
        same_file=same_file,
        unreadable=frozenset(error.path for error in set_aside),
    )


def _file_of(evaluation: ImportedEvaluation) -> tuple[str, str]:
    return evaluation.source_sha256, evaluation.model


def _says_all_of(old: ImportedEvaluation, new: ImportedEvaluation) -> bool:
    """Whether an evaluation kept of a file says at least as much of it as another reading of the same."""
    lacking = ("revision", "precision", "evaluated_at", "harness_version", "limit")
    tasks = {(one.task, one.metric, one.filter): one for one in old.tasks}
    samples = {(one.task, one.filter): one for one in old.samples}
    return (
        _agrees(old, new, lacking)
        and all(
            _agrees(tasks.get((one.task, one.metric, one.filter)), one, ImportedTask.model_fields) for one in new.tasks
        )
        and all(_has_items(samples.get((one.task, one.filter)), one) for one in new.samples)
    )


def _agrees(old: Record | None, new: Record, fields: Iterable[str]) -> bool:
    said = ((getattr(old, name), getattr(new, name)) for name in fields)
    return old is not None and all(there == here for there, here in said if here is not None)


def _has_items(old: ImportedSamples | None, new: ImportedSamples) -> bool:
    return old is not None and old.ids == new.ids and old.scores.items() >= new.scores.items()


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
        yield from _import_result(result, found.source_of(result), beside, batch)
    for one in left:
        yield _not_taken(Kind.SAMPLES, one, one.problem or _WITHOUT_RESULT)


_WITHOUT_RESULT = (
    "no result file lies beside it that its name belongs to (samples_{task}_{date}.jsonl and results_{date}.json)"
)


def _import_result(result: FoundFile, source: str, beside: Sequence[FoundFile], batch: _Batch) -> Iterator[FileReport]:
    try:
        evaluation, left_out = read_finite(result.read(), source)
        samples, reports = _samples_of(evaluation, beside)
        kept = _kept(_with(evaluation, samples), result.path, batch)
    except NotTakenError as refused:
        yield _not_taken(Kind.RESULT, result, str(refused))
        for one in beside:
            yield _not_taken(Kind.SAMPLES, one, f"its result {result.path} was not taken")
        return
    gaps = f"; not finite, and left out: {', '.join(left_out)}" if left_out else ""
    yield replace(kept, reason=f"{kept.reason}{gaps}")
    for report in reports:
        taken = report.outcome is Outcome.TAKEN
        yield replace(report, outcome=kept.outcome, id=kept.id) if taken else report


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


def _kept(evaluation: ImportedEvaluation, path: str, batch: _Batch) -> FileReport:
    olds = batch.same_file.get(_file_of(evaluation), [])
    for old in olds:
        # Samples that were checked against this very file stay, also where they lie beside it no longer.
        there = {(one.task, one.filter) for one in evaluation.samples}
        gone = [one for one in old.samples if (one.task, one.filter) not in there]
        evaluation = _with(evaluation, [*evaluation.samples, *gone]) if gone else evaluation
    full = next((old for old in olds if _says_all_of(old, evaluation)), None)
    if full is not None:
        return _known(full.id, full.source, evaluation, path)
    place = imported_path(evaluation.id)
    if place in batch.unreadable:
        reason = f"{place} is in the results store already, but cannot be read; mend or delete it"
        raise NotTakenError(reason)
    first = batch.known.get(evaluation.id)
    if first is not None:
        return _known(evaluation.id, first, evaluation, path)
    batch.add(evaluation)
    why_unranked = evaluation.why_unranked
    figures = f"figures: {len(evaluation.tasks)}"
    instead = "; it takes the place of what an earlier import kept of the same file" if olds else ""
    if why_unranked is not None:
        reason = f"{evaluation.model}, {figures}, kept unranked: {why_unranked}{instead}"
        return FileReport(Kind.RESULT, path, Outcome.HISTORY, reason, evaluation.id)
    reason = f"{evaluation.model}@{(evaluation.revision or '')[:12]}, {figures}{instead}"
    return FileReport(Kind.RESULT, path, Outcome.TAKEN, reason, evaluation.id)


def _known(known_id: str, first: str, evaluation: ImportedEvaluation, path: str) -> FileReport:
    # Records of before do not begin with the name of the folder.
    same_place = first in (evaluation.source, path)
    reason = "imported before" if same_place else f"the same evaluation was imported from {first}"
    return FileReport(Kind.RESULT, path, Outcome.KNOWN, reason, known_id)
