"""BLEnD: short questions about everyday life, each with every answer that people of the country gave."""

from collections.abc import Mapping
from typing import Any

from datasets import Dataset

_TOO_MANY_WITHOUT_ANSWER = 3
_TOO_MANY_WHO_DO_NOT_KNOW = 5


def process_docs(dataset: Dataset) -> Dataset:
    """Keep the questions that have an answer, with all accepted spellings, the commonest answer first."""
    kept = dataset.filter(has_answer)
    return kept.map(question_and_answers, remove_columns=kept.column_names)


def has_answer(doc: Mapping[str, Any]) -> bool:
    """Say whether a question is scored, by the rule of the set's own evaluation.

    It leaves out what three people found unanswerable or not applicable, what five did not know, and what nobody
    answered.
    """
    counts = doc.get("idks") or {}
    without = (counts.get("no-answer") or 0) + (counts.get("not-applicable") or 0)
    unknown = counts.get("idk") or 0
    return bool(_spellings(doc)) and without < _TOO_MANY_WITHOUT_ANSWER and unknown < _TOO_MANY_WHO_DO_NOT_KNOW


def question_and_answers(doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return what prompt and metric read."""
    return {"id": str(doc["ID"]), "question": str(doc["question"]).strip(), "answers": {"text": _spellings(doc)}}


def _spellings(doc: Mapping[str, Any]) -> list[str]:
    """Return every spelling once, those of the answer that most people gave first."""
    groups = sorted(doc.get("annotations") or [], key=lambda group: -(group.get("count") or 0))
    texts = (str(text).strip() for group in groups for text in group.get("answers") or [])
    return list(dict.fromkeys(text for text in texts if text))
