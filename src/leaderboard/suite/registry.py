"""The registry of tasks: what a suite measures, and how. The single source for evaluation, board and page."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, HttpUrl, model_validator

from leaderboard.records import DatasetReference, Record, SuiteLabel, WantedTask
from leaderboard.records.base import Sha256
from leaderboard.records.request import TaskId
from leaderboard.suite.item_forms import ItemForm
from leaderboard.suite.rows import FolderRows, HubRows, OwnRows, Rows
from leaderboard.suite.vocabulary import (
    DIRECTION_PATTERN,
    Access,
    Area,
    Construct,
    Language,
    Metric,
    Origin,
    ProbeKind,
    Sampler,
    ShowItems,
    TemplatePolicy,
    target_of,
)

UPSTREAM_SCHEME = "lm_eval:"
"""Before the path of a configuration that lm-eval itself carries."""

UNKNOWN_LICENCE = "unknown"
"""What `licence` says where nobody knows it for sure."""

ColumnName = Annotated[str, Field(min_length=1, max_length=80)]
PathPart = Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
"""The name of a split or of a part: also that of a file or a folder where files stand in a dataset's place."""
DataFile = Annotated[str, Field(pattern=r"\.(csv|json|jsonl|parquet)$")]
Weight = Annotated[float, Field(gt=0)]


class Source(Record):
    """Who made the data, to be cited."""

    title: str
    citation: str
    url: HttpUrl | None = None


class Files(Record):
    """The suite's own item files, JSON Lines, relative to the suite file."""

    test: str
    fewshot: str | None = None


class Examples(Record):
    """Where few-shot examples come from: another split, or rows of the scored one that are then not scored."""

    split: PathPart | None = None
    balance: ColumnName | None = None
    """A column whose values take turns among the examples, so that no answer is shown more often than another."""


class HubDataset(Record):
    """Data that others made, on the Hub."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")]
    configs: tuple[PathPart, ...] = ()
    """The parts that are put together, in this order; none: the default one."""
    split: PathPart
    examples: Examples | None = None
    sample: Annotated[int, Field(ge=100)] | None = None
    """How many rows are scored of a split that has more: drawn once, with a fixed seed, the same for every model."""
    columns: Annotated[tuple[ColumnName, ...], Field(min_length=1)]
    """What prompt, options, target and clusters read: a lack of one is told by its name."""
    revision: str = "main"
    """The branch that is followed; the lock file fixes the commit."""
    files: dict[str, DataFile] = Field(default_factory=dict)
    """Data files in the repository, by split; for repositories that hold no loadable set otherwise."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.examples is not None and self.examples.split == self.split:
            message = "`examples.split` is the scored split; leave it out, and examples are held out of what is scored"
            raise ValueError(message)
        if self.files and len(self.configs) > 1:
            message = "`files` and several `configs` exclude each other: each file would be read once for every config"
            raise ValueError(message)
        return self


class HumanScore(Record):
    """What people reach, where somebody published it."""

    score: Annotated[float, Field(ge=0, le=1)]
    source: str


class EncoderDeclaration(Record):
    """The sentence encoder behind semantic similarity."""

    id: str
    revision: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] | None = None
    """Its commit; the lock file knows it where nothing is said."""
    max_tokens: Annotated[int, Field(ge=16)]
    prompt: str = ""
    """What the encoder wants before each text."""


class Weights(Record):
    """How much languages and areas weigh in the means; 1 where nothing is said."""

    languages: dict[Language, Weight] = Field(default_factory=dict)
    areas: dict[Area, Weight] = Field(default_factory=dict)


class Probe(Record):
    """What a task is for that measures no model by itself, but shows how far the score of another can be trusted."""

    of: TaskId
    kind: ProbeKind


class TaskDeclaration(Record):
    """One task as the suite file declares it."""

    id: TaskId
    aliases: tuple[TaskId, ...] = ()
    """Other names of the same task in result files that come from elsewhere."""
    title: dict[Literal["es", "en", "ca", "eu", "gl"], Annotated[str, Field(min_length=1, max_length=40)]]
    about: dict[Literal["es", "en", "ca", "eu", "gl"], Annotated[str, Field(min_length=1, max_length=160)]] = Field(
        default_factory=dict
    )
    """What is asked, in a sentence."""
    language: Language
    variety: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None
    """ISO 3166 country, where all items are in one country's variety."""
    variety_field: ColumnName | None = None
    """The item's key that names its country, where items differ."""
    area: Area
    measured_construct: Annotated[Construct, Field(alias="construct")]
    config: str
    """The lm-eval configuration: relative to the suite file, or `lm_eval:` and its path in lm-eval's own tasks."""
    metric: Metric
    classes: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] | None = None
    """The classes a macro F1 is the mean of; all where nothing is said."""
    filter: str = "none"
    direction: Annotated[str, Field(pattern=DIRECTION_PATTERN)]
    shots: Annotated[int, Field(ge=0)]
    sampler: Sampler = Sampler.FIRST_N
    chance: Annotated[float, Field(ge=0, lt=1)]
    """The score of guessing, analytic: the mean of 1/options over items; 0 for free answers."""
    human: HumanScore | None = None
    items: Annotated[int, Field(gt=0)] | None
    """How many items are scored, as published; None where that is not known for sure."""
    cluster_field: ColumnName | None = None
    """The column that items share which are no independent draws: a passage, a template."""
    category_field: ColumnName | None = None
    """The column that names the part of the task an item belongs to."""
    chat_template: TemplatePolicy
    files: Files | None = None
    dataset: HubDataset | None = None
    access: Access = Access.OPEN
    show_items: ShowItems = ShowItems.NONE
    item_form: ItemForm | None = None
    """The form of the suite's own items; None for data that others made."""
    licence: str
    origin: Origin
    source: Source
    weight: Weight = 1.0
    probe: Probe | None = None
    """None for a task that measures something by itself."""
    version: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        for message, wrong in self._contradictions():
            if wrong:
                raise ValueError(message)
        return self

    def _contradictions(self) -> list[tuple[str, bool]]:
        examples = self.files.fewshot if self.files else self.dataset and self.dataset.examples
        restricted = "NC" in self.licence.upper() or self.licence.lower() == UNKNOWN_LICENCE
        may_show_text = self.access is Access.OPEN and not restricted
        has_target = self.target is not None
        return [
            ("`title` needs at least `es`", "es" not in self.title),
            (
                "exactly one of `files` and `dataset` says where the items are",
                (self.files is None) == (self.dataset is None),
            ),
            (
                f"{self.shots} shots need `files.fewshot` or `dataset.examples`, which are not test items",
                bool(self.shots) and examples is None,
            ),
            ("`items` must be known for the suite's own files", self.files is not None and self.items is None),
            ("`variety` and `variety_field` exclude each other", bool(self.variety) and bool(self.variety_field)),
            ("`classes` is for macro_f1 only", self.classes is not None and self.metric is not Metric.MACRO_F1),
            (
                "`show_items: text` needs open data under a licence that allows it",
                self.show_items is ShowItems.TEXT and not may_show_text,
            ),
            ("no metric of the registry is better the lower", self.direction == "lower"),
            ("area `bias` and a direction `target(…)` go together", has_target != (self.area is Area.BIAS)),
        ]

    @property
    def target(self) -> float | None:
        """The best value of its scale, where that is neither the highest nor the lowest."""
        return target_of(self.direction)


class SuiteDeclaration(Record):
    """A suite file as it is written."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Annotated[int, Field(ge=1)]
    weights: Weights = Weights()
    encoder: EncoderDeclaration | None = None
    tasks: tuple[TaskDeclaration, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _similarity_has_its_encoder(self) -> Self:
        if self.encoder is None and any(task.metric is Metric.SEMANTIC_SIMILARITY for task in self.tasks):
            message = "`encoder` must name the sentence encoder that semantic_similarity needs"
            raise ValueError(message)
        return self


class Floor(Record):
    """What models with random weights reach; it only warns."""

    mean: float
    low: float
    high: float
    models: Annotated[int, Field(ge=1)]
    """How many were measured, over seeds and tokenizers."""
    items: Annotated[int, Field(ge=1)]
    """On how many items."""
    data_sha256: Sha256
    """Hash of the items it was measured on."""


class Task(Record):
    """A task ready to run: its declaration, its lm-eval configuration and the hash that fixes both."""

    declaration: TaskDeclaration
    upstream: str | None = None
    """The configuration of lm-eval's own that `lm_eval_config` is laid over, by its path in lm-eval's tasks."""
    upstream_sha256: Sha256 | None = None
    lm_eval_config: dict[str, Any]
    rows: Rows
    encoder: EncoderDeclaration | None = None
    floor: Floor | None = None
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
        return self.reviewed_items is not None and self.reviewed_items < (self.declaration.items or 0)

    @property
    def in_means(self) -> bool:
        """Whether more of its score is better, and it is no probe: what has a target stands in a section of its own."""
        return self.declaration.target is None and self.declaration.probe is None

    def dataset_reference(self, revision: str) -> DatasetReference:
        """Return what a result says of its data; `revision` is the commit or the hash of the files."""
        declared = self.declaration
        match self.rows:
            case OwnRows():
                return DatasetReference(id=f"suite:{declared.files.test if declared.files else ''}", revision=revision)
            case FolderRows():
                return DatasetReference(id=f"file:{self.id}", revision=revision)
            case HubRows():
                return DatasetReference(id=declared.dataset.id if declared.dataset else "", revision=revision)


class Suite(Record):
    """A validated suite."""

    label: SuiteLabel
    weights: Weights = Weights()
    encoder: EncoderDeclaration | None = None
    tasks: tuple[Task, ...]
    tokens: dict[TaskId, int] = Field(default_factory=dict)
    """How much each task asks of a model, where it was counted: what a time can be told from."""

    def task(self, task_id: str) -> Task | None:
        """Return the task of that name, or None."""
        return next((task for task in self.tasks if task.id == task_id), None)

    @property
    def is_provisional(self) -> bool:
        """Whether every task is a draft, so that a mean can only be shown as provisional."""
        return all(task.is_draft for task in self.tasks if task.in_means)

    @property
    def counted(self) -> tuple[Task, ...]:
        """The tasks that enter means: none with a target, and no draft, except where there is nothing else."""
        candidates = tuple(task for task in self.tasks if task.in_means)
        return candidates if self.is_provisional else tuple(task for task in candidates if not task.is_draft)

    @property
    def with_target(self) -> tuple[Task, ...]:
        """The tasks whose scale has a target: shown by their distance from it, beside the ranking."""
        return tuple(task for task in self.tasks if task.declaration.target is not None)

    @property
    def probes(self) -> tuple[Task, ...]:
        """The tasks that say how far another's score can be trusted: they have no column, and enter no mean."""
        return tuple(task for task in self.tasks if task.declaration.probe is not None)

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages that have tasks, in the order of columns."""
        present = {task.declaration.language for task in self.counted}
        return tuple(language for language in Language if language in present)

    @property
    def on_local_files(self) -> tuple[Task, ...]:
        """The tasks whose dataset is replaced by files of this machine: their scores are no published data's."""
        return tuple(task for task in self.tasks if isinstance(task.rows, FolderRows))

    def wanted(self) -> tuple[WantedTask, ...]:
        """Return every task at its present configuration: what a new request asks for."""
        return tuple(WantedTask(task=task.id, config_hash=task.config_hash) for task in self.tasks)
