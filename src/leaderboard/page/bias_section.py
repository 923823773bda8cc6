"""Bias, beside the ranking and never in it: how far each model is from having no preference."""

from collections.abc import Sequence

from leaderboard.board import Row
from leaderboard.page.markup import element, raw_element
from leaderboard.page.task_titles import task_title
from leaderboard.suite import Suite
from leaderboard.texts import Texts


def bias_section(rows: Sequence[Row], suite: Suite, texts: Texts) -> str:
    """Return the tasks whose scale has a target, with each model's distance from it in points; empty without any."""
    measured = [row for row in rows if any(task.id in row.cells for task in suite.with_target)]
    if not measured:
        return ""
    titles = [task_title(task.declaration, texts.language) for task in suite.with_target]
    head = "".join(element("th", title, {"scope": "col"}) for title in (texts("columns.model"), *titles))
    body = "".join(raw_element("tr", _row(row, suite, texts)) for row in measured)
    table = raw_element("table", raw_element("thead", raw_element("tr", head)) + raw_element("tbody", body))
    return (
        element("h2", texts("bias.title"))
        + element("p", texts("bias.how_to_read"), {"class": "note"})
        + raw_element("div", table, {"class": "bias-table"})
    )


def _row(row: Row, suite: Suite, texts: Texts) -> str:
    cells = [row.cells.get(task.id) for task in suite.with_target]
    distances = [None if cell is None else cell.distance for cell in cells]
    figures = (element("td", "" if one is None else texts.signed_points(one)) for one in distances)
    return element("th", row.request.model.name, {"scope": "row"}) + "".join(figures)
