"""What tests of submissions share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue
from leaderboard.store import FolderStore
from leaderboard.submission import Premises
from tests.builders import NOW, tiny_suite
from tests.submission.model_folders import write_model_folder
from tests.submission.one_reader import OneReader, running_reader


@pytest.fixture(scope="session")
def reader() -> Iterator[OneReader]:
    """A process that reads folders."""
    with running_reader() as one:
        yield one


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model folder that nothing is wrong with."""
    return write_model_folder(tmp_path / "models/meiga-1b")


@pytest.fixture
def premises(tmp_path: Path, reader: OneReader) -> Premises:
    """An empty queue, a suite of two tasks, a Hub that is not there, and one moment."""
    return Premises(
        queue=Queue(FolderStore(tmp_path / "eval_queue")),
        suite=tiny_suite(tmp_path / "suites"),
        local_models=LocalModels(tmp_path / "work"),
        hub=HfApi(endpoint="http://127.0.0.1:9"),
        read=reader.read,
        clock=lambda: NOW,
    )
