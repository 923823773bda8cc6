"""The ranking as a data frame, and the one place that knows the table component (gradio_leaderboard)."""

from collections import Counter
from typing import Any

import pandas as pd
from gradio_leaderboard import ColumnFilter, Leaderboard, SearchColumns, SelectColumns

from leaderboard.board import Board, Row, View
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


def ranking_frame(board: Board, suite: Suite, texts: Texts, *, with_others: bool = False) -> pd.DataFrame:
    """Return the table as it is shown: scores in points of 100, one decimal, empty where there is none.

    Ranks are those of the default view. `with_others` puts the models' other identities, which take none, below the
    rows that stand for their models.
    """
    rows = [*board.rows, *(board.others if with_others else ())]
    records = [_record(row, board, suite, texts) for row in rows]
    return pd.DataFrame(records, columns=column_names(board, suite, texts))


def column_names(board: Board, suite: Suite, texts: Texts) -> list[str]:
    """Return the columns in their order, each with a name of its own."""
    first, facts = _fixed_columns(texts)
    return [*first, *_score_columns(board, texts), *_task_columns(board, suite, texts), *facts]


def _fixed_columns(texts: Texts) -> tuple[list[str], list[str]]:
    first = [texts(f"columns.{key}") for key in ("rank", "ranks", "model")]
    keys = ("type", "parameters", "precision", "licence", "coverage", "identity", "revision", "plain_name")
    return first, [texts(f"columns.{key}") for key in keys]


def _score_columns(board: Board, texts: Texts) -> list[str]:
    """Return the views' columns, the default one first and its interval behind it."""
    views = [texts(f"views.{view}") for view in board.means.views]
    return [*views[:1], *([texts("columns.interval")] if views else []), *views[1:]]


def _task_columns(board: Board, suite: Suite, texts: Texts) -> list[str]:
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
    others = [*first, *facts, *_score_columns(board, texts)]
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


def _record(row: Row, board: Board, suite: Suite, texts: Texts) -> list[object]:
    facts, view = row.request.facts, board.means.default_view
    standing = row.standings.get(view) if view else None
    return [
        standing.rank if standing else None,
        "" if standing is None or standing.ranks is None else _ranks(standing.ranks),
        _model_cell(row, texts),
        *_scores(row, board, texts),
        *(_points(cell.normalised if (cell := row.cells.get(task.id)) else None) for task in _tasks_in_table(suite)),
        texts(f"types.{facts.type}"),
        None if facts.parameters is None else float(f"{facts.parameters / 1e9:.3g}"),
        row.request.precision_label,
        facts.licence or texts("values.unknown"),
        f"{len(row.cells)}/{row.tasks_in_suite}",
        texts("values.main_identity" if row.stands_for_model else "values.other_identity"),
        row.request.model.revision[:_SHORT_REVISION],
        row.request.model.name,
    ]


def _scores(row: Row, board: Board, texts: Texts) -> list[float | str | None]:
    """Return the scores of the views, with the interval behind the first."""
    scores: list[float | str | None] = [_points(row.score(view)) for view in board.means.views]
    return [*scores[:1], *([_interval(row, board.means.default_view, texts)] if scores else []), *scores[1:]]


def _interval(row: Row, view: View | None, texts: Texts) -> str:
    """Return from where to where the view's score may lie, not always as far either way; empty if nobody knows."""
    standing = row.standings.get(view) if view else None
    interval = standing.mean.interval if standing and standing.mean else None
    if interval is None:
        return ""
    return texts("ranking.interval", low=f"{100 * interval.low:.1f}", high=f"{100 * interval.high:.1f}")


def _ranks(ranks: tuple[int, int]) -> str:
    best, worst = ranks
    return str(best) if best == worst else f"{best}\N{EN DASH}{worst}"


def _model_cell(row: Row, texts: Texts) -> str:
    link = model_link(row.request.model)
    return f"{link} · *{texts('types.baseline')}*" if row.is_baseline else link


def _points(score: float | None) -> float | None:
    return None if score is None else round(100 * score, 1)


def table_properties(board: Board, suite: Suite, texts: Texts) -> dict[str, Any]:
    """Return what a table of `board` would begin with: its value, and the choices that its filters offer."""
    fresh = build_table(board, suite, texts, render=False)
    return {name: getattr(fresh, name) for name in ("value", "filter_columns", "row_count")}


def build_table(board: Board, suite: Suite, texts: Texts, *, render: bool = True) -> Leaderboard:
    """Return the table component of a board: sorting, search, filters and the choice of columns."""
    frame = ranking_frame(board, suite, texts)
    rank, ranks, model = (texts(f"columns.{key}") for key in ("rank", "ranks", "model"))
    kind, parameters, precision, licence = (
        texts(f"columns.{key}") for key in ("type", "parameters", "precision", "licence")
    )
    means, tasks = _score_columns(board, texts), _task_columns(board, suite, texts)
    scores = [*means, *tasks]
    shown = scores if len(tasks) <= _TASKS_SHOWN_AT_ONCE else means
    datatypes = {model: "markdown"} | dict.fromkeys([rank, parameters, *scores], "number")
    datatypes[texts("columns.interval")] = "str"
    plain_name = texts("columns.plain_name")  # hidden: a search must not meet the signs that Markdown needs
    kinds = [(texts(f"types.{one}"),) * 2 for one in ModelType]
    everything = ranking_frame(board, suite, texts, with_others=True)  # what can be shown later can be chosen now
    precisions, licences = _choices(everything[precision]), _choices(everything[licence])
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
            default_selection=[rank, ranks, model, *shown, kind, parameters, precision, licence],
            cant_deselect=[rank, model],
            label=texts("ranking.columns_label"),
        ),
        filter_columns=[
            ColumnFilter(kind, type="checkboxgroup", label=kind, choices=kinds, default=kinds),
            ColumnFilter(precision, type="checkboxgroup", label=precision, choices=precisions, default=precisions),
            ColumnFilter(licence, type="checkboxgroup", label=licence, choices=licences, default=licences),
        ],
        hide_columns=[plain_name],
        interactive=False,
        render=render,
    )


def _choices(column: "pd.Series[str]") -> list[tuple[str, str]]:
    return [(value, value) for value in dict.fromkeys(column)]
