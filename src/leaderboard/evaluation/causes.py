"""From an exception to a cause class and one line for people."""

import re

from leaderboard.confinement import redact
from leaderboard.evaluation.chat_templates import ChatTemplateError
from leaderboard.evaluation.log_excerpt import is_of_an_excerpt, places_of
from leaderboard.records import Cause, Failure, LeaderboardError, visible

_PATH = re.compile(r"(?<!\w)(?:file://)?(?<![\w:/])(?:/[\w.@+~-]+){2,}/?|file:///\S+")
_URL = re.compile(r"https?://\S+")
_QUOTED = re.compile(
    r"(?:(?<!\w)|(?<=\bb))'(?:\\.|(?!'(?!\w)).)*(?:'|$)"  # an apostrophe within a word neither opens nor closes
    r'|"(?:\\.|[^"\\])*(?:"|$)|«[^»]*(?:»|$)|“[^”]*(?:”|$)',
    re.DOTALL,
)
_COLUMN = re.compile(r"""'[\w.-]{1,40}'|"Column [\w.-]{1,40} not in the dataset\. Current columns .*""")

_LAST_OF_A_TRACEBACK = re.compile(r"(?:[A-Za-z_]\w*\.){0,6}([A-Z]\w{0,60}(?:Error|Exception|Interrupt|Exit))(?::|$)")

_OF_THE_MACHINE = frozenset({Cause.OUT_OF_MEMORY, Cause.GATED, Cause.NOT_FOUND})
"""Causes whose messages say what to do. A quotation in one may still be what the rule was met by."""

_RULES: tuple[tuple[Cause, re.Pattern[str]], ...] = (
    (Cause.OUT_OF_MEMORY, re.compile(r"out of memory|OutOfMemory|MemoryError|can't allocate memory", re.IGNORECASE)),
    (Cause.GATED, re.compile(r"GatedRepo|gated dataset")),
    (Cause.NOT_FOUND, re.compile(r"RepositoryNotFound|RevisionNotFound|RemoteEntryNotFound|DatasetNotFound")),
    (
        Cause.UNREACHABLE,
        re.compile(
            r"^(ConnectError|ConnectTimeout|ReadTimeout|ReadError|RemoteProtocolError|ConnectionError|TimeoutError"
            r"|ConnectionResetError|ConnectionRefusedError|ChunkedEncodingError|LocalEntryNotFoundError"
            r"|IncompleteRead)\b"
            r"|HfHubHTTPError: (429|5\d\d)|(429|5\d\d) (Client|Server) Error"
            r"|^(HfHubHTTPError|HTTPStatusError): (Server error '5\d\d|Client error '429) "
            r"|^OSError: We couldn't connect to '"
        ),
    ),
    (
        Cause.UNSUPPORTED_ARCHITECTURE,
        re.compile(
            r"does not recognize this architecture|Unrecognized (model|configuration)|model type `", re.IGNORECASE
        ),
    ),
    (Cause.TOKENIZER, re.compile(r"tokenizer|sentencepiece", re.IGNORECASE)),
)


def failure_of(error: BaseException, otherwise: Cause) -> Failure:
    """Classify `error`; what no rule knows is `otherwise`. What a task raises may quote its data."""
    text = f"{type(error).__name__}: {error}"
    told = _URL.sub("", text)  # a repository's name may be any word of the rules
    cause = next((cause for cause, pattern in _RULES if pattern.search(told)), otherwise)
    if isinstance(error, ChatTemplateError):
        cause = Cause.CHAT_TEMPLATE
    if otherwise is Cause.TASK_ERROR and not isinstance(error, LeaderboardError):
        is_a_column = isinstance(error, KeyError) and _COLUMN.fullmatch(str(error))
        if cause in _OF_THE_MACHINE:
            text = _QUOTED.sub("…", text)
        elif cause is not Cause.UNREACHABLE and not is_a_column:
            text = type(error).__name__
    return Failure(cause=cause, detail=one_line(text), log=places_of(error))


def cleaned(told: Failure) -> Failure:
    """Return what a child tells of a failure as it may be shown: foreign code may have told it."""
    return Failure(cause=told.cause, detail=one_line(told.detail), log=tuple(filter(is_of_an_excerpt, told.log)))


def kind_of_error(line: str) -> str | None:
    """Return the exception's name where a line of a log ends a traceback; its message may quote an item."""
    named = _LAST_OF_A_TRACEBACK.match(line)
    return named[1] if named else None


def one_line(text: str) -> str:
    """Return the first line of `text`, short, without tokens and without paths of the machine.

    What is no printable sign could move a terminal's cursor, or turn the direction of what follows it.
    """
    line = text.strip().splitlines()[0] if text.strip() else "no message"
    line = visible(line)
    return _PATH.sub("…", redact(line))[:500]
