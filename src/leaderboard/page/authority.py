"""Who is asking, and what they may do: decided anew at every event, from nothing that a form could carry.

On a Space, whoever signed in with Hugging Face may submit, and the people whom the settings name may maintain. On a
copy bound to loopback, whoever sits at this machine may do everything. Everywhere else the page is for reading.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import gradio as gr

from leaderboard.records import is_user
from leaderboard.settings import Settings

_LOOPBACK_CLIENTS = {"127.0.0.1", "::1"}
_LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.ASCII | re.IGNORECASE)
# What a reverse proxy says of the client it speaks for: with one in front, a client on loopback is nobody we know.
_PROXY_HEADERS = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via")


class Role(StrEnum):
    """What somebody is to this copy of the leaderboard. Who runs a copy of their own is its maintainer."""

    VISITOR = "visitor"
    SUBMITTER = "submitter"
    MAINTAINER = "maintainer"


@dataclass(frozen=True)
class Visitor:
    """Whoever sent an event."""

    name: str | None = None
    """The user name on the Hub; None for visitors, and for the operator of a local copy."""
    role: Role = Role.VISITOR
    may_submit_folders: bool = False
    """Whether folders of this machine may be looked at and submitted: only by its operator."""

    @property
    def may_submit(self) -> bool:
        """Whether the form takes a submission from them."""
        return self.role is not Role.VISITOR

    @property
    def may_maintain(self) -> bool:
        """Whether they may cancel, retry and re-evaluate what others sent."""
        return self.role is Role.MAINTAINER

    @property
    def may_sign_items(self) -> bool:
        """Whether they may write into the suite's files: as with folders, only who sits at this machine."""
        return self.may_submit_folders


def visitor_of(settings: Settings, request: gr.Request) -> Visitor:
    """Tell who sent this event.

    On a Space that is who the session's signed cookie says signed in with Hugging Face. On loopback it is the operator
    where bind, client and Host are all loopback and no proxy stands in between. Whatever is in doubt is a visitor.
    """
    if settings.signs_in:
        return _signed_in(settings, request)
    if settings.bound_to_loopback and _from_this_machine(request):
        return Visitor(role=Role.MAINTAINER, may_submit_folders=True)
    return Visitor()


def why_closed(settings: Settings, visitor: Visitor) -> str | None:
    """Return the key of the text that says why the form takes nothing from this visitor; None where it takes it."""
    if not settings.queue_lasts:
        return "form.closed"
    if visitor.may_submit:
        return None
    return "form.sign_in" if settings.signs_in else "form.read_only_bind"


def is_loopback_host(host: str) -> bool:
    """Tell whether a Host header means this machine, with or without a port.

    Other names may lead here too, but a foreign page can have its own name point here (DNS rebinding).
    """
    return _LOOPBACK_HOST.fullmatch(host) is not None


def _from_this_machine(request: gr.Request) -> bool:
    headers = request.headers
    return (
        request.client is not None
        and request.client.host in _LOOPBACK_CLIENTS
        and is_loopback_host(headers.get("host", ""))
        and not any(name in headers for name in _PROXY_HEADERS)
    )


def _signed_in(settings: Settings, request: gr.Request) -> Visitor:
    name = _name_in_session(request)
    if name is None:
        return Visitor()
    maintains = name.lower() in settings.maintainers
    return Visitor(name=name, role=Role.MAINTAINER if maintains else Role.SUBMITTER)


def _name_in_session(request: gr.Request) -> str | None:
    """Return the user name that Gradio's login put into the session, if it is one and has not expired."""
    # Gradio's own attribute access fails where no session was ever opened, and turns what it returns into other types.
    scope: Mapping[str, Any] = request.request.scope if request.request is not None else {}
    session = scope.get("session")
    login = session.get("oauth_info") if isinstance(session, Mapping) else None
    user = login.get("userinfo") if isinstance(login, Mapping) else None
    if not isinstance(login, Mapping) or not isinstance(user, Mapping):
        return None
    # The login's own end, as for Gradio's button; that of the id token counts where the provider names no other.
    end = login.get("expires_at", user.get("exp"))
    if not isinstance(end, int | float) or end <= time.time():
        return None
    name = user.get("preferred_username")
    return name if isinstance(name, str) and is_user(name) else None
