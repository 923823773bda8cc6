"""One model as HTML: what it is, where it stands, every task beside the other models, and what was asked of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import plotly.graph_objects as go

from leaderboard.board import Board, Cell, Row, View
from leaderboard.board.intervals import Interval
from leaderboard.page.choices_form import choices_form, model_field
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.model_evaluation import evaluation_section
from leaderboard.page.model_radar import areas_of_model, radar
from leaderboard.page.queue_panel import log_html
from leaderboard.page.task_titles import task_title
from leaderboard.page.visit import Visit
from leaderboard.queue import QueueEntry, QueueView
from leaderboard.records import ModelSource
from leaderboard.submission.remedies import model_url
from leaderboard.suite import Construct, Suite, Task
from leaderboard.texts import Texts

_SHORT = 12


@dataclass(frozen=True)
class ModelPage:
    """The parts of the page, in their order."""

    head: str
    radar: go.Figure | None = None
    """Of the areas of the view that the address names."""
    rest: str = ""


def model_page(visit: Visit, board: Board, queue: QueueView, suite: Suite) -> ModelPage:
    """Return the page of the model that the address names; of one of its identities, where `request` begins its id."""
    name, request, texts = visit["model"], visit["request"], visit.texts
    form = _choice(name, texts)
    if not name:
        return ModelPage(form + element("p", texts("model.none_chosen"), {"class": "note"}))
    of_name = [row for row in (*board.rows, *board.others) if row.request.model.name.lower() == name.lower()]
    asked = [entry for entry in queue.entries.values() if entry.request.model.name.lower() == name.lower()]
    if not of_name and not asked:
        return ModelPage(form + element("p", texts("model.unknown", model=name), {"class": "refused", "role": "alert"}))
    row = next((one for one in of_name if request and one.request.id.startswith(request)), next(iter(of_name), None))
    title = element("h2", (row.request if row else asked[0].request).model.name)
    if row is None:
        waiting = element("p", texts("model.not_evaluated"), {"class": "notice"})
        return ModelPage(form + title + waiting + _history(asked, texts))
    view = next((one for one in board.means.views if str(one) == visit["view"]), board.means.default_view)
    head = form + title + _facts(row, texts) + _links(row, board, view, texts) + _standings(row, view, texts)
    areas = areas_of_model(row, board, view, texts) if view else ""
    if view and areas:
        head += element("h3", texts("model.areas_of", view=texts(f"views.{view}"))) + areas
    rest = _tasks(row, board, suite, texts) + _failures(row, suite, texts) + evaluation_section(row, suite, texts)
    rest += _identities(row, of_name, texts) + _history(asked, texts)
    return ModelPage(head, radar(row, board, view, texts) if view else None, rest)


def _choice(name: str, texts: Texts) -> str:
    field = model_field("model", texts("model.choose"), name)
    return choices_form("model", field, texts("model.show"), follows_at_once=False)


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
        ("base_models", ", ".join(facts.base_models)),
        ("evaluated", texts.date(row.evaluated_at)),
    ]
    listed = "".join(element("dt", texts(f"model.{key}")) + element("dd", value) for key, value in shown if value)
    link = ""
    if request.model.source is ModelSource.HUB:
        link = raw_element(
            "p", element("a", texts("model.on_hub"), {"href": model_url(request.model.name), "rel": "noopener"})
        )
    return raw_element("dl", listed, {"class": "facts"}) + link


def _links(row: Row, board: Board, view: View | None, texts: Texts) -> str:
    """Link to the comparison with the next ones up and down the view, and to what it understands of each Spanish."""
    name = row.request.model.name
    links = [inner_link(texts("model.compare"), {"tab": "compare", "a": name})]
    ranked = [one for one in board.ranking(view) if one.standings[view].rank is not None] if view else []
    if row in ranked:
        place = ranked.index(row)
        for other in (*ranked[max(0, place - 1) : place], *ranked[place + 1 : place + 2]):
            of_both = {"tab": "compare", "a": name, "b": other.request.model.name}
            links.append(inner_link(texts("model.compare_with", model=other.request.model.name), of_both))
    if any(one.construct is Construct.VARIETY_COMPREHENSION for one in row.countries):
        links.append(inner_link(texts("model.varieties"), {"tab": "varieties", "model": name}))
    return raw_element("p", " · ".join(links), {"class": "links"})


def _standings(row: Row, shown: View | None, texts: Texts) -> str:
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
        query = {"tab": "model", "model": row.request.model.name, "request": row.request.id[:_SHORT], "view": str(view)}
        marks = {"aria-current": "true"} if view is shown else {}
        title = raw_element("th", inner_link(texts(f"views.{view}"), query), {"scope": "row"})
        lines.append(raw_element("tr", title + "".join(element("td", one) for one in cells), marks))
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
    link = inner_link(name, {"tab": "tasks", "task": task.id})
    figures = [texts.points(cell.normalised), _between(cell.normalised_interval, texts)]
    bar = raw_element("td", _bar(cell, middle, best))
    tail = "".join(element("td", one) for one in (texts.points(middle), texts.points(best), texts.whole(cell.items)))
    return raw_element(
        "tr", raw_element("th", link, {"scope": "row"}) + "".join(element("td", one) for one in figures) + bar + tail
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
    cells = [texts.moment(entry.submitted_at), entry.request.precision_label, texts(f"statuses.{entry.state.status}")]
    cause = ""
    if failure is not None:
        cause = element("span", f"{texts(f'causes.{failure.cause}')}. {failure.detail}") + log_html(failure, texts)
    line = element("th", entry.id[:_SHORT], {"scope": "row"}) + "".join(element("td", one) for one in cells)
    return raw_element("tr", line + raw_element("td", cause))


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
