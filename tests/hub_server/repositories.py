"""The kinds of repository of this Hub: models, which are only read; datasets and Spaces, which are also written to."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import yaml

from tests.hub_server.contents import Blob, Commit, Files, LfsBlob, as_blob, name_of_files

Changes = Callable[[Files], None]
"""What a commit does to a copy of the files of its parent; what it raises refuses the commit."""


_LARGE = (".safetensors", ".bin")
"""What the Hub keeps beside git in every model, however small it is."""


class Repository(Protocol):
    """What models and datasets have in common."""

    gated: bool
    private: bool

    @property
    def branches(self) -> Mapping[str, str]:
        """Branch, or another name such as refs/convert/parquet, to its newest commit."""

    disabled: bool

    def at(self, revision: str) -> Commit | None:
        """Return what a branch or a commit's own name stands for, or None."""

    def is_branch(self, revision: str) -> bool:
        """Tell a name that moves on from the name of a commit."""

    def stored(self, oid: str) -> LfsBlob | None:
        """Return a large file by its sha256, whether or not a commit names it."""

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of this kind of repository alone."""


@dataclass
class HubModel:
    """One model: the files of its only commit, which tests may change, and what its card says."""

    model_id: str
    files: dict[str, bytes]
    gated: bool = False
    private: bool = False
    disabled: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    """The head of its README.md, which is written where there is none."""
    said: dict[str, Any] = field(default_factory=dict)
    """What the Hub says of it otherwise than it is."""
    proposed: dict[str, bytes] = field(default_factory=dict)
    """The files of a commit that somebody proposes, in a pull request of theirs."""
    _blobs: dict[str, Blob] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.card:
            head = yaml.safe_dump(self.card, allow_unicode=True)
            self.files.setdefault("README.md", f"---\n{head}---\n".encode())

    @property
    def sha(self) -> str:
        """The commit: a hash over all files."""
        return name_of_files({path: blob.oid.encode() for path, blob in self._content().items()})

    def at(self, revision: str) -> Commit | None:
        """Return the only commit, asked for by its branch or by its name."""
        sha = self.sha
        if revision in {"main", sha}:
            return Commit(sha, self._content())
        proposal = {path: as_blob(content) for path, content in self.proposed.items()}
        return Commit(revision, proposal) if proposal and revision in {"refs/pr/1", self.proposed_sha} else None

    @property
    def branches(self) -> dict[str, str]:
        """The only branch, and the commit it is at."""
        return {"main": self.sha}

    @property
    def proposed_sha(self) -> str:
        """The commit that is proposed."""
        return name_of_files(self.proposed)

    def stored(self, oid: str) -> LfsBlob | None:
        """Return a large file by its sha256."""
        large = (blob for blob in self._content().values() if isinstance(blob, LfsBlob))
        return next((blob for blob in large if blob.sha256 == oid), None)

    def _content(self) -> Files:
        """Return the files as they are now; what has not changed is not hashed again."""
        for path, content in self.files.items():
            known = self._blobs.get(path)
            if known is None or known != content:
                self._blobs[path] = LfsBlob(content) if path.endswith(_LARGE) else as_blob(content)
        return {path: self._blobs[path] for path in self.files}

    def is_branch(self, revision: str) -> bool:
        """Tell the only branch."""
        return revision == "main"

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of models alone."""
        return {"id": self.model_id, "cardData": self.card, **self.said}


class StaleParentError(Exception):
    """A branch is no longer at the commit that a change was planned on."""


@dataclass
class HubDatasetRepository:
    """One dataset: every commit that was made, and the one each branch is at."""

    dataset_id: str
    gated: bool = False
    private: bool = False
    disabled: bool = False
    commits: list[Commit] = field(default_factory=list)
    """All of them in the order in which they landed, whatever their branch."""
    branches: dict[str, str] = field(default_factory=dict)
    """Branch, or another name such as refs/convert/parquet, to its newest commit."""
    lfs_objects: dict[str, LfsBlob] = field(default_factory=dict)
    """The large files that were uploaded, by their sha256, whether or not a commit names them."""
    clock: Callable[[], float] = time.time
    _by_sha: dict[str, Commit] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def commit(
        self, files: Mapping[str, bytes | str], branch: str = "main", *, title: str = "", message: str = ""
    ) -> str:
        """Move a branch on to a new commit that holds these files and no others; return the commit's name."""

        def replace(content: Files) -> None:
            content.clear()
            content.update({path: as_blob(data) for path, data in files.items()})

        return self.land(replace, branch, title=title, message=message).sha

    def change(
        self, changed: Mapping[str, bytes | str], deleted: Iterable[str] = (), branch: str = "main", *, title: str = ""
    ) -> str:
        """Move a branch on as another writer would, who changes and deletes these files; return the commit's name."""

        def edit(content: Files) -> None:
            content.update({path: as_blob(data) for path, data in changed.items()})
            for path in deleted:
                del content[path]

        return self.land(edit, branch, title=title).sha

    def land(
        self,
        changes: Changes,
        branch: str,
        *,
        title: str = "",
        message: str = "",
        author: str = "",
        parent: str | None = None,
    ) -> Commit:
        """Make a commit on a branch, all of it or nothing.

        With a parent, which may be the beginning of a commit's name, this is compare-and-swap on the branch: of all
        who were at that parent one lands, and the others get a StaleParentError. The name of a commit is drawn, so
        that none ever repeats, even where one changes nothing or its repository is made anew.
        """
        with self._lock:
            head = self._by_sha.get(self.branches.get(branch, ""))
            if parent is not None and not (head and head.sha.startswith(parent)):
                raise StaleParentError
            files = dict(head.files) if head else {}
            changes(files)
            commit = Commit(secrets.token_hex(20), files, title, message, self.clock(), author, head)
            self._by_sha[commit.sha] = commit
            self.commits.append(commit)
            self.branches[branch] = commit.sha
            return commit

    def squash(self, branch: str, *, title: str, author: str) -> Commit:
        """Let a branch begin anew with a commit of what it holds."""
        with self._lock:
            head = self._by_sha[self.branches[branch]]
            commit = Commit(secrets.token_hex(20), dict(head.files), title, "", self.clock(), author)
            self._by_sha[commit.sha] = commit
            self.commits.append(commit)
            self.branches[branch] = commit.sha
            return commit

    def at(self, revision: str) -> Commit | None:
        """Return the newest commit of a branch, or the one of that name."""
        return self._by_sha.get(self.branches.get(revision, revision))

    def is_branch(self, revision: str) -> bool:
        """Tell a branch from the name of a commit."""
        return revision in self.branches

    def stored(self, oid: str) -> LfsBlob | None:
        """Return a large file that was uploaded."""
        return self.lfs_objects.get(oid)

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of datasets alone."""
        return {"id": self.dataset_id}


@dataclass
class HubSpace(HubDatasetRepository):
    """One Space: its files, and what its process is given."""

    sdk: str = "gradio"
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def about(self) -> dict[str, Any]:
        """Return what the Hub says of Spaces alone."""
        return {"id": self.dataset_id, "sdk": self.sdk}


def history(commit: Commit | None) -> Iterator[Commit]:
    """Yield a commit and all before it, newest first."""
    while commit is not None:
        yield commit
        commit = commit.parent
