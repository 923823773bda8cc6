"""What eight workers and a page ask of the Hub for a thousand requests, beside one commit for every change of status.

(It is not called `queue.py`: a script's folder comes first on the path, and the library of that name would be lost.)

    python benchmarks/queue_budget.py [SHARE_OF_THE_HOURS] [REQUESTS]

Real workers, real queue, real client, real HTTP to the Hub server of the tests; only time is virtual, and the child
that would compute. Every HTTP call takes a quarter of a virtual second, so that commits collide as they would. One
evaluation in twenty is cut short by a crash: half of the machines come back after ten minutes, the others never, and a
new one takes their place. Prints JSON for evaluations of 6, 30 and 180 minutes.
"""

import json
import logging
import random
import statistics
import sys
import tempfile
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from virtual_time import VirtualClock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what is shared with the tests

from tests.builders import declaration, model, request_for, task_result, write_suite
from tests.hub_server import HubServer, Kind, most_within, running_hub

from leaderboard.evaluation.rhythm import Rhythm
from leaderboard.evaluation.run import Run
from leaderboard.evaluation.worker import Worker
from leaderboard.local_models import LocalModels
from leaderboard.queue import Queue
from leaderboard.records import EvalRequest, LeaderboardError, ModelSource, Status, TaskResult
from leaderboard.results import ResultsReader
from leaderboard.store import HubAccess
from leaderboard.store.hub import HubStore
from leaderboard.store.pace import Pace
from leaderboard.suite import Suite, load_suite

WORKERS = 8
HOURS = {6: 2.0, 30: 4.0, 180: 12.0}
"""Virtual hours that are simulated, by the minutes that one evaluation takes."""
HTTP_SECONDS = 0.25
POLL_SECONDS = 30.0
CRASHES = 0.05
CRASHES_AFTERWARDS = 0.02
"""Evaluations whose machine is gone when they are done and the queue does not know yet."""
BACK_AFTER_SECONDS = 600.0
GONE_FOR_GOOD = 0.5
TASKS = [f"tarea{number}" for number in range(6)]
TOKEN = "hf_" + "b" * 34


class CrashError(Exception):
    """The machine is gone, in the middle of whatever it did."""


@dataclass
class Ledger:
    """What the benchmark wants to know, beside what the server counts."""

    evaluated: Counter[str] = field(default_factory=Counter)
    idle_seconds: list[float] = field(default_factory=list)
    crashes: int = 0
    refused_ticks: int = 0
    lost_with_a_machine: set[str] = field(default_factory=set)
    """Requests that were evaluated, and known as such only to a machine that never came back."""


@dataclass
class Scene:
    """One simulated world."""

    clock: VirtualClock
    hub: HubServer
    suite: Suite
    folder: Path
    evaluation_seconds: float
    ledger: Ledger = field(default_factory=Ledger)
    paces: dict[str, Pace] = field(default_factory=dict)
    chance: random.Random = field(default_factory=lambda: random.Random(600))  # noqa: S311 - a simulation's dice

    def store(self, dataset: str, machine: str) -> HubStore:
        """Open a store as a machine does, by the virtual clock."""
        pace = self.paces.setdefault(machine, Pace(lambda: self.clock.seconds))
        access = HubAccess(cache=self.folder / machine / "store", endpoint=self.hub.url, token=TOKEN, pace=pace)
        return HubStore(dataset, access, sleep=self.clock.sleep)

    def queue(self, machine: str) -> Queue:
        """Open the queue as a machine does."""
        store = self.store("somos/requests", machine)
        return Queue(store, sleep=self.clock.sleep, clock=lambda: self.clock.seconds)


class SimulatedWorker(Worker):
    """The real worker; its child computes nothing and takes virtual time."""

    scene: Scene
    free_since: float | None = None

    def _run_child(self, run: Run) -> None:
        clock, ledger = self.scene.clock, self.scene.ledger
        if self.free_since is not None:
            ledger.idle_seconds.append(clock.seconds - self.free_since)
        left = run.unaccounted()
        doomed_at = self.scene.chance.uniform(0, 1) if self.scene.chance.random() < CRASHES else 2.0
        seconds = self.scene.evaluation_seconds / len(TASKS)
        for number, task in enumerate(left):
            end = clock.seconds + seconds
            while clock.seconds < end:
                clock.sleep(min(end - clock.seconds, 15.0))
                if number / len(left) >= doomed_at:
                    raise CrashError
                self._take_turn_if_due(run)
            run.results.append(self._result(run, task.id, seconds))
            self._kept.keep(run.results[-1])
        ledger.evaluated[run.entry.id] += 1
        self.free_since = clock.seconds
        if self.scene.chance.random() < CRASHES_AFTERWARDS:
            raise CrashError

    def unreported(self) -> set[str]:
        """Return the requests whose evaluation is over and which the queue does not know of."""
        over = [*self._ended, *([self._current] if self._current and not self._current.unaccounted() else [])]
        return {run.entry.id for run in over}

    def _result(self, run: Run, task_id: str, seconds: float) -> TaskResult:
        task = next(task for task in self.scene.suite.tasks if task.id == task_id)
        return task_result(run.entry.request, task, seconds=seconds).replaced(run=run.job.run, nonce=run.job.nonce)


class OneAtATime(Rhythm):
    """Holds one request."""

    def wanted(self, _present_lasts: timedelta | None) -> int:
        """Return one."""
        return 1


class NaiveWorker(SimulatedWorker):
    """One request at a time, and a commit for every change: claimed, each task's progress, results, finished."""

    told: tuple[str, int] | None = None

    @property
    def rhythm(self) -> Rhythm:
        """Hold one request."""
        if self._rhythm is None:
            self._rhythm = OneAtATime(self.queue.store, self.results)
        return self._rhythm

    def _take_turn_if_due(self, run: Run) -> None:
        if self.told != (run.job.run, len(run.results)):
            self.told = (run.job.run, len(run.results))
            self._take_turn()


def machine_life(scene: Scene, number: int, kind: type[SimulatedWorker]) -> Callable[[], None]:
    """Return what one machine does: work, look again, crash and come back, or be replaced."""

    def live() -> None:
        name = f"machine-{number}"
        free_since: float | None = None
        while True:
            worker = new_worker(scene, name, kind)
            worker.free_since = free_since
            try:
                while True:
                    try:
                        worker.work_off()
                    except LeaderboardError:  # as the scheduler does: the next look tries again
                        scene.ledger.refused_ticks += 1
                    scene.clock.sleep(POLL_SECONDS)
            except CrashError:
                scene.ledger.crashes += 1
                worker.leave()
                free_since = None
                scene.clock.sleep(BACK_AFTER_SECONDS)
                if scene.chance.random() < GONE_FOR_GOOD:
                    scene.ledger.lost_with_a_machine |= worker.unreported()
                    name = f"machine-{number}-{uuid.UUID(int=scene.chance.getrandbits(128)).hex[:6]}"

    return live


def new_worker(scene: Scene, machine: str, kind: type[SimulatedWorker]) -> SimulatedWorker:
    """Return a worker of a machine that has just started."""
    work = scene.folder / machine
    worker = kind(
        queue=scene.queue(machine),
        results=scene.store("somos/results", machine),
        suite=scene.suite,
        local_models=LocalModels(work),
        work_dir=work,
        device="cpu",
        batch_size=1,
        time_limit_seconds=10 * scene.evaluation_seconds,
        clock=scene.clock.now,
    )
    worker.scene = scene
    return worker


def page_life(scene: Scene) -> Callable[[], None]:
    """Return what the page does: look at the queue twice a minute."""

    def live() -> None:
        queue, reader = scene.queue("page"), ResultsReader(scene.store("somos/results", "page"))
        while True:
            reader.published(queue.view())
            scene.clock.sleep(POLL_SECONDS)

    return live


def simulate(kind: type[SimulatedWorker], minutes: int, hours: float, requests: int) -> dict[str, Any]:
    """Run one world for some virtual hours and return its figures."""
    clock = VirtualClock(hours * 3600)
    with tempfile.TemporaryDirectory() as folder, running_hub() as hub:
        hub.clock = clock.timestamp
        suite = load_suite(str(write_suite(Path(folder) / "suite", [declaration(task) for task in TASKS])))
        asked = [
            request_for(
                suite, f"model-{number}", model=model(f"org/m{number}", source=ModelSource.HUB, revision="0" * 40)
            )
            for number in range(requests)
        ]
        hub.add_dataset("somos/requests", {})
        hub.add_dataset("somos/results", {})
        hub.add_token(TOKEN, user="somos", may_write=hub.datasets.keys())
        scene = Scene(clock, hub, suite, Path(folder), minutes * 60.0)
        submit(scene, asked)
        hub.calls.clear()
        send = httpx.Client.send

        def slow_send(self: httpx.Client, *arguments: Any, **named: Any) -> httpx.Response:
            clock.sleep(HTTP_SECONDS)
            return send(self, *arguments, **named)

        httpx.Client.send = slow_send  # type: ignore[method-assign]
        try:
            clock.run([page_life(scene), *(machine_life(scene, number, kind) for number in range(WORKERS))])
        finally:
            httpx.Client.send = send  # type: ignore[method-assign]
        return figures(scene, hours, minutes)


def submit(scene: Scene, asked: Sequence[EvalRequest]) -> None:
    """Put the requests into the queue, some at a time, as people do through the page in the course of months."""
    store = HubStore("somos/requests", HubAccess(scene.folder / "page" / "store", scene.hub.url, TOKEN))
    queue = Queue(store)
    for first in range(0, len(asked), 10):
        queue.enqueue(asked[first : first + 10], scene.clock.now())


def figures(scene: Scene, hours: float, minutes: int) -> dict[str, Any]:
    """Return what a world came to."""
    calls = list(scene.hub.calls)
    commits = scene.hub.calls_of(Kind.COMMIT)
    idle = sorted(scene.ledger.idle_seconds)
    twice = {request for request, count in scene.ledger.evaluated.items() if count > 1}
    entries = Queue(HubStore("somos/requests", HubAccess(scene.folder / "judge", scene.hub.url, TOKEN))).view().entries
    finished = [sum(event.status is Status.FINISHED for event in one.state.history) for one in entries.values()]
    return {
        "evaluation_minutes": minutes,
        "virtual_hours": hours,
        "evaluated": sum(scene.ledger.evaluated.values()),
        "possible": round(WORKERS * hours * 60 / minutes),
        "crashes": scene.ledger.crashes,
        "ticks_that_the_stores_refused": scene.ledger.refused_ticks,
        "evaluated_twice": len(twice - scene.ledger.lost_with_a_machine),
        "evaluated_again_because_a_machine_was_lost_with_it": len(twice & scene.ledger.lost_with_a_machine),
        "finished_twice": sum(count > 1 for count in finished),
        "commits_tried_in_the_fullest_hour": most_within(commits, 3600),
        "commits_tried_an_hour": round(len(commits) / hours, 1),
        "commits_refused": sum(not call.landed for call in commits),
        "calls_in_the_fullest_five_minutes": most_within(calls, 300),
        "calls_in_five_minutes_later": most_within([one for one in calls if one.time > calls[0].time + 1800], 300),
        "seconds_from_free_to_next_request": {
            "median": round(statistics.median(idle), 1) if idle else None,
            "worst": round(idle[-1], 1) if idle else None,
        },
    }


def main(share: float = 1.0, requests: float = 1000) -> None:
    """Print the figures of both ways."""
    logging.getLogger("leaderboard").setLevel(logging.ERROR)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    for minutes, hours in HOURS.items():
        ours = simulate(SimulatedWorker, minutes, share * hours, int(requests))
        naive = simulate(NaiveWorker, minutes, share * hours, int(requests))
        ratio = naive["commits_tried_an_hour"] / ours["commits_tried_an_hour"]
        print(json.dumps({"ours": ours, "naive": naive, "commits_ratio": round(ratio, 1)}, indent=1), flush=True)


if __name__ == "__main__":
    main(*(float(argument) for argument in sys.argv[1:3]))
