"""The HTTP session of the Hub's client, of which a process has one: calls of a store have a deadline and one try.

The library's own waits for ever for an answer that never comes, and some of its calls sleep and try again by
themselves, for as long as the Hub tells them. How long to wait and when to try again is the store's to decide.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpx
from huggingface_hub.utils import get_session, hf_raise_for_status, set_client_factory  # type: ignore[attr-defined]
from huggingface_hub.utils._http import hf_request_event_hook

_OTHERS_SECONDS = 60.0
"""For whoever else uses the session and names no limit; uploads of large files in threads among them."""

_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""Seconds for an answer, while a store asks."""


class NoAnswerError(OSError):
    """The Hub did not answer, or not in time, or not with what was asked for."""


@contextmanager
def one_try_each(deadline_seconds: float) -> Iterator[None]:
    """Give the calls of this block, in this thread, so many seconds each, and try none of them again."""
    if not isinstance(get_session(), _Session):
        set_client_factory(_new_session)
    token = _deadline.set(deadline_seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


class _Session(httpx.Client):
    """Does for stores as they need it, and for everybody else what the library's own session does."""

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        deadline = _deadline.get()
        if deadline is None:
            return super().send(request, **options)
        request.extensions["timeout"] = httpx.Timeout(deadline).as_dict()  # some calls of the library ask for none
        try:
            response = super().send(request, **options)
        except httpx.TimeoutException as error:
            reason = f"no answer within {deadline:.0f} seconds"
            raise NoAnswerError(reason) from error
        except httpx.TransportError as error:
            reason = f"no answer ({type(error).__name__})"
            raise NoAnswerError(reason) from error
        hf_raise_for_status(response)
        return response


def _new_session() -> httpx.Client:
    return _Session(event_hooks={"request": [hf_request_event_hook]}, follow_redirects=True, timeout=_OTHERS_SECONDS)
