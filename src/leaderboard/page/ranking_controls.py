"""The controls above the ranking: one plain form, whose fields the script keeps in the address under their names."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from leaderboard.page.markup import element, raw_element
from leaderboard.page.task_titles import task_title
from leaderboard.records import ModelType
from leaderboard.suite import Area, Language, Suite, Task
from leaderboard.texts import Texts

SIZES: Mapping[str, tuple[float, float]] = {
    "phone": (0, 3),
    "gpu": (0, 8),
    "large_gpu": (0, 34),
    "server": (34, 10_000),
}
"""Preset to the least and the most parameters, in thousands of millions: a phone, one card of 24 GB, of 80 GB, more."""
OPENNESS = ("open", "restricted", "unknown")
MISSING = ("require", "skip", "zero")
FACTS = ("groups", "parameters", "type", "precision", "licence", "revision", "coverage")
_SHOWN_FACTS = frozenset({"groups", "parameters", "type"})


def ranking_controls(suite: Suite, texts: Texts) -> str:
    """Return the form. Its state as it stands here is what an address without parameters means."""
    tasks = [task for task in suite.tasks if task.in_means]
    languages = [one for one in Language if any(task.declaration.language is one for task in tasks)]
    always = _views(languages, texts) + _search(texts) + _actions(texts)
    folded = _filters(texts) + _columns(tasks, texts) + _own_average(tasks, texts)
    return raw_element(
        "form",
        raw_element("div", always, {"class": "controls-row"}) + raw_element("div", folded, {"class": "controls-folds"}),
        {"id": "ranking-controls", "role": "search", "autocomplete": "off"},
    )


def _views(languages: Iterable[Language], texts: Texts) -> str:
    names = [str(one) for one in languages]
    names += ["all"] if len(names) > 1 else []
    pills = "".join(
        _choice("radio", "view", name, texts(f"views.{name}"), checked=not at) for at, name in enumerate(names)
    )
    return _group(texts("table.views"), pills, {"class": "pills"})


def _search(texts: Texts) -> str:
    attributes = {"type": "search", "name": "q", "placeholder": texts("table.search_placeholder")}
    return _labelled(texts("ranking.search_label"), _void("input", attributes), {"class": "search"})


def _actions(texts: Texts) -> str:
    download = element("button", texts("table.download"), {"type": "button", "id": "download"})
    reset = element("button", texts("table.reset"), {"type": "button", "id": "reset-controls"})
    return raw_element("div", download + reset, {"class": "tools"})


def _filters(texts: Texts) -> str:
    sizes = [("", texts("table.any_size")), *((name, texts(f"table.size_{name}")) for name in SIZES)]
    open_ones = [("", texts("table.any_licence")), *((name, texts(f"table.licence_{name}")) for name in OPENNESS)]
    types = "".join(_choice("checkbox", "type", str(one), texts(f"types.{one}"), checked=True) for one in ModelType)
    number = {"type": "number", "min": "0", "step": "any", "inputmode": "decimal"}
    parts = [
        _labelled(texts("table.size"), _select("size", sizes)),
        _labelled(texts("table.least"), _void("input", {"name": "min", **number})),
        _labelled(texts("table.most"), _void("input", {"name": "max", **number})),
        _labelled(texts("table.openness"), _select("open", open_ones)),
        _labelled(texts("columns.licence"), _select("licence", [("", texts("table.any"))])),
        _labelled(texts("columns.precision"), _select("precision", [("", texts("table.any"))])),
        _labelled(texts("table.owner"), _select("owner", [("", texts("table.any"))])),
        _group(texts("columns.type"), types),
        _choice("checkbox", "others", "1", texts("ranking.with_others")),
    ]
    return _fold("filters", texts("table.filters"), "".join(parts))


def _columns(tasks: Iterable[Task], texts: Texts) -> str:
    facts = "".join(
        _choice("checkbox", "col", name, texts(f"table.col_{name}"), checked=name in _SHOWN_FACTS) for name in FACTS
    )
    scale = "".join(
        _choice("radio", "scale", name, texts(f"table.scale_{name}"), checked=name == "above_chance")
        for name in ("above_chance", "raw")
    )
    groups = "".join(_tasks_of_areas(tasks, texts))
    inner = _group(texts("table.facts"), facts) + _group(texts("table.scale"), scale) + groups
    return _fold("columns", texts("ranking.columns_label"), inner)


def _tasks_of_areas(tasks: Iterable[Task], texts: Texts) -> Iterator[str]:
    def key(task: Task) -> tuple[str, str]:
        return str(task.declaration.language), str(task.declaration.area)

    for (language, area), members in groupby(sorted(tasks, key=key), key=key):
        boxes = "".join(
            _choice("checkbox", "col", task.id, task_title(task.declaration, texts.language)) for task in members
        )
        name = f"{texts(f'languages.{language}')}: {texts(f'areas.{area}')}"
        yield _group(name, boxes, {"data-language": language})


def _own_average(tasks: Iterable[Task], texts: Texts) -> str:
    areas = [one for one in Area if any(task.declaration.area is one for task in tasks)]
    number = {"type": "number", "min": "0", "max": "10", "step": "0.5", "value": "1", "inputmode": "decimal"}
    weights = "".join(
        _labelled(texts(f"areas.{one}"), _void("input", {"name": f"w.{one}", "data-area": str(one), **number}))
        for one in areas
    )
    missing = [(name, texts(f"table.missing_{name}")) for name in MISSING]
    inner = (
        element("p", texts("table.own_average_help"), {"class": "note"})
        + _group(texts("table.weights"), weights)
        + _labelled(texts("table.missing"), _select("missing", missing))
        + _choice("checkbox", "native", "1", texts("table.native_only"))
    )
    return _fold("own-average", texts("table.own_average"), inner)


def _fold(name: str, title: str, inner: str) -> str:
    body = raw_element("div", inner, {"class": "fold"})
    return raw_element("details", element("summary", title) + body, {"id": f"fold-{name}"})


def _group(title: str, inner: str, attributes: Mapping[str, str] | None = None) -> str:
    return raw_element("fieldset", element("legend", title) + raw_element("div", inner), attributes)


def _labelled(title: str, field: str, attributes: Mapping[str, str] | None = None) -> str:
    return raw_element("label", element("span", title) + field, attributes)


def _choice(kind: str, name: str, value: str, title: str, *, checked: bool = False) -> str:
    attributes = {"type": kind, "name": name, "value": value} | ({"checked": "checked"} if checked else {})
    return raw_element("label", _void("input", attributes) + element("span", title), {"class": "choice"})


def _select(name: str, options: Iterable[tuple[str, str]]) -> str:
    return raw_element(
        "select", "".join(element("option", title, {"value": one}) for one, title in options), {"name": name}
    )


def _void(tag: str, attributes: Mapping[str, str]) -> str:
    return raw_element(tag, "", attributes).removesuffix(f"</{tag}>")
