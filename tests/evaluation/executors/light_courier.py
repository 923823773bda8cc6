"""A courier that measures nothing: `python light_courier.py STAGE` says what the stage's script holds, in frames.

With `lies` in the script it says what no honest job would.
"""

import json
import os
import sys
import time
from pathlib import Path

from leaderboard.evaluation.executors.courier import line_writer
from leaderboard.evaluation.executors.frames import FrameWriter, Message
from leaderboard.evaluation.executors.job_output import FOLDER_VARIABLE
from leaderboard.evaluation.executors.order import VARIABLE, Order
from leaderboard.evaluation.job import ModelLoaded, TaskFinished


def main(stage: Path) -> None:
    """Answer every task of the order."""
    order = Order.from_variable(os.environ[VARIABLE])
    plan = json.loads((stage / "script.json").read_text())
    lies = set(plan.get("lies", ()))
    writer = FrameWriter(line_writer(os.environ.get(FOLDER_VARIABLE), order.run), order.run)
    writer.say(Message(event=ModelLoaded()))
    for wanted in order.tasks:
        time.sleep(plan["slow"].get(wanted.task, 0.0))
        result = {**plan["results"][wanted.task], "run": order.run, "nonce": order.nonce, "request": order.request.id}
        if "score" in lies:
            result["raw"] = 0.99
        if "nonce" in lies and wanted.task == "sumas":
            result["nonce"] = "f" * 32
        told = Message(event=TaskFinished(task=wanted.task), task=wanted.task, result=json.dumps(result))
        writer.say(told)
    while "flood" in lies:
        writer.say(Message(event=ModelLoaded(), task="sumas", result=os.urandom(4000).hex()))
        time.sleep(0.001)
    if "file" in lies:
        writer.say(Message.model_construct(event=ModelLoaded(), task="../../escaped", result="{}"))
    writer.say(Message())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
