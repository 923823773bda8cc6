"""XNLIvar: sentence pairs rewritten as people of a country or region would say them."""

from typing import Any

from datasets import Dataset
from lm_eval.utils import general_detokenize

_PLACES = {
    "Cuba": ("CU", "Cuba"),
    "Ecuador": ("EC", "Ecuador"),
    "Uruguay": ("UY", "Uruguay"),
    "Espainia_and": ("ES", "Andalucía"),
    "Espainia_ten": ("ES", "Tenerife"),
}
"""The set's own names, which are Basque, to ISO country and place."""


def process_docs(dataset: Dataset) -> Dataset:
    """Prepare both sentences for the cloze prompt and say where each pair is from."""
    return dataset.map(rewritten_pair)


def rewritten_pair(doc: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of one pair that change: `premise`, `hypothesis`, `country` and `place`."""
    country, place = place_of(doc.get("herrialdea"))
    return {
        "premise": opening(str(doc["premise"])),
        "hypothesis": continuation(str(doc["hypothesis"])),
        "label": int(doc["label"]),
        "country": country,
        "place": place,
    }


def place_of(name: str | None) -> tuple[str | None, str]:
    """Return ISO country and place; an unknown name has no country and stays as it is."""
    known = (name or "").strip()
    return _PLACES.get(known, (None, known))


def opening(sentence: str) -> str:
    """Return a premise without its last mark, so that the question can follow it, as lm-eval's xnli_es does."""
    text: str = general_detokenize(sentence).strip()
    return text[:-1].rstrip() if text.endswith((".", ",", "!", "?")) else text


def continuation(sentence: str) -> str:
    """Return a hypothesis as what follows a comma, as lm-eval's xnli_es does: small first letter, full stop."""
    text: str = general_detokenize(sentence).strip()
    text = text[:1].lower() + text[1:]
    return text if text.endswith(".") else f"{text}."
