"""From thousands of published runs, items and all, to a board with intervals and rank sets: seconds and memory.

    python benchmarks/board.py [--models 2000] [--tasks 66] [--items 100] [--whole 20]

Writes the files of so many models into stores of the ordinary layout, tasks and metrics those of the suite, at most so
many items each, and then measures what the page does: read the queue, read and verify the runs, build the board with
1,000 draws of items and the rank sets of every view; then publish one more result and do it again. The same for the
first 200 models alone, and for a few models with as many items as the tasks have. Prints JSON.
"""

import argparse
import gc
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from leaderboard.board import BoardBuilder
from leaderboard.queue import Queue
from leaderboard.queue.layout import request_path, shard_path
from leaderboard.records import (
    ChatTemplate,
    EvalRequest,
    HistoryEntry,
    ModelFacts,
    ModelReference,
    ModelSource,
    ModelType,
    Precision,
    RequestState,
    RunManifest,
    StateShard,
    Status,
    canonical_json,
    new_request,
    run_id,
    sha256_hex,
    utc_now,
)
from leaderboard.results import ResultsReader, reference_to
from leaderboard.results.layout import manifest_path, results_path
from leaderboard.results.reading import Checkpoint
from leaderboard.store import FolderStore
from leaderboard.suite import Metric, Suite, Task, load_suite

NONCE = "a" * 32
FEW_MODELS = 200
ITEMS_WHERE_UNKNOWN = 500


@dataclass(frozen=True)
class Stores:
    """A queue and its results, in folders."""

    queue: Queue
    results: FolderStore
    folder: Path


def suite_of(tasks: int, items: int | None) -> tuple[Suite, dict[str, int]]:
    """Return the suite's first tasks that enter means, and how many items each has here."""
    whole = load_suite("ranking600m")
    kept = [task for task in whole.tasks if task.in_means and task.declaration.metric is not Metric.BLEU][:tasks]
    sizes = {task.id: task.declaration.items or ITEMS_WHERE_UNKNOWN for task in kept}
    sizes = {task: min(size, items or size) for task, size in sizes.items()}
    return whole.model_copy(update={"tasks": tuple(kept)}), sizes


def request_of(number: int, suite: Suite) -> EvalRequest:
    """Return the request for a model that differs from every other."""
    name = f"owner{number % 97}/model{number}"
    return new_request(
        model=ModelReference(source=ModelSource.HUB, name=name, revision=sha256_hex(name.encode())[:40]),
        precision=Precision.BFLOAT16,
        chat_template=ChatTemplate.AUTO,
        tasks=suite.wanted(),
        suite=suite.label,
        facts=ModelFacts(type=ModelType.BASE, parameters=7_000_000_000),
        submitted_at=utc_now() - timedelta(days=1),
    )


def result_line(request: EvalRequest, task: Task, size: int, ability: float, draw: random.Random) -> bytes:
    """Return a result as its file has it; two items share a passage."""
    options, is_choice = 4, task.declaration.metric in set(Metric) - {Metric.F1, Metric.ROUGE1, Metric.EXACT_MATCH}
    items, scores, pairs = [], [], []
    for number in range(size):
        gold = number % options
        choice = gold if draw.random() < ability else (gold + draw.randrange(1, options)) % options
        score = float(choice == gold)
        item = {"id": f"{task.id}-{number}", "cluster": f"{number // 2}", "score": score}
        items.append({**item, "options": options, "choice": choice, "gold": gold} if is_choice else item)
        scores.append(score)
        pairs.append((gold, choice))
    fields: dict[str, Any] = {
        "schema_version": 1,
        "run": run_id(request.id, 1),
        "nonce": NONCE,
        "request": request.id,
        "task": task.id,
        "config_hash": task.config_hash,
        "dataset": {"id": task.id, "revision": "0" * 40},
        "metric": str(task.declaration.metric),
        "raw": sum(scores) / size,
        "stderr": 0.01,
        "chance": task.declaration.chance,
        "shots": task.declaration.shots,
        "chat_template_applied": False,
        "rendered_prompts_sha256": "0" * 64,
        "items": items,
        "engine": {"name": "hf-shared-prefix", "version": "1.0", "versions": {"lm_eval": "0.4.13", "torch": "2.13.0"}},
        "hardware": {"device": "cpu", "name": "a processor", "threads": 2},
        "seconds": 10.0,
    }
    return canonical_json(fields) + b"\n"


def publish(stores: Stores, suite: Suite, sizes: dict[str, int], numbers: Sequence[int]) -> None:
    """Write the runs of models, their requests and states, as the queue and its workers leave them."""
    shards: dict[str, dict[str, RequestState]] = {}
    now = utc_now()
    for number in numbers:
        request, draw = request_of(number, suite), random.Random(number)  # noqa: S311 - no secret
        ability = 0.3 + 0.6 * draw.random()
        content = b"".join(result_line(request, task, sizes[task.id], ability, draw) for task in suite.tasks)
        run = run_id(request.id, 1)
        manifest = RunManifest(
            run=run,
            nonce=NONCE,
            request=request.id,
            worker="benchmark",
            started_at=now,
            finished_at=now,
            tasks=tuple(task.id for task in suite.tasks),
            results_sha256=sha256_hex(content),
        )
        reference = reference_to(manifest)
        files = {
            results_path(Checkpoint(run=run, sha256=manifest.results_sha256)): content,
            manifest_path(reference): manifest.to_json(),
        }
        _write(stores.folder / "results", files)
        _write(stores.folder / "queue", {request_path(request.id): request.to_json()})
        ended = HistoryEntry(at=now, status=Status.FINISHED, attempt=1)
        state = RequestState(status=Status.FINISHED, attempt=1, run=reference, history=(ended,))
        shards.setdefault(shard_path(request.id), {})[request.id] = state
    for path, states in shards.items():
        file = stores.folder / "queue" / path
        before = dict(StateShard.from_json(file.read_bytes(), path).states) if file.exists() else {}
        _write(stores.folder / "queue", {path: StateShard(states={**before, **states}).to_json()})


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def memory_mb(key: str = "VmRSS") -> int:
    """Return what this process holds, or with `VmHWM` held at most."""
    return int(re.findall(rf"{key}:\s+(\d+)", Path("/proc/self/status").read_text())[0]) // 1024


def timed(what: Callable[[], Any]) -> tuple[Any, float]:
    """Return what a function returns, and its seconds."""
    began = time.perf_counter()
    found = what()
    return found, round(time.perf_counter() - began, 2)


def measure(models: int, tasks: int, items: int | None) -> dict[str, Any]:
    """Return the figures of one size of board."""
    suite, sizes = suite_of(tasks, items)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        stores = Stores(Queue(FolderStore(folder / "queue")), FolderStore(folder / "results"), folder)
        publish(stores, suite, sizes, range(models))
        gc.collect()
        before = memory_mb()
        return {
            "models": models,
            "tasks": len(suite.tasks),
            "items_of_a_model": sum(sizes.values()),
            "files_mb": sum(file.stat().st_size for file in folder.rglob("*.json*")) // 2**20,
            **dict(_measured(stores, suite, sizes, models)),
            "memory_mb": memory_mb() - before,
            "peak_mb": memory_mb("VmHWM") - before,
        }


def _measured(stores: Stores, suite: Suite, sizes: dict[str, int], models: int) -> Iterator[tuple[str, Any]]:
    reader, builder = ResultsReader(stores.results), BoardBuilder(suite)
    view, seconds = timed(stores.queue.view)
    yield "read_queue_seconds", seconds
    published, seconds = timed(lambda: reader.published(view))
    yield "read_runs_seconds", seconds
    if published.set_aside:
        raise SystemExit(str(published.set_aside[0]))
    if models > FEW_MODELS:
        few = published.evaluations[:FEW_MODELS]
        yield f"build_{FEW_MODELS}_models_seconds", timed(lambda: BoardBuilder(suite).build(few))[1]
    board, seconds = timed(lambda: builder.build(published.evaluations))
    yield "build_seconds", seconds
    separable = [row.standings[next(iter(board.means.views))].ranks for row in board.rows]
    yield "models_with_one_possible_rank", sum(ranks is not None and ranks[0] == ranks[1] for ranks in separable)
    publish(stores, suite, sizes, [models])
    (view, seconds), total = timed(stores.queue.view), 0.0
    total += seconds
    published, seconds = timed(lambda: reader.published(view))
    total += seconds
    yield "after_one_result_read_seconds", round(total, 2)
    board, seconds = timed(lambda: builder.build(published.evaluations))
    yield "after_one_result_build_seconds", seconds
    yield "rows", len(board.rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--tasks", type=int, default=66)
    parser.add_argument("--items", type=int, default=100, help="of each task at most")
    parser.add_argument("--whole", type=int, default=20, help="models with all the items that the tasks have")
    options = parser.parse_args()
    found = [measure(options.models, options.tasks, options.items)]
    if options.whole:
        found.append(measure(options.whole, options.tasks, None))
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
