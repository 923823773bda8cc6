"""A real browser, and the real app as a process of its own with its own stores."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from leaderboard.installation import Installation, open_installation
from leaderboard.queue import Finished
from leaderboard.records import EvalRequest, utc_now
from leaderboard.results import finished_run, reference_to
from leaderboard.settings import Settings
from leaderboard.submission import OPERATOR, Wish
from tests.builders import evaluation, take, tell

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
START_SECONDS = 60


@dataclass
class RunningApp:
    """The app as its user starts it."""

    url: str
    root: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def command(self, *arguments: str) -> str:
        """Run one of the maintainer's commands on the app's stores and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "leaderboard", *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            check=True,
            text=True,
        )
        return done.stdout


AppStarter = Callable[..., RunningApp]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: Debian's, or Playwright's own. Without one these tests skip; under CI they fail."""
    expect.set_options(timeout=15_000)  # two cores serve, evaluate and draw at once
    with sync_playwright() as playwright:
        try:
            path = str(CHROMIUM) if CHROMIUM.exists() else None
            chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            reason = (
                f"NO BROWSER: the page was not tested. Install Debian's chromium. ({error.message.splitlines()[0]})"
            )
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A fresh profile with a wide window."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """Stores in which the guessing baseline and the tiny model have every task: made once, copied by each test."""
    root = tmp_path_factory.mktemp("evaluated")
    house = house_under(root)
    for wish in (Wish(model="dummy", baseline=True), Wish(model=str(tiny_model), precision="float32")):
        publish(house, house.desk.submit(wish, OPERATOR))
    return root


def house_under(root: Path) -> Installation:
    """Open the stores that the app has under `root`, in this process."""
    return open_installation(
        Settings(queue=str(root / "eval_queue"), results=str(root / "results"), work_dir=root / "work", device="cpu")
    )


def publish(house: Installation, asked: EvalRequest) -> None:
    """Put what an evaluation would have found where the board reads it, for a request that waits; nothing computes."""
    ran = evaluation(asked, house.suite, {task.id: task.declaration.items // 2 for task in house.suite.tasks})
    finished_run(ran.manifest, ran.results).commit(house.results, "publish")
    take(house.queue, now=utc_now(), wanted=lambda entry: entry.id == asked.id)
    tell(house.queue, Finished(asked.id, 1, reference_to(ran.manifest)), now=utc_now())


def stores_under(root: Path) -> dict[str, str]:
    """Return the environment that keeps a leaderboard's files under `root`."""
    return {
        "PYTHONPATH": str(ROOT / "src"),
        "LEADERBOARD_QUEUE": str(root / "eval_queue"),
        "LEADERBOARD_RESULTS": str(root / "results"),
        "LEADERBOARD_WORK": str(root / "work"),
        "LEADERBOARD_DEVICE": "cpu",
    }


@contextmanager
def running_app(root: Path, **environment: str) -> Iterator[RunningApp]:
    """Run the app with stores under `root`, and with more environment by keyword, until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {
        **os.environ,
        **stores_under(root),
        "GRADIO_SERVER_PORT": str(port),
        "LEADERBOARD_POLL_SECONDS": "0.5",
        **environment,
    }
    with (root / "app.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=settings, stdout=log, stderr=log)
    app = RunningApp(f"http://127.0.0.1:{port}", root, settings, process)
    try:
        _wait_for(app)
        yield app
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture
def start_app(tmp_path: Path) -> Iterator[AppStarter]:
    """Start the app with stores under tmp_path, empty or copied; more environment by keyword. Ended after."""
    with ExitStack() as started:

        def start(stores: Path | None = None, **environment: str) -> RunningApp:
            if stores is not None:
                shutil.copytree(stores, tmp_path, dirs_exist_ok=True)
            return started.enter_context(running_app(tmp_path, **environment))

        yield start


def _wait_for(app: RunningApp) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(app.url, timeout=5):  # noqa: S310 - our own server on loopback
                return
        except (urllib.error.URLError, ConnectionError):
            log = (app.root / "app.log").read_text(encoding="utf-8", errors="replace")
            assert app.process.poll() is None, f"the app ended:\n{log}"
            assert time.monotonic() < end, f"the app does not answer:\n{log}"
            time.sleep(0.1)
