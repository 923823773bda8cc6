"""`python -m leaderboard engines FOLDER`: how far two engines are apart on one small model."""

import argparse
import sys
from pathlib import Path
from typing import Any

from leaderboard.cli.output import add_command, print_json
from leaderboard.cli.tables import aligned
from leaderboard.installation import Installation
from leaderboard.records import ChatTemplate, EngineName, LeaderboardError, ModelReference, ModelSource, Precision
from leaderboard.suite import Task

OK = 0
_ANY_RUN = "0" * 32
_SCORING = [str(name) for name in EngineName if name is not EngineName.DUMMY]


def add_engine_commands(commands: Any) -> None:
    """Describe `engines`."""
    summary = "score one model with two engines, and show the offset of each task"
    engines = add_command(commands, "engines", _engines, summary)
    engines.add_argument("folder", type=Path, help="the model's folder, one that you trust: it is loaded here")
    engines.add_argument("--name", help="what a completions server calls it; the folder's name by default")
    engines.add_argument("--first", choices=_SCORING, default=str(EngineName.SHARED_PREFIX))
    engines.add_argument("--second", choices=_SCORING, default=str(EngineName.HF))
    engines.add_argument("--precision", choices=[str(one) for one in Precision], default=str(Precision.FLOAT32))
    engines.add_argument("--task", action="append", help="one task; again for more; else all of the suite")
    engines.add_argument("--limit", type=int, help="only the first items of each task")


def _engines(house: Installation, options: argparse.Namespace) -> int:
    if house.missing_packages:
        message = f"This environment cannot evaluate: {', '.join(house.missing_packages)} missing."
        raise LeaderboardError(message)
    if not (options.folder / "config.json").is_file():
        message = f"{options.folder.name} has no config.json: name the folder of a model."
        raise LeaderboardError(message)
    from leaderboard.evaluation.engine_offsets import engine_offsets
    from leaderboard.evaluation.job import Job
    from leaderboard.evaluation.lm_eval_models import load_model

    tasks = _tasks(house, options.task)
    model = ModelReference(
        source=ModelSource.LOCAL, name=options.name or options.folder.resolve().name, revision="0" * 40
    )
    job = Job(
        run=f"{_ANY_RUN}-1",
        nonce=_ANY_RUN,
        request=_ANY_RUN,
        model=model,
        model_folder=options.folder.resolve(),
        precision=Precision(options.precision),
        chat_template=ChatTemplate.NONE,
        tasks=tasks,
        device=house.settings.device,
        engine=EngineName(options.first),
        completions_url=house.settings.engines.completions_url,
        batch_size=house.settings.batch_size,
    )
    first, second = load_model(job), load_model(job.replaced(engine=EngineName(options.second)))
    offsets = list(engine_offsets(tasks, first, second, limit=options.limit, report=_tell))
    names = ("task", "items", options.first, options.second, "offset", "changed")
    rows = [(one.task, one.items, one.first, one.second, one.offset, one.changed) for one in offsets]
    if options.json:
        print_json(
            [
                dict(zip(names, row, strict=True)) | {"refused": one.refused}
                for one, row in zip(offsets, rows, strict=True)
            ]
        )
    else:
        print(aligned(names, [tuple(map(_shown, row)) for row in rows]))
        for one in offsets:
            if one.refused:
                print(f"{one.task}: {one.refused}")
    return OK


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _tasks(house: Installation, wanted: list[str] | None) -> tuple[Task, ...]:
    unknown = [name for name in wanted or [] if house.suite.task(name) is None]
    if unknown:
        message = (
            f"The suite {house.suite.label.name} has no task {', '.join(unknown)}. `suite list` names those it has."
        )
        raise LeaderboardError(message)
    return tuple(task for task in house.suite.tasks if not wanted or task.id in wanted)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return "-" if value is None else str(value)
