"""One item of the suite's own as people read it: sentence or question, options, and which is right in a word."""

from collections.abc import Mapping
from typing import Any

from leaderboard.page.markup import element, raw_element
from leaderboard.texts import Texts


def own_item(row: Mapping[str, Any], texts: Texts) -> str:
    """Return an item of one of the forms in `leaderboard.suite.item_forms`."""
    parts = []
    if row.get("sentence"):
        parts.append(element("p", f"«{row['sentence']}»", {"class": "review-sentence"}))
        parts.append(element("p", texts("review.asks_meaning", expression=str(row["expression"]))))
    if row.get("question"):
        parts.append(element("p", str(row["question"]), {"class": "review-sentence"}))
        parts.append(element("p", texts("review.answer_is", answer=row["answer"])))
    options = [
        element("li", f"{option} ✓ {texts('review.right')}" if number == row["answer"] else str(option))
        for number, option in enumerate(row.get("options", []))
    ]
    if options:
        parts.append(raw_element("ol", "".join(options)))
    if "fine_elsewhere" in row:
        parts.append(element("p", texts("review.fine_elsewhere" if row["fine_elsewhere"] else "review.fine_nowhere")))
    facts = texts("review.phenomenon", phenomenon=str(row["phenomenon"]))
    if row.get("evidence"):
        facts += " · " + texts("review.evidence", evidence=str(row["evidence"]))
    parts.append(element("div", facts, {"class": "queue-facts"}))
    return "".join(parts)
