"""Exact match and word F1 of short answers, as SQuAD scores them, without the articles of the answers' own language.

SQuAD's script (Rajpurkar et al. 2016) drops English articles. MLQA (Lewis et al. 2020, "MLQA: Evaluating Cross-lingual
Extractive Question Answering", ACL) drops each language's own and all of Unicode's punctuation; so does this module.
"""

import string
import unicodedata
from collections import Counter
from collections.abc import Callable
from typing import Any

_SPANISH_ARTICLES = frozenset({"el", "la", "los", "las", "un", "una", "unos", "unas"})
_CATALAN_ARTICLES = frozenset({"el", "la", "els", "les", "l", "un", "una", "uns", "unes"})
"""`l` is what the apostrophe leaves of `l'`. The article of persons, `en`, is left: it mostly is the preposition."""

_APOSTROPHES = str.maketrans({"'": " ", "\u2019": " "})


def score_spanish(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """Return exact match and word F1 of a Spanish answer with the reference it fits best."""
    return _score(results[0], doc["answers"], spanish_words)


def score_catalan(doc: dict[str, Any], results: list[str]) -> dict[str, float]:
    """Return exact match and word F1 of a Catalan answer with the reference it fits best."""
    return _score(results[0], doc["answers"], catalan_words)


def spanish_words(text: str) -> list[str]:
    """Return the words of an answer that count."""
    return _without_articles(_plain(text).split(), _SPANISH_ARTICLES)


def catalan_words(text: str) -> list[str]:
    """Return the words of an answer that count; an apostrophe ends a word, so that `l'Ebre` is `Ebre`."""
    return _without_articles(_plain(text.translate(_APOSTROPHES)).split(), _CATALAN_ARTICLES)


def _score(answer: str, answers: Any, words_of: Callable[[str], list[str]]) -> dict[str, float]:
    given = words_of(answer)
    # A question without a reference is one that has no answer: to say nothing is right.
    wanted = [words_of(reference) for reference in references_of(answers)] or [[]]
    return {"exact_match": float(given in wanted), "f1": max(word_f1(given, reference) for reference in wanted)}


def references_of(answers: Any) -> list[str]:
    """Return the references, held as `{"text": [...]}` or as a list of `{"text": ...}`."""
    if isinstance(answers, dict):
        texts = answers["text"]
        return [texts] if isinstance(texts, str) else list(texts)
    return [one["text"] for one in answers]


def word_f1(given: list[str], wanted: list[str]) -> float:
    """Return the harmonic mean of precision and recall of the words; 1 where both lists are empty."""
    if not given or not wanted:
        return float(given == wanted)
    shared = sum((Counter(given) & Counter(wanted)).values())
    return 2 * shared / (len(given) + len(wanted))


def _plain(text: str) -> str:
    """Return a text in lower case and without punctuation; letters with marks in their composed form."""
    composed = unicodedata.normalize("NFC", text.lower())
    return "".join(character for character in composed if not _is_punctuation(character))


def _is_punctuation(character: str) -> bool:
    # SQuAD's list holds ASCII symbols such as $ and + too.
    return unicodedata.category(character).startswith("P") or character in string.punctuation


def _without_articles(words: list[str], articles: frozenset[str]) -> list[str]:
    """Return the words without articles; an answer of nothing but articles, such as `una`, keeps them."""
    return [word for word in words if word not in articles] or words
