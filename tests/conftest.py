"""What several tests share: a clean house of the leaderboard, a tiny model, a Hub."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

# Before huggingface_hub is imported anywhere: no test talks to the real Hub, sends telemetry or reads a user's token.
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["HF_HUB_DISABLE_XET"] = "1"
# To find the meters takes every evaluating child a second; the jobs of a Hub, which inherit nothing, do measure.
os.environ["LEADERBOARD_ENERGY"] = "off"
os.environ.pop("HF_TOKEN", None)
if "PYTEST_XDIST_WORKER" in os.environ:  # several processes with a thread for each core only wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from huggingface_hub import HfApi

from leaderboard.installation import Installation, open_installation
from leaderboard.settings import Settings
from tests.hub_server import HubServer, running_hub

HouseBuilder = Callable[..., Installation]

TESTS = Path(__file__).parent
# Processes that test side by side take whole files in this order: a long one at the end would leave the others idle.
LONG_FILES = (
    "browser/test_road.py",
    "browser/test_tabs.py",
    "browser/test_hostile_submissions.py",
    "evaluation/test_worker.py",
    "browser/test_gate.py",
    "evaluation/test_kills.py",
    "cli/test_main.py",
    "evaluation/test_child.py",
    "browser/test_sign_in.py",
    "browser/test_ranking.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the long files to the front; within a file, and among the others, the order stays.

    Raises:
        pytest.UsageError: one of them is not there, and another name would have to stand in its place.
    """
    rank = {TESTS / file: number for number, file in enumerate(LONG_FILES)}
    if gone := [str(file) for file in rank if not file.is_file()]:
        message = f"LONG_FILES in tests/conftest.py names what is not there: {', '.join(gone)}"
        raise pytest.UsageError(message)
    items.sort(key=lambda item: rank.get(item.path, len(rank)))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose folders are all under tmp_path."""
    return Settings(
        queue=str(tmp_path / "eval_queue"),
        results=str(tmp_path / "results"),
        work_dir=tmp_path / "work",
        device="cpu",
    )


@pytest.fixture
def house(settings: Settings) -> Installation:
    """A leaderboard with empty stores and the embedded suite."""
    return open_installation(settings)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny Llama of random weights."""
    pytest.importorskip("torch", reason="evaluation is not installed: requirements-eval.txt")
    from tests.tiny_models import make_tiny_llama

    return make_tiny_llama(tmp_path_factory.mktemp("models") / "tiny-llama")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A Hub on loopback, which child processes find too; a request it does not know fails the test."""
    with running_hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server
    assert not server.unknown_requests, f"the Hub server does not know: {server.unknown_requests}"


@pytest.fixture
def hub_api(hub: HubServer) -> HfApi:
    """The ordinary client, pointed at the Hub of the test."""
    return HfApi(endpoint=hub.url)
