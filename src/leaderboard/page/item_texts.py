"""The texts of items, for tasks that let them be shown: fetched when somebody asks, from the commit that is locked."""

import logging
import os
import subprocess
import sys
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from leaderboard.confinement import child_environment
from leaderboard.confinement.process_tree import ProcessTree
from leaderboard.suite import HubRows, ShowItems, Task
from leaderboard.suite.item_text import ItemText

logger = logging.getLogger(__name__)

READER = (sys.executable, "-m", "leaderboard.evaluation.item_texts")
_SECONDS = 120.0
_MOST_BYTES = 64 * 2**20
_KEPT_TASKS = 6
_MARK = "LEADERBOARD_ITEM_TEXTS"

TextsById = Mapping[str, ItemText]
"""By the item's id."""


class ItemTexts:
    """Fetches a task's items with a child process, and keeps those of the last few tasks."""

    def __init__(self, work_dir: Path, seconds: float = _SECONDS, reader: Sequence[str] = READER) -> None:
        self._work_dir, self._seconds, self._reader = work_dir, seconds, reader
        self._found: OrderedDict[str, TextsById] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def of(self, task: Task) -> TextsById | None:
        """Return the items of a task; None where they may not be shown, or cannot be had now: the log says why."""
        if task.declaration.show_items is not ShowItems.TEXT:
            return None
        with self._one_at_a_time:
            if task.config_hash not in self._found:
                found = self._fetched(task)
                if not found:
                    return None
                self._found[task.config_hash] = found
                while len(self._found) > _KEPT_TASKS:
                    self._found.popitem(last=False)
            self._found.move_to_end(task.config_hash)
            return self._found[task.config_hash]

    def _fetched(self, task: Task) -> TextsById:
        hub_cache = self._work_dir.resolve() / "hub"
        hub_cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="item-texts-") as home, tempfile.TemporaryFile() as told:
            offline = not isinstance(task.rows, HubRows)
            environment = child_environment(os.environ, Path(home), hub_cache, offline=offline)
            with subprocess.Popen(  # noqa: S603 - our own command, no shell
                self._reader,
                stdin=subprocess.PIPE,
                stdout=told,
                stderr=subprocess.DEVNULL,
                env={**environment, _MARK: home},
                cwd=home,
                start_new_session=True,
            ) as child:
                tree = ProcessTree(child.pid, (_MARK, home))
                try:
                    child.communicate(task.to_json(), timeout=self._seconds)
                except subprocess.TimeoutExpired:
                    logger.warning("the items of %s could not be read within %g s", task.id, self._seconds)
                    return {}
                finally:
                    tree.kill()
            if child.returncode:
                logger.warning("the items of %s cannot be read: the child ended with %s", task.id, child.returncode)
                return {}
            if told.tell() > _MOST_BYTES:
                logger.warning("the items of %s are more than %d bytes", task.id, _MOST_BYTES)
                return {}
            told.seek(0)
            return _parsed(told.read(), task)


def _parsed(said: bytes, task: Task) -> TextsById:
    try:
        items = [ItemText.model_validate_json(line) for line in said.splitlines()]
    except ValidationError:
        logger.warning("the items of %s are told in a form that nobody knows", task.id)
        return {}
    return {item.id: item for item in items}
