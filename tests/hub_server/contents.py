"""What a repository holds at one moment, under the names that git gives it.

The names are git's own, hashed as git hashes them: a client recognises by them what it has already, and what it sent.
"""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

Entry = dict[str, Any]

_AFTER_SLASH = "0"
"""The character after the slash: where a sorted list of paths leaves a folder."""


class Blob(bytes):
    """A file's content, which keeps its name in git once it was worked out."""

    @cached_property
    def oid(self) -> str:
        """The name in git."""
        return git_oid("blob", self)

    def about(self) -> Entry:
        """Return what the Hub's tree says of this content."""
        return {"oid": self.oid, "size": len(self)}


class LfsBlob(Blob):
    """A file's content that is kept beside git, which holds only a pointer to it."""

    @cached_property
    def sha256(self) -> str:
        """The name in the large file storage."""
        return hashlib.sha256(self).hexdigest()

    @cached_property
    def pointer(self) -> bytes:
        """The small text that git holds instead."""
        lines = ("version https://git-lfs.github.com/spec/v1", f"oid sha256:{self.sha256}", f"size {len(self)}")
        return "".join(f"{line}\n" for line in lines).encode()

    @cached_property
    def oid(self) -> str:
        """The pointer's name in git."""
        return git_oid("blob", self.pointer)

    def about(self) -> Entry:
        """Return what the Hub's tree says of this content, whose size is not the pointer's."""
        lfs = {"oid": self.sha256, "size": len(self), "pointerSize": len(self.pointer)}
        return {"oid": self.oid, "size": len(self), "lfs": lfs}


Files = dict[str, Blob]


def as_blob(content: bytes | str) -> Blob:
    """Return a content that knows its name."""
    if isinstance(content, Blob):
        return content
    return Blob(content.encode() if isinstance(content, str) else content)


@dataclass(frozen=True, eq=False)
class Commit:
    """The files of a repository at one moment, and what was said of them."""

    sha: str
    files: Files
    title: str = ""
    message: str = ""
    date: float = 0.0
    author: str = ""
    parent: "Commit | None" = field(default=None, repr=False)


@dataclass(frozen=True)
class Listing:
    """Every file and every folder of a commit as the Hub describes them, in the order of their paths."""

    entries: dict[str, Entry]
    children: dict[str, list[Entry]]
    """Folder to what is directly in it; the root is the empty path."""

    def inside(self, folder: str, *, recursive: bool) -> list[Entry] | None:
        """Return what is in a folder, or None where there is no such folder."""
        if folder not in self.children:
            return None
        if not recursive:
            return self.children[folder]
        paths = list(self.entries)
        if folder:
            paths = paths[bisect_left(paths, f"{folder}/") : bisect_left(paths, folder + _AFTER_SLASH)]
        return [self.entries[path] for path in paths]


@lru_cache(maxsize=16)
def list_commit(commit: Commit) -> Listing:
    """Describe a commit; the last few are remembered, for many clients ask for the pages of the same one."""
    entries: dict[str, Entry] = {}
    children: dict[str, list[Entry]] = {"": []}

    def folder(path: str) -> list[Entry]:
        if path not in children:
            children[path] = []
            entries[path] = {"type": "directory", "path": path, "oid": "", "size": 0}
            folder(_parent(path)).append(entries[path])
        return children[path]

    for path, blob in commit.files.items():
        entries[path] = {"type": "file", "path": path, **blob.about()}
        folder(_parent(path)).append(entries[path])
    for path in sorted(children, key=lambda path: -len(path)):  # a folder is named after what is in it
        children[path].sort(key=lambda entry: entry["path"])
        if path:
            entries[path]["oid"] = _tree_oid(children[path])
    return Listing(dict(sorted(entries.items())), children)


def git_oid(kind: str, content: bytes) -> str:
    """Return git's name of an object."""
    return hashlib.sha1(b"%s %d\0%s" % (kind.encode(), len(content), content), usedforsecurity=False).hexdigest()


def name_of_files(files: Mapping[str, bytes]) -> str:
    """Return forty hexadecimal digits, like a commit's, that change with the files."""
    return git_oid("blob", b"\0".join(path.encode() + b"\0" + content for path, content in sorted(files.items())))


def _tree_oid(entries: list[Entry]) -> str:
    def line(entry: Entry) -> tuple[bytes, bytes]:
        name, is_folder = _name(entry["path"]).encode(), entry["type"] == "directory"
        mode = b"40000" if is_folder else b"100644"
        return name + b"/" * is_folder, b"%s %s\0%s" % (mode, name, bytes.fromhex(entry["oid"]))

    return git_oid("tree", b"".join(text for _, text in sorted(map(line, entries))))


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]
