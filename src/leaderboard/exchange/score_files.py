"""The table of scores as a frame, as parquet and as JSON: the same columns and the same numbers in each."""

import io
import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import pandas as pd

from leaderboard.exchange.score_table import COLUMNS, UNIT, ScoreRow

_DTYPES: dict[Any, str] = {
    str: "string",
    bool: "boolean",
    int: "Int64",
    float: "Float64",
    datetime: "datetime64[us, UTC]",
}
"""Kinds that keep what is missing apart from NaN and from 0, and that are the same for an empty column."""


def score_frame(rows: Sequence[ScoreRow], rule: str) -> pd.DataFrame:
    """Return the table as a frame; rule and unit are among its attributes, which parquet keeps."""
    columns = {
        field.name: pd.Series([getattr(row, field.name) for row in rows], dtype=_dtype(field.type))
        for field in fields(ScoreRow)
    }
    frame = pd.DataFrame(columns)
    frame.attrs = {"rule": rule, "unit": UNIT}
    return frame


def scores_as_parquet(rows: Sequence[ScoreRow], rule: str) -> bytes:
    """Return the table as parquet, rule and unit in the metadata of the file."""
    content = io.BytesIO()
    score_frame(rows, rule).to_parquet(content, engine="pyarrow", index=False)
    return content.getvalue()


def scores_as_json(rows: Sequence[ScoreRow], rule: str, generated_at: datetime) -> bytes:
    """Return the table as one JSON document; what is missing is null."""
    document = {
        "rule": rule,
        "unit": UNIT,
        "generated_at": generated_at.isoformat(),
        "rows": [{column: _plain(getattr(row, column)) for column in COLUMNS} for row in rows],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _dtype(kind: Any) -> str:
    """Return the dtype of a field of one kind, which may be missing."""
    return _DTYPES[next((one for one in getattr(kind, "__args__", ()) if one in _DTYPES), kind)]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
