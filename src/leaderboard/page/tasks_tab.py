"""The tab of the tasks: `?tab=tasks&language=es&area=humour`, and of one of them, `?tab=tasks&task=id`."""

from collections.abc import Mapping
from typing import Any

import gradio as gr

from leaderboard.board.health import Health
from leaderboard.installation import Installation
from leaderboard.page.bias_section import bias_section
from leaderboard.page.board_feed import BoardFeed, Edition
from leaderboard.page.catalogue_table import catalogue_frame, catalogue_table, filter_values
from leaderboard.page.choices_form import choices_form, select_field
from leaderboard.page.markup import element
from leaderboard.page.showing import fill_when_shown
from leaderboard.page.task_health import TaskHealth
from leaderboard.page.task_page import task_page
from leaderboard.page.visit import Visit
from leaderboard.suite import Suite
from leaderboard.texts import Texts

_WORDS = {"language": "languages", "area": "areas", "origin": "origins"}
"""Where the texts hold the words of each filter."""


def build_tasks_tab(house: Installation, feed: BoardFeed, texts: Texts) -> None:
    """Lay out the tab inside the present `gr.Blocks`."""
    health = TaskHealth(house.suite)
    head = gr.HTML(elem_id="task-page")
    with gr.Column(elem_id="task-catalogue") as catalogue:
        table = catalogue_table(house.suite, texts)
    bias = gr.HTML(elem_id="bias")

    def fill(visit: Visit) -> list[Any]:
        edition = feed.newest()
        return tasks_sight(visit, edition, health.of(edition), house.suite)

    fill_when_shown("tasks", fill, [head, catalogue, table, bias])


def tasks_sight(visit: Visit, edition: Edition, healths: Mapping[str, Health], suite: Suite) -> list[Any]:
    """Return what stands above the table, whether the table is in sight, what fills it, and what stands below it."""
    texts, board, asked = visit.texts, edition.view.board, visit["task"]
    task = suite.task(asked)
    frame = catalogue_frame(suite, healths, visit)
    if task is not None:
        page = task_page(task, healths.get(task.id), board.rows, texts)
        return [page, gr.update(visible=False), frame, ""]
    head = _unknown(asked, texts) if asked else ""
    head += element("h2", texts("tasks.title")) + element("p", texts("tasks.how_to_read"), {"class": "note"})
    head += _filters(visit, suite)
    count, whole = texts.whole(len(frame)), texts.whole(len(suite.tasks) - len(suite.probes))
    head += element("p", texts("tasks.shown", shown=count, all=whole), {"class": "note", "role": "status"})
    return [head, gr.update(visible=True), frame, bias_section(board.rows, suite, texts)]


def _unknown(asked: str, texts: Texts) -> str:
    return element("p", texts("tasks.unknown", task=asked), {"class": "refused", "role": "alert"})


def _filters(visit: Visit, suite: Suite) -> str:
    texts, fields = visit.texts, ""
    for name, words in _WORDS.items():
        options = [("", texts("tasks.any")), *((one, texts(f"{words}.{one}")) for one in filter_values(suite, name))]
        fields += select_field(name, texts(f"catalogue.columns.{name}"), options, visit[name])
    return choices_form("tasks", fields)
