"""An evaluation that another leaderboard published: kept beside our own, never mixed with them."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from leaderboard.records.base import Record, Sha256, Timestamp, canonical_json, check_printable, sha256_hex
from leaderboard.records.request import ModelSource

MAX_ITEMS = 100_000
"""Of a task: more than any of lm-eval's has that a leaderboard shows."""

_MAX_VALUE = 1e12
"""Perplexities reach millions; what lies beyond this is no score."""

Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(check_printable)]
SourcePath = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(check_printable)]
DocHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}(-[1-9][0-9]{0,5})?$")]
"""lm-eval's hash of an item's row; the second of two equal rows is told apart by a number."""
CommitSha = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class ImportedTask(Record):
    """One figure of one task, under the names its file gives; whether it is a fraction or per cent, nobody says."""

    task: Name
    metric: Name
    filter: Name | None = None
    value: Annotated[float, Field(ge=-_MAX_VALUE, le=_MAX_VALUE)]
    stderr: Annotated[float, Field(ge=0, le=_MAX_VALUE)] | None = None
    """None where the file gives none, or `N/A`: which is not 0."""
    shots: Annotated[int, Field(ge=0, le=10_000)] | None = None
    items: Annotated[int, Field(ge=0, le=10**9)] | None = None
    version: Annotated[str, Field(min_length=1, max_length=80), AfterValidator(check_printable)] | None = None
    aggregation: Annotated[str, Field(pattern=r"^\w{1,80}$")] | None = None
    """What made one figure of the items', `mean` for instance; None where the file does not say."""


class ImportedSamples(Record):
    """What lm-eval logged of the items of a task under one filter: which they are and their scores, never a text."""

    task: Name
    filter: Name | None = None
    ids: Annotated[tuple[DocHash, ...], Field(min_length=1, max_length=MAX_ITEMS)]
    scores: Annotated[
        dict[Name, tuple[Annotated[float, Field(ge=-_MAX_VALUE, le=_MAX_VALUE)], ...]], Field(min_length=1)
    ]
    """By metric, in the order of `ids`."""

    @model_validator(mode="after")
    def _each_item_has_its_score_once(self) -> Self:
        if len(set(self.ids)) != len(self.ids):
            message = "an item stands twice among `ids`"
            raise ValueError(message)
        for metric, scores in self.scores.items():
            if len(scores) != len(self.ids):
                message = f"{metric} has {len(scores)} scores for {len(self.ids)} items"
                raise ValueError(message)
        return self


class _Measured(Record):
    """What an imported evaluation says, before its id is known."""

    schema_version: Literal[1] = 1
    source: SourcePath
    """Path of the file it was read from, relative to the folder that was imported."""
    source_sha256: Sha256
    model: Name
    """Id on the Hub, or the name alone of a folder of the machine that measured it: never that machine's path."""
    model_source: Literal[ModelSource.HUB, ModelSource.LOCAL]
    revision: CommitSha | None
    """The commit that the file itself names; None where it names none."""
    precision: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$")] | None = None
    evaluated_at: Timestamp | None = None
    harness_version: Name | None = None
    limit: Annotated[float, Field(gt=0, le=1e9)] | None = None
    """Where only the first items of each task were measured: how many, or under 1 which share."""
    tasks: tuple[ImportedTask, ...] = Field(min_length=1)
    samples: Annotated[tuple[ImportedSamples, ...], Field(max_length=1000)] = ()
    """The items behind figures that are their mean; none where no samples lay beside the file."""

    @property
    def why_unranked(self) -> str | None:
        """Say why no ranking can hold this evaluation; None where one could."""
        if self.revision is None:
            return "it names no full commit sha, so nobody can tell which weights were measured"
        if self.model_source is not ModelSource.HUB:
            return "its model has no id on the Hub (organisation/name) that the commit could belong to"
        if self.limit is not None:
            return f"only a part of each task was measured (limit {self.limit:g})"
        return None

    @property
    def is_rankable(self) -> bool:
        """Whether it says exactly which weights were measured, on whole tasks."""
        return self.why_unranked is None


class ImportedEvaluation(_Measured):
    """One result file of another leaderboard. Its id is the hash of what it says, so that a second import finds it."""

    id: Sha256

    @model_validator(mode="after")
    def _id_is_the_hash_of_what_it_says(self) -> Self:
        expected = _imported_id(self)
        if self.id != expected:
            message = f"its id is {self.id} but its content hashes to {expected}"
            raise ValueError(message)
        return self


def _imported_id(measured: _Measured) -> str:
    """Return the hash of what was measured and found; where the file lay and how it was spelled are not part of it."""
    meaning = measured.model_dump(mode="json", exclude={"id", "source", "source_sha256"})
    # What records of before did not have is left out where it says nothing: their ids stay as they are.
    if not meaning["samples"]:
        del meaning["samples"]
    for task in meaning["tasks"]:
        if task["aggregation"] is None:
            del task["aggregation"]
    return sha256_hex(canonical_json(meaning))


def new_imported_evaluation(
    *, tasks: Iterable[ImportedTask], samples: Iterable[ImportedSamples] = (), **fields: Any
) -> ImportedEvaluation:
    """Build an evaluation with the id its content demands, tasks and samples in sorted order.

    Raises:
        ValidationError: a field does not fit the record.
    """
    ordered = tuple(sorted(tasks, key=lambda one: (one.task, one.metric, one.filter or "")))
    # Validated first without its id: the hash is taken of what will be written, where a whole number is 1.0.
    logged = tuple(sorted(samples, key=lambda one: (one.task, one.filter or "")))
    measured = _Measured.model_validate({**fields, "tasks": ordered, "samples": logged})
    content = {name: getattr(measured, name) for name in _Measured.model_fields}
    return ImportedEvaluation.model_validate({**content, "id": _imported_id(measured)})


def with_samples(evaluation: ImportedEvaluation, samples: Iterable[ImportedSamples]) -> ImportedEvaluation:
    """Return the same evaluation with the items behind its figures, and so with another id.

    Raises:
        ValidationError: there are too many.
    """
    fields = {name: getattr(evaluation, name) for name in _Measured.model_fields}
    return new_imported_evaluation(**{**fields, "samples": samples})
