"""What it costs to know the tasks: lm-eval's index of all its tasks beside ours of those the suite names.

    python benchmarks/task_index.py [RUNS]

Each figure is the median of RUNS (default 3) fresh processes, in seconds, without imports: `index` for lm-eval's own
TaskManager, `suite` for loading ranking600m with every one of lm-eval's configurations that it names read and verified.
Neither imports the functions that configurations name.
"""

import json
import statistics
import subprocess
import sys

INDEX = """
import time
from lm_eval.tasks import TaskManager
started = time.perf_counter(); TaskManager(); print(time.perf_counter() - started)
"""
SUITE = """
import time
from leaderboard.evaluation.upstream import upstream_sha256
from leaderboard.suite import load_suite
started = time.perf_counter()
for task in load_suite("ranking600m").tasks:
    assert task.upstream is None or upstream_sha256(task.upstream) == task.upstream_sha256
print(time.perf_counter() - started)
"""


def seconds(program: str, runs: int) -> float:
    """Return the median over fresh processes."""
    outputs = [
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
        for _ in range(runs)
    ]
    return statistics.median(float(output.split()[-1]) for output in outputs)


def main() -> None:
    """Measure side by side and print the ratio as JSON."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    index, suite = seconds(INDEX, runs), seconds(SUITE, runs)
    print(
        json.dumps(
            {"index_seconds": round(index, 2), "suite_seconds": round(suite, 2), "ratio": round(index / suite, 1)}
        )
    )


if __name__ == "__main__":
    main()
