"""The catalogue of tasks as a table: the one place that knows the gradio_leaderboard component.

Its rows can be searched, sorted, and shown with more columns. What the address filters by is filtered here, before the
table is sent, so that a shared link shows the same tasks. Figures are padded to one width in front: the
component orders them as text. It takes a frame for its value and nothing else: an update without one makes it fail.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

import pandas as pd
from gradio_leaderboard import Leaderboard, SearchColumns, SelectColumns

from leaderboard.board.health import Health
from leaderboard.page.markup import text_to_markdown
from leaderboard.page.task_health import state_in_words
from leaderboard.page.task_titles import task_title
from leaderboard.page.visit import Visit
from leaderboard.suite import UNKNOWN_LICENCE, Suite, Task
from leaderboard.texts import Texts

COLUMNS = (
    "task",
    "language",
    "area",
    "items",
    "chance",
    "health",
    "origin",
    "licence",
    "floor",
    "human",
    "metric",
    "shots",
    "about",
)
"""By their keys in the texts; the address names none of them."""
_SHOWN_AT_FIRST = COLUMNS[:8]
_NOTHING = "\N{EN DASH}"
_FILTERS = ("language", "area", "origin")
"""Parameters of the address, each a word of the registry."""


def catalogue_table(suite: Suite, texts: Texts) -> Leaderboard:
    """Lay out the table inside the present `gr.Blocks`; filled with a `catalogue_frame`."""
    names = {column: _title(column, texts) for column in COLUMNS}
    return Leaderboard(
        value=catalogue_frame(suite, {}, Visit(texts.language)),
        datatype=["markdown", *("str" for _ in COLUMNS[1:])],
        search_columns=SearchColumns(
            primary_column=names["task"],
            secondary_columns=[names["about"]],
            label=texts("tasks.search"),
            placeholder=texts("tasks.search_placeholder"),
        ),
        select_columns=SelectColumns(
            default_selection=[names[column] for column in _SHOWN_AT_FIRST],
            cant_deselect=[names["task"]],
            label=texts("tasks.columns"),
        ),
        interactive=False,
        height=640,
    )


def catalogue_frame(suite: Suite, healths: Mapping[str, Health], visit: Visit) -> pd.DataFrame:
    """Return one row for each task that the address asks for, of shape [tasks, len(COLUMNS)], all of it text."""
    texts = visit.texts
    rows = [_row(task, healths.get(task.id), texts) for task in tasks_asked_for(suite, visit)]
    # The component makes a button of every cell, and a button without a word is none to who cannot see it.
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=str).replace("", _NOTHING)
    for column in ("items", "chance", "floor", "human", "shots"):
        frame[column] = frame[column].str.rjust(int(frame[column].str.len().max() or 0) if rows else 0)
    return frame.rename(columns={column: _title(column, texts) for column in COLUMNS})


def tasks_asked_for(suite: Suite, visit: Visit) -> list[Task]:
    """Return the tasks that pass the filters of the address; a filter that names nothing known lets all pass."""
    found = [task for task in suite.tasks if task.declaration.probe is None]
    for name in _FILTERS:
        if visit[name] in filter_values(suite, name):
            found = [task for task in found if str(getattr(task.declaration, name)) == visit[name]]
    return found


def filter_values(suite: Suite, name: str) -> list[str]:
    """Return what the tasks of a suite can be filtered by, in the suite's order."""
    return list(dict.fromkeys(str(getattr(task.declaration, name)) for task in suite.tasks))


def _title(column: str, texts: Texts) -> str:
    return texts(f"catalogue.columns.{column}")


def _row(task: Task, health: Health | None, texts: Texts) -> list[str]:
    declared = task.declaration
    title = text_to_markdown(task_title(declared, texts.language))
    draft = f" ({texts('table.draft')})" if task.is_draft else ""
    known = declared.licence != UNKNOWN_LICENCE
    return [
        f"[{title}](?{urlencode({'tab': 'tasks', 'task': task.id})}){draft}",
        texts(f"languages.{declared.language}") + (f" ({declared.variety})" if declared.variety else ""),
        texts(f"areas.{declared.area}"),
        "" if declared.items is None else texts.whole(declared.items),
        texts.points(declared.chance),
        state_in_words(health, texts),
        texts(f"origins.{declared.origin}"),
        declared.licence if known else texts("values.unknown"),
        texts.points(task.floor.mean if task.floor else None),
        texts.points(declared.human.score if declared.human else None),
        str(declared.metric),
        str(declared.shots),
        about_task(task, texts),
    ]


def about_task(task: Task, texts: Texts) -> str:
    """Return the sentence that says what a task asks, in the language of the texts, else in Spanish; empty without."""
    about = {str(language): sentence for language, sentence in task.declaration.about.items()}
    return about.get(texts.language) or about.get("es", "")
