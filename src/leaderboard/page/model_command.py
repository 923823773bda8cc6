"""The commands that measure a row again with plain lm-evaluation-harness: same commit, precision, tasks and items."""

import shlex
from collections.abc import Sequence

from leaderboard.board import Row
from leaderboard.suite import Suite

_FOLDER = "tareas"
_LONGEST_LINE = 110


def commands_to_reproduce(row: Row, suite: Suite) -> tuple[str, ...]:
    """Return shell commands, to be run where this project is installed; empty for a row that lm-eval cannot run.

    The tasks with and without the model's chat template are two runs, as they were in the evaluation. Every word is
    quoted for a POSIX shell: names come from strangers.
    """
    if row.is_baseline:
        return ()
    results = [row.cells[task.id].result for task in suite.tasks if task.id in row.cells]
    runs = [
        _run(row, [result.task for result in results if result.chat_template_applied is templated], templated=templated)
        for templated in (False, True)
    ]
    export = ["python", "-m", "leaderboard", "suite", "export", *(result.task for result in results), "--into", _FOLDER]
    return (_folded(export), *(run for run in runs if run)) if results else ()


def _run(row: Row, tasks: Sequence[str], *, templated: bool) -> str:
    if not tasks:
        return ""
    model = row.request.model
    arguments = {"pretrained": model.name, "revision": model.revision, "dtype": str(row.request.precision)}
    if templated and not row.request.thinking:
        arguments["enable_thinking"] = "False"
    command = ["lm_eval", "run", "--model", "hf"]
    command += ["--model_args", ",".join(f"{name}={value}" for name, value in arguments.items())]
    command += ["--include_path", _FOLDER, "--tasks", ",".join(tasks)]
    if templated:
        command += ["--apply_chat_template", "--fewshot_as_multiturn", "true"]
    return _folded(command)


def _folded(words: Sequence[str]) -> str:
    """Return a command on lines that end in a backslash, so that it can be read and still be pasted."""
    lines, line = [], ""
    for word in map(shlex.quote, words):
        if line and len(line) + len(word) > _LONGEST_LINE:
            lines.append(f"{line} \\")
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    return "\n".join([*lines, line])
