"""Who may do what only the operator of a copy may."""

from urllib.parse import urlsplit

import gradio as gr

from leaderboard.settings import Settings

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


def is_the_operator(settings: Settings, request: gr.Request) -> bool:
    """Tell whether the page is bound to loopback, and so are this client and the Host it asked for.

    The Host header closes the way through a foreign page whose name was made to point here (DNS rebinding).
    """
    if not settings.bound_to_loopback or request.client is None:
        return False
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    return request.client.host in _LOOPBACK and host in _LOOPBACK
