"""Free answers compared by meaning: which column is the reference, and both texts handed on.

The comparison itself needs an encoder and all items of a task at once, so it is no matter of these functions.
"""

from typing import Any

from datasets import Dataset


def reference_from_answer(dataset: Dataset) -> Dataset:
    """Return the rows that have an `answer`, with it as `reference`."""
    return _with_reference(dataset, "answer")


def reference_from_diagnosis(dataset: Dataset) -> Dataset:
    """Return the rows that have a `Diagnostico`, with it as `reference`."""
    return _with_reference(dataset, "Diagnostico")


def reference_from_treatment(dataset: Dataset) -> Dataset:
    """Return the rows that have a `Tratamiento`, with it as `reference`."""
    return _with_reference(dataset, "Tratamiento")


def reference_and_answer(doc: dict[str, Any], results: list[str]) -> dict[str, tuple[str, str]]:
    """Return the reference and the model's answer, in this order, for their similarity to be measured later."""
    return {"semantic_similarity": (doc["reference"], results[0].strip())}


def _with_reference(dataset: Dataset, column: str) -> Dataset:
    # A row without a reference cannot be scored: it is left out, never compared with an empty text.
    answered = dataset.filter(lambda row: bool((row[column] or "").strip()))
    return answered.map(lambda row: {"reference": row[column].strip()})
