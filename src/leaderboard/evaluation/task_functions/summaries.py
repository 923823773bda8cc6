"""ROUGE-1 of summaries, with accented letters and ñ kept."""

import re
import unicodedata
from typing import Any

from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]

_WORD = re.compile(r"[^\W_]+")


class LetterTokenizer:
    """Words of letters and digits of any script, in lower case; no stemming.

    rouge_score's own tokenizer knows a-z and 0-9 only: it parts `año` into `a` and `o`.
    """

    def tokenize(self, text: str) -> list[str]:
        """Return the words of a text, letters with marks in their composed form."""
        return _WORD.findall(unicodedata.normalize("NFC", text.lower()))


_SCORER = RougeScorer(["rouge1"], tokenizer=LetterTokenizer())


def score(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """Return the F1 of the words that a summary shares with the reference, `doc["summary"]`."""
    return {"rouge1": float(_SCORER.score(doc["summary"], results[0])["rouge1"].fmeasure)}
