"""Who may read and who may write."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.hub_server.calls import Asked, RefusedError
from tests.hub_server.repositories import Repository


@dataclass(frozen=True)
class Access:
    """What the holder of a token may do beyond reading what is public."""

    user: str
    may_write: frozenset[str] = frozenset()
    may_read: frozenset[str] = frozenset()
    may_run_jobs: frozenset[str] = frozenset()
    """Names that pay for this holder's jobs."""

    def reads(self, repository_id: str) -> bool:
        """Tell whether a private or gated repository is open to this holder."""
        return repository_id in self.may_read | self.may_write


def account(tokens: Mapping[str, Access], asked: Asked) -> Access | None:
    """Return whose token came along, or None for whoever is not signed in.

    A token nobody gave out is refused. Only on a Hub that gave out none does it pass for no token at all: there it
    reads what is public, and writes nothing.
    """
    sent = asked.headers.get("authorization")
    access = tokens.get((sent or "").removeprefix("Bearer "))
    if sent and tokens and not access:
        raise RefusedError(401, "Invalid credentials in Authorization header")
    return access


def check_read(repository: Repository | None, access: Access | None, repository_id: str) -> Repository:
    """Return the repository if it is there for this reader, to whom a private one does not exist."""
    if repository is None or (repository.private and not (access and access.reads(repository_id))):
        # The real Hub answers 401 to whoever is not signed in, for the repository may be private.
        raise RefusedError(404 if access else 401, "Repository not found", code="RepoNotFound")
    if repository.disabled:
        raise RefusedError(403, "Access to this resource is disabled.")
    return repository


def check_download(repository: Repository, access: Access | None, repository_id: str) -> None:
    """Refuse the files of a gated repository, whose description everybody may read."""
    if repository.gated and not (access and access.reads(repository_id)):
        raise RefusedError(403 if access else 401, "Access to this repository is restricted", code="GatedRepo")


def check_write(access: Access | None, repository_id: str) -> Access:
    """Return who writes, or refuse."""
    if access is None:
        # The code is what makes of it, at a plain http address, the error that the real Hub's address gives.
        raise RefusedError(401, "Invalid username or password.", code="RepoNotFound")
    if repository_id not in access.may_write:
        raise RefusedError(403, f"Forbidden: {access.user} may not write to {repository_id}")
    return access
