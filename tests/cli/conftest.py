"""A queue, results and a tiny suite where the commands look for them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leaderboard.cli import main
from leaderboard.queue import Failed, Queue
from leaderboard.records import Cause, EvalRequest, RequestState
from leaderboard.results import finished_run, reference_to
from leaderboard.store import FolderStore
from leaderboard.suite import Suite, load_suite
from tests.builders import TWO_TASKS, declaration, evaluation, failure, finish, request_for, take, tell, write_suite

FOUR_TASKS = (*TWO_TASKS, declaration("mas"), declaration("restas", language="gl"))


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A queue, results and a suite where the commands look for them."""

    folder: Path
    run: Callable[..., Said]

    @property
    def queue(self) -> Queue:
        return Queue(FolderStore(self.folder / "eval_queue"))

    @property
    def suite(self) -> Suite:
        return load_suite(str(self.folder / "suite" / "mini.yaml"))

    def json(self, *arguments: str) -> Any:
        said = self.run(*arguments, "--json")
        assert said.status == 0, said.err
        return json.loads(said.out)

    def state(self, asked: EvalRequest) -> RequestState:
        return self.queue.view().entries[asked.id].state

    def files(self) -> dict[str, bytes]:
        """Return everything that lies in both stores."""
        found = {}
        for store in ("eval_queue", "results"):
            snapshot = FolderStore(self.folder / store).snapshot()
            found |= {f"{store}/{path}": content for path, content in snapshot.files.items()}
        return found

    def finished(self, name: str = "meiga-1b", **changes: Any) -> EvalRequest:
        """Put a model into the queue that was evaluated and published, each task in 1.5 s."""
        asked = request_for(self.suite, name, **changes)
        ran = evaluation(asked, self.suite, {task.id: 2 if task.id == "sumas" else 1 for task in self.suite.tasks})
        finished_run(ran.manifest, ran.results).commit(FolderStore(self.folder / "results"), "m")
        finish(self.queue, asked, reference_to(ran.manifest))
        return asked

    def failed(self, name: str, cause: Cause) -> EvalRequest:
        asked = self.waiting(name)
        take(self.queue, wanted=lambda entry: entry.id == asked.id)
        tell(self.queue, Failed(asked.id, 1, failure("it broke", cause)))
        return asked

    def waiting(self, name: str) -> EvalRequest:
        asked = request_for(self.suite, name)
        self.queue.submit(asked)
        return asked

    def enlarge_the_suite(self) -> None:
        """Give each language a second task, so that either of its tasks can be left out."""
        write_suite(self.folder / "suite", FOUR_TASKS)

    def change_the_suite(self, declarations: Sequence[Mapping[str, Any]] = TWO_TASKS) -> None:
        """Give `sumas` another configuration."""
        changed = [{**one, "version": 2} if one["id"] == "sumas" else one for one in declarations]
        write_suite(self.folder / "suite", changed)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    suite = write_suite(tmp_path / "suite")
    for name, value in {
        "LEADERBOARD_QUEUE": tmp_path / "eval_queue",
        "LEADERBOARD_RESULTS": tmp_path / "results",
        "LEADERBOARD_WORK": tmp_path / "work",
        "LEADERBOARD_SUITE": suite,
        "HF_ENDPOINT": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, str(value))

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        try:
            status = main(arguments)
        except SystemExit as refused:  # argparse ends by itself
            status = int(refused.code or 0)
        captured = capsys.readouterr()
        return Said(status, captured.out, captured.err)

    return Place(tmp_path, run)
