"""What a task's items ask, as text: `python -m leaderboard.evaluation.item_texts`, a short-lived child of the page.

It reads one task's data, which others made, with no secret and with limits of its own: the task comes on its standard
input, one item a line goes out. Only tasks whose registry entry says `show_items: text` are answered.
"""

import logging
import os
import signal
import sys

from leaderboard.confinement import drop_capabilities, limit_self
from leaderboard.confinement.linux import PR_SET_PDEATHSIG, prctl
from leaderboard.suite import ShowItems, Task
from leaderboard.suite.item_text import LONGEST_TEXT, ItemText

_MEMORY_BYTES = 8 * 2**30
_CPU_SECONDS = 300


def item_texts(task: Task) -> list[ItemText]:
    """Return every item of a task, in the order of its data.

    Raises:
        LeaderboardError: the configuration or the rows are not what the registry says, or cannot be had.
    """
    # Here, for they take seconds and need packages of evaluation, which the page must be able to do without.
    from leaderboard.evaluation.item_results import unique_ids
    from leaderboard.evaluation.lm_eval_tasks import build_task

    built = build_task(task).lm_eval_task
    rows = list(built.test_docs())
    has_options = built.OUTPUT_TYPE == "multiple_choice"
    return [
        ItemText(
            id=item,
            text=str(built.doc_to_text(row))[:LONGEST_TEXT],
            options=tuple(str(one)[:LONGEST_TEXT] for one in built.doc_to_choice(row)) if has_options else (),
        )
        for item, row in zip(unique_ids(rows), rows, strict=True)
    ]


def main() -> None:
    """Read a task, say its items; what libraries print goes to the log."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # whoever asked is gone: nobody hears it
    limit_self(memory_bytes=_MEMORY_BYTES, cpu_seconds=_CPU_SECONDS)
    drop_capabilities()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.WARNING)
    task = Task.from_json(sys.stdin.buffer.read(), "the task on standard input")
    if task.declaration.show_items is not ShowItems.TEXT:
        sys.exit(f"{task.id}: its registry entry does not let the text of its items be shown.")
    for item in item_texts(task):
        out.write(item.to_line())
    out.flush()


if __name__ == "__main__":
    main()
