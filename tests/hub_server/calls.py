"""What is asked of the Hub, what kind of call that is, and how the Hub refuses it."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import unquote

from fastapi.responses import JSONResponse, Response


class Kind(Enum):
    """What a call is for: faults are limited to kinds, and calls are counted by them."""

    INFO = "info"
    REFS = "refs"
    COMMITS = "commits"
    TREE = "tree"
    PATHS_INFO = "paths-info"
    RESOLVE = "resolve"
    PREUPLOAD = "preupload"
    COMMIT = "commit"
    LFS = "lfs"
    STORAGE = "storage"
    SQUASH = "squash"
    SPACE = "space"
    WHOAMI = "whoami"
    CREATE_REPO = "create-repo"
    VALIDATE_CARD = "validate-card"
    JOBS = "jobs"
    UNKNOWN = "unknown"


READS = frozenset({Kind.INFO, Kind.REFS, Kind.COMMITS, Kind.TREE, Kind.PATHS_INFO, Kind.RESOLVE})


@dataclass
class Call:
    """One call that arrived, in the order of arrival."""

    time: float
    """When it arrived, by the Hub's clock."""
    method: str
    path: str
    """As it was sent, without what follows the question mark."""
    kind: Kind
    repository: str | None
    user: str = ""
    """Whose token came along, if it is one that the Hub gave out."""
    status: int | None = None
    """What was answered; None while nothing is, and for good where the connection was cut."""
    landed: bool = False
    """Whether this call made a commit, whatever the client was told."""
    range: str = ""
    """Which part of a file was asked for; empty for the whole."""
    sent: int | None = None
    """How many bytes were answered; None where nobody can tell beforehand."""


def most_within(calls: list[Call], seconds: float) -> int:
    """Return how many of these calls arrived within the fullest window of that length."""
    times = sorted(call.time for call in calls)
    first = most = 0
    for last, time in enumerate(times):
        while time - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@dataclass(frozen=True)
class Asked:
    """A request whose route is known."""

    method: str
    path: str
    kind: Kind
    places: Mapping[str, str]
    """The parts of the path that differ from request to request."""
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def repository(self) -> str:
        """The repository's name."""
        return self.places["id"]

    @property
    def revision(self) -> str:
        """The branch or the commit that is asked for."""
        return unquote(self.places.get("revision") or "main")

    @property
    def inner_path(self) -> str:
        """The file or the folder that is asked for; the root is the empty path."""
        return unquote(self.places.get("path") or "")

    def fields(self, *, required: set[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return the JSON object that was sent, which must say all that is required and nothing that is not known."""
        try:
            sent = json.loads(self.body)
        except ValueError as error:
            raise RefusedError(400, f"not JSON: {error}") from error
        return known_fields(sent, required=required, optional=optional)


def known_fields(sent: Any, *, required: set[str], optional: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return an object of JSON if it says all that is required and nothing that is not known."""
    if not isinstance(sent, dict) or not required <= set(sent):
        raise RefusedError(400, f"expected an object with {sorted(required)}")
    if unknown := set(sent) - required - optional:
        raise UnknownRequestError(asks=f"with {sorted(unknown)}")
    return sent


class UnknownRequestError(Exception):
    """The client asks for something that this server was never taught."""

    def __init__(self, *, asks: str) -> None:
        super().__init__(asks)


class RefusedError(Exception):
    """What was asked for cannot be had."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = "",
        headers: Mapping[str, str] | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.message = status, message
        self.headers = {**({"X-Error-Code": code} if code else {}), **(headers or {})}
        self.also = also or {}

    def answer(self) -> Response:
        """Return the refusal as the Hub words it."""
        headers = {"X-Error-Message": self.message, "X-Request-Id": secrets.token_hex(8), **self.headers}
        return JSONResponse({"error": self.message, **self.also}, status_code=self.status, headers=headers)
