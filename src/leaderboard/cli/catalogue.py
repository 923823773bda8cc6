"""The catalogue of tasks as Markdown: `python -m leaderboard suite docs`."""

from leaderboard.suite import UNKNOWN_LICENCE, Floor, Language, Suite, Task, TaskDeclaration
from leaderboard.texts import Texts

_COLUMNS = (
    "task",
    "about",
    "area",
    "metric",
    "shots",
    "chance",
    "floor",
    "human",
    "items",
    "licence",
    "origin",
    "data",
)


def catalogue(suite: Suite, texts: Texts) -> str:
    """Return a page that describes every task of a suite, a table for each language."""
    parts = [
        texts("catalogue.title", suite=suite.label.name, version=suite.label.version, tasks=len(suite.tasks)),
        texts("catalogue.generated", suite=suite.label.name),
        texts("catalogue.how_to_read"),
    ]
    for language in Language:
        tasks = [task for task in suite.tasks if task.declaration.language is language]
        if tasks:
            parts.append(f"## {texts(f'languages.{language}')}")
            parts.append(_table(tasks, texts))
    parts.append(texts("catalogue.sources_title"))
    parts.append("\n".join(_source(task.declaration) for task in suite.tasks))
    return "\n\n".join(parts) + "\n"


def _table(tasks: list[Task], texts: Texts) -> str:
    head = [texts(f"catalogue.columns.{column}") for column in _COLUMNS]
    rows = [head, ["---"] * len(head), *(_row(task, texts) for task in tasks)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(task: Task, texts: Texts) -> list[str]:
    declared = task.declaration
    about = {str(language): sentence for language, sentence in declared.about.items()}
    target = "" if declared.target is None else texts("catalogue.target", target=_number(declared.target))
    cells = [
        f"`{task.id}`" + (f" ({declared.variety})" if declared.variety else ""),
        about.get(texts.language, ""),
        texts(f"areas.{declared.area}"),
        f"{declared.metric}{target}",
        str(declared.shots),
        _number(declared.chance),
        _floor(task.floor),
        "" if declared.human is None else _number(declared.human.score),
        "" if declared.items is None else str(declared.items),
        texts("values.unknown") if declared.licence == UNKNOWN_LICENCE else declared.licence,
        texts(f"origins.{declared.origin}"),
        f"`{task.dataset_reference('').id}`",
    ]
    return [cell.replace("|", "\\|") for cell in cells]


def _floor(floor: Floor | None) -> str:
    return "" if floor is None else f"{_number(floor.mean)} ({_number(floor.low)}; {_number(floor.high)})"


def _source(declared: TaskDeclaration) -> str:
    link = f" <{declared.source.url}>" if declared.source.url else ""
    return f"- `{declared.id}`: {declared.source.title}. {declared.source.citation}.{link}"


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", ",")
