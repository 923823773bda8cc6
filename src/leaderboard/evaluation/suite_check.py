"""Whether every task of a suite can be built and asked, and whether its prompts are still those that were read."""

import difflib
import math
import re
from dataclasses import dataclass
from pathlib import Path

from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.lm_eval_runner import measure
from leaderboard.evaluation.lm_eval_tasks import build_task
from leaderboard.evaluation.random_models import Cut, make_tokenizer, random_lm
from leaderboard.evaluation.rendering import RenderedTask
from leaderboard.suite import HubRows, Metric, Task
from leaderboard.suite.metrics import guessing_score

_TRIAL_ITEMS = 2
_CHANCE_TOLERANCE = 0.0005
"""Four decimals, as they are written."""


@dataclass(frozen=True)
class CheckedTask:
    """What a check found."""

    task: str
    items: int
    """How many items would be scored."""
    faults: tuple[str, ...]
    difference: str = ""
    """How the prompts differ from the golden file, line by line."""

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def check_task(task: Task, golden_folder: Path | None, *, accept: bool = False) -> CheckedTask:
    """Build and render a task; where there is a folder of golden files, compare.

    `accept` writes the golden file of a task that has none, or whose version was raised since.
    """
    if isinstance(task.rows, HubRows):
        return CheckedTask(task.id, 0, (f"it has no fixture rows; write some into fixtures/{task.id}/",))
    try:
        rendered = RenderedTask(task, build_task(task).lm_eval_task)
    except Exception as error:  # noqa: BLE001 - whatever a configuration or its data raise is what a check is for
        return CheckedTask(task.id, 0, (one_line(f"{type(error).__name__}: {error}"),))
    faults, difference = rendered.faults(), ""
    if golden_folder is not None:
        golden = golden_folder / f"{task.id}.txt"
        fault, difference = _compare(rendered.golden_text(), golden, accept=accept)
        faults += [fault] if fault else []
    return CheckedTask(task.id, len(rendered.items), tuple(faults), difference)


def check_on_hub(task: Task) -> CheckedTask:
    """Load a task's real data, compare them with what the registry says, and score two items with random weights."""
    try:
        rendered = RenderedTask(task, build_task(task).lm_eval_task)
        faults = [*rendered.faults(), *_differences_from_registry(task, rendered)]
        measure(task, random_lm(make_tokenizer(Cut.BYTES, []), seed=0, batch_size=1), limit=_TRIAL_ITEMS)
    except Exception as error:  # noqa: BLE001 - likewise
        return CheckedTask(task.id, 0, (one_line(f"{type(error).__name__}: {error}"),))
    return CheckedTask(task.id, len(rendered.items), tuple(faults))


def _differences_from_registry(task: Task, rendered: RenderedTask) -> list[str]:
    declared, faults = task.declaration, []
    if declared.items != len(rendered.items):
        faults.append(f"the suite says {declared.items} items, the data have {len(rendered.items)}; correct `items`")
    golds, options = rendered.golds_and_option_counts()
    if options and declared.metric is not Metric.MCC:
        chance = guessing_score(declared.metric, golds, options, declared.classes)
        if not math.isclose(chance, declared.chance, abs_tol=_CHANCE_TOLERANCE):
            faults.append(f"the suite says chance {declared.chance}, the data give {chance:.4f}; correct `chance`")
    return faults


def _compare(text: str, golden: Path, *, accept: bool) -> tuple[str, str]:
    """Return what is wrong and the difference to the golden file; both empty where nothing is, or it was accepted."""
    known = golden.read_text(encoding="utf-8") if golden.is_file() else ""
    if text == known:
        return "", ""
    is_new_version = _version(text) > _version(known)
    if accept and is_new_version:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
        return "", ""
    if not known:
        return (
            "it has no golden file; read its prompts with `suite show`, then write one with `suite check --accept`",
            "",
        )
    lines = difflib.unified_diff(known.splitlines(), text.splitlines(), golden.name, "now", lineterm="", n=1)
    fault = "its prompts are not those of its golden file; where that is meant, raise `version` and use `--accept`"
    return fault, "\n".join(lines)


def _version(text: str) -> int:
    """Return the version that a golden text's first line names; 0 where there is no text."""
    found = re.match(r"\w+, version (\d+),", text)
    return int(found[1]) if found else 0
