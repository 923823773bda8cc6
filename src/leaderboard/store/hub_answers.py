"""What an answer of the Hub, or the want of one, means for whoever asked."""

import re
from dataclasses import dataclass
from enum import Enum, auto

import httpx
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HfHubHTTPError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

from leaderboard.store.hub_session import NoAnswerError

_REQUEST_TIMEOUT = 408
_SERVER_ERRORS = 500
_IN_WORDS = re.compile(r"retry (?:this action )?in (?:about )?(\d+) (second|minute|hour)", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_LONGEST_WAIT_SECONDS = 24 * 3600.0
"""Whoever is told to wait longer was told nonsense."""


class Meaning(Enum):
    """What to do next. The status decides, never the text: texts have changed."""

    STALE = auto()
    """412, or a file to delete is gone: somebody else committed first; plan anew."""
    LOCKED = auto()
    """409: another commit is going on and the head has not moved; the same plan after a moment."""
    TOO_MANY = auto()
    """429: wait as told."""
    DOUBTFUL = auto()
    """A 5xx or no answer at all: it may have happened; look before deciding."""
    REFUSED = auto()
    """Anything else: no use in asking again."""


_MEANINGS = {
    _REQUEST_TIMEOUT: Meaning.DOUBTFUL,
    409: Meaning.LOCKED,
    412: Meaning.STALE,
    429: Meaning.TOO_MANY,
}
_MISSING = "the Hub has no such dataset, or the token may not see it; create it, or set HF_TOKEN"
_GATED = "it is gated; ask for access on its page on the Hub, and set HF_TOKEN"
_ADVICE = {
    401: ". Check that HF_TOKEN is right and has not expired",
    403: ". Check that HF_TOKEN may write to this dataset",
}


@dataclass(frozen=True)
class Answer:
    """One answer, understood."""

    meaning: Meaning
    message: str
    wait_seconds: float | None = None
    """How long the Hub asked to be left alone."""


def understand(error: Exception) -> Answer:
    """Say what an exception of the Hub's client means. An answer that cannot be read is as good as none."""
    if isinstance(error, RepositoryNotFoundError):
        return Answer(Meaning.REFUSED, _GATED if isinstance(error, GatedRepoError) else _MISSING)
    if isinstance(error, NoAnswerError):
        return Answer(Meaning.DOUBTFUL, str(error))
    if not isinstance(error, HfHubHTTPError):
        return Answer(Meaning.DOUBTFUL, f"no answer that could be read ({type(error).__name__})")
    status = error.response.status_code
    said = " ".join((error.server_message or "").split())[:200].rstrip(".")
    message = f"the Hub answered {status}: {said}".rstrip(": ") + _ADVICE.get(status, "")
    meaning = _MEANINGS.get(status, Meaning.DOUBTFUL if status >= _SERVER_ERRORS else Meaning.REFUSED)
    if isinstance(error, RevisionNotFoundError):  # it has named that commit itself, and may know it in a moment
        meaning = Meaning.DOUBTFUL
    if isinstance(error, EntryNotFoundError):
        meaning = Meaning.STALE
    return Answer(meaning, message, _told_to_wait(error.response) if meaning is Meaning.TOO_MANY else None)


def _told_to_wait(response: httpx.Response) -> float | None:
    """Return the seconds that a 429 names: in its rate limit's headers, in Retry-After, or in words.

    The headers come with every answer, also where it is another limit that was reached.
    """
    limit = parse_ratelimit_headers(response.headers)
    if limit is not None and limit.remaining == 0:
        return min(limit.reset_in_seconds, _LONGEST_WAIT_SECONDS)
    if response.headers.get("retry-after", "").isdecimal():
        return min(float(response.headers["retry-after"]), _LONGEST_WAIT_SECONDS)
    words = _IN_WORDS.search(response.text)
    return min(float(words[1]) * _SECONDS[words[2].lower()], _LONGEST_WAIT_SECONDS) if words else None
