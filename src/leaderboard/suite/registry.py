"""The registry of tasks: what a suite measures, and how. The single source for evaluation, board and page."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, HttpUrl, model_validator

from leaderboard.records import Record, SuiteLabel, WantedTask
from leaderboard.records.base import Sha256
from leaderboard.records.request import TaskId
from leaderboard.suite.item_forms import ItemForm


class Language(StrEnum):
    """The languages the ranking is about; the order is the order of the columns."""

    ES = "es"
    CA = "ca"
    EU = "eu"
    GL = "gl"


class Area(StrEnum):
    """What a task asks of a model. A language's score is the mean of its areas' means."""

    COMPREHENSION = "comprehension"
    LANGUAGE = "language"
    MATHEMATICS = "mathematics"


class Construct(StrEnum):
    """What a good score would show."""

    VARIETY_COMPREHENSION = "variety_comprehension"
    GRAMMAR = "grammar"
    ARITHMETIC = "arithmetic"


class Direction(StrEnum):
    """Which way of the metric is better."""

    HIGHER = "higher"


class Metric(StrEnum):
    """The metrics a task may be scored with, by lm-eval's name."""

    ACC = "acc"
    EXACT_MATCH = "exact_match"


class TemplatePolicy(StrEnum):
    """Whether a task may be put through the model's chat template."""

    NEVER = "never"
    """Cloze tasks and minimal pairs: a template around them would measure the template."""
    MODEL = "model"
    """The model's own template, few-shot examples as turns."""


class Origin(StrEnum):
    """Where a task's items come from."""

    NATIVE = "native"
    """Written in the language."""
    GENERATED = "generated"
    """Made by a seeded program."""


class Source(Record):
    """Who made the data, to be cited."""

    title: str
    citation: str
    url: HttpUrl | None = None


class Files(Record):
    """The suite's own item files, JSON Lines, relative to the suite file."""

    test: str
    fewshot: str | None = None


class TaskDeclaration(Record):
    """One task as the suite file declares it."""

    id: TaskId
    title: dict[Literal["es", "en", "ca", "eu", "gl"], Annotated[str, Field(min_length=1, max_length=40)]]
    language: Language
    variety: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None
    """ISO 3166 country, where all items are in one country's variety."""
    variety_field: str | None = None
    """The item's key that names its country, where items differ."""
    area: Area
    measured_construct: Annotated[Construct, Field(alias="construct")]
    config: str
    """The lm-eval configuration, relative to the suite file."""
    metric: Metric
    filter: str = "none"
    direction: Direction
    shots: Annotated[int, Field(ge=0)]
    chance: Annotated[float, Field(ge=0, lt=1)]
    """The score of guessing, analytic: the mean of 1/options over items; 0 for free answers."""
    items: Annotated[int, Field(gt=0)]
    chat_template: TemplatePolicy
    files: Files
    item_form: ItemForm | None = None
    """The form of the suite's own items; None for data that others made."""
    licence: str
    origin: Origin
    source: Source
    version: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _shots_have_examples(self) -> Self:
        if self.shots and self.files.fewshot is None:
            message = f"{self.shots} shots need `files.fewshot`, examples that are not test items"
            raise ValueError(message)
        if "es" not in self.title:
            message = "`title` needs at least `es`"
            raise ValueError(message)
        return self


class SuiteDeclaration(Record):
    """A suite file as it is written."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[int, Field(ge=1)]
    tasks: tuple[TaskDeclaration, ...] = Field(min_length=1)


class Task(Record):
    """A task ready to run: its declaration, its lm-eval configuration and the hash that fixes both."""

    declaration: TaskDeclaration
    lm_eval_config: dict[str, Any]
    test_file: Path
    fewshot_file: Path | None
    data_sha256: Sha256
    """Hash over the items as they are asked and scored: signing one does not change it."""
    reviewed_items: Annotated[int, Field(ge=0)] | None
    """How many of the suite's own items a native speaker has signed; None for data that others made."""
    config_hash: Sha256
    """Hash over everything that can move a score. Results with another hash are history."""

    @property
    def id(self) -> str:
        """The task's name, the same in lm-eval."""
        return self.declaration.id

    @property
    def is_draft(self) -> bool:
        """Whether an item of it still waits for a native speaker's signature."""
        return self.reviewed_items is not None and self.reviewed_items < self.declaration.items


class Suite(Record):
    """A validated suite."""

    label: SuiteLabel
    tasks: tuple[Task, ...]

    def task(self, task_id: str) -> Task | None:
        """Return the task of that name, or None."""
        return next((task for task in self.tasks if task.id == task_id), None)

    @property
    def is_provisional(self) -> bool:
        """Whether every task is a draft, so that a mean can only be shown as provisional."""
        return all(task.is_draft for task in self.tasks)

    @property
    def counted(self) -> tuple[Task, ...]:
        """The tasks that enter means: never a draft, except where there is nothing else, and then it is said."""
        return self.tasks if self.is_provisional else tuple(task for task in self.tasks if not task.is_draft)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that have tasks, in the order of columns."""
        present = {task.declaration.language for task in self.counted}
        return tuple(language for language in Language if language in present)

    def wanted(self) -> tuple[WantedTask, ...]:
        """Return every task at its present configuration: what a new request asks for."""
        return tuple(WantedTask(task=task.id, config_hash=task.config_hash) for task in self.tasks)
