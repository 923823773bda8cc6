"""Basque rows as they should be asked: words put back together from tokens, letters repaired, mentions marked."""

import html
import re
from collections.abc import Sequence
from typing import Any

from datasets import Dataset

_UTF8_READ_AS_LATIN1 = re.compile("[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}")
_EXPECTED_LETTERS = ((0x00A0, 0x017F), (0x2010, 0x2044), (0x20AC, 0x20AC))
"""Latin letters and signs, typographic punctuation, the euro: what such a sequence may stand for in Basque text."""

_WINDOWS_PUNCTUATION = {
    code: character for code in range(0x80, 0xA0) if (character := bytes([code]).decode("cp1252", errors="ignore"))
}
"""Windows-1252 has dashes and quotation marks where Latin-1 has control characters."""

_BEFORE_CLOSING_MARK = re.compile(r"\s+([.,;:!?)\]}»”])")
_AFTER_OPENING_MARK = re.compile(r"([(\[{«“¿¡])\s+")
_DOUBLE_QUOTED = re.compile(r'"(?!\s*[.,;:!?)])\s*([^"]*?)\s*"')
_SINGLE_QUOTED = re.compile(r"(?<!\S)'\s+([^']+?)\s+'(?!\w)")
_BEFORE_LONE_CLOSING_QUOTE = re.compile(r'\s+"(?=[.,;:!?)])')


def wic_documents(dataset: Dataset) -> Dataset:
    """Return WiCeu's rows with readable sentences: right letters, no HTML entities, no spaces of a tokenizer."""
    return dataset.map(lambda row: {key: readable(row[key]) for key in ("sentence1", "sentence2", "word")})


def coreference_documents(dataset: Dataset) -> Dataset:
    """Return EPEC-KORREF's rows with `marked_text`, `mention1` and `mention2`, as the prompt shows them."""
    return dataset.map(_marked)


def inference_documents(dataset: Dataset) -> Dataset:
    """Return XNLIeu's rows as lm-eval joins them, `premise, ezta? Bai, hypothesis`.

    The premise loses its full stop and the hypothesis its capital letter, as in XNLI's other languages.
    """
    return dataset.map(lambda row: {"premise": row["premise"].rstrip(" .,;:"), "hypothesis": _small(row["hypothesis"])})


def readable(text: str) -> str:
    """Return text as a reader would expect it; what is right already stays as it is."""
    return detokenise(repair_encoding(html.unescape(text)))


def repair_encoding(text: str) -> str:
    """Put right what was UTF-8 and was read as Latin-1 (`IruÃ±ea`), sequence by sequence.

    Rows mix broken and right letters, so encoding the whole text back would fail on some of them. A sequence that would
    become anything but a Latin letter or punctuation was no UTF-8, and stays.
    """
    return _UTF8_READ_AS_LATIN1.sub(_repaired, text).translate(_WINDOWS_PUNCTUATION)


def detokenise(text: str) -> str:
    """Take away the spaces that a tokenizer put around punctuation, brackets and quotation marks."""
    text = _BEFORE_CLOSING_MARK.sub(r"\1", text)
    text = _AFTER_OPENING_MARK.sub(r"\1", text)
    text = _DOUBLE_QUOTED.sub(r'"\1"', text)
    text = _SINGLE_QUOTED.sub(r"'\1'", text)
    text = _BEFORE_LONE_CLOSING_QUOTE.sub('"', text)
    return " ".join(text.split())


def mark_mentions(text: str, first: tuple[str, int], second: tuple[str, int]) -> str:
    """Return tokenized text with asterisks around two mentions, each given as its words and its place in tokens."""
    tokens = text.split(" ")
    for mention, expected in (first, second):
        words = mention.split(" ")
        # Places are found in the text as it was, for marks of the first mention may touch the second.
        start = _place_of(words, text.split(" "), expected)
        end = min(start + len(words), len(tokens)) - 1
        tokens[start] = f"*{tokens[start]}"
        tokens[end] = f"{tokens[end]}*"
    return " ".join(tokens)


def _marked(row: dict[str, Any]) -> dict[str, str]:
    # The corpus counts the first mention's place from 0 and the second's from 1.
    first = (row["span1_text"], row["span1_index"])
    second = (row["span2_text"], row["span2_index"] - 1)
    return {
        "marked_text": readable(mark_mentions(row["text"], first, second)),
        "mention1": readable(row["span1_text"]),
        "mention2": readable(row["span2_text"]),
    }


def _place_of(words: Sequence[str], tokens: Sequence[str], expected: int) -> int:
    """Return where the words begin: the place nearest to the expected one, or that one if they stand nowhere."""
    places = [place for place in range(len(tokens)) if list(tokens[place : place + len(words)]) == list(words)]
    if not places:
        return min(max(expected, 0), len(tokens) - 1)
    return min(places, key=lambda place: abs(place - expected))


def _small(sentence: str) -> str:
    """Return a sentence with a small first letter, save where an abbreviation in capitals begins it."""
    begins_in_capitals = sentence[:2].isupper() and len(sentence) > 1 and sentence[1].isalpha()
    return sentence if begins_in_capitals else sentence[:1].lower() + sentence[1:]


def _repaired(match: re.Match[str]) -> str:
    found = match[0]
    try:
        letter = found.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return found
    expected = any(first <= ord(letter) <= last for first, last in _EXPECTED_LETTERS)
    return letter if expected else found
