"""One dataset repository on the Hub, asked with patience: what to do about answers that are late, bad or missing.

The Hub has no claim or lock of its own. `parent_commit` is enough: a commit whose parent is not the head any more is
refused. Answers get lost, so each commit carries a nonce in its description, which tells afterwards whether it landed.
"""

import logging
import random
import re
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import httpx
from huggingface_hub import CommitOperationDelete, HfApi, hf_hub_url
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
from huggingface_hub.hf_api import RepoFile
from huggingface_hub.utils import build_hf_headers, get_session  # type: ignore[attr-defined]

from leaderboard.store.blob_cache import matches
from leaderboard.store.hub_additions import prepared_additions
from leaderboard.store.hub_answers import Answer, Meaning, understand
from leaderboard.store.hub_session import NoAnswerError, one_try_each
from leaderboard.store.location import HubAccess
from leaderboard.store.pace import Pace
from leaderboard.store.port import ConflictError, StoreError, StoreUnavailableError, Version

logger = logging.getLogger(__name__)

_T = TypeVar("_T")

_BRANCH = "main"
_LAST_COMMIT = ".store/last-commit"
"""Another content with every commit: one that changes nothing is a version all the same."""

_READ_TRIES = 4
_COMMIT_TRIES = 8
_LONGEST_WAIT_SECONDS = 20.0
"""Longer than that the store does not hold whoever called it: it says how long to wait instead."""

_LOCK_PAUSE_SECONDS = (1.0, 10.0)
_TOKEN = re.compile("[!-~]+")

_CLIENT_ERRORS = (
    *(HfHubHTTPError, httpx.HTTPError, OSError, RuntimeError),
    *(ValueError, LookupError, TypeError, AttributeError),
)
"""What the client raises: its own errors, those of the connection, and what comes of an answer that is no answer."""


class HubRepository:
    """What a store asks of its repository. Each question has an answer, or ends in a StoreError."""

    def __init__(self, repo_id: str, access: HubAccess, *, sleep: Callable[[float], None], pace: Pace) -> None:
        if access.token and not _TOKEN.fullmatch(access.token):  # the client's own message would quote it
            reason = "HF_TOKEN holds a space, a line's end or another character that no token has; set it anew."
            raise StoreError(reason)
        self.repo_id = repo_id
        self._token: str | bool = access.token or False  # False: never a token that happens to lie on the machine
        self._endpoint = access.endpoint
        self._deadline_seconds = access.timeout_seconds
        self._api = HfApi(endpoint=access.endpoint, token=self._token)
        self._sleep = sleep
        self._pace = pace

    def head(self) -> Version:
        """Return the branch's head."""
        refs = self._read(lambda: self._api.list_repo_refs(self.repo_id, repo_type="dataset"))
        heads = [branch.target_commit for branch in refs.branches if branch.name == _BRANCH]
        if not heads:
            reason = f"{self.repo_id} has no branch {_BRANCH}"
            raise StoreError(reason)
        return Version(heads[0])

    def files(self, version: Version, folder: str) -> list[RepoFile]:
        """Return what is known of each file below `folder`, which need not be there; of all files where it is empty."""

        def ask() -> list[RepoFile]:
            entries = self._api.list_repo_tree(
                self.repo_id, folder or None, recursive=True, revision=version, repo_type="dataset"
            )
            try:
                return [entry for entry in entries if isinstance(entry, RepoFile)]
            except EntryNotFoundError:
                if folder:
                    return []
                raise

        return self._read(ask)

    def download(self, version: Version, path: str, oid: str) -> bytes:
        """Return one file at one version, in one call, if it is what `oid` names."""
        url = hf_hub_url(self.repo_id, path, repo_type="dataset", revision=version, endpoint=self._endpoint)

        def ask() -> bytes:
            content = self._get(url).content
            if not matches(oid, content):
                reason = f"{path} came damaged"
                raise NoAnswerError(reason)
            return content

        return self._read(ask)

    def commit(
        self,
        changes: Mapping[str, bytes],
        deletions: Callable[[Version | None], list[str]],
        message: str,
        parent: Version | None,
    ) -> Version:
        """Commit, and find out whether it landed where no clear answer came.

        After a doubt each further try has a parent, if need be the head that was seen without our commit: should the
        first one land late after all, the further one is refused.

        Args:
            changes: path to new content.
            deletions: says what to delete from a version, where None is the head: the Hub deletes only what is there.
            message: what people read in the history.
            parent: what the head must be, if that matters.
        """
        nonce = uuid.uuid4().hex
        history: dict[Version, str] = {}
        in_doubt, guard = False, parent
        for attempt in range(1, _COMMIT_TRIES + 1):
            try:
                return self._try_to_commit(changes, deletions(guard), message, nonce, guard)
            except _CLIENT_ERRORS as error:
                answer = understand(error)
                in_doubt |= answer.meaning is Meaning.DOUBTFUL
                if in_doubt:
                    history = self._newest_commits()
                    landed = next((version for version, said in history.items() if nonce in said), None)
                    if landed is not None:
                        return landed
                    guard = parent or next(iter(history), None)
                if answer.meaning is Meaning.STALE and parent is not None and not (in_doubt and _ends(history, parent)):
                    reason = f"{self.repo_id} changed since the snapshot this commit was planned on"
                    raise ConflictError(reason) from error
                if answer.meaning is Meaning.REFUSED:
                    raise self._refusal(answer) from error
                logger.info("%s: %s; trying again (%d)", self.repo_id, answer.message, attempt)
                self._wait(answer, attempt, _COMMIT_TRIES)
        raise AssertionError  # the last wait raises

    def _try_to_commit(
        self, changes: Mapping[str, bytes], deleted: list[str], message: str, nonce: str, parent: Version | None
    ) -> Version:
        files = {**changes, _LAST_COMMIT: nonce.encode()}
        with one_try_each(self._deadline_seconds):
            additions = prepared_additions(self._api, self.repo_id, files, repo_type="dataset", revision=_BRANCH)
            info = self._api.create_commit(
                self.repo_id,
                [*additions, *map(CommitOperationDelete, deleted)],
                commit_message=message,
                commit_description=nonce,
                repo_type="dataset",
                revision=_BRANCH,
                parent_commit=parent,
            )
        return Version(info.oid)

    def squash(self, longest: int) -> bool:
        """Make one commit of the branch, if it has more than `longest`; tell whether it did.

        An answer that got lost is no harm: a branch that is squashed twice holds what it held.
        """
        if not self._has_more_commits_than(longest):
            return False
        message = f"The history up to here had more than {longest} commits"
        self._read(
            lambda: self._api.super_squash_history(
                self.repo_id, branch=_BRANCH, commit_message=message, repo_type="dataset"
            )
        )
        return True

    def _has_more_commits_than(self, many: int) -> bool:
        url: str | None = f"{self._api.endpoint}/api/datasets/{self.repo_id}/commits/{_BRANCH}"
        counted = 0
        while url is not None and counted <= many:
            page = self._read(partial(self._get, url))
            counted += len(page.json())
            url = page.links.get("next", {}).get("url")
        return counted > many

    def _newest_commits(self) -> dict[Version, str]:
        """Return the newest commits of the branch, newest first, with what each says."""
        url = f"{self._api.endpoint}/api/datasets/{self.repo_id}/commits/{_BRANCH}"

        def ask() -> dict[Version, str]:  # one page: the client's own function fetches the whole history
            return {Version(commit["id"]): str(commit["message"]) for commit in self._get(url).json()}

        return self._read(ask)

    def _get(self, url: str) -> httpx.Response:
        return get_session().get(url, headers=build_hf_headers(token=self._token))

    def _read(self, ask: Callable[[], _T]) -> _T:
        """Ask the Hub something that changes nothing, with patience up to a limit."""
        for attempt in range(1, _READ_TRIES + 1):
            try:
                with one_try_each(self._deadline_seconds):
                    return ask()
            except _CLIENT_ERRORS as error:
                answer = understand(error)
                if answer.meaning is Meaning.REFUSED:
                    raise self._refusal(answer) from error
                self._wait(answer, attempt, _READ_TRIES)
        raise AssertionError  # the last wait raises

    def _wait(self, answer: Answer, attempt: int, tries: int) -> None:
        """Wait before another try, or give up with a word on how long to wait."""
        told = answer.wait_seconds or 0.0
        if answer.meaning is Meaning.TOO_MANY:
            self._pace.slow_down()
        if attempt == tries or told > _LONGEST_WAIT_SECONDS:
            reason = f"The store {self.repo_id} cannot be reached now: {answer.message}. Nothing is lost; try later."
            raise StoreUnavailableError(reason, answer.wait_seconds)
        low, high = _LOCK_PAUSE_SECONDS if answer.meaning is Meaning.LOCKED else (0.0, min(2.0**attempt, 10.0))
        self._sleep(told + random.uniform(low, high))  # noqa: S311 - jitter, not cryptography

    def _refusal(self, answer: Answer) -> StoreError:
        return StoreError(f"The store {self.repo_id} cannot be used: {answer.message}.")


def _ends(history: Mapping[Version, str], parent: Version) -> bool:
    """Tell whether nothing is seen to come after `parent`: a refusal because of it cannot be told from our commit."""
    return parent not in history or next(iter(history)) == parent
