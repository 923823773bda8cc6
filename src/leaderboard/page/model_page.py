"""One model as HTML: what it is, where it stands, every task beside the other models, and what was asked of it."""

from collections.abc import Iterable, Sequence
from statistics import median

from leaderboard.board import Board, Cell, Row
from leaderboard.board.intervals import Interval
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.task_titles import task_title
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import ModelSource
from leaderboard.submission.remedies import model_url
from leaderboard.suite import Suite, Task
from leaderboard.texts import Texts

_SHORT = 12


def model_page(name: str, request: str, board: Board, queue: QueueView, suite: Suite, texts: Texts) -> str:
    """Return the page of the model called `name`; of one of its identities, where `request` begins the id of one."""
    form = _choice(name, texts)
    if not name:
        return form + element("p", texts("model.none_chosen"), {"class": "note"})
    of_name = [row for row in (*board.rows, *board.others) if row.request.model.name.lower() == name.lower()]
    asked = [entry for entry in queue.entries.values() if entry.request.model.name.lower() == name.lower()]
    if not of_name and not asked:
        return form + element("p", texts("model.unknown", model=name), {"class": "refused", "role": "alert"})
    row = next((one for one in of_name if request and one.request.id.startswith(request)), next(iter(of_name), None))
    parts = [form, element("h2", (row.request if row else asked[0].request).model.name)]
    if row is None:
        parts.append(element("p", texts("model.not_evaluated"), {"class": "notice"}))
    else:
        parts += [
            _facts(row, texts),
            _standings(row, texts),
            _tasks(row, board, suite, texts),
            _failures(row, suite, texts),
        ]
        parts.append(_identities(row, of_name, texts))
    parts.append(_history(asked, texts))
    return "".join(parts)


def _choice(name: str, texts: Texts) -> str:
    field = raw_element("input", "", {"name": "model", "list": "model-names", "value": name}).removesuffix("</input>")
    tab = raw_element("input", "", {"type": "hidden", "name": "tab", "value": "model"}).removesuffix("</input>")
    label = raw_element("label", element("span", texts("model.choose")) + field)
    return raw_element(
        "form", tab + label + element("button", texts("model.show")), {"class": "choices", "method": "get"}
    )


def _facts(row: Row, texts: Texts) -> str:
    facts, request = row.request.facts, row.request
    size = "" if facts.parameters is None else f"{texts.decimal(facts.parameters / 1e9, 2)}"
    shown = [
        ("type", texts(f"types.{facts.type}")),
        ("parameters", size),
        ("licence", facts.licence or texts("values.unknown")),
        ("precision", request.precision_label),
        ("revision", request.model.revision),
        ("chat_template", str(request.chat_template)),
        ("submitted", texts.date(row.submitted_at)),
        ("evaluated", texts.date(row.evaluated_at)),
    ]
    listed = "".join(element("dt", texts(f"model.{key}")) + element("dd", value) for key, value in shown if value)
    link = ""
    if request.model.source is ModelSource.HUB:
        link = raw_element(
            "p", element("a", texts("model.on_hub"), {"href": model_url(request.model.name), "rel": "noopener"})
        )
    return raw_element("dl", listed, {"class": "facts"}) + link


def _standings(row: Row, texts: Texts) -> str:
    head = [texts(f"model.{key}") for key in ("view", "score", "interval", "rank", "possible_ranks")]
    lines = []
    for view, standing in row.standings.items():
        mean = standing.mean
        cells = [
            texts.points(mean.score if mean else None),
            _between(mean.interval if mean else None, texts),
            "" if standing.rank is None else str(standing.rank),
            _ranks(standing.ranks, texts),
        ]
        lines.append(_line(texts(f"views.{view}"), cells))
    return _table(texts("model.standings"), head, lines)


def _ranks(ranks: tuple[int, int] | None, texts: Texts) -> str:
    if ranks is None:
        return ""
    best, worst = ranks
    return str(best) if best == worst else texts("model.from_to", low=best, high=worst)


def _tasks(row: Row, board: Board, suite: Suite, texts: Texts) -> str:
    head = [texts(f"model.{key}") for key in ("task", "score", "interval", "place", "median", "best", "items")]
    lines = [
        _task_line(task, row.cells[task.id], _others(board.rows, task), texts)
        for task in suite.tasks
        if task.id in row.cells and task.in_means
    ]
    return _table(texts("model.tasks"), head, lines) + element("p", texts("model.tasks_help"), {"class": "note"})


def _others(rows: Iterable[Row], task: Task) -> list[float]:
    """Return the scores of all ranked models on a task."""
    found = (row.cells[task.id].normalised for row in rows if task.id in row.cells and not row.is_baseline)
    return [one for one in found if one is not None]


def _task_line(task: Task, cell: Cell, others: Sequence[float], texts: Texts) -> str:
    middle, best = (median(others), max(others)) if others else (None, None)
    title = task_title(task.declaration, texts.language)
    name = f"{texts(f'languages.{task.declaration.language}')}: {title}"
    if cell.is_draft:
        name = texts("model.draft", task=name)
    figures = [texts.points(cell.normalised), _between(cell.normalised_interval, texts)]
    bar = raw_element("td", _bar(cell, middle, best))
    tail = "".join(element("td", one) for one in (texts.points(middle), texts.points(best), texts.whole(cell.items)))
    return raw_element(
        "tr", element("th", name, {"scope": "row"}) + "".join(element("td", one) for one in figures) + bar + tail
    )


def _bar(cell: Cell, middle: float | None, best: float | None) -> str:
    """Draw score and interval on a scale from chance or below to everything right, with the others' median and best."""
    interval, score = cell.normalised_interval, cell.normalised
    low = min(0.0, interval.low if interval else 0.0, score or 0.0)

    def at(value: float) -> str:
        return f"{100 * (value - low) / (1 - low):.1f}%"

    marks = ""
    if interval:
        width = 100 * (interval.high - interval.low) / (1 - low)
        marks += raw_element("i", "", {"style": f"left:{at(interval.low)};width:{width:.1f}%"})
    for name, value in (("score", score), ("median", middle), ("best", best)):
        if value is not None:
            marks += raw_element("b", "", {"class": name, "style": f"left:{at(value)}"})
    return raw_element("span", marks, {"class": "range", "aria-hidden": "true"})


def _failures(row: Row, suite: Suite, texts: Texts) -> str:
    lines = []
    for failed in row.failures:
        task = suite.task(failed.task)
        title = task_title(task.declaration, texts.language) if task else failed.task
        lines.append(_line(title, [texts(f"causes.{failed.failure.cause}"), failed.failure.detail]))
    if not lines:
        return ""
    return _table(texts("model.failures"), [texts(f"model.{key}") for key in ("task", "cause", "detail")], lines)


def _identities(row: Row, rows: Sequence[Row], texts: Texts) -> str:
    others = [one for one in rows if one is not row]
    if not others:
        return ""
    items = []
    for one in others:
        label = f"{one.request.precision_label} · {one.request.model.revision[:_SHORT]} · {one.request.chat_template}"
        query = {"tab": "model", "model": one.request.model.name, "request": one.request.id[:_SHORT]}
        items.append(raw_element("li", inner_link(label, query)))
    return element("h3", texts("model.identities")) + raw_element("ul", "".join(items))


def _history(entries: Sequence[QueueEntry], texts: Texts) -> str:
    if not entries:
        return ""
    head = [texts(f"model.{key}") for key in ("request", "submitted", "precision", "status", "cause")]
    return _table(texts("model.history"), head, [_request_line(entry, texts) for entry in reversed(entries)])


def _request_line(entry: QueueEntry, texts: Texts) -> str:
    failure = entry.state.failure
    return _line(
        entry.id[:_SHORT],
        [
            texts.moment(entry.submitted_at),
            entry.request.precision_label,
            texts(f"statuses.{entry.state.status}"),
            "" if failure is None else f"{texts(f'causes.{failure.cause}')}. {failure.detail}",
        ],
    )


def _between(interval: Interval | None, texts: Texts) -> str:
    if interval is None:
        return ""
    return texts("model.from_to", low=texts.points(interval.low), high=texts.points(interval.high))


def _line(title: str, cells: Iterable[str]) -> str:
    return raw_element("tr", element("th", title, {"scope": "row"}) + "".join(element("td", one) for one in cells))


def _table(title: str, head: Iterable[str], lines: Iterable[str]) -> str:
    row = raw_element("tr", "".join(element("th", one, {"scope": "col"}) for one in head))
    table = raw_element("table", raw_element("thead", row) + raw_element("tbody", "".join(lines)), {"class": "figures"})
    frame = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": title}
    return element("h3", title) + raw_element("div", table, frame)
