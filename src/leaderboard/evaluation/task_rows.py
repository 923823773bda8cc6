"""The rows a task is made of: the suite's own files, a dataset on the Hub at one commit, or files in its place."""

import json
import os
import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets import Dataset, DatasetBuilder, disable_caching, load_dataset_builder
from huggingface_hub import HfApi

from leaderboard.confinement import given_read_token
from leaderboard.evaluation.few_shot import choose_examples, left_to_score
from leaderboard.records import LeaderboardError
from leaderboard.suite import Examples, FolderRows, HubDataset, HubRows, OwnRows, Sampler, Task, read_rows

ProcessDocs = Callable[[Dataset], Dataset]

CONFIG_COLUMN = "_config"
"""Where a task is put together of several parts of a dataset: which one a row is of."""

_EXAMPLE_POOL = 500
"""Examples are looked for among so many rows: a training split may have a hundred thousand."""

_SAMPLE_SEED = 600

_FORMATS = {".csv": "csv", ".json": "json", ".jsonl": "json", ".parquet": "parquet"}


class RowsError(LeaderboardError):
    """A dataset is not there, or is not what the registry says it is."""


@dataclass(frozen=True)
class TaskRows:
    """What is scored, what is shown before it, and which data that is."""

    scored: Dataset
    examples: Dataset | None
    revision: str
    """The commit of the dataset, or the hash of the files."""


def load_rows(task: Task, process_docs: ProcessDocs | None) -> TaskRows:
    """Load a task's rows, let its configuration process them, and part examples from what is scored.

    Raises:
        RowsError: a split, a file or a column is missing; the message says which.
        TooFewExamplesError: there are fewer examples than shots.
    """
    # `datasets` knows a processing function by its name: after a correction its cache would give the old rows.
    disable_caching()
    process = process_docs or (lambda rows: rows)
    if isinstance(task.rows, OwnRows):
        examples = process(Dataset.from_list(read_rows(task.rows.fewshot))) if task.rows.fewshot else None
        return TaskRows(process(Dataset.from_list(read_rows(task.rows.test))), examples, task.rows.sha256)
    dataset = task.declaration.dataset
    assert dataset is not None  # noqa: S101 - the registry has either own files or a dataset
    source: _Folder | _Hub
    if isinstance(task.rows, FolderRows):
        source = _Folder(task.rows)
    else:
        source = _Hub(dataset, task.rows, given_read_token(os.environ))
    scored = process(_checked(_split(source, dataset, dataset.split, None), dataset, dataset.columns))
    declared = task.declaration
    _checked(scored, dataset, (declared.cluster_field, declared.category_field, declared.variety_field))
    if not declared.shots or dataset.examples is None:
        return TaskRows(_sampled(scored, dataset), None, source.revision)
    if dataset.examples.split is None:
        scored, examples = _held_out(task, dataset, scored, dataset.examples)
        return TaskRows(_sampled(scored, dataset), examples, source.revision)
    pool = process(_checked(_split(source, dataset, dataset.examples.split, _EXAMPLE_POOL), dataset, dataset.columns))
    if declared.sampler is Sampler.FIRST_N:
        pool = pool.select(_chosen(task, dataset, pool, dataset.examples))
    return TaskRows(_sampled(scored, dataset), pool, source.revision)


def fetch_files(task: Task, folder: Path, token: str | None = None) -> list[Path]:
    """Write a dataset's splits into `folder` as files that stand in its place, with the account of whoever asks.

    That is the account of `token`, or else the one that is logged in on this machine.

    For gated data: their makers want to know who takes them, and the process that evaluates holds no account.

    Raises:
        RowsError: the task has no dataset, or the Hub does not give it to this account.
    """
    dataset = task.declaration.dataset
    if dataset is None:
        message = f"{task.id} is made of the suite's own files; there is nothing to fetch."
        raise RowsError(message)
    hub = _Hub(dataset, HubRows(revision=task.rows.revision if isinstance(task.rows, HubRows) else None), token)
    limits: dict[str, int | None] = {dataset.split: None}
    if dataset.examples is not None and dataset.examples.split is not None:
        limits[dataset.examples.split] = _EXAMPLE_POOL
    written = []
    for config in dataset.configs or (None,):
        for split, limit in limits.items():
            path = _file_of(folder / task.id, dataset, config, split)
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = hub.load(dataset, config, split, limit)
            path.write_text(
                "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows), encoding="utf-8"
            )
            written.append(path)
    return written


def _file_of(folder: Path, dataset: HubDataset, config: str | None, split: str) -> Path:
    """Return which file stands in the place of one split; several parts have a folder each."""
    return (folder / config if config and len(dataset.configs) > 1 else folder) / f"{split}.jsonl"


def _sampled(rows: Dataset, dataset: HubDataset) -> Dataset:
    """Return as many rows as the registry wants, in their order."""
    if dataset.sample is None or dataset.sample >= len(rows):
        return rows
    drawn = random.Random(_SAMPLE_SEED).sample(range(len(rows)), dataset.sample)  # noqa: S311 - a draw, no secret
    return rows.select(sorted(drawn))


def _held_out(task: Task, dataset: HubDataset, rows: Dataset, examples: Examples) -> tuple[Dataset, Dataset]:
    """Return what is scored and what is shown, where both come from one split."""
    shown = _chosen(task, dataset, rows, examples)
    left = left_to_score(list(rows), shown, cluster_field=task.declaration.cluster_field)
    if not left:
        message = f"{dataset.id}: its examples leave nothing to score: every row shares a cluster with one of them."
        raise RowsError(message)
    return rows.select(left), rows.select(shown)


def _chosen(task: Task, dataset: HubDataset, rows: Dataset, examples: Examples) -> list[int]:
    declared = task.declaration
    _checked(rows, dataset, (declared.cluster_field, examples.balance))
    return choose_examples(list(rows), declared.shots, cluster_field=declared.cluster_field, balance=examples.balance)


class _Folder:
    """Files of this machine in the place of a dataset."""

    def __init__(self, rows: FolderRows) -> None:
        self._folder, self.revision = rows.folder, rows.sha256

    def load(self, dataset: HubDataset, config: str | None, split: str, limit: int | None) -> Dataset | None:
        """Return one split; None where the files lack this part of a dataset of several parts."""
        path = _file_of(self._folder, dataset, config, split)
        if not path.is_file():
            if len(dataset.configs) > 1:
                return None
            message = (
                f"{path.parent.name}/{path.name} is missing: it stands in the place of {dataset.id}, split {split}."
            )
            raise RowsError(message)
        return _dataset_of(read_rows(path)[:limit])


class _Hub:
    """A dataset on the Hub, at one commit. No loading script is ever used, and no token but one given to read with."""

    def __init__(self, dataset: HubDataset, rows: HubRows, token: str | bool | None) -> None:
        self._token = token
        self.revision = rows.revision or resolve_revision(dataset, HfApi(token=token))

    def load(self, dataset: HubDataset, config: str | None, split: str, limit: int | None) -> Dataset:
        """Return one split."""
        with _named(dataset):
            builder = self._files(dataset, split) if dataset.files else self._dataset(dataset, config)
            builder.download_and_prepare()
        if split not in builder.info.splits:
            message = f"{dataset.id} has no split {split}, only {', '.join(builder.info.splits)}. Correct the suite."
            raise RowsError(message)
        return builder.as_dataset(split=split if limit is None else f"{split}[:{limit}]")

    def _dataset(self, dataset: HubDataset, config: str | None) -> DatasetBuilder:
        # With its scheme, for a folder of that name in the working directory would otherwise be taken for it.
        builder = load_dataset_builder(f"hf://datasets/{dataset.id}", config, revision=self.revision, token=self._token)
        # Where the Hub gives nothing, `datasets` takes whichever commit is in its cache, and says so in the log only.
        if builder.hash != self.revision:
            message = f"{dataset.id} at {self.revision} cannot be had: the Hub does not give it. Try again later."
            raise RowsError(message)
        return builder

    def _files(self, dataset: HubDataset, split: str) -> DatasetBuilder:
        if split not in dataset.files:
            message = f"{dataset.id}: the registry names no file for the split {split}. Add it to `files`."
            raise RowsError(message)
        pattern = dataset.files[split]
        address = f"hf://datasets/{dataset.id}@{self.revision}/{pattern}"
        message = f"{dataset.id} has no file {pattern} at {self.revision}. Correct `files` in the suite."
        try:
            builder = load_dataset_builder(
                _FORMATS[Path(pattern).suffix], data_files={split: address}, token=self._token
            )
        except FileNotFoundError as error:
            raise RowsError(message) from error
        if not builder.config.data_files[split]:  # a glob that matches nothing is no error to `datasets`
            raise RowsError(message)
        return builder


@contextmanager
def _named(dataset: HubDataset) -> Iterator[None]:
    """Make whatever `datasets` or the Hub's client raise say which dataset it was."""
    try:
        yield
    except RowsError:
        raise
    except Exception as error:
        message = f"{dataset.id} cannot be had ({type(error).__name__}: {error})."
        raise RowsError(message) from error


def resolve_revision(dataset: HubDataset, hub: HfApi | None = None) -> str:
    """Return the commit that a dataset's branch is at now.

    Raises:
        RowsError: the Hub knows neither it nor its commit.
    """
    with _named(dataset):
        sha = (hub or HfApi(token=False)).dataset_info(dataset.id, revision=dataset.revision).sha
    if sha is None:
        message = f"{dataset.id}: the Hub names no commit for {dataset.revision}. Check `revision` in the suite."
        raise RowsError(message)
    return sha


def _split(source: _Folder | _Hub, dataset: HubDataset, split: str, limit: int | None) -> Dataset:
    parts = []
    for config in dataset.configs or (None,):
        part = source.load(dataset, config, split, limit)
        if part is not None:
            several = len(dataset.configs) > 1
            parts.append([{**row, CONFIG_COLUMN: config} if several else row for row in part] if several else part)
    if not parts:
        message = f"{dataset.id}: no part of it has the split {split}."
        raise RowsError(message)
    if len(dataset.configs) > 1:
        return _dataset_of(row for part in parts for row in part)
    return parts[0]


def _dataset_of(rows: Iterable[dict[str, Any]]) -> Dataset:
    """Return rows as a dataset; a column that only some rows have is None in the others."""
    listed = list(rows)
    names = dict.fromkeys(name for row in listed for name in row)
    return Dataset.from_list([{name: row.get(name) for name in names} for row in listed])


def _checked(rows: Dataset, dataset: HubDataset, columns: Iterable[str | None]) -> Dataset:
    missing = [name for name in columns if name is not None and name not in rows.column_names]
    if missing:
        message = (
            f"{dataset.id} has no column {', '.join(missing)}, only {', '.join(rows.column_names)}. "
            "The dataset changed, or `columns` and the configuration are wrong: correct them in the suite."
        )
        raise RowsError(message)
    return rows
