"""Eight processes that claim the same requests at the same moment, round after round, on both stores.

    python benchmarks/races.py [ROUNDS]

Prints for each store how many claims there were, how many requests had more than one owner, how many had none, and how
many seconds a claim took beside what a process alone needs for one.
"""

import json
import logging
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # what is shared with the tests

from tests.builders import NOW, request
from tests.hub_server import Kind, running_hub
from tests.queue.races import Factory, race_for_claims
from tests.store.places import folder_place, hub_place

from leaderboard.queue import Queue
from leaderboard.records import Status
from leaderboard.store import open_store

PROCESSES = 8
ENTRIES = 3
"""Requests a round: fewer than processes, so that most of them lose every time."""


def race(factory: Factory, rounds: int, processes: int) -> dict[str, Any]:
    """Race on an empty queue and return what came of it."""
    queue = Queue(factory())
    requests = [[request(f"{processes}-round-{number}-{one}") for one in range(ENTRIES)] for number in range(rounds)]
    for some in requests:
        queue.enqueue(some, NOW)
    ids = [[one.id for one in some] for some in requests]
    began = time.monotonic()
    claimed = race_for_claims(factory, ids, workers=processes)
    seconds = time.monotonic() - began
    owners = Counter(one.request_id for one in claimed)
    wanted = {one for some in ids for one in some}
    entries = queue.view().entries
    return {
        "processes": processes,
        "rounds": rounds,
        "claims": len(claimed),
        "with_more_than_one_owner": sum(count > 1 for count in owners.values()),
        "with_none": len(wanted - owners.keys()),
        "finished": sum(entries[one].state.status is Status.FINISHED for one in wanted),
        "seconds_a_claim": round(seconds / len(claimed), 3),
    }


def main(rounds: int = 200) -> None:
    """Print the figures of both stores."""
    logging.getLogger("leaderboard").setLevel(logging.ERROR)
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        place = folder_place(Path(folder))
        factory: Factory = partial(open_store, place.location, place.access)
        print(json.dumps({"store": "folder", **race(factory, rounds, PROCESSES)}, indent=1), flush=True)
    with tempfile.TemporaryDirectory() as folder, running_hub() as hub:
        place = hub_place(Path(folder), hub)
        figures = race(partial(open_store, place.location, place.access), rounds, PROCESSES)
        commits = hub.calls_of(Kind.COMMIT)
        refused = sum(not call.landed for call in commits)
        print(
            json.dumps({"store": "hub", **figures, "commits": len(commits), "refused": refused}, indent=1), flush=True
        )


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:2]))
