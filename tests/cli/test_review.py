"""The walk through a place's drafts, with answers given as if typed."""

import json
import multiprocessing
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leaderboard.cli.review import review_in_terminal
from leaderboard.suite import EMBEDDED_SUITES, load_suite
from leaderboard.suite.review import ReviewError, ReviewItem, correct, keep_signatures, reviewable_items, sign
from leaderboard.texts import load_texts

TEXTS = load_texts("es")


@pytest.fixture
def suite_file(tmp_path: Path) -> Path:
    shutil.copytree(EMBEDDED_SUITES, tmp_path / "suites")
    return tmp_path / "suites" / "muestra.yaml"


def drafts_of(suite_file: Path, place: str) -> list[ReviewItem]:
    return [item for item in reviewable_items(load_suite(str(suite_file))) if item.place == place and item.is_draft]


def walk(items: list[ReviewItem], *answers: str, reviewer: str = "Ana") -> list[str]:
    said: list[str] = []
    typed: Iterator[str] = iter(answers)

    def ask(_question: str) -> str:
        try:
            return next(typed)
        except StopIteration:
            raise EOFError from None

    assert review_in_terminal(items, reviewer, TEXTS, ask, said.append) == 0
    return said


def row_of(suite_file: Path, item_id: str) -> dict[str, Any]:
    for file in suite_file.parent.rglob("*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            row: dict[str, Any] = json.loads(line)
            if row["id"] == item_id:
                return row
    raise AssertionError(item_id)


def test_an_item_is_shown_whole_and_signed_with_the_reviewers_name(suite_file: Path) -> None:
    items = drafts_of(suite_file, "MX")

    said = walk(items, "f", "q")

    first = items[0].row
    assert all(option in said[0] for option in first["options"])
    assert f"→ [{first['answer']}]" in said[0]
    assert first["evidence"] in said[0]
    assert (row_of(suite_file, items[0].id)["status"], row_of(suite_file, items[0].id)["reviewer"]) == (
        "reviewed",
        "Ana",
    )
    assert row_of(suite_file, items[1].id)["status"] == "draft"
    assert len(drafts_of(suite_file, "MX")) == len(items) - 1
    assert said[-1] == TEXTS("review.summary", signed=1)


def test_a_corrected_text_is_written_and_waits_for_a_signature(suite_file: Path) -> None:
    items = drafts_of(suite_file, "gl")
    sign(items[0], "Brais")
    again = reviewable_items(load_suite(str(suite_file)))

    correct(next(item for item in again if item.id == items[0].id), "options.0", "Unha oración distinta.")

    row = row_of(suite_file, items[0].id)
    assert row["options"][0] == "Unha oración distinta."
    assert (row["status"], row["reviewer"]) == ("draft", None)


def test_the_end_of_the_input_ends_the_walk_and_loses_nothing(suite_file: Path) -> None:
    items = drafts_of(suite_file, "eu")
    said = walk(items, "f")
    assert said[-1] == TEXTS("review.summary", signed=1)
    assert row_of(suite_file, items[0].id)["status"] == "reviewed"


@pytest.mark.parametrize(
    ("key", "value"), [("answer", "2"), ("id", "x"), ("canary", "x"), ("options.9", "x"), ("sentence", "")]
)
def test_what_cannot_be_corrected_is_refused_and_nothing_is_written(suite_file: Path, key: str, value: str) -> None:
    item = drafts_of(suite_file, "AR")[0]
    with pytest.raises(ReviewError):
        correct(item, key, value)
    assert row_of(suite_file, item.id) == item.row


def test_a_nameless_signature_is_refused(suite_file: Path) -> None:
    item = drafts_of(suite_file, "CL")[0]
    with pytest.raises(ReviewError):
        sign(item, "   ")
    assert row_of(suite_file, item.id)["status"] == "draft"


def test_an_item_that_somebody_else_changed_meanwhile_is_not_overwritten(suite_file: Path) -> None:
    item = drafts_of(suite_file, "CU")[0]
    sign(item, "Yolanda")
    with pytest.raises(ReviewError, match="meanwhile"):
        sign(item, "Wilmer")
    assert row_of(suite_file, item.id)["reviewer"] == "Yolanda"


def test_items_made_anew_keep_their_signature_while_they_stay_as_they_were(suite_file: Path) -> None:
    problems = [item for item in drafts_of(suite_file, "ca") if "question" in item.row]
    made_anew = [problems[0].row, {**problems[1].row, "answer": problems[1].row["answer"] + 1}]
    for item in problems[:2]:
        sign(item, "Laia")
    before = [row_of(suite_file, item.id) for item in problems[:2]]

    kept = keep_signatures(made_anew, before)

    assert [(row["status"], row["reviewer"]) for row in kept] == [("reviewed", "Laia"), ("draft", None)]


def sign_all(items: list[ReviewItem], reviewer: str) -> None:
    for item in items:
        sign(item, reviewer)


def test_reviewers_who_sign_at_once_lose_no_signature(suite_file: Path) -> None:
    items = drafts_of(suite_file, "gl")[:45]
    context = multiprocessing.get_context("spawn")
    reviewers = [context.Process(target=sign_all, args=(items[start::3], f"Reviewer {start}")) for start in range(3)]
    for reviewer in reviewers:
        reviewer.start()
    for reviewer in reviewers:
        reviewer.join(timeout=60)
    assert [reviewer.exitcode for reviewer in reviewers] == [0, 0, 0]
    assert all(row_of(suite_file, item.id)["status"] == "reviewed" for item in items)
