"""What no line that leaves this process may hold: known secrets, and whatever has the form of one.

A secret gets into a log in ways that nobody thinks of beforehand: an exception's message, a server's list of requests,
a library's warning. So the streams themselves are guarded, and everything that is written passes there.
"""

import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TextIO
from urllib.parse import quote

_HIDDEN = "***"
_SHORTEST_SECRET = 8
"""A shorter value is no secret worth the name, and would be found in any line."""

_FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("hf_", re.compile(r"\bhf_[A-Za-z0-9_]{8,}")),
    ("eyJ", re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{2,}(?:\.[A-Za-z0-9_-]*){0,3}")),  # a JSON web token
    ("", re.compile(r"(?P<before>\bBearer\s{1,4})[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE)),
    ("@", re.compile(r"(?P<before>://)[^\s/@\"'<>\\]+(?=@)")),
    (
        "=",
        re.compile(
            r"(?P<before>(?:(?:\b|_)(?:token|secret|password|api_?key|signature)|[?&](?:code|__sign))='?)"
            r"[^\s&\"'<>\\,;()\[\]{}]+",
            re.IGNORECASE,
        ),
    ),
    (
        ":",
        re.compile(
            r"(?P<before>([\"'])(?:access_token|refresh_token|id_token|client_secret|password|api_?key|authorization)\2"
            r"\s{0,4}:\s{0,4}[\"'])[^\"'\\]+",
            re.IGNORECASE,
        ),
    ),
)
"""What secrets look like, each after what a text without it need not be searched for."""

_LONGEST_WAIT = 2**16
"""Characters that are held back for the end of their line."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` with three stars in the place of `secrets`, and of whatever has the form of a token.

    JSON stays JSON: what is replaced stands within a string.
    """
    return _without(text, _patterns_of(secrets))


def _without(text: str, known: Iterable[re.Pattern[str]]) -> str:
    for mark, pattern in _FORMS:
        if mark in text:
            text = pattern.sub(_stars, text)
    for pattern in known:
        text = pattern.sub(_stars, text)
    return text


def _stars(found: re.Match[str]) -> str:
    """Return what stands in the place of a secret; the name of a parameter before it stays."""
    if found[0].isdecimal():  # a bare number of JSON must stay one
        return "0"
    return (found.groupdict().get("before") or "") + _HIDDEN


def _patterns_of(secrets: Iterable[str]) -> list[re.Pattern[str]]:
    """Return what finds secrets as they are, and as JSON, Python or an address would write them."""
    spelt = sorted({one for secret in secrets for one in _spellings(secret)}, key=len, reverse=True)
    numbers = [rf"(?<!\d){one}(?!\d)" for one in spelt if one.isdecimal()]
    others = [re.escape(one) for one in spelt if not one.isdecimal()]
    return [re.compile("|".join(some)) for some in (others, numbers) if some]


def _spellings(secret: str) -> Iterator[str]:
    for line in secret.splitlines():  # a key of many lines is shown line by line
        in_json = (json.dumps(line)[1:-1], json.dumps(line, ensure_ascii=False)[1:-1])
        for spelling in (line, *in_json, repr(line)[1:-1], quote(line), quote(line, safe="")):
            if len(spelling) >= _SHORTEST_SECRET:
                yield spelling


class GuardedStream:
    """A text stream that lets no secret through. A line waits for its end, or until the stream is flushed."""

    def __init__(self, stream: TextIO, secrets: Iterable[str]) -> None:
        self._stream = stream
        self._secrets = tuple(secrets)
        self._known = _patterns_of(self._secrets)
        self._begun = ""
        self._lock = threading.RLock()

    def write(self, text: str) -> int:
        """Write whole lines; what has no end yet waits for it."""
        with self._lock:
            whole, end, rest = (self._begun + text).rpartition("\n")
            if len(rest) > _LONGEST_WAIT:
                whole, end, rest = whole + end + rest, "", ""
            self._begun = rest
            self._let_through(whole + end)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Write what waits, and have the stream behind write too."""
        with self._lock:
            begun, self._begun = self._begun, ""
            self._let_through(begun)
            self._stream.flush()

    def knowing(self, secrets: Iterable[str]) -> "GuardedStream":
        """Return a guard of the same stream that knows more secrets."""
        self.flush()
        return GuardedStream(self._stream, (*self._secrets, *secrets))

    def _let_through(self, text: str) -> None:
        if text:
            self._stream.write(_without(text, self._known))

    def __getattr__(self, name: str) -> Any:
        """Be in all else the stream behind: its encoding, its file, whether it is a terminal."""
        return getattr(self._stream, name)


def guard_streams(secrets: Iterable[str]) -> None:
    """Have everything redacted that this process writes to standard output and standard error from now on.

    That is `print`, tracebacks, and `logging`, whose handlers that hold the streams already are given the guarded ones.
    What native code writes to the files behind them is not seen.
    """
    known = tuple(secrets)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:  # a process without a console
            continue
        guarded: Any = stream.knowing(known) if isinstance(stream, GuardedStream) else GuardedStream(stream, known)
        setattr(sys, name, guarded)
        for handler in _stream_handlers():
            if handler.stream is stream:
                handler.setStream(guarded)


def _stream_handlers() -> Iterator[logging.StreamHandler[Any]]:
    loggers = [one for one in logging.Logger.manager.loggerDict.values() if isinstance(one, logging.Logger)]
    for logger in (logging.getLogger(), *loggers):
        yield from (handler for handler in logger.handlers if isinstance(handler, logging.StreamHandler))
