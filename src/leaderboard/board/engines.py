"""Columns whose scores were not all computed by one engine: engines agree but for rounding, and that must be said."""

from collections import Counter
from collections.abc import Iterable

from leaderboard.board.rows import Row


def mixed_engines(rows: Iterable[Row]) -> dict[str, dict[str, int]]:
    """Return, for each task on which models were scored by more than one engine, how many each of them scored.

    An engine is its name and its version. Baselines have one of their own, and do not count.
    """
    engines: dict[str, Counter[str]] = {}
    for row in rows:
        if not row.is_baseline:
            for task, cell in row.cells.items():
                engines.setdefault(task, Counter())[cell.engine] += 1
    return {task: dict(counted.most_common()) for task, counted in engines.items() if len(counted) > 1}
