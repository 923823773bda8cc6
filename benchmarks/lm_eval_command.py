"""lm-evaluation-harness' own command line on exported tasks: the other side of a comparison."""

import json
import os
import subprocess
import sys
from pathlib import Path

from leaderboard.suite import Task


def command_line_scores(
    tasks: list[Task], folder: Path, model: Path, *, templated: bool, batch_size: int = 8
) -> dict[str, float]:
    """Run lm-eval on tasks that `suite export` wrote into `folder`; return task to the raw score of its metric.

    Raises:
        RuntimeError: the command failed; its last words are in the message.
    """
    out = folder / ("templated" if templated else "plain")
    command = [sys.executable, "-m", "lm_eval", "run", "--model", "hf", "--device", "cpu"]
    command += ["--model_args", f"pretrained={model},dtype=float32", "--batch_size", str(batch_size)]
    command += [
        "--tasks",
        ",".join(task.id for task in tasks),
        "--include_path",
        str(folder),
        "--output_path",
        str(out),
    ]
    if templated:
        command += ["--apply_chat_template", "--fewshot_as_multiturn", "true"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_CACHE": str(folder / "cache")}
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        message = f"lm_eval ended with {done.returncode}: {done.stderr[-1500:]}"
        raise RuntimeError(message)
    [results] = out.rglob("results_*.json")
    scores = json.loads(results.read_text(encoding="utf-8"))["results"]
    return {task.id: scores[task.id][f"{task.declaration.metric},{task.declaration.filter}"] for task in tasks}
