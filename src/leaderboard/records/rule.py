"""Which tasks are in the means: a versioned file that only a maintainer's command changes, and that keeps its past."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from leaderboard.records.base import Record, Sha256, SharedRecord, Timestamp, check_printable
from leaderboard.records.request import SuiteLabel, TaskId

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(check_printable)]


class ExclusionReason(StrEnum):
    """Why a task is left out of the means."""

    DEAD = "dead"
    """Every model has the same score."""
    DEGENERATE = "degenerate"
    """Many models give one constant answer."""
    SATURATED = "saturated"
    """Nearly every model has nearly everything right."""
    AT_CHANCE = "at_chance"
    """No model is above guessing, or above what random weights reach."""
    TOO_SMALL = "too_small"
    """It separates no two models."""
    UNPARSEABLE = "unparseable"
    """From most answers no result could be read."""
    CONTRADICTING = "contradicting"
    """Who is better on it is worse on the rest."""
    FAULTY = "faulty"
    """Its data or its configuration are wrong."""
    TAKEDOWN = "takedown"
    """Whoever owns its data asked for it."""


class Exclusion(Record):
    """One task that is left out of the means, and why."""

    task: TaskId
    config_hash: Sha256
    """Its configuration when it was left out; it stays out under another until a maintainer takes it back."""
    reason: ExclusionReason
    detail: Words = ""
    """The evidence, for people. Versions of old may lack it; none is left out without it any more."""


class RuleVersion(Record):
    """What entered the means from a moment on."""

    version: Annotated[int, Field(ge=1)]
    at: Timestamp
    note: Annotated[Words, Field(min_length=1)]
    """What changed, and why."""
    suite: SuiteLabel
    configs: dict[TaskId, Sha256]
    """The configuration of every task of the suite at that moment."""
    drafts: tuple[TaskId, ...] = ()
    """Those that were drafts at that moment: signing items changes no configuration, but what is counted."""
    excluded: tuple[Exclusion, ...] = ()

    @model_validator(mode="after")
    def _each_task_is_left_out_once(self) -> Self:
        names = [one.task for one in self.excluded]
        if len(set(names)) < len(names):
            message = "a task is left out twice"
            raise ValueError(message)
        return self


class RuleHistory(SharedRecord):
    """Every version of the rule, oldest first. Version 0, which needs no file, is the suite as it stands."""

    schema_version: Literal[1] = 1
    versions: tuple[RuleVersion, ...] = ()

    @model_validator(mode="after")
    def _versions_follow_each_other(self) -> Self:
        if [one.version for one in self.versions] != list(range(1, len(self.versions) + 1)):
            message = "versions count from 1 without a gap"
            raise ValueError(message)
        moments = [one.at for one in self.versions]
        if moments != sorted(moments):
            message = "a version is older than the one before it"
            raise ValueError(message)
        return self

    def of_suite(self, name: str) -> tuple[RuleVersion, ...]:
        """Return the versions of one suite, oldest first: a results store may serve several, which count together."""
        return tuple(one for one in self.versions if one.suite.name == name)
