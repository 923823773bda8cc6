"""Two models beside each other as HTML: in a sentence, in their means, and task by task."""

from collections.abc import Iterable
from dataclasses import dataclass

from leaderboard.board.comparison import Comparison, MeanDifference, TaskComparison, Verdict
from leaderboard.page.compare_bars import bar, in_points, reach_of, verdict
from leaderboard.page.compare_choice import Choice
from leaderboard.page.markup import element, inner_link, raw_element
from leaderboard.page.task_titles import task_title
from leaderboard.suite import Suite, Task
from leaderboard.texts import Texts


@dataclass(frozen=True)
class Pair:
    """A comparison, and what its two rows are called."""

    comparison: Comparison
    one: str
    other: str


def summary(pair: Pair, texts: Texts) -> str:
    """Say on how many tasks what was shown."""
    found = pair.comparison
    said = texts(
        "compare.summary",
        one=pair.one,
        other=pair.other,
        better=found.count(Verdict.BETTER),
        worse=found.count(Verdict.WORSE),
        even=found.count(Verdict.NOT_SHOWN),
        of=found.comparable,
    )
    if different := found.count(Verdict.DIFFERENT):
        said += " " + texts("compare.summary_different", count=different)
    if left := found.count(Verdict.NOT_COMPARABLE):
        said += " " + texts("compare.summary_left", count=left)
    return said


def means_table(pair: Pair, choice: Choice, texts: Texts) -> str:
    """Return the differences of means that both have, views and areas; empty where there is none."""
    found = pair.comparison
    shown: list[tuple[str, MeanDifference]] = [
        (texts(f"views.{view}"), mean) for view, mean in found.views.items() if choice.view in (None, view)
    ]
    shown += [
        (f"{texts(f'languages.{language}')}: {texts(f'areas.{area}')}", mean)
        for (language, area), mean in found.areas.items()
        if choice.view is None or str(choice.view) == str(language)
    ]
    if not shown:
        return ""
    reach = reach_of(mean for _, mean in shown)
    lines = [
        _line(name, [in_points(mean.difference, mean.interval, texts), bar(mean.difference, mean.interval, reach)])
        for name, mean in shown
    ]
    head = [texts("compare.mean"), texts("compare.difference"), ""]
    return element("h3", texts("compare.means_title")) + _table(texts("compare.means_title"), head, lines)


def tasks_table(pair: Pair, choice: Choice, suite: Suite, texts: Texts) -> str:
    """Return the tasks with each one's score on the shared items, their difference, and what it shows."""
    reach = reach_of(pair.comparison.tasks)
    head = [texts("compare.task"), pair.one, pair.other, texts("compare.difference"), "", texts("compare.verdict")]
    lines = [_task_line(found, choice, suite, reach, texts) for found in pair.comparison.tasks]
    title = texts("compare.tasks_title")
    return element("h3", title) + _table(title, [*head, texts("compare.items")], lines)


def task_name(task: Task, texts: Texts) -> str:
    """Return the title of a task with its language before it."""
    return f"{texts(f'languages.{task.declaration.language}')}: {task_title(task.declaration, texts.language)}"


def _task_line(found: TaskComparison, choice: Choice, suite: Suite, reach: float, texts: Texts) -> str:
    task = suite.task(found.task)
    name = task_name(task, texts) if task else found.task
    if found.difference is None or found.interval is None:
        why = texts(f"compare.obstacles.{found.obstacle}") if found.obstacle else ""
        said = verdict(found.verdict, texts) + element("small", why)
        return _line(name, ["", "", "", "", said, texts.whole(found.items) if found.items else ""])
    of_items = element("span", texts.whole(found.items))
    if found.disagreements:
        link = texts("compare.see_apart", count=texts.whole(len(found.disagreements)))
        of_items += " " + inner_link(link, choice.query(task=found.task))
    cells = [
        element("span", texts.points(found.one)),
        element("span", texts.points(found.other)),
        in_points(found.difference, found.interval, texts),
        bar(found.difference, found.interval, reach, str(found.verdict)),
        verdict(found.verdict, texts),
        of_items,
    ]
    return _line(name, cells)


def _line(title: str, cells: Iterable[str]) -> str:
    """Return a row; cells are markup."""
    return raw_element("tr", element("th", title, {"scope": "row"}) + "".join(raw_element("td", one) for one in cells))


def _table(title: str, head: Iterable[str], lines: Iterable[str]) -> str:
    cells = "".join(element("th", one, {"scope": "col"}) if one else "<td></td>" for one in head)
    inner = raw_element("thead", raw_element("tr", cells)) + raw_element("tbody", "".join(lines))
    frame = {"class": "wide", "tabindex": "0", "role": "region", "aria-label": title}
    return raw_element("div", raw_element("table", inner, {"class": "figures"}), frame)
