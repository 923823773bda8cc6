"""A stage for workers of tests: stores in places, a suite of small tasks, and a light child that answers them."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from leaderboard.evaluation.worker import Worker
from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue, QueueEntry
from leaderboard.records import EvalRequest, ModelSource, utc_now
from leaderboard.results import ResultsReader
from leaderboard.store import Snapshot, Store, Version
from leaderboard.suite import load_suite
from tests.builders import declaration, model, request_for, task_result, write_suite
from tests.store.places import Place

TASKS = ("adivinas", "refranes", "sumas")
_LIGHT_CHILD = Path(__file__).with_name("light_child.py")


class HurriedStore:
    """A store whose writers need not wait for their next turn."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store, self._seconds = store, seconds

    def head(self) -> Version:
        return self._store.head()

    def snapshot(self, *prefixes: str) -> Snapshot:
        return self._store.snapshot(*prefixes)

    def commit(self, changes: dict[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        return self._store.commit(changes, message=message, parent=parent)

    def commit_interval(self, writers: int) -> float:
        del writers
        return self._seconds


@dataclass(frozen=True)
class Stage:
    """Everything a worker needs, as plain data that another process can be given."""

    queue: Place
    results: Place
    folder: Path
    turn_every_seconds: float = 0.05

    @property
    def log(self) -> Path:
        """One line for every task that a child began to measure."""
        return self.folder / "measured.log"

    def measured(self) -> list[str]:
        """Return the tasks that were begun, as `run task`."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def rewrite_script(self, **changes: object) -> None:
        """Have the light child do otherwise from now on."""
        script = self.folder / "script.json"
        present = json.loads(script.read_text(encoding="utf-8")) if script.exists() else {}
        script.write_text(json.dumps({**present, **changes}), encoding="utf-8")

    def open_queue(self) -> Queue:
        """Open the queue, as this process."""
        return Queue(HurriedStore(self.queue.open(), self.turn_every_seconds))

    def worker(self, machine: str = "machine", clock: Callable[[], datetime] = utc_now) -> Worker:
        """Return a worker on a machine of that name."""
        work = self.folder / machine
        queue, results = (place.on_another_machine(work) for place in (self.queue, self.results))
        return Worker(
            queue=Queue(HurriedStore(queue.open(), self.turn_every_seconds)),
            results=HurriedStore(results.open(), self.turn_every_seconds),
            suite=load_suite(str(self.folder / "suite" / "mini.yaml")),
            local_models=LocalModels(work),
            work_dir=work,
            device="cpu",
            batch_size=1,
            time_limit_seconds=60.0,
            clock=clock,
            child_command=(sys.executable, "-S", str(_LIGHT_CHILD), str(self.folder / "script.json")),
        )

    def entry(self, request: EvalRequest) -> QueueEntry:
        """Return where a request stands now."""
        return self.open_queue().view().entries[request.id]

    def shown(self) -> list[tuple[str, int]]:
        """Return what a board would show: request and number of tasks of each published run."""
        published = ResultsReader(self.results.open()).published(self.open_queue().view())
        assert not published.set_aside, published.set_aside
        return [(one.request.id, len(one.results)) for one in published.evaluations]


def set_stage(
    queue: Place, results: Place, folder: Path, *, seconds: float = 0.0, tasks: tuple[str, ...] = TASKS
) -> Stage:
    """Write the suite and the light child's answers into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    suite = load_suite(str(write_suite(folder / "suite", [declaration(task) for task in tasks])))
    asked = a_request(folder)
    # So much computing that every turn makes a checkpoint of it.
    answers = {task.id: task_result(asked, task, seconds=1000.0).model_dump(mode="json") for task in suite.tasks}
    stage = Stage(queue, results, folder)
    stage.rewrite_script(results=answers, seconds=seconds, slow={}, failing=[], log=str(stage.log))
    return stage


def a_request(folder: Path, name: str = "meiga-1b") -> EvalRequest:
    """Return a request for every task of the stage in `folder`."""
    suite = load_suite(str(folder / "suite" / "mini.yaml"))
    return request_for(suite, name, model=model(f"somos/{name}", source=ModelSource.HUB, revision="0" * 40))


def work_off(stage: Stage, machine: str) -> None:
    """Do what a worker of that machine finds to do; for a process of its own."""
    stage.worker(machine).work_off()
