"""caBreu: from a text with three summaries to three items."""

import datasets

from leaderboard.evaluation.task_functions.cabreu import INSTRUCTIONS, process_docs


def summary(text):
    return {"a1": text, "a2": f"{text} bis", "a3": ""}


def row(**changes):
    return {
        "id": "n1",
        "title": "Obre un forn",
        "content": "El forn obre  demà.\n\nÉs al carrer Major. ",
        "summaries": {
            "abstractive": summary("Demà s'estrena un forn."),
            "extractive": summary("El forn obre  demà."),
            "extreme": summary("Obre un forn."),
        },
    } | changes


def items_of(*rows):
    return list(process_docs(datasets.Dataset.from_list(list(rows))))


def test_a_text_becomes_an_item_for_each_kind_of_summary():
    items = items_of(row(), row(id="n2"))
    assert [item["id"] for item in items] == [f"{text}-{kind}" for text in ("n1", "n2") for kind in INSTRUCTIONS]
    assert [item["kind"] for item in items[:3]] == ["abstractive", "extractive", "extreme"]


def test_each_kind_has_an_instruction_of_its_own():
    assert [item["instruction"] for item in items_of(row())] == list(INSTRUCTIONS.values())
    assert len(set(INSTRUCTIONS.values())) == 3


def test_the_reference_is_the_first_annotators():
    assert [item["summary"] for item in items_of(row())] == [
        "Demà s'estrena un forn.",
        "El forn obre demà.",
        "Obre un forn.",
    ]


def test_the_text_stands_in_one_line_without_runs_of_spaces():
    assert {item["content"] for item in items_of(row())} == {"El forn obre demà. És al carrer Major."}


def test_a_summary_that_is_empty_makes_no_item():
    summaries = row()["summaries"] | {"extractive": summary(" ")}
    assert [item["kind"] for item in items_of(row(summaries=summaries))] == ["abstractive", "extreme"]


def test_a_summary_that_is_missing_makes_no_item():
    summaries = row()["summaries"] | {"extreme": {"a1": None, "a2": None, "a3": None}}
    assert [item["kind"] for item in items_of(row(summaries=summaries))] == ["abstractive", "extractive"]


def test_a_row_without_an_id_needs_none():
    nameless = {key: value for key, value in row().items() if key != "id"}
    assert [item["id"] for item in items_of(nameless)] == list(INSTRUCTIONS)
