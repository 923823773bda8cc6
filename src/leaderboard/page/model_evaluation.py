"""How a row was evaluated: which commit, by which engine, on which machine, how long it took, and how to repeat it."""

from collections.abc import Iterable

from leaderboard.board import Row
from leaderboard.page.markup import element, raw_element
from leaderboard.page.model_command import commands_to_reproduce
from leaderboard.page.task_titles import task_title
from leaderboard.records import TaskResult
from leaderboard.suite import Suite
from leaderboard.texts import Texts

_KWH_DIGITS, _SMALL_KWH, _SMALL_KWH_DIGITS = 4, 0.01, 7
_COLUMNS = ("task", "raw", "items", "seconds", "kwh_head", "template_applied", "sharing", "data")


def evaluation_section(row: Row, suite: Suite, texts: Texts) -> str:
    """Return identity, engine, versions, machine, times and commands of what stands behind a row."""
    results = [row.cells[task.id].result for task in suite.tasks if task.id in row.cells]
    if not results:
        return ""
    facts = "".join(
        element("dt", texts(f"model.{key}")) + element("dd", value)
        for key, value in _facts(row, results, texts)
        if value
    )
    folded = element("summary", texts("model.per_task")) + _per_task(results, suite, texts)
    return (
        element("h3", texts("model.evaluation"))
        + raw_element("dl", facts, {"class": "facts"})
        + raw_element("details", folded)
        + _reproduction(row, suite, texts)
    )


def _facts(row: Row, results: list[TaskResult], texts: Texts) -> list[tuple[str, str]]:
    packages = sorted({f"{name} {version}" for one in results for name, version in one.engine.versions.items()})
    seconds = sum(result.seconds for result in results)
    return [
        ("request", row.request.id),
        ("commit", row.request.model.revision),
        ("engine", _distinct(f"{one.engine.name} {one.engine.version}" for one in results)),
        ("versions", ", ".join(packages)),
        ("hardware", _distinct(_machine(one) for one in results)),
        ("time", texts("model.minutes", minutes=texts.decimal(seconds / 60, 1))),
        ("energy", _energy(results, texts)),
        ("evaluated", texts.moment(row.evaluated_at)),
    ]


def _energy(results: list[TaskResult], texts: Texts) -> str:
    """Return what all tasks took together, or that some have no figure; what is estimated is marked."""
    known = [result.energy for result in results if result.energy is not None]
    if len(known) < len(results):
        return texts("model.not_measured")
    is_estimated = any(one.estimated for one in known)
    kwh = _decimal(sum(one.kwh for one in known), texts)
    return texts("model.kwh_estimated" if is_estimated else "model.kwh", kwh=kwh)


def _decimal(kwh: float, texts: Texts) -> str:
    """Return kilowatt-hours with so many digits that what a small model takes is not nought."""
    return texts.decimal(kwh, _KWH_DIGITS if kwh >= _SMALL_KWH else _SMALL_KWH_DIGITS)


def _kwh(result: TaskResult, texts: Texts) -> str:
    if result.energy is None:
        return ""
    mark = "≈\N{NO-BREAK SPACE}" if result.energy.estimated else ""
    return mark + _decimal(result.energy.kwh, texts)


def _machine(result: TaskResult) -> str:
    hardware = result.hardware
    return f"{hardware.device}, {hardware.name}, {hardware.threads}" if hardware.name else hardware.device


def _per_task(results: list[TaskResult], suite: Suite, texts: Texts) -> str:
    head = [
        texts(f"model.{key}")
        for key in ("task", "raw", "items", "seconds", "kwh_head", "template_applied", "sharing", "data")
    ]
    lines = []
    for result in results:
        task = suite.task(result.task)
        name = task_title(task.declaration, texts.language) if task else result.task
        cells = [
            texts.points(result.raw),
            texts.whole(len(result.items)),
            texts.decimal(result.seconds, 1),
            _kwh(result, texts),
            texts("model.with_template" if result.chat_template_applied else "model.without_template"),
            result.engine.sharing or result.engine.not_shared_because or "",
            f"{result.dataset.id} @ {result.dataset.revision[:12]}",
        ]
        lines.append(
            raw_element("tr", element("th", name, {"scope": "row"}) + "".join(element("td", one) for one in cells))
        )
    row = raw_element("tr", "".join(element("th", one, {"scope": "col"}) for one in head))
    table = raw_element("table", raw_element("thead", row) + raw_element("tbody", "".join(lines)), {"class": "figures"})
    frame = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": texts("model.per_task")}
    return raw_element("div", table, frame)


def _reproduction(row: Row, suite: Suite, texts: Texts) -> str:
    commands = commands_to_reproduce(row, suite)
    if not commands:
        return ""
    copy = element("button", texts("model.copy"), {"data-copy": "#reproduce"})
    return (
        element("h3", texts("model.reproduce"))
        + element("p", texts("model.reproduce_help"), {"class": "note"})
        + raw_element("p", copy, {"class": "tools"})
        + element("pre", "\n".join(commands), {"id": "reproduce", "class": "command", "tabindex": "0"})
    )


def _distinct(names: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(names))
