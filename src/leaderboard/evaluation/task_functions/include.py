"""INCLUDE: exams of many countries, each item with the country it was set in."""

from typing import Any

from datasets import Dataset

_OPTIONS = ("option_a", "option_b", "option_c", "option_d")

_COUNTRIES = {
    "argentina": "AR",
    "bolivia": "BO",
    "chile": "CL",
    "colombia": "CO",
    "costa rica": "CR",
    "cuba": "CU",
    "dominican republic": "DO",
    "ecuador": "EC",
    "el salvador": "SV",
    "equatorial guinea": "GQ",
    "guatemala": "GT",
    "honduras": "HN",
    "mexico": "MX",
    "nicaragua": "NI",
    "panama": "PA",
    "paraguay": "PY",
    "peru": "PE",
    "puerto rico": "PR",
    "spain": "ES",
    "uruguay": "UY",
    "venezuela": "VE",
}


def process_docs(dataset: Dataset) -> Dataset:
    """Give every item its `options`, whichever form they come in, and its `country` as an ISO code.

    The published set had one column `choices` at first and has four columns now.
    """
    return dataset.map(exam_item)


def exam_item(doc: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of one item that change.

    Raises:
        ValueError: the options are in neither of the two forms.
    """
    return {
        "question": str(doc["question"]).strip(),
        "options": _options(doc),
        "answer": int(doc["answer"]),
        "country": iso_country(doc.get("country")),
    }


def iso_country(name: str | None) -> str | None:
    """Return the ISO code of a country where Spanish is official, None for any other name."""
    return _COUNTRIES.get((name or "").strip().lower())


def _options(doc: dict[str, Any]) -> list[str]:
    options = doc.get("choices") or [doc.get(name) for name in _OPTIONS]
    if len(options) != len(_OPTIONS) or any(option is None for option in options):
        message = f"an item has neither four `choices` nor {', '.join(_OPTIONS)}; its columns are {', '.join(doc)}"
        raise ValueError(message)
    return [str(option).strip() for option in options]
