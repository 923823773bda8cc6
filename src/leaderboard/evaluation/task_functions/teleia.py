"""TELEIA's exam questions: marks of layout become line breaks, and as many letters are shown as there are options."""

import re
from collections.abc import Mapping
from typing import Any

from datasets import Dataset

_LETTERS = ("A", "B", "C", "D")
_LAYOUT_MARK = re.compile(
    r"\s*\[\s*/?\s*"
    r"(?:title|subtitle|header|heading|text|paragraph|step|substeps|br|título|titulo|subtítulo|subtitulo|texto|párrafo|parrafo)"
    r"\s*\]\s*",
    re.IGNORECASE,
)
"""Only these words. Other brackets are content: a gap as in `[...]`, a verb to conjugate, an editor's `[sic]`."""

_SPACES = re.compile(r"[^\S\n]+")
_SPACED_BREAK = re.compile(r" ?\n ?")
_BREAKS = re.compile(r"\n{3,}")
_PASSAGE_WORDS = 40


def options_and_passage(dataset: Dataset) -> Dataset:
    """Return the rows with plain text, their options and the letters of these, and what names a shared passage.

    Adds `text`, `options`, `letters` and `passage`, and makes `answer` a bare capital letter.
    """
    return dataset.map(_row)


def plain(text: str) -> str:
    """Return a text with each mark of layout as a line break, single spaces, and at most one empty line in a row."""
    broken = _SPACED_BREAK.sub("\n", _SPACES.sub(" ", _LAYOUT_MARK.sub("\n", text)))
    return _BREAKS.sub("\n\n", broken).strip()


def lettered_options(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the options that a question has by their letters; two of the three exams have no D."""
    texts = {letter: row.get(f"option_{letter.lower()}") for letter in _LETTERS}
    # On one line: an option follows its letter.
    return {letter: " ".join(plain(text).split()) for letter, text in texts.items() if text and plain(text)}


def opening_of(text: str) -> str:
    """Return the first words of a question: what questions about one passage share, and other questions do not."""
    return " ".join(text.split()[:_PASSAGE_WORDS])


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    text, options = plain(row["question"]), lettered_options(row)
    answer = row["answer"].strip().upper()
    if answer not in options:
        # No text of the exam: what goes wrong is published.
        message = f"TELEIA: the answer {answer[:1]!r} of a row is none of its options {', '.join(options)}."
        raise ValueError(message)
    return {
        "text": text,
        "options": list(options.values()),
        "letters": list(options),
        "answer": answer,
        "passage": opening_of(text),
    }
