"""How the models lie on one task: a histogram of their scores, as a table whose bars are lengths."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from statistics import median

from leaderboard.board import Row
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.suite import Task
from leaderboard.texts import Texts

_WIDTH = 10
"""Of a bin, in points."""


@dataclass(frozen=True)
class ModelScore:
    """What one model reaches on a task, in points: above chance, or from the target where there is one."""

    model: str
    points: float


def scores_on(task: Task, rows: Sequence[Row]) -> list[ModelScore]:
    """Return the models that have the task, without baselines; the best first, or those nearest to the target."""
    found = []
    for row in rows:
        cell = row.cells.get(task.id)
        score = None if cell is None or row.is_baseline else _score(cell.distance, cell.normalised)
        if score is not None:
            found.append(ModelScore(row.request.model.name, 100 * score))
    has_target = task.declaration.target is not None
    return sorted(found, key=lambda one: (abs(one.points) if has_target else -one.points, one.model))


def histogram(points: Sequence[float]) -> list[tuple[int, int]]:
    """Return the beginning of each bin of ten points from the lowest to the highest, and how many lie in it."""
    # The best possible score belongs to the bin below it: there is none above.
    counted = Counter(min(floor(round(one, 1) / _WIDTH), 100 // _WIDTH - 1) for one in points)
    if not counted:
        return []
    return [(_WIDTH * number, counted[number]) for number in range(min(counted), max(counted) + 1)]


def scores_section(task: Task, rows: Sequence[Row], texts: Texts) -> str:
    """Return the distribution of the models on a task, with its middle and its best."""
    scores = scores_on(task, rows)
    title = element("h3", texts("tasks.scores"))
    if not scores:
        return title + element("p", texts("tasks.no_scores"), {"class": "note"})
    has_target = task.declaration.target is not None
    middle = texts.decimal(median(one.points for one in scores), 1)
    key = "tasks.scores_from_target" if has_target else "tasks.scores_above_chance"
    said = element("p", texts(key, models=texts.whole(len(scores)), median=middle), {"class": "note"})
    best = element("span", texts("tasks.nearest" if has_target else "tasks.best")) + " "
    best += " · ".join(_named(one, texts) for one in scores[:3])
    return title + said + raw_element("p", best, {"class": "links"}) + _table([one.points for one in scores], texts)


def _score(distance: float | None, normalised: float | None) -> float | None:
    return normalised if distance is None else distance


def _named(score: ModelScore, texts: Texts) -> str:
    link = inner_link(score.model, {"tab": "model", "model": score.model})
    return f"{link} {element('span', f'({texts.decimal(score.points, 1)})')}"


def _table(points: Sequence[float], texts: Texts) -> str:
    bins = histogram(points)
    most = max(count for _, count in bins)
    head = "".join(element("th", texts(f"tasks.{key}"), {"scope": "col"}) for key in ("points", "models"))
    lines = "".join(_line(begin, count, most, texts) for begin, count in bins)
    body = raw_element("thead", raw_element("tr", head)) + raw_element("tbody", lines)
    return raw_element("table", body, {"class": "figures histogram"})


def _line(begin: int, count: int, most: int, texts: Texts) -> str:
    low, high = texts.decimal(begin, 0), texts.decimal(begin + _WIDTH, 0)
    bar = raw_element("i", "", {"style": f"width:{100 * count / most:.1f}%", "aria-hidden": "true"})
    name = element("th", texts("tasks.from_to", low=low, high=high), {"scope": "row"})
    return raw_element("tr", name + raw_element("td", bar + element("span", texts.whole(count))))
