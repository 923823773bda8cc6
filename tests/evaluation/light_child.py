"""A child process that measures nothing: it answers a job with results that were made beforehand.

It is a real process with the real protocol and no imports to wait for. `python -S light_child.py SCRIPT JOB` starts it;
SCRIPT holds a result for every task, how long each takes, which of them fail, and where to note what was measured.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path


def say(**record: object) -> None:
    """Tell the worker one thing."""
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()


def end_with_the_worker() -> None:
    """End as soon as standard input is closed."""
    os.read(0, 1)
    os._exit(3)


def main(script: Path, folder: Path) -> None:
    """Answer every task of the job."""
    threading.Thread(target=end_with_the_worker, daemon=True).start()
    plan = json.loads(script.read_text())
    job = json.loads((folder / "job.json").read_text())
    say(event="model_loaded")
    for task in job["tasks"]:
        name = task["declaration"]["id"]
        say(event="task_progress", task=name, items_done=0)
        with Path(plan["log"]).open("a") as log:
            log.write(f"{job['run']} {name}\n")
        time.sleep(plan["slow"].get(name, plan["seconds"]))
        if name in plan["failing"]:
            failure = {"cause": "task_error", "detail": "it broke", "log": []}
            say(event="task_failed", failed={"task": name, "failure": failure})
            continue
        result = {**plan["results"][name], **{key: job[key] for key in ("run", "nonce", "request")}}
        (folder / "results" / f"{name}.json").write_text(json.dumps(result))
        say(event="task_finished", task=name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
