"""How many items there are, by task, place, phenomenon and status."""

from collections import Counter
from typing import Any

from leaderboard.suite.registry import Suite
from leaderboard.suite.review import ReviewItem, reviewable_items


def count_items(suite: Suite) -> dict[str, Any]:
    """Return the counts of the suite's own items as plain data."""
    items = reviewable_items(suite)
    return {
        "tasks": {task.id: _counts([item for item in items if item.task.id == task.id]) for task in suite.tasks},
        "places": dict(sorted(Counter(item.place for item in items).items())),
        "total": _counts(items),
    }


def _counts(items: list[ReviewItem]) -> dict[str, Any]:
    drafts = sum(item.is_draft for item in items)
    return {
        "items": len(items),
        "draft": drafts,
        "reviewed": len(items) - drafts,
        "places": dict(sorted(Counter(item.place for item in items).items())),
        "phenomena": dict(Counter(str(item.row["phenomenon"]) for item in items).most_common()),
    }
