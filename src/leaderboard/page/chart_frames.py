"""What the charts are drawn from: one row a model, as pandas frames. Averages are points of 100."""

from collections.abc import Iterable, Sequence

import pandas as pd

from leaderboard.board import Board, Row, View

MODEL_COLUMNS = (
    "model",
    "type",
    "parameters",
    "average",
    "low",
    "high",
    "submitted",
    "minutes",
    "hardware",
)


def model_frame(board: Board, view: View | None) -> pd.DataFrame:
    """Return the models that have an average in a view, best first, with `MODEL_COLUMNS`.

    `low` and `high` bound the 95 % interval; `submitted` is when this identity was first submitted (UTC); `minutes` is
    how long the view's tasks took on `hardware`, both as recorded. What is not known is missing.
    """
    rows = [] if view is None else [row for row in board.ranking(view) if row.score(view) is not None]
    return pd.DataFrame([_facts(row, view, board) for row in rows if view], columns=list(MODEL_COLUMNS))


def area_frame(board: Board, view: View) -> pd.DataFrame:
    """Return the average of each area of a view's languages, a model a row in the view's order; baselines are left out.

    The index is the model's name, the columns are pairs of language and area.
    """
    columns = [key for key in board.means.areas if view in (View.ALL, View(str(key[0])))]
    rows = [row for row in board.ranking(view) if not row.is_baseline and any(key in row.areas for key in columns)]
    return pd.DataFrame(
        [[100 * row.areas[key].score if key in row.areas else None for key in columns] for row in rows],
        index=[row.request.model.name for row in rows],
        columns=pd.MultiIndex.from_tuples(columns or [], names=["language", "area"]) if columns else None,
        dtype=float,
    )


def frontier(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return the rows that none with at most as much of `by` reaches: the best for every size, or up to every day."""
    ordered = frame[frame["type"] != "baseline"].dropna(subset=[by, "average"])
    ordered = ordered.sort_values([by, "average"], ascending=[True, False])
    best_before = ordered["average"].cummax().shift(fill_value=float("-inf"))
    return ordered[ordered["average"] > best_before]


def _facts(row: Row, view: View, board: Board) -> dict[str, object]:
    mean = row.standings[view].mean
    interval = mean.interval if mean else None
    results = [row.cells[task].result for task in board.means.views[view] if task in row.cells]
    return {
        "model": row.request.model.name,
        "type": str(row.request.facts.type),
        "parameters": row.request.facts.parameters,
        "average": None if mean is None else 100 * mean.score,
        "low": None if interval is None else 100 * interval.low,
        "high": None if interval is None else 100 * interval.high,
        "submitted": row.submitted_at,
        "minutes": _rounded(sum(result.seconds for result in results) / 60),
        "hardware": " + ".join(_distinct(result.hardware.name or result.hardware.device for result in results)),
    }


def _rounded(minutes: float) -> float | None:
    """Return minutes to the second; None for what took none, which nobody measured."""
    return round(minutes, 2) or None


def _distinct(names: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(names))
