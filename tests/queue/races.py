"""What racing workers and submitters do. Apart from the tests, so that a new process imports little.

A benchmark can race over any store: `factory` opens it in another process, as `partial(open_store, location, access)`
does.
"""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple

from leaderboard.queue import DuplicateRequestError, Finished, Queue, QueueEntry, Turn, TurnPlan, WorkerIdentity
from leaderboard.records import EvalRequest, RunReference, sha256_hex
from leaderboard.store import Store

Factory = Callable[[], Store]

_NOW = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
_LEASE = timedelta(days=1)
_PATIENCE_SECONDS = 120.0


class Claimed(NamedTuple):
    """What one racer says it has evaluated."""

    request_id: str
    worker: str
    attempt: int


def race_for_claims(factory: Factory, rounds: Sequence[Sequence[str]], workers: int) -> list[Claimed]:
    """Let as many processes evaluate the requests of each round, all at once; return what each says it had.

    Each takes one at a time, and reports it as finished in the turn that takes the next; nobody begins a round before
    all are there.
    """
    wanted = [frozenset(ids) for ids in rounds]
    told = _race(_evaluate_all, [(factory, f"racer-{number}", wanted) for number in range(workers)])
    return [claimed for one in told for claimed in one]


def race_to_submit(factory: Factory, submissions: Sequence[EvalRequest], rounds: int = 1) -> list[int]:
    """Let one process for each of `submissions` submit it, all at once; return how often each was accepted."""
    return _race(_submit, [(factory, one.to_json(), rounds) for one in submissions])


def _evaluate_all(factory: Factory, name: str, rounds: Sequence[frozenset[str]]) -> list[Claimed]:
    queue, worker = Queue(factory()), WorkerIdentity(name, f"the secret of {name}".encode())
    claimed: list[Claimed] = []
    for wanted in rounds:
        _start.wait(_PATIENCE_SECONDS)
        turn = Turn()
        plan = TurnPlan(worker, _NOW, _LEASE, hold=1, wanted=partial(_is_of, wanted))
        while turn.held or not _is_done(queue, wanted):
            reports = [Finished(one.id, one.state.attempt, _result_of(one)) for one in turn.held]
            turn = queue.turn(replace(plan, reports=reports))
            if turn.lost:
                message = f"{name} lost {sorted(turn.lost)}"
                raise AssertionError(message)
            claimed += [Claimed(one.id, name, one.state.attempt) for one in turn.held]
    return claimed


def _is_of(wanted: frozenset[str], entry: QueueEntry) -> bool:
    return entry.id in wanted


def _is_done(queue: Queue, wanted: frozenset[str]) -> bool:
    return not any(entry.id in wanted for entry in queue.view().pending())


def _result_of(entry: QueueEntry) -> RunReference:
    """Return a run that is of this claim and of no other."""
    held = entry.state.claim
    nonce = held.nonce if held else ""
    return RunReference(id=f"{entry.id}-{entry.state.attempt}", manifest_sha256=sha256_hex(nonce.encode()))


def _submit(factory: Factory, content: bytes, rounds: int) -> int:
    queue, request = Queue(factory()), EvalRequest.from_json(content, "request")
    accepted = 0
    for _ in range(rounds):
        _start.wait(_PATIENCE_SECONDS)
        try:
            queue.submit(request)
        except DuplicateRequestError:
            continue
        accepted += 1
    return accepted


_start: Barrier
"""Where the racers of one race wait for each other; each process has one race in its life."""


def _line_up(start: Barrier) -> None:
    global _start  # noqa: PLW0603 - what a pool gives its processes can be handed over in no other way
    _start = start


def _race(run: Callable[..., Any], racers: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Run every racer in a process of its own; the failure of one is raised here."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(len(racers))
    with ProcessPoolExecutor(len(racers), mp_context=context, initializer=_line_up, initargs=(start,)) as pool:
        return [future.result() for future in [pool.submit(run, *racer) for racer in racers]]
