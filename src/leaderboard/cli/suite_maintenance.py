"""`python -m leaderboard suite show | check | count | calibrate | docs | export | fetch | lock`: for task authors."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from leaderboard.cli.catalogue import catalogue
from leaderboard.cli.tables import aligned
from leaderboard.evaluation.causes import one_line
from leaderboard.evaluation.installation import missing_packages
from leaderboard.records import LeaderboardError
from leaderboard.settings import Settings
from leaderboard.suite import (
    EMBEDDED_SUITES,
    FIXTURES,
    FolderRows,
    HubRows,
    Suite,
    Task,
    load_suite,
    read_rows,
    suite_path,
)
from leaderboard.suite.lock import read_lock, write_lock
from leaderboard.texts import LANGUAGES, load_texts

GOLDEN = FIXTURES.parent / "golden"

OK, FAULTS = 0, 1


def add_maintenance_commands(actions: Any) -> None:
    """Describe the subcommands of `suite` that need what evaluates."""
    show = actions.add_parser("show", help="what the registry says of a task, and what a model is asked")
    show.add_argument("tasks", nargs=1, metavar="TASK")
    show.set_defaults(standalone=_show)

    check = actions.add_parser("check", help="build and render every task on its fixture rows")
    check.add_argument("tasks", nargs="*", metavar="TASK", help="only these tasks")
    check.add_argument(
        "--accept", action="store_true", help="write golden files that are new or whose version was raised"
    )
    check.add_argument("--hub", action="store_true", help="load each real dataset and score two items of it")
    check.set_defaults(standalone=_check)

    count = actions.add_parser("count", help="passes and tokens of every task")
    count.add_argument("tasks", nargs="*", metavar="TASK", help="only these tasks")
    count.add_argument(
        "--tokenizer", metavar="MODEL", help="a model folder or an id on the Hub; without one, bytes are counted"
    )
    count.add_argument("--json", action="store_true", help="print JSON instead of a table")
    count.set_defaults(standalone=_count)

    calibrating = actions.add_parser(
        "calibrate", help="measure floors with random weights; write them to the lock file"
    )
    calibrating.add_argument(
        "tasks", nargs="*", metavar="TASK", help="only these tasks (default: all of multiple choice)"
    )
    calibrating.add_argument("--seeds", type=int, default=5, help="random models for each tokenizer (default: 5)")
    calibrating.add_argument("--items", type=int, help="only the first items of each task (default: all)")
    calibrating.set_defaults(standalone=_calibrate)

    docs = actions.add_parser("docs", help="the catalogue of tasks as Markdown")
    docs.add_argument("--language", default="es", choices=LANGUAGES)
    docs.set_defaults(standalone=_docs)

    export = actions.add_parser("export", help="write tasks as files that plain lm-evaluation-harness runs")
    export.add_argument("tasks", nargs="+", metavar="TASK")
    export.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    export.set_defaults(standalone=_export)

    fetch = actions.add_parser(
        "fetch", help="download data, gated ones too, with your own account, for LEADERBOARD_DATA"
    )
    fetch.add_argument("tasks", nargs="+", metavar="TASK")
    fetch.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    fetch.set_defaults(standalone=_fetch)

    lock = actions.add_parser("lock", help="fix lm-eval's configurations and the commits of datasets and encoders")
    lock.add_argument("--offline", action="store_true", help="only lm-eval's configurations; ask no Hub")
    lock.set_defaults(standalone=_lock)


def _show(options: argparse.Namespace) -> int:
    _require_evaluation()
    _be_quiet()
    from leaderboard.evaluation.lm_eval_tasks import build_task
    from leaderboard.evaluation.rendering import RenderedTask

    [declared] = _chosen(load_suite(_suite_name()), options.tasks)
    [asked] = _chosen(load_suite(_suite_name(), data=FIXTURES), options.tasks)
    print(json.dumps(task_as_data(declared), ensure_ascii=False, indent=1))
    print(RenderedTask(asked, build_task(asked).lm_eval_task).golden_text())
    return OK


def _check(options: argparse.Namespace) -> int:
    _require_evaluation()
    _be_quiet()
    from leaderboard.evaluation.suite_check import check_on_hub, check_task  # seconds to import

    suite = load_suite(_suite_name(), data=None if options.hub else FIXTURES)
    faulty = 0
    for task in _chosen(suite, options.tasks):
        checked = check_on_hub(task) if options.hub else check_task(task, GOLDEN, accept=options.accept)
        faulty += not checked.passed
        print(f"{'ok   ' if checked.passed else 'FAULT'} {checked.task}: {checked.items} items", flush=True)
        for line in (*checked.faults, *checked.difference.splitlines()):
            print(f"      {line}")
    return FAULTS if faulty else OK


def _count(options: argparse.Namespace) -> int:
    _require_evaluation()
    _be_quiet()
    from transformers import AutoTokenizer

    from leaderboard.evaluation.suite_count import count_task

    def bytes_of(text: str) -> Sequence[int]:
        return text.encode()

    tokenize: Callable[[str], Sequence[int]] = bytes_of
    if options.tokenizer:
        tokenizer = AutoTokenizer.from_pretrained(options.tokenizer, trust_remote_code=False)
        tokenize = partial(tokenizer.encode, add_special_tokens=False)
    settings = Settings.from_environment(os.environ)
    tasks = _chosen(load_suite(settings.suite, data=settings.data), options.tasks)
    counts: list[dict[str, Any]] = []
    code = _for_each(tasks, lambda task: counts.append(asdict(count_task(task, tokenize))))
    if options.json:
        print(json.dumps(counts, indent=1))
    elif counts:
        print(aligned(tuple(counts[0]), [tuple(str(value) for value in count.values()) for count in counts]))
    return code


def _calibrate(options: argparse.Namespace) -> int:
    _require_evaluation()
    _be_quiet()
    from leaderboard.evaluation.calibration import NothingToMeasureError, calibrate

    settings = Settings.from_environment(os.environ)
    path = suite_path(settings.suite)
    suite = load_suite(settings.suite, data=settings.data)
    texts = [
        json.dumps(row, ensure_ascii=False)
        for file in sorted(EMBEDDED_SUITES.glob("muestra/*.jsonl"))
        for row in read_rows(file)
    ]

    def measure_floor(task: Task) -> None:
        if isinstance(task.rows, FolderRows) and FIXTURES in task.rows.folder.parents:
            message = "a few rows of ours have no floor; measure on the real data"
            raise LeaderboardError(message)
        try:
            floor = calibrate(task, range(options.seeds), texts, limit=options.items, report=partial(print, flush=True))
        except NothingToMeasureError as nothing:
            print(nothing)
            return
        lock = read_lock(path)
        write_lock(path, lock.replaced(floors={**lock.floors, task.id: floor}))
        chance = task.declaration.chance
        print(f"{task.id}: floor {floor.mean:.4f} ({floor.low:.4f} to {floor.high:.4f}), chance {chance:.4f}")

    return _for_each(_chosen(suite, options.tasks), measure_floor)


def _docs(options: argparse.Namespace) -> int:
    sys.stdout.write(catalogue(load_suite(_suite_name()), load_texts(options.language)))
    return OK


def _export(options: argparse.Namespace) -> int:
    _require_evaluation()
    _be_quiet()
    from leaderboard.evaluation.lm_eval_export import export_task

    settings = Settings.from_environment(os.environ)
    tasks = _chosen(load_suite(settings.suite, data=settings.data), options.tasks)
    return _for_each(tasks, lambda task: print(export_task(task, options.into)))


def _fetch(options: argparse.Namespace) -> int:
    _require_evaluation()
    _be_quiet()
    from leaderboard.evaluation.task_rows import fetch_files

    def fetch(task: Task) -> None:
        for path in fetch_files(task, options.into, options.settings.hub_token):
            print(path)

    return _for_each(_chosen(load_suite(_suite_name()), options.tasks), fetch)


def _lock(options: argparse.Namespace) -> int:
    _require_evaluation()
    from huggingface_hub import HfApi

    from leaderboard.evaluation.suite_lock import lock_suite

    settings = Settings.from_environment(os.environ)
    hub = None if options.offline else HfApi(endpoint=settings.hub_endpoint, token=False)
    locked = lock_suite(suite_path(settings.suite), hub)
    print(f"lm-eval's configurations: {locked.upstream}; commits from the Hub: {locked.datasets}")
    for name, reason in locked.unreachable.items():
        sys.stderr.write(f"{name}: {reason}\n")
    return FAULTS if locked.unreachable else OK


def task_as_data(task: Task) -> dict[str, Any]:
    """Return what the registry says of a task as plain data."""
    entry = task.declaration.model_dump(mode="json", exclude={"config", "files", "item_form", "dataset"})
    return {
        **entry,
        "dataset": task.dataset_reference("").id,
        "revision": task.rows.revision if isinstance(task.rows, HubRows) else task.rows.sha256,
        "upstream": task.upstream,
        "floor": task.floor.model_dump(mode="json") if task.floor else None,
        "draft": task.is_draft,
        "config_hash": task.config_hash,
    }


def _be_quiet() -> None:
    """Keep lm-eval's remarks and bars of datasets out of a report."""
    import datasets

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    datasets.disable_progress_bars()


def _for_each(tasks: Sequence[Task], act: Callable[[Task], None]) -> int:
    """Do it for every task; one whose data cannot be had is named, and the others go on."""
    code = OK
    for task in tasks:
        try:
            act(task)
        except Exception as error:  # noqa: BLE001 - whatever datasets or the Hub's client raise
            sys.stderr.write(f"{task.id}: {one_line(f'{type(error).__name__}: {error}')}\n")
            code = FAULTS
    return code


def _suite_name() -> str:
    return Settings.from_environment(os.environ).suite


def _chosen(suite: Suite, names: list[str]) -> list[Task]:
    unknown = [name for name in names if suite.task(name) is None]
    if unknown:
        message = f"The suite {suite.label.name} has no task {', '.join(unknown)}. `suite list` shows what it has."
        raise LeaderboardError(message)
    return [task for task in suite.tasks if not names or task.id in names]


def _require_evaluation() -> None:
    missing = missing_packages()
    if missing:
        message = f"This environment cannot evaluate: {', '.join(missing)} missing. Install requirements-eval.txt."
        raise LeaderboardError(message)
