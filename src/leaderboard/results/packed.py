"""Finding files that were moved into packs."""

from collections.abc import Iterable

from leaderboard.records import InvalidRecordError
from leaderboard.results.compaction import unpack
from leaderboard.results.layout import PACKS
from leaderboard.store import Store


class PackedFiles:
    """Knows which pack holds which file. Packs never change, so each is opened once to see what is in it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pack_of: dict[str, str] = {}
        self._seen: set[str] = set()
        self._last: tuple[str, dict[str, bytes]] | None = None
        """The pack that was opened last: runs of one pack are asked for together."""

    def find(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Return those of these files that a pack holds; a broken pack holds none.

        Raises:
            StoreError: the store cannot be read.
        """
        wanted = set(paths)
        if not wanted:
            return {}
        found: dict[str, bytes] = {}
        packs = self._store.snapshot(PACKS).files
        for path in sorted(packs.keys() - self._seen):
            files = self._open(path, packs[path])
            self._seen.add(path)
            self._pack_of |= dict.fromkeys(files, path)
            found |= {name: files[name] for name in wanted & files.keys()}
        for path in sorted({self._pack_of[name] for name in wanted - found.keys() if name in self._pack_of}):
            if path in packs:
                files = self._open(path, packs[path])
                found |= {name: files[name] for name in wanted & files.keys()}
        return found

    def _open(self, path: str, content: bytes) -> dict[str, bytes]:
        if self._last is None or self._last[0] != path:
            try:
                self._last = (path, unpack(content, path))
            except InvalidRecordError:  # the runs that lay in it are named as missing
                self._last = (path, {})
        return self._last[1]
