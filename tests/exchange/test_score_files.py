"""The table in each format: the same numbers, nothing that is none, and a file that says what it is of."""

import csv
import io
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd
import pyarrow.parquet as pq
import pytest

from leaderboard.board import build_board
from leaderboard.exchange.csv_files import scores_as_csv
from leaderboard.exchange.score_files import score_frame, scores_as_json, scores_as_parquet
from leaderboard.exchange.score_table import COLUMNS, UNIT, ScoreRow, score_rows
from tests.builders import NOW, evaluation, facts, request_for
from tests.exchange.boards import export_board, export_suite

RULE = "mini-1.0"


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> list[ScoreRow]:
    suite = export_suite(tmp_path_factory.mktemp("suite"))
    return score_rows(export_board(suite), suite)


def strictly(content: bytes) -> Any:
    def refuse(constant: str) -> NoReturn:
        raise AssertionError(constant)

    return json.loads(content, parse_constant=refuse)


def as_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def test_incident_20_parquet_csv_and_json_hold_the_same_numbers_under_the_same_names(table: list[ScoreRow]):
    expected = [asdict(row) for row in table]
    assert as_rows(pd.read_parquet(io.BytesIO(scores_as_parquet(table, RULE)))) == expected
    document = strictly(scores_as_json(table, RULE, NOW))
    for line in document["rows"]:
        line["evaluated_at"] = datetime.fromisoformat(line["evaluated_at"])
    assert document["rows"] == expected
    lines = list(csv.DictReader(io.StringIO(scores_as_csv(table), newline="")))
    numbers = ("raw", "chance", "normalised", "low", "high", "stderr", "raw_low", "raw_high", "raw_stderr", "n", "rank")
    for name in numbers:
        assert [float(line[name]) if line[name] else None for line in lines] == [row[name] for row in expected]


def test_no_file_holds_nan(table: list[ScoreRow]):
    assert b"NaN" not in scores_as_json(table, RULE, NOW)
    assert "nan" not in {cell.lower() for line in csv.reader(io.StringIO(scores_as_csv(table))) for cell in line}
    numbers = score_frame(table, RULE).select_dtypes("Float64")
    assert len(numbers.columns) >= 10
    assert not any((numbers[name].dropna() != numbers[name].dropna()).any() for name in numbers)


def test_rule_and_unit_are_in_the_files_that_have_a_place_for_them(table: list[ScoreRow]):
    content = scores_as_parquet(table, RULE)
    assert pd.read_parquet(io.BytesIO(content)).attrs == {"rule": RULE, "unit": UNIT}
    assert RULE.encode() in b"".join(pq.read_schema(io.BytesIO(content)).metadata.values())
    document = strictly(scores_as_json(table, RULE, NOW))
    del document["rows"]
    assert document == {"rule": RULE, "unit": UNIT, "generated_at": NOW.isoformat()}


def test_columns_and_their_kinds_do_not_depend_on_what_is_in_them(table: list[ScoreRow]):
    full, empty = score_frame(table, RULE), score_frame([], RULE)
    assert list(full.columns) == list(empty.columns) == list(COLUMNS)
    assert full.dtypes.to_dict() == empty.dtypes.to_dict()
    kinds = {name: str(full.dtypes[name]) for name in ("model", "thinking", "n", "raw", "evaluated_at")}
    assert kinds == {
        "model": "string",
        "thinking": "boolean",
        "n": "Int64",
        "raw": "Float64",
        "evaluated_at": "datetime64[us, UTC]",
    }
    assert list(pd.read_parquet(io.BytesIO(scores_as_parquet([], RULE))).columns) == list(COLUMNS)


def test_a_name_and_a_licence_of_strangers_come_back_as_they_are(tmp_path: Path):
    suite = export_suite(tmp_path)
    name, licence = "ñ\"'</script>\\, =1", "=HYPERLINK(1)"
    asked = request_for(suite, name, facts=facts(licence=licence))
    rows = score_rows(build_board([evaluation(asked, suite, {"refranes": 1})], suite), suite)
    assert {(row["model"], row["licence"]) for row in strictly(scores_as_json(rows, RULE, NOW))["rows"]} == {
        (name, licence)
    }
    frame = pd.read_parquet(io.BytesIO(scores_as_parquet(rows, RULE)))
    assert set(zip(frame["model"], frame["licence"], strict=True)) == {(name, licence)}
