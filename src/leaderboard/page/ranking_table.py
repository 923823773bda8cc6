"""The ranking as a data frame, and the one place that knows the table component (gradio_leaderboard)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd
from gradio_leaderboard import ColumnFilter, Leaderboard, SearchColumns, SelectColumns

from leaderboard.board import Row
from leaderboard.page.markup import model_link
from leaderboard.records import ModelType
from leaderboard.suite import Suite, Task, TaskDeclaration
from leaderboard.texts import Texts

_SHORT_REVISION = 12
_TASKS_SHOWN_AT_ONCE = 12
"""With more tasks than this their columns wait to be chosen: the languages' columns say what matters first."""


def task_title(declaration: TaskDeclaration, language: str) -> str:
    """Return a task's title in `language`, or in Spanish where it has none."""
    titles = {str(code): title for code, title in declaration.title.items()}
    return titles.get(language, titles["es"])


def ranking_frame(rows: Sequence[Row], suite: Suite, texts: Texts) -> pd.DataFrame:
    """Return the table as it is shown: scores in points of 100, one decimal, empty where there is none."""
    return pd.DataFrame([_record(row, suite, texts) for row in rows], columns=column_names(suite, texts))


def column_names(suite: Suite, texts: Texts) -> list[str]:
    """Return the columns in their order, each with a name of its own."""
    first, facts = _fixed_columns(texts)
    return [*first, *_language_columns(suite, texts), *_task_columns(suite, texts), *facts]


def _fixed_columns(texts: Texts) -> tuple[list[str], list[str]]:
    first = [texts(f"columns.{key}") for key in ("rank", "model", "average")]
    keys = ("type", "parameters", "precision", "licence", "coverage", "revision", "plain_name")
    return first, [texts(f"columns.{key}") for key in keys]


def _language_columns(suite: Suite, texts: Texts) -> list[str]:
    return [texts(f"languages.{language}") for language in suite.languages]


def _task_columns(suite: Suite, texts: Texts) -> list[str]:
    """Return the tasks' titles; one that another column bears too is told apart by its language, or else by its id."""
    tasks = _tasks_in_table(suite)
    # Where every task is a draft the page says so once, above the table.
    titles = [
        texts("ranking.draft_column", title=task_title(task.declaration, texts.language))
        if task.is_draft and not suite.is_provisional
        else task_title(task.declaration, texts.language)
        for task in tasks
    ]
    first, facts = _fixed_columns(texts)
    others = [*first, *facts, *_language_columns(suite, texts)]
    with_language = [f"{title} ({task.declaration.language})" for title, task in zip(titles, tasks, strict=True)]
    with_id = [f"{title} ({task.id})" for title, task in zip(titles, tasks, strict=True)]
    taken = [Counter([*others, *names]) for names in (titles, with_language)]
    return [
        title if taken[0][title] == 1 else spoken if taken[1][spoken] == 1 else exact
        for title, spoken, exact in zip(titles, with_language, with_id, strict=True)
    ]


def _tasks_in_table(suite: Suite) -> tuple[Task, ...]:
    """Return the tasks that have a column: what has a target stands in a section of its own."""
    return tuple(task for task in suite.tasks if task.in_means)


def _record(row: Row, suite: Suite, texts: Texts) -> list[object]:
    facts = row.request.facts
    return [
        row.rank,
        _model_cell(row, texts),
        _points(row.average),
        *(_points(row.languages[language]) for language in suite.languages),
        *(_points(cell.normalised if (cell := row.cells.get(task.id)) else None) for task in _tasks_in_table(suite)),
        texts(f"types.{facts.type}"),
        None if facts.parameters is None else float(f"{facts.parameters / 1e9:.3g}"),
        row.request.precision_label,
        facts.licence or texts("values.unknown"),
        f"{len(row.cells)}/{row.tasks_in_suite}",
        row.request.model.revision[:_SHORT_REVISION],
        row.request.model.name,
    ]


def _model_cell(row: Row, texts: Texts) -> str:
    link = model_link(row.request.model)
    return f"{link} · *{texts('types.baseline')}*" if row.is_baseline else link


def _points(score: float | None) -> float | None:
    return None if score is None else round(100 * score, 1)


def table_properties(rows: Sequence[Row], suite: Suite, texts: Texts) -> dict[str, Any]:
    """Return what a table built of `rows` would begin with: its value, and the choices that its filters offer."""
    fresh = build_table(ranking_frame(rows, suite, texts), suite, texts, render=False)
    return {name: getattr(fresh, name) for name in ("value", "filter_columns", "row_count")}


def build_table(frame: pd.DataFrame, suite: Suite, texts: Texts, *, render: bool = True) -> Leaderboard:
    """Return the table component over `frame`: sorting, search, filters and the choice of columns."""
    rank, model, average = (texts(f"columns.{key}") for key in ("rank", "model", "average"))
    kind, parameters, precision, licence = (
        texts(f"columns.{key}") for key in ("type", "parameters", "precision", "licence")
    )
    tasks = _task_columns(suite, texts)
    scores = [average, *_language_columns(suite, texts), *tasks]
    shown = scores if len(tasks) <= _TASKS_SHOWN_AT_ONCE else [average, *_language_columns(suite, texts)]
    datatypes = {model: "markdown"} | dict.fromkeys([rank, parameters, *scores], "number")
    plain_name = texts("columns.plain_name")  # hidden: a search must not meet the signs that Markdown needs
    kinds = [(texts(f"types.{one}"),) * 2 for one in ModelType]
    return Leaderboard(
        value=frame,
        datatype=[datatypes.get(column, "str") for column in frame.columns],
        search_columns=SearchColumns(
            primary_column=plain_name,
            secondary_columns=[],
            label=texts("ranking.search_label"),
            placeholder=texts("ranking.search_placeholder"),
        ),
        select_columns=SelectColumns(
            default_selection=[rank, model, *shown, kind, parameters, precision, licence],
            cant_deselect=[rank, model],
            label=texts("ranking.columns_label"),
        ),
        filter_columns=[
            ColumnFilter(kind, type="checkboxgroup", label=kind, choices=kinds, default=kinds),
            ColumnFilter(precision, type="checkboxgroup", label=precision),
            ColumnFilter(licence, type="checkboxgroup", label=licence),
        ],
        hide_columns=[plain_name],
        interactive=False,
        render=render,
    )
