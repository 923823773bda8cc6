"""Which rows become few-shot examples: chosen once for a task, the same for every item and every model."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from leaderboard.records import LeaderboardError


class TooFewExamplesError(LeaderboardError):
    """A split has fewer rows to show than the task has shots."""


def choose_examples(
    rows: Sequence[Mapping[str, Any]], shots: int, *, cluster_field: str | None, balance: str | None
) -> list[int]:
    """Return the indexes of the rows to show: from the top, no two of one cluster, the values of `balance` in turns.

    Raises:
        TooFewExamplesError: there are not that many clusters.
    """
    waiting: dict[str, deque[int]] = {}
    for index, row in enumerate(rows):
        waiting.setdefault(repr(row.get(balance)) if balance else "", deque()).append(index)
    chosen: list[int] = []
    seen: set[str] = set()
    while len(chosen) < shots and any(waiting.values()):
        for queue in waiting.values():
            following = _next_of_new_cluster(queue, rows, seen, cluster_field)
            if following is not None:
                seen.add(_cluster(rows[following], following, cluster_field))
                chosen.append(following)
    if len(chosen) < shots:
        message = f"{shots} examples are wanted, and only {len(chosen)} rows can be shown. Lower `shots` in the suite."
        raise TooFewExamplesError(message)
    return chosen[:shots]


def _next_of_new_cluster(
    queue: deque[int], rows: Sequence[Mapping[str, Any]], seen: set[str], cluster_field: str | None
) -> int | None:
    """Take rows from the queue up to the first whose cluster is not shown yet; None where there is none."""
    while queue:
        index = queue.popleft()
        if _cluster(rows[index], index, cluster_field) not in seen:
            return index
    return None


def left_to_score(rows: Sequence[Mapping[str, Any]], shown: Sequence[int], *, cluster_field: str | None) -> list[int]:
    """Return the indexes of the rows that share no cluster with a row that is shown: those are scored."""
    seen = {_cluster(rows[index], index, cluster_field) for index in shown}
    return [index for index, row in enumerate(rows) if _cluster(row, index, cluster_field) not in seen]


def _cluster(row: Mapping[str, Any], index: int, cluster_field: str | None) -> str:
    """Name the cluster of a row; a row that shares nothing is one by itself."""
    value = row.get(cluster_field) if cluster_field else None
    return f"row {index}" if value is None else repr(value)
