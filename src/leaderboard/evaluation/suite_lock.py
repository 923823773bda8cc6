"""Looking up what a suite depends on: lm-eval's configurations here, commits of datasets and encoders on the Hub."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from huggingface_hub import HfApi

from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.semantic_similarity import EncoderError
from leaderboard.evaluation.task_rows import resolve_revision
from leaderboard.evaluation.upstream import upstream_sha256
from leaderboard.suite.lm_eval_config import read_config
from leaderboard.suite.loading import read_declaration
from leaderboard.suite.lock import lock_key, read_lock, write_lock
from leaderboard.suite.registry import EncoderDeclaration, HubDataset, SuiteDeclaration


@dataclass(frozen=True)
class Locked:
    """What a look-up found."""

    upstream: int
    datasets: int
    """How many datasets and encoders the Hub answered for."""
    unreachable: dict[str, str]
    """Dataset or encoder to the reason why its commit is not known; what was locked before stays."""


def lock_suite(path: Path, hub: HfApi | None) -> Locked:
    """Write the lock file of a suite; without a Hub only lm-eval's configurations are looked up.

    Raises:
        SuiteError: the suite file or a configuration cannot be read.
        UpstreamChangedError: lm-eval has not the configuration that a task names.
    """
    declaration, _ = read_declaration(path)
    before = read_lock(path)
    upstream = {name: upstream_sha256(name) for name in _upstream_names(declaration, path)}
    datasets, encoders, unreachable = dict(before.datasets), dict(before.encoders), dict[str, str]()
    if hub is not None:
        for dataset in _datasets(declaration):
            _note(datasets, unreachable, lock_key(dataset), partial(resolve_revision, dataset, hub))
        if declaration.encoder is not None:
            encoder = declaration.encoder
            _note(encoders, unreachable, encoder.id, partial(_encoder_commit, encoder, hub))
    keys = {lock_key(dataset) for dataset in _datasets(declaration)}
    encoder_ids = {declaration.encoder.id} if declaration.encoder else set[str]()
    tasks = {task.id for task in declaration.tasks}
    write_lock(
        path,
        before.replaced(
            lm_eval=version("lm_eval"),
            upstream=upstream,
            datasets={key: sha for key, sha in datasets.items() if key in keys},
            encoders={name: sha for name, sha in encoders.items() if name in encoder_ids},
            floors={task: floor for task, floor in before.floors.items() if task in tasks},
        ),
    )
    answered = len(keys) + len(encoder_ids) - len(unreachable) if hub else 0
    return Locked(len(upstream), answered, unreachable)


def _note(known: dict[str, str], unreachable: dict[str, str], name: str, look_up: Callable[[], str]) -> None:
    try:
        known[name] = look_up()
    except Exception as error:  # noqa: BLE001 - one dataset that cannot be had must not hide the others
        unreachable[name] = one_line(f"{type(error).__name__}: {error}")


def _upstream_names(declaration: SuiteDeclaration, path: Path) -> list[str]:
    names = (read_config(task, path)[0] for task in declaration.tasks)
    return sorted({name for name in names if name})


def _datasets(declaration: SuiteDeclaration) -> Iterable[HubDataset]:
    return {lock_key(task.dataset): task.dataset for task in declaration.tasks if task.dataset}.values()


def _encoder_commit(encoder: EncoderDeclaration, hub: HfApi) -> str:
    sha = hub.model_info(encoder.id, revision=encoder.revision).sha
    if sha is None:
        message = f"the Hub names no commit for {encoder.id}"
        raise EncoderError(message)
    return sha
