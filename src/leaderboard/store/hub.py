"""A store in a dataset repository on the Hub: each commit is one commit there, with compare-and-swap on its head.

What is asked of the Hub and what to do about its answers is in `hub_repository`. Here is what is not asked again.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from posixpath import commonpath
from typing import NamedTuple

from leaderboard.store.blob_cache import BlobCache, git_oid, large_oid
from leaderboard.store.bundle import BUNDLE_PATH, LARGEST_BUNDLE, LARGEST_FILE, fitting, pack, unpack
from leaderboard.store.hub_repository import HubRepository
from leaderboard.store.location import HubAccess
from leaderboard.store.port import Snapshot, StoreError, Version, check_path

logger = logging.getLogger(__name__)

_REMEMBERED_VERSIONS = 100
_LOOSE_FILES = 24
"""So many small files outside the bundle, and the next commit makes a new one."""


class _Blob(NamedTuple):
    """What is known of one file."""

    oid: str
    size: int


class _Tree(NamedTuple):
    """Every file of one version."""

    version: Version
    blobs: Mapping[str, _Blob]
    bundle: _Blob | None


class HubStore:
    """The files of one dataset repository, with compare-and-swap between any number of machines."""

    def __init__(
        self,
        repo_id: str,
        access: HubAccess,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.repo_id = repo_id
        self._pace = access.pace
        self._repository = HubRepository(repo_id, access, sleep=sleep, pace=self._pace)
        self._cache = BlobCache(access.cache)
        self._tree: _Tree | None = None
        """The newest tree that is known whole."""
        self._last_whole: Snapshot | None = None
        """Most looks find what the last one found: a thousand files need not be read from the disk for that."""
        self._held: dict[str, bytes] = {}
        """Its small files by hash, for the next one."""
        self._own_commit: Version | None = None
        self._superseded: deque[Version] = deque(maxlen=_REMEMBERED_VERSIONS)
        """Versions that our own commits came after."""
        self._lock = threading.Lock()

    def head(self) -> Version:
        """Return the branch's head; one that our own commit has replaced is a stale answer and not believed."""
        head = self._repository.head()
        with self._lock:
            return self._own_commit if self._own_commit is not None and head in self._superseded else head

    def snapshot(self, *prefixes: str) -> Snapshot:
        """Return the files under `prefixes`, or all; what this machine has is not fetched again."""
        version = self.head()
        last = self._last_whole
        if not prefixes and last is not None and last.version == version:
            return last
        tree = self._tree_of(version, prefixes)
        wanted = {path: blob for path, blob in sorted(tree.blobs.items()) if path.startswith(prefixes or "")}
        self._fetch_bundle(tree, wanted)
        held = self._held if not prefixes else {}
        contents = {path: held.get(blob.oid) or self._content(version, path, blob) for path, blob in wanted.items()}
        snapshot = Snapshot(version, contents)
        if not prefixes:
            self._last_whole = snapshot
            self._held = {blob.oid: contents[path] for path, blob in wanted.items() if blob.size <= LARGEST_FILE}
        return snapshot

    def commit(self, changes: Mapping[str, bytes | None], *, message: str, parent: Version | None) -> Version:
        """Make one commit of all changes."""
        for path in changes:
            check_path(path)
        before = {version for version in (self._own_commit, parent) if version is not None}
        written = {path: content for path, content in changes.items() if content is not None}
        deleted = [path for path, content in changes.items() if content is None]

        def deletions(version: Version | None) -> list[str]:
            present = self._tree_of(version or self.head()).blobs if deleted else {}
            return [path for path in deleted if path in present]

        bundle = self._new_bundle()
        files = written if bundle is None else {**written, BUNDLE_PATH: bundle}
        landed = self._repository.commit(files, deletions, message, parent)
        with self._lock:
            self._note_own_commit(changes, bundle, parent, landed)
            self._superseded.extend(before)
            if landed not in self._superseded:  # another thread may have come after it and said so first
                self._own_commit = landed
        return landed

    def shorten_history(self, longest: int) -> bool:
        """Squash the branch where it has more commits than that."""
        return self._repository.squash(longest)

    def commit_interval(self, writers: int) -> float:
        """Return how far apart `writers` should keep their turns, so that all stay under a hundred commits an hour."""
        return self._pace.commit_interval(writers)

    def _tree_of(self, version: Version, prefixes: Sequence[str] = ()) -> _Tree:
        """Return the tree of a version; only the folder that `prefixes` share where it would have to be listed."""
        known = self._tree  # read once: the page and the scheduler share a store
        if known is not None and known.version == version:
            return known
        folder = commonpath([prefix.rpartition("/")[0] for prefix in prefixes] or [""])
        if "/" in folder:
            return self._listing(version, folder)
        # A folder at the top is nearly all there is. The whole is kept for the next time, and has the bundle.
        self._tree = tree = self._listing(version, "")
        return tree

    def _listing(self, version: Version, folder: str) -> _Tree:
        """Return the files below `folder`; hidden ones, the store's own among them, are not part of it."""
        blobs = {
            file.path: _Blob(file.lfs.sha256 if file.lfs else file.blob_id, file.size)
            for file in self._repository.files(version, folder)
        }
        hidden = {path for path in blobs if any(part.startswith(".") for part in path.split("/"))}
        visible = {path: blob for path, blob in blobs.items() if path not in hidden}
        return _Tree(version, visible, blobs.get(BUNDLE_PATH))

    def _content(self, version: Version, path: str, blob: _Blob) -> bytes:
        content = self._cache.get(blob.oid)
        if content is None:
            content = self._repository.download(version, path, blob.oid)
            self._cache.put(blob.oid, content)
        return content

    def _fetch_bundle(self, tree: _Tree, wanted: Mapping[str, _Blob]) -> None:
        """Take the bundle where it saves calls."""
        missing = {blob.oid for blob in wanted.values() if blob.size <= LARGEST_FILE and not self._cache.has(blob.oid)}
        if len(missing) > 1:
            for oid, content in self._bundled(tree).items():
                if oid in missing:
                    self._cache.put(oid, content)

    def _bundled(self, tree: _Tree) -> dict[str, bytes]:
        """Return what is in a tree's bundle; nothing where there is none, or none that can be had."""
        if tree.bundle is None or tree.bundle.size > LARGEST_BUNDLE:
            return {}
        try:
            return unpack(self._content(tree.version, BUNDLE_PATH, tree.bundle))
        except StoreError as error:
            logger.warning("going on without the bundle of small files: %s", error)
            return {}

    def _new_bundle(self) -> bytes | None:
        """Return a bundle of every small file this machine has, where enough of them are in none yet."""
        tree = self._tree
        small = {blob.oid for blob in tree.blobs.values() if blob.size <= LARGEST_FILE} if tree else set()
        if tree is None or len(small) < _LOOSE_FILES:
            return None
        bundled = self._bundled(tree)
        loose = ((oid, self._cache.get(oid)) for oid in sorted(small - bundled.keys()))
        held = {oid: content for oid, content in bundled.items() if oid in small}
        held |= {oid: content for oid, content in loose if content is not None}
        texts = fitting(held)
        return pack(texts) if len(texts.keys() - bundled.keys()) >= _LOOSE_FILES else None

    def _note_own_commit(
        self, changes: Mapping[str, bytes | None], bundle: bytes | None, parent: Version | None, landed: Version
    ) -> None:
        """Remember what our commit made of the tree, so that nobody has to list it again."""
        tree = self._tree
        if parent is None or tree is None or tree.version != parent:
            return
        blobs = {path: blob for path, blob in tree.blobs.items() if path not in changes}
        blobs |= {path: self._kept(content) for path, content in changes.items() if content is not None}
        self._tree = _Tree(landed, blobs, tree.bundle if bundle is None else self._kept(bundle, is_bundle=True))

    def _kept(self, content: bytes, *, is_bundle: bool = False) -> _Blob:
        """Keep a content of ours. How the Hub will list it is the Hub's choice where it is large, or is no text."""
        oid = git_oid(content)
        self._cache.put(oid, content)
        if is_bundle or len(content) > LARGEST_FILE:
            self._cache.put(large_oid(content), content)
        return _Blob(oid, len(content))
