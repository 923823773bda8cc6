"""Workers killed with SIGKILL at random boundaries: how many hit each, and what became of every request.

    python benchmarks/kills.py [KILLS]

Real workers and children over real stores, one in a folder and one on the Hub server of the tests. A boundary lies
before or after each call to a store, each HTTP call and each result that is kept. After every second kill the same
machine starts again; after the others another one takes over when the lease has run out. At the end every request must
be finished or failed with a cause, shown whole and once, and no child may be left.
"""

import json
import logging
import multiprocessing
import random
import sys
import tempfile
from collections import Counter
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what is shared with the tests

from tests.evaluation.kills import Outcome, kill_and_recover, outcome_of
from tests.evaluation.stage import TASKS, Stage, a_request, set_stage
from tests.hub_server import running_hub
from tests.store.places import Place, folder_place, hub_place

KILLS = 200
MOST_BOUNDARIES = 45
"""A little more than an evaluation has; a worker that gets to its end unharmed is not counted."""

_TASK_SECONDS = 0.06


def kill_at_random(stage: Stage, kills: int, outcomes: "SimpleQueue[Outcome | None]") -> None:
    """Kill so many workers, each with a request of its own."""
    dice = random.Random(600)  # noqa: S311 - which boundary is hit
    number = hit = 0
    while hit < kills:
        number += 1
        request = a_request(stage.folder, f"model-{number}")
        stage.open_queue().submit(request)
        name = kill_and_recover(stage, dice.randint(1, MOST_BOUNDARIES), same_machine=number % 2 == 0)
        if name:
            hit += 1
            outcomes.put(outcome_of(stage, request, name))
    outcomes.put(None)


def outcomes_of(stage: Stage, kills: int) -> list[Outcome]:
    """Kill in a process that was started afresh: what forks must hold no thread of the Hub server's."""
    context = multiprocessing.get_context("spawn")
    outcomes = context.SimpleQueue()
    killer = context.Process(target=kill_at_random, args=(stage, kills, outcomes))
    killer.start()
    found = []
    while (outcome := outcomes.get()) is not None:
        found.append(outcome)
    killer.join()
    return found


def figures(store: str, outcomes: list[Outcome]) -> dict[str, Any]:
    """Return what became of all of them."""
    whole = (len(TASKS),)
    return {
        "store": store,
        "kills": len(outcomes),
        "hit": dict(sorted(Counter(outcome.boundary for outcome in outcomes).items())),
        "status_at_the_end": dict(Counter(outcome.status for outcome in outcomes)),
        "shown_twice_or_in_part": sum(outcome.status == "FINISHED" and outcome.shown != whole for outcome in outcomes),
        "finished_twice": sum(outcome.finished > 1 for outcome in outcomes),
        "tasks_measured_again": dict(Counter(len(outcome.measured) - len(TASKS) for outcome in outcomes)),
        "orphans": sum(outcome.orphans for outcome in outcomes),
    }


def main(kills: int = KILLS) -> None:
    """Print the figures of both stores."""
    logging.getLogger("leaderboard").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        places: list[Place] = [folder_place(root / name) for name in ("queue", "results")]
        stage = set_stage(places[0], places[1], root, seconds=_TASK_SECONDS)
        print(json.dumps(figures("folder", outcomes_of(stage, kills)), indent=1), flush=True)
    with tempfile.TemporaryDirectory() as folder, running_hub() as hub:
        root = Path(folder)
        places = [hub_place(root / name, hub, f"somos/{name}") for name in ("requests", "results")]
        stage = set_stage(places[0], places[1], root, seconds=_TASK_SECONDS)
        print(json.dumps(figures("hub", outcomes_of(stage, kills)), indent=1), flush=True)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
