"""Item files."""

import json
from pathlib import Path

import pytest

from leaderboard.suite import SuiteError, item_id, read_rows
from leaderboard.suite.items import analytic_chance


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    return path


def test_rows_come_in_their_order_and_empty_lines_count_for_nothing(tmp_path: Path):
    assert read_rows(written(tmp_path, b'{"id": "b"}\n\n{"id": "a"}\r\n')) == [{"id": "b"}, {"id": "a"}]


@pytest.mark.parametrize("line", [b"not JSON", b"{'id': 1}", b"[1]", b"3", b"null", b'{"id": "a"'])
def test_a_line_that_is_no_item_is_named(tmp_path: Path, line: bytes):
    with pytest.raises(SuiteError, match=r"^a\.jsonl, line 3: "):
        read_rows(written(tmp_path, b'{"id": "a"}\n\n' + line + b"\n"))


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(SuiteError, match=r"a\.jsonl: there is no such file"):
        read_rows(tmp_path / "a.jsonl")


def test_a_file_in_another_encoding_is_named(tmp_path: Path):
    with pytest.raises(SuiteError, match=r"^a\.jsonl"):
        read_rows(written(tmp_path, '{"question": "¿Qué?"}\n'.encode("latin-1")))


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\u0085"])
def test_a_text_with_an_unusual_line_break_is_one_item(tmp_path: Path, sign: str):
    row = {"id": "a", "sentence": f"uno{sign}dos"}
    assert read_rows(written(tmp_path, json.dumps(row, ensure_ascii=False).encode() + b"\n")) == [row]


def test_an_item_keeps_its_own_id():
    assert item_id({"id": "calculo-01", "question": "x"}) == "calculo-01"


@pytest.mark.parametrize("row", [{"question": "x"}, {"id": "", "question": "x"}, {"id": 7, "question": "x"}])
def test_an_item_without_an_id_is_named_by_its_content(row: dict[str, object]):
    assert item_id(row) == item_id(dict(reversed(row.items())))
    assert item_id(row) != item_id({**row, "question": "y"})
    assert len(item_id(row)) == 16


@pytest.mark.parametrize(
    ("counts", "chance"),
    [([4, 4], 0.25), ([2], 0.5), ([2, 4], 0.375), ([3, 3, 3], 1 / 3)],
)
def test_chance_is_the_mean_of_what_guessing_gets(counts: list[int], chance: float):
    assert analytic_chance([{"options": ["x"] * count} for count in counts]) == pytest.approx(chance)


@pytest.mark.parametrize("rows", [[], [{"question": "x"}], [{"options": ["a", "b"]}, {"question": "x"}]])
def test_free_answers_have_no_analytic_chance(rows: list[dict[str, object]]):
    assert analytic_chance(rows) is None
