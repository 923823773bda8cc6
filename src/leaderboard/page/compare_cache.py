"""Comparisons that were made already: one takes a second where there are many tasks, and readers turn pages."""

import threading
from collections import OrderedDict

from leaderboard.board import Row, View
from leaderboard.board.comparison import Comparison, compare
from leaderboard.page.board_feed import Edition
from leaderboard.suite import Suite

_KEPT = 12
"""One of sixty tasks names twenty thousand items: some megabytes."""

_Key = tuple[str, str, View | None]


class Comparisons:
    """Compares rows of the newest edition, and keeps the last few comparisons of it."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._edition = ""
        self._made: OrderedDict[_Key, Comparison] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, edition: Edition, one: Row, other: Row, view: View | None) -> Comparison:
        """Return the comparison of two rows of an edition on the tasks of a view; None: on all that one of them has.

        One at a time: they take a processor each, and there are more readers than processors.
        """
        key = (one.request.id, other.request.id, view)
        with self._lock:
            if self._edition != edition.version:
                self._edition = edition.version
                self._made.clear()
            if key not in self._made:
                means = edition.view.board.means
                self._made[key] = compare(one, other, self._suite, self._tasks(one, other, view), means)
            self._made.move_to_end(key)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
            return self._made[key]

    def _tasks(self, one: Row, other: Row, view: View | None) -> list[str] | None:
        if view is None:
            return None
        return [
            task.id
            for task in self._suite.tasks
            if str(task.declaration.language) == str(view) and (task.id in one.cells or task.id in other.cells)
        ]
