"""One visit: in which language, and what its address asks for.

Gradio sends the page's present query along with every event, so the address is all the state that a handler needs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl

import gradio as gr

from leaderboard.texts import LANGUAGES, Texts, load_texts

LANGUAGE = "lang"
"""The query parameter, and the cookie that remembers it."""
_LONGEST_VALUE = 2000


@dataclass(frozen=True)
class Visit:
    """What an address asks for."""

    language: str = LANGUAGES[0]
    query: Mapping[str, str] = field(default_factory=dict)
    """Query parameters, as anybody may have typed them; the last of each name."""

    @property
    def texts(self) -> Texts:
        """The texts of its language."""
        return load_texts(self.language)

    def __getitem__(self, name: str) -> str:
        """Return a parameter without spaces around it; empty where it is not there or is too long to mean anything."""
        value = self.query.get(name, "").strip()
        return value if len(value) <= _LONGEST_VALUE else ""


def visit_of(request: gr.Request) -> Visit:
    """Return the visit that an event belongs to."""
    query = {str(name): str(value) for name, value in dict(request.query_params).items()}
    return _visit(query, {str(name): str(value) for name, value in dict(request.cookies).items()})


def visit_of_headers(query_string: str, cookie: str) -> Visit:
    """Return the visit that a request for the page begins."""
    try:
        cookies = {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
    except CookieError:
        cookies = {}
    return _visit(dict(parse_qsl(query_string)), cookies)


def _visit(query: Mapping[str, str], cookies: Mapping[str, str]) -> Visit:
    asked = (query.get(LANGUAGE, ""), cookies.get(LANGUAGE, ""))
    return Visit(next((one for one in asked if one in LANGUAGES), LANGUAGES[0]), query)
