"""The embedded suite made smaller: what a test does not need it should not wait for."""

import re
import shutil
from pathlib import Path

from leaderboard.suite import EMBEDDED_SUITES


def small_suite(folder: Path, *tasks: str, every: int = 1) -> Path:
    """Copy the embedded suite with only some of its tasks, and of their items only every so many; return its file."""
    suites = folder / "suites"
    shutil.copytree(EMBEDDED_SUITES, suites)
    suite_file = suites / "muestra.yaml"
    head, *declared = suite_file.read_text(encoding="utf-8").split("  - id: ")
    by_task = {one.split("\n", 1)[0]: one for one in declared}
    kept = [_fewer_items(suites, task, by_task[task], every) for task in by_task if task in tasks]
    suite_file.write_text(head + "".join(f"  - id: {one}" for one in kept), encoding="utf-8")
    return suite_file


def _fewer_items(suites: Path, task: str, declared: str, every: int) -> str:
    """Thin out a task's items, which stand sorted by country, and return how it is declared then."""
    file = suites / "muestra" / f"{task}.jsonl"
    rows = file.read_text(encoding="utf-8").splitlines(keepends=True)[::every]
    file.write_text("".join(rows), encoding="utf-8")
    return re.sub(r"^    items: \d+$", f"    items: {len(rows)}", declared, flags=re.MULTILINE)
