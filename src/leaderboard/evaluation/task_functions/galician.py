"""Galician sets whose rows need care before they are asked: Parafrases and the news summaries."""

from collections.abc import Mapping
from typing import Any

from datasets import Dataset
from lm_eval.utils import general_detokenize

_JUDGEMENTS = {0: 0, 2: 1}
"""The set's judgement to the right option: 0 no paraphrase, 2 a paraphrase. 1 is a borderline case, which has none."""


def paraphrases(dataset: Dataset) -> Dataset:
    """Keep the pairs that are clearly a paraphrase or clearly none, as `first`, `second` and `label`."""
    return dataset.filter(is_clear_pair).map(paraphrase)


def is_clear_pair(doc: Mapping[str, Any]) -> bool:
    """Say whether both sentences are there and the judgement is no borderline one."""
    sentences = (doc.get("Frase"), doc.get("Paráfrase"))
    return all(sentence and sentence.strip() for sentence in sentences) and _judgement(doc) in _JUDGEMENTS


def paraphrase(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return the pair as the two halves of a cloze sentence, and which option is right."""
    first = general_detokenize(doc["Frase"]).strip()
    second = general_detokenize(doc["Paráfrase"]).strip()
    judgement = _judgement(doc)
    assert judgement is not None  # noqa: S101 - is_clear_pair dropped the rest
    return {
        "first": first[:-1] if first.endswith((".", ",", ";")) else first,
        "second": second[:1].lower() + second[1:],
        "label": _JUDGEMENTS[judgement],
    }


def news(dataset: Dataset) -> Dataset:
    """Keep the articles that have both text and summary, their spaces made one."""
    return dataset.filter(is_whole_article).map(article)


def is_whole_article(doc: Mapping[str, Any]) -> bool:
    """Say whether there is something to sum up and something to compare with."""
    return all((doc.get(name) or "").strip() for name in ("text", "summary"))


def article(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return text and summary, each as one paragraph: a blank line would end the example in the prompt."""
    return {name: " ".join(doc[name].split()) for name in ("text", "summary")}


def _judgement(doc: Mapping[str, Any]) -> int | None:
    """Return the judgement as a whole number, whichever type the column was read as; None where there is none."""
    value = doc.get("Avaliación")
    try:
        return None if value is None else int(float(value))
    except ValueError:
        return None
