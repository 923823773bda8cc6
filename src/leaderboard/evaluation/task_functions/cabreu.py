"""caBreu: a news text and summaries of three kinds, each of them an item of its own."""

from collections.abc import Mapping
from typing import Any

import datasets

INSTRUCTIONS = {
    "abstractive": "Resumeix el text següent amb les teves paraules, en un sol paràgraf.",
    "extractive": "Resumeix el text següent copiant-ne les frases més importants, en un sol paràgraf.",
    "extreme": "Resumeix el text següent en una sola frase, tan breu com sigui possible.",
}
"""What is asked for each kind of summary, in the order of the items of a text."""

REFERENCE = "a1"
"""The annotator whose summaries are the references: the other two are not there for every text."""


def process_docs(dataset: datasets.Dataset) -> datasets.Dataset:
    """Turn each row into an item for each kind of summary it has.

    A row has `content`, the text, and `summaries[kind][annotator]`. An item has `id`, `content`, `kind`, `instruction`
    and `summary`, the reference. A kind whose reference is empty makes no item: no answer could agree with it.
    """
    return datasets.Dataset.from_list([item for row in dataset for item in _items(row)])


def _items(row: Mapping[str, Any]) -> list[dict[str, str]]:
    content = _tidy(row["content"])
    items = [
        {
            "id": f"{row.get('id', '')}-{kind}".lstrip("-"),
            "content": content,
            "kind": kind,
            "instruction": instruction,
            "summary": _tidy((row["summaries"][kind] or {}).get(REFERENCE)),
        }
        for kind, instruction in INSTRUCTIONS.items()
    ]
    return [item for item in items if item["summary"]]


def _tidy(text: str | None) -> str:
    """Return a text in one line and without runs of spaces: an empty line is what parts the example from the text."""
    return " ".join((text or "").split())
